"""Read calls and messages, the feed they are exported on, and contacts in conflict."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import Field, TypeAdapter

from application.cursors import from_cursor, to_cursor
from application.documents import (
    ActivityDocument,
    ConflictDocument,
    EventDocument,
    ExportDocument,
    Page,
)
from application.ports import Reading
from application.read_contacts import PAGE
from application.refusals import Invalid, NotFound
from domain.activities import ActivityType

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
LAST_POSITION = (1 << 63) - 1
"""The greatest number that a store counts to."""
_TIME_AND_ID = TypeAdapter(tuple[Annotated[int, Field(ge=-LAST_POSITION, le=LAST_POSITION)], str])
_IDENTIFIER_AND_IDS = TypeAdapter(tuple[str, str, str, str])


def show_activity(
    reading: Reading, activity_id: str, kind: ActivityType | None = None
) -> ActivityDocument:
    """One call or message, or one of these only. Raises NotFound."""
    activity = reading.activity(activity_id)
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
    """A contact's calls and messages, newest first; an absorbed id gives the survivor's.

    Raises NotFound, and Refused where the cursor is none.
    """
    survivor = reading.survivor(contact_id)
    if survivor is None:
        raise NotFound("contact", contact_id)
    before = None if cursor is None else from_cursor("activities", cursor, _TIME_AND_ID)
    found = reading.activities(survivor, before=before, limit=limit + 1)
    return _activities_page("activities", found, limit)


def _activities_page(
    items: str, found: list[ActivityDocument], limit: int
) -> Page[ActivityDocument]:
    more = len(found) > limit
    following = _cursor_of_activity(items, found[limit - 1]) if more else None
    return Page(items=found[:limit], next=following)


def _cursor_of_activity(items: str, activity: ActivityDocument) -> str:
    at = activity.started_at or activity.sent_at
    if at is None:
        raise TypeError(f"{activity.type} {activity.id} has no time")
    return to_cursor(items, (at - _EPOCH) // _MICROSECOND, activity.id)


def export_feed(
    reading: Reading, *, integration: str | None = None, after: int = 0, limit: int = PAGE
) -> Page[ExportDocument]:
    """The export feed after a position, oldest first: of all integrations, or of one.

    `next` is the position of the page's last item. Rules: "Export back". Raises Refused where
    `after` is no position.
    """
    _check_position(after)
    found = reading.exports(integration=integration, after=after, limit=limit + 1)
    more = len(found) > limit
    return Page(items=found[:limit], next=str(found[limit - 1].position) if more else None)


def _check_position(after: int) -> None:
    if not 0 <= after <= LAST_POSITION:
        raise Invalid("after", f"{after} is no position")


def event_feed(reading: Reading, *, after: int = 0, limit: int = PAGE) -> Page[EventDocument]:
    """The account's log after a position. Raises Refused where `after` is no position.

    `next` is the position of the page's last event.
    """
    _check_position(after)
    found = reading.events(after=after, limit=limit + 1)
    more = len(found) > limit
    return Page(items=found[:limit], next=str(found[limit - 1].position) if more else None)


def list_conflicts(
    reading: Reading, *, limit: int = PAGE, cursor: str | None = None
) -> Page[ConflictDocument]:
    """Pairs of contacts that hold the same identifier and are not separate, by identifier.

    Raises Refused where the cursor is none.
    """
    after = None if cursor is None else from_cursor("conflicts", cursor, _IDENTIFIER_AND_IDS)
    found = reading.conflicts(after=after, limit=limit + 1)
    more = len(found) > limit
    return Page(items=found[:limit], next=_cursor_of_conflict(found[limit - 1]) if more else None)


def _cursor_of_conflict(conflict: ConflictDocument) -> str:
    held = conflict.identifier
    return to_cursor("conflicts", held.kind, held.value, *conflict.contacts)
