"""A call or a message, and what is exported of it."""

from datetime import datetime

from application.documents.document import Document, Optional
from domain.activities import ActivityType, CallStatus, Direction, LinkedBy
from domain.records import RecordKind


class ActivityDocument(Document):
    """A call or a message, and whose it is. The fields of the other kind are left out."""

    id: str
    type: ActivityType
    contact_id: str | None
    contact_kind: RecordKind | None
    number: str | None
    linked_by: LinkedBy
    direction: Direction
    written: str | None
    agent: str | None
    status: Optional[CallStatus] = None
    started_at: Optional[datetime] = None
    duration_seconds: Optional[int] = None
    text: Optional[str] = None
    sent_at: Optional[datetime] = None


class TargetDocument(Document):
    """A record of an integration that an activity is exported to."""

    integration: str
    kind: RecordKind
    external_id: str


class ExportDocument(Document):
    """An item of the export feed; a lost target is null."""

    position: int
    activity: ActivityDocument
    target: TargetDocument | None
    moved_from: TargetDocument | None
