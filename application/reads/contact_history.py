"""Read what happened to a contact."""

from application.contact_at import head_at
from application.cursors import POSITION, from_cursor, to_cursor
from application.documents.document import Page
from application.documents.events import HistoryItem, history_item
from application.ports import Reading
from application.reads.paging import PAGE


def contact_history(
    reading: Reading, contact_id: str, *, limit: int | None = None, after: int = 0
) -> list[HistoryItem]:
    """Return the events of a contact and of those it absorbed, oldest first. Raises NotFound."""
    survivor = head_at(reading, contact_id).contact_id
    events = reading.history(survivor, after=after, limit=limit)
    return [history_item(each) for each in events]


def history_page(
    reading: Reading, contact_id: str, *, limit: int = PAGE, cursor: str | None = None
) -> Page[HistoryItem]:
    """A page of a contact's events. Raises NotFound, and Refused if the cursor is not valid."""
    after = 0 if cursor is None else from_cursor("history", cursor, POSITION)[0]
    items = contact_history(reading, contact_id, limit=limit + 1, after=after)
    more = len(items) > limit
    following = to_cursor("history", items[limit - 1].position) if more else None
    return Page(items=items[:limit], next=following)
