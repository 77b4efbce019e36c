"""A contact as an account sees it, its records, and contacts in conflict."""

from datetime import datetime

from application.documents.decisions import MatchedDocument
from application.documents.document import Document, Optional
from domain.records import RecordKind, Source


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


class ConflictDocument(Document):
    """Two live contacts that hold the same identifier, and are not separate."""

    contacts: list[str]
    identifier: MatchedDocument
