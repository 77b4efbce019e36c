"""Read calls and messages."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import Field, TypeAdapter

from application.contact_at import head_at
from application.cursors import from_cursor, to_cursor
from application.documents.activities import ActivityDocument, activity_document
from application.documents.document import Page
from application.ports import HeldActivity, Reading
from application.reads.events import LAST_POSITION
from application.reads.paging import PAGE, page_of
from application.refusals import NotFound
from domain.activities import ActivityType, id_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TIME_AND_ID = TypeAdapter(tuple[Annotated[int, Field(ge=-LAST_POSITION, le=LAST_POSITION)], str])


def show_activity(
    reading: Reading, activity_id: str, kind: ActivityType | None = None
) -> ActivityDocument:
    """Return one call or message; with `kind`, only one of that type. Raises NotFound."""
    known = reading.activity(activity_id)
    activity = None if known is None else activity_document(known)
    if activity is None or kind not in {None, activity.type}:
        raise NotFound(kind or "call or message", activity_id)
    return activity


def list_activities(
    reading: Reading, kind: ActivityType, *, limit: int = PAGE, cursor: str | None = None
) -> Page[ActivityDocument]:
    """The account's calls, or its messages, newest first. Raises Invalid."""
    before = None if cursor is None else from_cursor(kind, cursor, _TIME_AND_ID)
    found = reading.activities_of_type(kind, before=before, limit=limit + 1)
    return _activities_page(kind, found, limit)


def contact_activities(
    reading: Reading, contact_id: str, *, limit: int = PAGE, cursor: str | None = None
) -> Page[ActivityDocument]:
    """A contact's, or its survivor's, activities, newest first. Raises NotFound, Invalid."""
    survivor = head_at(reading, contact_id)
    before = None if cursor is None else from_cursor("activities", cursor, _TIME_AND_ID)
    found = reading.activities(survivor.contact_id, before=before, limit=limit + 1)
    return _activities_page("activities", found, limit)


def _activities_page(items: str, found: list[HeldActivity], limit: int) -> Page[ActivityDocument]:
    def cursor(last: HeldActivity) -> str:
        microseconds = (last.linked.activity.at - _EPOCH) // _MICROSECOND
        return to_cursor(items, microseconds, id_of(last.linked.activity_id))

    return page_of(found, limit, activity_document, cursor)
