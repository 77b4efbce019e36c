"""The documents that reads answer with: contacts, merges, decisions, history, explanations."""

from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
)

from domain.activities import CallStatus, Direction, LinkedBy
from domain.identifiers import IdentifierKind
from domain.records import RecordKind, Source


class Document(BaseModel):
    """A document: its fields are those of the API.

    One without a value is null, unless it is among `OPTIONAL`: then it is left out.
    """

    model_config = ConfigDict(frozen=True)
    OPTIONAL: ClassVar[frozenset[str]] = frozenset()

    @model_serializer(mode="wrap")
    def _leave_out(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields: dict[str, Any] = serialise(self)
        return {
            name: value
            for name, value in fields.items()
            if value is not None or name not in self.OPTIONAL
        }


class MatchedDocument(Document):
    """A phone or an email in canonical form."""

    kind: IdentifierKind
    value: str


class CandidateDocument(Document):
    """A contact that was considered; the winner has no `lost_because`."""

    OPTIONAL = frozenset({"lost_because"})

    contact_id: str
    lost_because: str | None = None


class DecisionDocument(Document):
    """Why a record was merged, or was not."""

    rule: str
    matched: list[MatchedDocument]
    candidates: list[CandidateDocument]
    not_named: int = Field(default=0, description="how many more candidates there were")
    because: str
    reason: str
    settings_version: int


class PointDocument(Document):
    """A phone or an email of a contact: the records that list it, whether it was added by hand."""

    OPTIONAL = frozenset({"label"})

    value: str
    written: str
    matchable: bool
    records: list[str]
    by_hand: bool = False
    label: str | None = None


class AttributeDocument(Document):
    """The newest value of an attribute, the record it came from, and since when.

    `record` is null where somebody set it by hand.
    """

    value: str
    record: str | None
    since: datetime


class OriginDocument(Document):
    """The record that a value came from, null for what was set by hand, and since when."""

    record: str | None
    since: datetime


class RecordDocument(Document):
    """What one source says."""

    OPTIONAL = frozenset({"integration", "external_id"})

    id: str
    source: Source
    integration: str | None = None
    kind: RecordKind
    external_id: str | None = None
    updated_at: datetime
    name: str | None = None
    phones: list[str]
    emails: list[str]
    attributes: dict[str, str]


class CounterpartDocument(Document):
    """The record of an integration that was updated most recently."""

    integration: str
    kind: RecordKind
    external_id: str
    updated_at: datetime


class ContactDocument(Document):
    """A contact as an account sees it. In lists without `records` and `absorbed`."""

    OPTIONAL = frozenset({"requested_id", "name_from", "records", "absorbed"})

    id: str
    requested_id: str | None = None
    kind: RecordKind
    deleted: bool = False
    name: str | None
    name_from: OriginDocument | None = None
    phones: list[PointDocument]
    emails: list[PointDocument]
    attributes: dict[str, AttributeDocument]
    records: list[RecordDocument] | None = None
    counterparts: list[CounterpartDocument]
    absorbed: list[str] | None = None
    version: int
    created_at: datetime
    updated_at: datetime


class MergeDocument(Document):
    """A merge. `source` is null for one by hand."""

    id: str
    survivor: str
    absorbed: str
    by: str
    at: datetime
    source: Source | None
    decision: DecisionDocument
    undone_at: datetime | None = None


class HistoryItem(Document):
    """One event of a contact's history, in words."""

    OPTIONAL = frozenset({"decision"})

    position: int
    type: str
    at: datetime
    by: str
    source: str | None
    summary: str
    decision: DecisionDocument | None = None


class ActivityDocument(Document):
    """A call or a message, and whose it is. The fields of the other kind are left out."""

    OPTIONAL = frozenset({"status", "started_at", "duration_seconds", "text", "sent_at"})

    id: str
    type: Literal["call", "message"]
    contact_id: str | None
    contact_kind: RecordKind | None
    number: str | None
    linked_by: LinkedBy
    direction: Direction
    written: str | None
    agent: str | None
    status: CallStatus | None = None
    started_at: datetime | None = None
    duration_seconds: int | None = None
    text: str | None = None
    sent_at: datetime | None = None


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


class ConflictDocument(Document):
    """Two live contacts that hold the same identifier, and are not separate."""

    contacts: list[str]
    identifier: MatchedDocument


class ExplanationDocument(Document):
    """Why two ids are one contact, or are not."""

    same: bool
    because: str
    decisions: list[DecisionDocument]


class Page(Document):
    """One page of a list; `next` is the cursor of the next page."""

    items: list[Any]
    next: str | None
