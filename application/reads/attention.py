"""Read what somebody should look at first, and what happened on each day."""

from pydantic import TypeAdapter

from application.cursors import from_cursor, to_cursor
from application.documents.attention import (
    AttentionDocument,
    DayDocument,
    attended_document,
    day_document,
    troubled_document,
)
from application.documents.document import Page
from application.ports import AttendedPlace, Reading
from application.reads.events import LAST_POSITION
from application.reads.merges import merge_documents
from application.reads.paging import PAGE, page_of

_LAST = "~"
"""Greater than every id and every other part of a place."""
_FIRST_PLACE: AttendedPlace = LAST_POSITION, _LAST, _LAST, _LAST
_PLACE = TypeAdapter(AttendedPlace)
_DAY_PLACE = TypeAdapter(tuple[str, str, str, str])


def list_attention(
    reading: Reading, *, limit: int = PAGE, cursor: str | None = None
) -> Page[AttentionDocument]:
    """What somebody should look at first, by the calls that it touches, most first.

    Jobs touch none: they come after all that does, before the rest. Raises Invalid.
    """
    before = _FIRST_PLACE if cursor is None else from_cursor("attention", cursor, _PLACE)
    found: list[tuple[AttendedPlace, AttentionDocument]] = []
    if before[0] > 0:
        found += _attended(reading, before, called=True, limit=limit + 1)
        before = 0, _LAST, _LAST, _LAST
    if before[1] == _LAST and len(found) <= limit:
        jobs = reading.troubled_jobs(before=before[3], limit=limit + 1 - len(found))
        found += [((0, _LAST, "", each.job_id), troubled_document(each)) for each in jobs]
        before = 0, _LAST, "", ""
    if len(found) <= limit:
        found += _attended(reading, before, called=False, limit=limit + 1 - len(found))
    return page_of(
        found, limit, lambda each: each[1], lambda last: to_cursor("attention", *last[0])
    )


def _attended(
    reading: Reading, before: AttendedPlace, *, called: bool, limit: int
) -> list[tuple[AttendedPlace, AttentionDocument]]:
    items = reading.attended(before=before, called=called, limit=limit)
    names = reading.names([item.contact_id for _, item in items])
    made = merge_documents(reading, [item.merge for _, item in items if item.merge])
    merges = {merge.id: merge for merge in made}
    return [
        (place, attended_document(item, names.get(item.contact_id), merges.get(item.item)))
        for place, item in items
    ]


def list_days(
    reading: Reading, *, limit: int = PAGE, cursor: str | None = None
) -> Page[DayDocument]:
    """What happened on each day, counted by source and outcome, newest first. Raises Invalid."""
    before = (_LAST,) * 4 if cursor is None else from_cursor("days", cursor, _DAY_PLACE)
    found = reading.days(before=before, limit=limit + 1)
    return page_of(found, limit, day_document, lambda last: to_cursor("days", *last[:4]))
