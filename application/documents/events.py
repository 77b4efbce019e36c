"""An event: in a contact's history in words, in an account's log as it is stored."""

from datetime import datetime
from typing import Any

from application.documents.decisions import DecisionDocument
from application.documents.document import Document, Optional


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
    """One event of an account's log, as it is stored; docs/events.md says what is in `data`.

    `stream`: whose it is: a contact's id, `account`, or `activity:` and an id.
    """

    position: int
    type: str
    stream: str
    version: int
    at: datetime
    data: dict[str, Any] | None
