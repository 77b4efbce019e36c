"""What the command line prints: tables for people, one JSON document for programs."""

import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel
from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from application.documents.activities import ActivityDocument, ExportDocument, TargetDocument
from application.documents.callers import CallerDocument
from application.documents.contacts import (
    ConflictDocument,
    ContactDocument,
    PointDocument,
    RecordDocument,
)
from application.documents.decisions import DecisionDocument
from application.documents.document import UNPRINTABLE, Page
from application.documents.events import HistoryItem
from application.documents.merges import ExplanationDocument, MergeDocument
from application.wording import linked_text, lost_text

T = TypeVar("T")

console = Console(highlight=False, soft_wrap=True)
messages = Console(stderr=True, highlight=False, soft_wrap=True)
# Text from a file or a damaged store must not break lines or control the terminal.
_CONTROLS = str.maketrans(dict.fromkeys(UNPRINTABLE, " "))


def never_fail_to_print() -> None:
    """Escape characters that a stream cannot encode, for other locales and odd file names."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """Print a message for people, one line on standard error."""
    messages.print(Text(text.translate(_CONTROLS)))


def line(text: str = "", style: str = "") -> None:
    """Print a line of the answer on standard output."""
    console.print(Text(text.translate(_CONTROLS), style=style))


def print_json(document: BaseModel | dict[str, Any]) -> None:
    """Print one JSON document on standard output."""
    if isinstance(document, BaseModel):
        document = document.model_dump(mode="json")
    readable = (sys.stdout.encoding or "").lower() == "utf-8"
    json.dump(document, sys.stdout, ensure_ascii=not readable, indent=2)
    sys.stdout.write("\n")


class Answer(NamedTuple):
    """The answer of a command: a document for programs, and a function that prints it for people.

    `status`: the exit status.
    """

    document: BaseModel | dict[str, Any]
    people: Callable[[], None]
    status: int = 0


def print_answer(answer: Answer, *, json: bool) -> None:
    """Print an answer for programs, or for people."""
    if json:
        print_json(answer.document)
    else:
        answer.people()


def of_page(page: Page[T], people: Callable[[list[T]], None], option: str = "--cursor") -> Answer:
    """Make an answer of one page of a list. `option`: the option that asks for the next page."""

    def print_page() -> None:
        people(page.items)
        if not page.items:
            say("there are none")
        if page.next:
            say(f"there is more: {option} {page.next}")

    return Answer(page, print_page)


def print_contacts(contacts: Iterable[ContactDocument]) -> None:
    """Print contacts, a few lines each: name, phones and emails, and attributes."""
    for contact in contacts:
        line(f"{contact.id}  {contact.name or '(no name)'}  ({contact.kind})", "bold")
        said = [_point(point) for point in (*contact.phones, *contact.emails)]
        said += [f"{name}: {shown.value}" for name, shown in contact.attributes.items()]
        if said:
            line(f"    {', '.join(said)}")


def print_caller(caller: CallerDocument) -> None:
    """Print who is calling, why, who else it may be, and the contact's last activities."""
    if caller.contact is not None:
        print_contacts([caller.contact])
    line(caller.because)
    if caller.last_from_number is not None:
        line(f"last call or message with this number: {caller.last_from_number:%Y-%m-%d %H:%M:%S}")
    for each in caller.others:
        line(f"also held by {each.contact_id}  {each.name or '(no name)'}  ({each.kind})")
    if caller.others_total > len(caller.others):
        line(f"and by {caller.others_total - len(caller.others)} more")
    print_activities(caller.recent)


def print_contact(contact: ContactDocument) -> None:
    """Print one contact, where every value comes from, and the records it was merged from."""
    if contact.requested_id is not None:
        line(f"{contact.requested_id} was merged into {contact.id}")
    line(f"{contact.name or '(no name)'}  ·  {contact.kind}  ·  {contact.id}", "bold")
    if contact.name_from is not None:
        origin = contact.name_from
        line(f"  name  {contact.name}  {_origin(origin.record)}, {origin.since:%Y-%m-%d %H:%M}")
    for title, points in (("phone", contact.phones), ("email", contact.emails)):
        for point in points:
            more = point.records_total - len(point.records)
            origins = [f"from {', '.join(point.records)}"] if point.records else []
            origins += [f"from {more} more records"] if more else []
            origins += ["by hand"] if point.by_hand else []
            line(f"  {title}  {_point(point)}  {', '.join(origins)}")
    for name, shown in contact.attributes.items():
        line(f"  {name}  {shown.value}  {_origin(shown.record)}, {shown.since:%Y-%m-%d %H:%M}")
    line("records")
    print_records(contact.records or [])
    if contact.records_next is not None:
        line(f"  there is more: records {contact.id} --cursor {contact.records_next}")


def print_records(records: Iterable[RecordDocument]) -> None:
    """Print what each source says, one record per line."""
    for record in records:
        parts = [record.source, record.integration, record.kind, record.external_id]
        said = [record.name, *record.phones, *record.emails, *record.attributes.values()]
        line(
            f"  {record.id}  {' '.join(part for part in parts if part)}  "
            f"{record.updated_at:%Y-%m-%d %H:%M}  {'; '.join(each for each in said if each)}"
        )


def print_ids(ids: Iterable[str]) -> None:
    """Print one id per line."""
    for each in ids:
        line(each)


def print_merges(merges: Iterable[MergeDocument]) -> None:
    """Print merges, each with its reason."""
    for merge in merges:
        undone = f", undone {merge.undone_at:%Y-%m-%d %H:%M}" if merge.undone_at else ""
        line(
            f"{merge.id}  {merge.absorbed} into {merge.survivor}  {merge.at:%Y-%m-%d %H:%M:%S}  "
            f"by {merge.by}{undone}"
        )
        print_decision(merge.decision)


def print_decision(decision: DecisionDocument) -> None:
    """Print a decision: its reason, and the candidates that lost."""
    line(f"    because {decision.reason} (rule {decision.rule})")
    for candidate in decision.candidates:
        if candidate.lost_because is not None:
            line(f"    not {candidate.contact_id}: {lost_text(candidate.lost_because)}")
    if decision.not_named:
        line(f"    nor {decision.not_named} more")


def print_explanation(explanation: ExplanationDocument) -> None:
    """Print why two ids are one contact or two, one sentence per line."""
    line("one contact" if explanation.same else "two contacts", "bold")
    for sentence in explanation.because.split("; "):
        line(f"  {sentence}")


def print_history(items: Iterable[HistoryItem]) -> None:
    """Print a contact's history, oldest first."""
    for item in items:
        line(f"{item.position:>8}  {item.at:%Y-%m-%d %H:%M:%S}  {item.type}  by {item.by}")
        line(f"          {item.summary}")


def print_activities(activities: Iterable[ActivityDocument]) -> None:
    """Print calls and messages, each with its contact."""
    for each in activities:
        line(f"{each.id}  {_what(each)}", "bold")
        whose = f"{each.contact_kind} {each.contact_id}" if each.contact_id else "nobody's"
        line(f"    {whose}, {linked_text(each.linked_by)}")


def _what(activity: ActivityDocument) -> str:
    at = activity.started_at or activity.sent_at
    number = activity.number or activity.written or "a withheld number"
    way = "from" if activity.direction == "inbound" else "to"
    said = [f"{activity.type} {way} {number}  {at:%Y-%m-%d %H:%M:%S}"]
    if activity.type == "call":
        said.append(f"{activity.status}, {activity.duration_seconds} s")
    else:
        said.append(f"“{activity.text}”")
    if activity.agent is not None:
        said.append(f"with {activity.agent}")
    return "  ".join(said)


def print_exports(exports: Iterable[ExportDocument]) -> None:
    """Print the export feed: where each call or message goes, and where it went before."""
    for item in exports:
        moved = f", moved from {_target(item.moved_from)}" if item.moved_from else ""
        line(f"{item.position:>8}  {item.activity.id}  {_what(item.activity)}")
        line(f"          to {_target(item.target)}{moved}")


def _target(target: TargetDocument | None) -> str:
    if target is None:
        return "none any more"
    return f"{target.integration} {target.kind} {target.external_id}"


def print_conflicts(conflicts: Iterable[ConflictDocument]) -> None:
    """Print the contacts that hold the same phone or email, one pair per line."""
    for conflict in conflicts:
        identifier = conflict.identifier
        line(f"{' and '.join(conflict.contacts)} both hold {identifier.kind} {identifier.value}")


def _origin(record: str | None) -> str:
    """Where a value comes from."""
    return "by hand" if record is None else f"from {record}"


def _point(point: PointDocument) -> str:
    label = f"{point.label} " if point.label else ""
    if not point.matchable:
        return f"{label}{point.written} (not matchable)"
    written = "" if point.written == point.value else f" ({point.written})"
    return f"{label}{point.value}{written}"


@contextmanager
def progress(what: str) -> Iterator[Callable[[int], None]]:
    """A progress line on standard error, if that is a terminal."""
    texts = ("{task.description}", "{task.completed:,}")
    columns = (*map(TextColumn, texts), TimeElapsedColumn())
    shown = messages.is_terminal
    with Progress(*columns, console=messages, transient=True, disable=not shown) as shown_by:
        task = shown_by.add_task(what, total=None)
        yield lambda done: shown_by.advance(task, done)
