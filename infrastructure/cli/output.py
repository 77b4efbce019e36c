"""What the command line prints: tables for people, one JSON document for programs."""

import io
import json
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel
from rich.console import Console
from rich.text import Text

from application.documents.activities import ActivityDocument, ExportDocument, TargetDocument
from application.documents.contacts import (
    ContactDocument,
    PointDocument,
)
from application.documents.decisions import DecisionDocument
from application.documents.document import UNPRINTABLE, Page
from application.documents.merges import MergeDocument
from application.wording import linked_text, lost_text
from infrastructure.bootstrap import without_password

T = TypeVar("T")

console = Console(highlight=False, soft_wrap=True)
messages = Console(stderr=True, highlight=False, soft_wrap=True)
_BOOKKEEPING = re.compile(
    r"((associated )?(record|contact|lead|company|account|owner|user|object|external)[ _-]?)?"
    r"(ids?|uid)|labels?|group ?membership|photo|rev|prodid|etag",
    re.IGNORECASE,
)
"""Attributes that other programs keep for themselves."""
_POINTS = 5
"""How many phones and emails of a contact are printed if it is one of several."""
# Text from a file or a damaged store must not break lines or control the terminal.
_CONTROLS = str.maketrans(dict.fromkeys(UNPRINTABLE, " "))


def never_fail_to_print() -> None:
    """Escape characters that a stream cannot encode, for other locales and odd file names."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def printable(text: str) -> str:
    """A text that breaks no line and does not control the terminal."""
    return text.translate(_CONTROLS)


def say(text: str) -> None:
    """Print a message for people, one line on standard error."""
    messages.print(Text(printable(text)))


def line(text: str = "", style: str = "") -> None:
    """Print a line of the answer on standard output."""
    console.print(Text(printable(text), style=style))


def print_json(document: BaseModel | dict[str, Any]) -> None:
    """Print one JSON document on standard output."""
    sys.stdout.write(f"{_json_text(_as_json(document), indent=2)}\n")


def _as_json(document: BaseModel | dict[str, Any]) -> dict[str, Any]:
    return document.model_dump(mode="json") if isinstance(document, BaseModel) else document


def _json_text(value: Any, indent: int | None = None) -> str:
    readable = (sys.stdout.encoding or "").lower() == "utf-8"
    return json.dumps(value, ensure_ascii=not readable, indent=indent)


class Answer(NamedTuple):
    """The answer of a command: a document for programs, and a function that prints it for people.

    `status`: the exit status. `next`: where the next page of a list begins.
    """

    document: BaseModel | dict[str, Any]
    people: Callable[[], None]
    status: int = 0
    next: str | None = None


Pages = Iterator[Answer]


def print_answer(answer: Answer, *, json: bool) -> None:
    """Print an answer for programs, or for people."""
    if json:
        print_json(answer.document)
    else:
        answer.people()


def of_page(page: Page[T], people: Callable[[list[T]], None]) -> Answer:
    """Make an answer of one page of a list."""

    def print_page() -> None:
        people(page.items)
        if not page.items:
            say("there are none")

    return Answer(page, print_page, next=page.next)


def print_pages(pages: Pages, *, json: bool) -> None:
    """Print all pages of a list as they come: for programs as one document."""
    if not json:
        for page in pages:
            page.people()
        return
    before = '{"items": ['
    for page in pages:
        for item in _as_json(page.document)["items"]:
            sys.stdout.write(f"{before}\n  {_json_text(item)}")
            before = ","
    sys.stdout.write(f'{before if before != "," else ""}\n], "next": null}}\n')


def say_next(option: str, place: str) -> None:
    """Say by which command the next page is printed."""
    words = [*_words_without(sys.argv[1:], option), option, place]
    say(f"there is more: {shlex.join(['contact-merging', *words])}")


def _words_without(words: list[str], option: str) -> Iterator[str]:
    """The words of the command without an option, and without a password in the store's URL."""
    rest = iter(words)
    for word in rest:
        if word == option:
            next(rest, None)
        elif not word.startswith(f"{option}="):
            yield without_password(word) if "postgresql://" in word else word


def is_bookkeeping(attribute: str) -> bool:
    """Whether another program keeps this attribute for itself, so that it tells people nothing."""
    return _BOOKKEEPING.fullmatch(attribute) is not None


def named(name: str | None, contact_id: str) -> str:
    """A contact in a sentence: its name, if it has one, and its id."""
    return f"{name} {contact_id}" if name else contact_id


def print_contacts(contacts: Iterable[ContactDocument]) -> None:
    """Print contacts, a few lines each: name, phones and emails, and attributes."""
    for contact in contacts:
        line(f"{contact.id}  {contact.name or '(no name)'}  ({contact.kind})", "bold")
        points = [*contact.phones, *contact.emails]
        said = [point_text(point) for point in points[:_POINTS]]
        said += [f"{len(points) - _POINTS} more"] if len(points) > _POINTS else []
        said += [
            f"{name}: {shown.value}"
            for name, shown in contact.attributes.items()
            if not is_bookkeeping(name)
        ]
        if said:
            line(f"    {', '.join(said)}")


def print_ids(ids: Iterable[str]) -> None:
    """Print one id per line."""
    for each in ids:
        line(each)


def print_merges(merges: Iterable[MergeDocument]) -> None:
    """Print merges, each with its reason."""
    for merge in merges:
        undone = f", undone {merge.undone_at:%Y-%m-%d %H:%M}" if merge.undone_at else ""
        two = (merge.absorbed_name, merge.absorbed), (merge.survivor_name, merge.survivor)
        into = " into ".join(named(*each) for each in two)
        line(f"{merge.id}  {into}  {merge.at:%Y-%m-%d %H:%M:%S}  by {merge.by}{undone}")
        print_decision(merge.decision)


def print_decision(decision: DecisionDocument) -> None:
    """Print a decision: its reason, and the candidates that lost."""
    line(f"    because {decision.reason} (rule {decision.rule})")
    for candidate in decision.candidates:
        if candidate.lost_because is not None:
            line(f"    not {candidate.contact_id}: {lost_text(candidate.lost_because)}")
    if decision.not_named:
        line(f"    nor {decision.not_named} more")


def print_activities(
    activities: Iterable[ActivityDocument], names: Mapping[str, str | None] | None = None
) -> None:
    """Print calls and messages, each with its contact. `names`: of the contacts."""
    for each in activities:
        line(f"{each.id}  {_what(each)}", "bold")
        name = (names or {}).get(each.contact_id or "")
        whose = f"{each.contact_kind} {each.contact_id}" if each.contact_id else "nobody's"
        whose += f" ({name})" if name else ""
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


def point_text(point: PointDocument) -> str:
    """A phone or an email with its label, and as it was written if that is different."""
    label = f"{point.label} " if point.label else ""
    if not point.matchable:
        return f"{label}{point.written} (not matchable)"
    written = "" if point.written == point.value else f" ({point.written})"
    return f"{label}{point.value}{written}"
