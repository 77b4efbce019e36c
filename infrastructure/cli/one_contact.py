"""One contact for people: what it says, which record says so, its history, and why it is one."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from application.documents.callers import CallerDocument
from application.documents.contacts import ContactDocument, PointDocument
from application.documents.events import HistoryItem
from application.documents.merges import ExplanationDocument
from infrastructure.cli import output
from infrastructure.cli.columns import cut, print_paragraph, width, wrapped
from infrastructure.cli.lists import called, print_contact_list, print_record_list

RECORDS = 20
"""How many records are listed."""
_MARKS = 4
"""How many records of one value are named."""
_LONGEST_NAME = 18
_ID = re.compile(r"\b[0-9a-z]{16}(?:\.\d+)?\b")


class _Line(NamedTuple):
    """A value of a contact, and where it comes from."""

    name: str
    value: str
    origin: str


def print_contact(contact: ContactDocument) -> None:
    """Print one contact: each value with the numbers of the records that say it, and these."""
    if contact.requested_id is not None:
        output.line(f"{contact.requested_id} was merged into {contact.id}")
    output.line(f"{called(contact.name)}  ·  {contact.kind}  ·  {contact.id}", "bold")
    records = contact.records or []
    numbers = {each.id: f"[{number}]" for number, each in enumerate(records, 1)}
    kept = {name for name in contact.attributes if output.is_bookkeeping(name)}
    _print_lines([*_lines(contact, numbers, kept)])
    if kept:
        output.line(f"  not shown: {', '.join(sorted(kept))} (--json shows them)")
    total = contact.records_total or 0
    output.line(f"{total} record{'' if total == 1 else 's'}")
    print_record_list(records[:RECORDS], numbers)
    if contact.absorbed_total:
        ids = "id leads" if contact.absorbed_total == 1 else "ids lead"
        output.line(f"{contact.absorbed_total} more {ids} to it (`absorbed` lists them)")
    if total > RECORDS:
        output.say(f"there is more: `records {contact.id}` lists them")


def _lines(contact: ContactDocument, numbers: Mapping[str, str], kept: set[str]) -> Iterator[_Line]:
    if contact.name_from is not None:
        at = contact.name_from
        yield _Line("name", called(contact.name), _origin(at.record, numbers))
    for title, points in (("phone", contact.phones), ("email", contact.emails)):
        for place, point in enumerate(points):
            text = output.point_text(point)
            yield _Line("" if place else title, text, _origins(point, numbers))
    for name, shown in contact.attributes.items():
        if name not in kept:
            since = f"{shown.since:%Y-%m-%d}"
            yield _Line(name, shown.value, f"{_origin(shown.record, numbers)} {since}")
    for place, each in enumerate(contact.counterparts):
        to = f"{each.integration} {each.kind} {each.external_id}"
        yield _Line("" if place else "calls go to", to, f"{each.updated_at:%Y-%m-%d}")


def _print_lines(lines: Sequence[_Line]) -> None:
    """Print names, values and origins below each other; long values take several lines."""
    names = min(max((cell_len(each.name) for each in lines), default=0), _LONGEST_NAME)
    origins = max((len(each.origin) for each in lines), default=0)
    longest = max((cell_len(output.printable(each.value)) for each in lines), default=0)
    room = min(width() - names - origins - 6, longest)
    for name, value, origin in lines:
        shown = cut(output.printable(name), names)
        first, *rest = wrapped(value, room) or [""]
        gaps = names - cell_len(shown), room - cell_len(first)
        output.line(f"  {shown}{' ' * gaps[0]}  {first}{' ' * gaps[1]}  {origin}".rstrip())
        for each in rest:
            output.line(f"  {' ' * names}  {each}")


def _origin(record: str | None, numbers: Mapping[str, str]) -> str:
    return "by hand" if record is None else numbers.get(record, record)


def _origins(point: PointDocument, numbers: Mapping[str, str]) -> str:
    marks = [numbers[each] for each in point.records if each in numbers][:_MARKS]
    more = point.records_total - len(marks)
    said = [*marks, *([f"+{more}"] if more else []), *(["by hand"] if point.by_hand else [])]
    return " ".join(said)


def print_caller(caller: CallerDocument) -> None:
    """Print who is calling, why, who else it may be, and the contact's last activities."""
    names: dict[str, str | None] = {}
    if caller.contact is not None:
        names[caller.contact.id] = caller.contact.name
        print_contact_list([caller.contact])
    output.line(caller.because)
    if caller.last_from_number is not None:
        output.line(
            f"last call or message with this number: {caller.last_from_number:%Y-%m-%d %H:%M:%S}"
        )
    for each in caller.others:
        output.line(f"also held by {each.contact_id}  {each.name or '(no name)'}  ({each.kind})")
    if caller.others_total > len(caller.others):
        output.line(f"and by {caller.others_total - len(caller.others)} more")
    output.print_activities(caller.recent, names)


def print_explanation(explanation: ExplanationDocument) -> None:
    """Print why two ids are one contact or two, a paragraph for each sentence."""
    output.line("one contact" if explanation.same else "two contacts", "bold")
    for sentence in explanation.because.split("; "):
        print_paragraph("  ", with_names(sentence, explanation.names))


def print_history(items: Iterable[HistoryItem], names: Mapping[str, str | None]) -> None:
    """Print a contact's history, oldest first. `names`: of the contacts that it mentions."""
    for item in items:
        output.line(f"{item.position:>8}  {item.at:%Y-%m-%d %H:%M:%S}  {item.type}  by {item.by}")
        print_paragraph(" " * 10, with_names(item.summary, names))


def ids_in(texts: Iterable[str]) -> list[str]:
    """What may be ids in some texts."""
    return list(dict.fromkeys(found for text in texts for found in _ID.findall(text)))


def with_names(text: str, names: Mapping[str, str | None]) -> str:
    """A text with the name of each contact before its id."""
    return _ID.sub(lambda found: output.named(names.get(found[0]), found[0]), text)
