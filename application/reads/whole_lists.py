"""Lists read to their end, page by page in one snapshot, to be exported."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from application.documents.contacts import ContactDocument
from application.documents.document import Page
from application.ports import Reading
from application.reads.activities import list_activities
from application.reads.contacts import find_contacts
from application.reads.merges import list_merges
from domain.records import RecordKind

Item = TypeVar("Item")
_PAGE = 500

MERGES = (
    *("merge", "at", "survivor", "survivor name", "absorbed", "by", "source", "rule"),
    *("matched", "reason", "undone at"),
)
"""The columns of the table of merges. `survivor name`: as it is now, if it is still a contact."""
CALLS = (
    *("call", "started at", "direction", "number", "written", "status", "duration seconds"),
    *("agent", "contact", "contact name", "contact kind", "linked by"),
)
"""The columns of the table of calls."""


def every_contact(
    reading: Reading,
    *,
    q: str | None = None,
    phone: str | None = None,
    email: str | None = None,
    kind: RecordKind | None = None,
) -> Iterator[ContactDocument]:
    """All contacts that `find_contacts` finds, in the same order. Raises the same."""
    pages = _pages(
        reading,
        lambda cursor: find_contacts(
            reading, q=q, phone=phone, email=email, kind=kind, limit=_PAGE, cursor=cursor
        ),
    )
    return (contact for page in pages for contact in page)


def every_merge(reading: Reading) -> Iterator[list[str]]:
    """The rows of the table of merges, newest first."""
    for page in _pages(reading, lambda cursor: list_merges(reading, limit=_PAGE, cursor=cursor)):
        names = _names(reading, [merge.survivor for merge in page])
        for each in page:
            decision = each.decision
            yield [
                *(each.id, each.at.isoformat(), each.survivor, names.get(each.survivor, "")),
                *(each.absorbed, each.by, each.source or "", decision.rule),
                "; ".join(matched.value for matched in decision.matched),
                *(decision.reason, each.undone_at.isoformat() if each.undone_at else ""),
            ]


def every_call(reading: Reading) -> Iterator[list[str]]:
    """The rows of the table of calls, newest first."""
    for page in _pages(
        reading, lambda cursor: list_activities(reading, "call", limit=_PAGE, cursor=cursor)
    ):
        names = _names(reading, [call.contact_id for call in page if call.contact_id])
        for each in page:
            yield [
                *(each.id, each.started_at.isoformat() if each.started_at else ""),
                *(each.direction, each.number or "", each.written or "", each.status or ""),
                "" if each.duration_seconds is None else str(each.duration_seconds),
                *(each.agent or "", each.contact_id or "", names.get(each.contact_id or "", "")),
                *(each.contact_kind or "", each.linked_by),
            ]


def _names(reading: Reading, contact_ids: Sequence[str]) -> dict[str, str]:
    return {each: named.name or "" for each, named in reading.names(contact_ids).items()}


def _pages(reading: Reading, page_at: Callable[[str | None], Page[Item]]) -> Iterator[list[Item]]:
    cursor = None
    while True:
        page = page_at(cursor)
        yield page.items
        reading.forget()
        if (cursor := page.next) is None:
            return
