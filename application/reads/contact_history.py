"""Read what happened to a contact."""

from application.cursors import POSITION, from_cursor, to_cursor
from application.documents.document import Page
from application.documents.events import HistoryItem
from application.ports import Reading
from application.reads.paging import PAGE
from application.refusals import NotFound
from application.wording import decision_document, source_text, summary
from domain.events import (
    AccountEvent,
    ContactImported,
    ContactsMerged,
    Recorded,
    RecordUpdated,
)


def contact_history(
    reading: Reading, contact_id: str, *, limit: int | None = None, after: int = 0
) -> list[HistoryItem]:
    """A contact's events, oldest first, those of what it absorbed included. Raises NotFound."""
    survivor = reading.survivor(contact_id)
    if survivor is None:
        raise NotFound("contact", contact_id)
    return [_history_item(each) for each in reading.history(survivor, after=after, limit=limit)]


def history_page(
    reading: Reading, contact_id: str, *, limit: int = PAGE, cursor: str | None = None
) -> Page[HistoryItem]:
    """A page of a contact's events. Raises NotFound, and Refused where the cursor is none."""
    after = 0 if cursor is None else from_cursor("history", cursor, POSITION)[0]
    items = contact_history(reading, contact_id, limit=limit + 1, after=after)
    more = len(items) > limit
    following = to_cursor("history", items[limit - 1].position) if more else None
    return Page(items=items[:limit], next=following)


def _history_item(recorded: Recorded) -> HistoryItem:
    event = recorded.event
    if isinstance(event, AccountEvent):
        raise TypeError(f"{event.TOPIC} is no event of a contact")
    source, decision = None, None
    if isinstance(event, ContactImported | ContactsMerged | RecordUpdated) and event.record:
        source = source_text(event.record)
    if isinstance(event, ContactImported | ContactsMerged):
        decision = decision_document(event.decision)
    return HistoryItem(
        position=recorded.position,
        type=event.TOPIC,
        at=recorded.at,
        by=event.by,
        source=source,
        summary=summary(event),
        decision=decision,
    )
