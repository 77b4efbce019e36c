"""Lists read to their end in one snapshot, page by page, to be exported."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from application.documents.activities import ActivityDocument
from application.documents.contacts import ContactDocument
from application.documents.document import Page
from application.documents.merges import MergeDocument
from application.ports import Reading
from application.reads.activities import list_activities
from application.reads.contacts import find_contacts
from application.reads.merges import list_merges
from domain.records import RecordKind

Item = TypeVar("Item")
_PAGE = 500


def every_contact(
    reading: Reading,
    *,
    q: str | None = None,
    phone: str | None = None,
    email: str | None = None,
    kind: RecordKind | None = None,
) -> Iterator[ContactDocument]:
    """All contacts that `find_contacts` finds. Raises the same."""
    return _every(
        lambda cursor: find_contacts(
            reading, q=q, phone=phone, email=email, kind=kind, limit=_PAGE, cursor=cursor
        )
    )


def every_merge(reading: Reading) -> Iterator[MergeDocument]:
    """All merges, newest first."""
    return _every(lambda cursor: list_merges(reading, limit=_PAGE, cursor=cursor))


def every_call(reading: Reading) -> Iterator[ActivityDocument]:
    """All calls, newest first."""
    return _every(lambda cursor: list_activities(reading, "call", limit=_PAGE, cursor=cursor))


def _every(page_at: Callable[[str | None], Page[Item]]) -> Iterator[Item]:
    cursor = None
    while True:
        page = page_at(cursor)
        yield from page.items
        if (cursor := page.next) is None:
            return
