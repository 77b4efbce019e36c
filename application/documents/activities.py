"""Documents of calls, messages and their exports."""

from datetime import datetime

from application.documents.document import Document, Optional
from application.ports import Export, HeldActivity, Target
from domain.activities import ActivityType, Call, CallStatus, Direction, LinkedBy, Message, id_of
from domain.records import RecordKind


class ActivityDocument(Document):
    """A call or a message and its contact. The fields of the other kind are left out."""

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


def activity_document(held: HeldActivity) -> ActivityDocument:
    """A call or message as the API shows it."""
    activity = held.linked.activity
    number = activity.number
    return ActivityDocument(
        id=id_of(held.linked.activity_id),
        type="call" if isinstance(activity, Call) else "message",
        contact_id=held.contact_id,
        contact_kind=held.contact_kind,
        number=number.canonical if number else None,
        linked_by=held.linked.linked_by,
        direction=activity.direction,
        written=number.written if number else None,
        agent=activity.agent,
        status=activity.status if isinstance(activity, Call) else None,
        started_at=activity.started_at if isinstance(activity, Call) else None,
        duration_seconds=activity.duration_seconds if isinstance(activity, Call) else None,
        text=activity.text if isinstance(activity, Message) else None,
        sent_at=activity.sent_at if isinstance(activity, Message) else None,
    )


def export_document(export: Export) -> ExportDocument:
    """An item of the export feed as the API shows it."""
    return ExportDocument(
        position=export.position,
        activity=activity_document(export.activity),
        target=_target_document(export.target),
        moved_from=_target_document(export.moved_from),
    )


def _target_document(target: Target | None) -> TargetDocument | None:
    return None if target is None else TargetDocument(**target._asdict())
