"""Documents of events: in words in a contact's history, as stored in an account's log."""

from datetime import datetime
from typing import Any

from application.documents.decisions import DecisionDocument, decision_document
from application.documents.document import Document, Optional
from application.ports import LoggedEvent
from application.wording import source_text, summary
from domain.events import AccountEvent, ContactImported, ContactsMerged, Recorded, RecordUpdated


class HistoryItem(Document):
    """One event of a contact's history, in words."""

    position: int
    type: str
    at: datetime
    by: str
    source: str | None
    summary: str
    decision: Optional[DecisionDocument] = None


class EventDocument(Document):
    """One event of an account's log, as it is stored; docs/events.md describes `data`.

    `stream`: a contact's id, `account`, or `activity:` and an id.
    """

    position: int
    type: str
    stream: str
    version: int
    at: datetime
    data: dict[str, Any] | None


def history_item(recorded: Recorded) -> HistoryItem:
    """An event of a contact or an activity, in words."""
    event = recorded.event
    if isinstance(event, AccountEvent):
        raise TypeError(f"{event.TOPIC} is not an event of a contact")
    source, decision = None, None
    if isinstance(event, ContactImported | ContactsMerged | RecordUpdated) and event.record:
        source = source_text(event.record)
    if isinstance(event, ContactImported | ContactsMerged | RecordUpdated) and event.decision:
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


def event_document(event: LoggedEvent) -> EventDocument:
    """An event as it is stored."""
    return EventDocument(**event._asdict())
