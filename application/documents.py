"""The documents that reads answer with: contacts, merges, decisions, history, explanations."""

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from domain.activities import ActivityType, CallStatus, Direction, LinkedBy
from domain.identifiers import IdentifierKind
from domain.records import RecordKind, Source


class Document(BaseModel):
    """A document: its fields are those of the API. One without a value is null."""

    model_config = ConfigDict(frozen=True)


def _is_none(value: object) -> bool:
    return value is None


Outcome = Literal["created", "merged", "updated", "unchanged", "rejected"]

T = TypeVar("T")
Optional = Annotated[T | None, Field(exclude_if=_is_none)]
"""A field that is left out where it has no value."""


class MatchedDocument(Document):
    """A phone or an email in canonical form."""

    kind: IdentifierKind
    value: str


class CandidateDocument(Document):
    """A contact that was considered; the winner has no `lost_because`."""

    contact_id: str
    lost_because: Optional[str] = None


class DecisionDocument(Document):
    """Why a record was merged, or was not."""

    rule: str
    matched: list[MatchedDocument]
    candidates: list[CandidateDocument]
    not_named: int = Field(default=0, description="how many more candidates there were")
    because: str
    reason: str
    settings_version: int


class RejectedDocument(Document):
    """Why a record was rejected: the field, and what is wrong with it."""

    field: str
    reason: str


class ReceivedDocument(Document):
    """What became of a record. `contact_id`: the contact that holds it now."""

    outcome: Outcome
    contact_id: Optional[str] = None
    merge_id: Optional[str] = None
    decision: Optional[DecisionDocument] = None
    error: Optional[RejectedDocument] = None


class PointDocument(Document):
    """A phone or an email of a contact: the records that list it, whether it was added by hand."""

    value: str
    written: str
    matchable: bool
    records: list[str]
    by_hand: bool = False
    label: Optional[str] = None


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

    id: str
    source: Source
    integration: Optional[str] = None
    kind: RecordKind
    external_id: Optional[str] = None
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

    id: str
    requested_id: Optional[str] = None
    kind: RecordKind
    deleted: bool = False
    name: str | None
    name_from: Optional[OriginDocument] = None
    phones: list[PointDocument]
    emails: list[PointDocument]
    attributes: dict[str, AttributeDocument]
    records: Optional[list[RecordDocument]] = None
    counterparts: list[CounterpartDocument]
    absorbed: Optional[list[str]] = None
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


class ConflictDocument(Document):
    """Two live contacts that hold the same identifier, and are not separate."""

    contacts: list[str]
    identifier: MatchedDocument


class ExplanationDocument(Document):
    """Why two ids are one contact, or are not."""

    same: bool
    because: str
    decisions: list[DecisionDocument]


class Page(Document, Generic[T]):
    """One page of a list; `next` is the cursor of the next page, null on the last."""

    items: list[T]
    next: str | None
