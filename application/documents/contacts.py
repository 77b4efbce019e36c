"""A contact as an account sees it, its records, and contacts in conflict."""

from collections.abc import Mapping
from datetime import datetime

from application.documents.decisions import MatchedDocument
from application.documents.document import Document, Optional
from application.ports import Conflict, ShownContact
from domain.held_records import HeldList, HeldRecord
from domain.records import RecordKind, Source
from domain.shown import ShownAttribute, ShownPoint

FIRST_OF_A_VALUE = 20
"""How many records a phone or an email names; `records_total` counts all that list it."""


class PointDocument(Document):
    """A phone or an email of a contact: the first records that list it, and how many do.

    `by_hand`: whether somebody added it.
    """

    value: str
    written: str
    matchable: bool
    records: list[str]
    records_total: int
    by_hand: bool = False
    label: Optional[str] = None


class AttributeDocument(Document):
    """The newest value of an attribute, the record it came from, and since when.

    `record` is null if somebody set the value by hand.
    """

    value: str
    record: str | None
    since: datetime


class OriginDocument(Document):
    """The record that a value came from, null for a value set by hand, and since when."""

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
    """A contact as an account sees it. In lists it has no `records` and no `absorbed`.

    The document of one contact has the first of each, their total, and a cursor for those that
    follow, null if there are no more.
    """

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
    records_total: Optional[int] = None
    records_next: Optional[str] = None
    counterparts: list[CounterpartDocument]
    absorbed: Optional[list[str]] = None
    absorbed_total: Optional[int] = None
    absorbed_next: Optional[str] = None
    version: int
    created_at: datetime
    updated_at: datetime


class ConflictDocument(Document):
    """Two live contacts that hold the same identifier, and are not separate.

    `names`: what they are called, in the same order.
    """

    contacts: list[str]
    names: list[str | None]
    identifier: MatchedDocument


class IntegrationDocument(Document):
    """An integration that has sent records."""

    name: str


def contact_document(contact: ShownContact) -> ContactDocument:
    """Return a contact as lists show it. A deleted contact shows no values."""
    shown = contact.shown
    attributes = {n: _attribute_document(each) for n, each in sorted(shown.attributes.items())}
    name = attributes.pop("name", None)
    return ContactDocument(
        id=contact.contact_id,
        kind=shown.kind,
        deleted=not contact.is_live,
        name=name.value if name else None,
        name_from=OriginDocument(record=name.record, since=name.since) if name else None,
        phones=_points(contact.phones),
        emails=_points(contact.emails),
        attributes=attributes,
        counterparts=[
            CounterpartDocument(
                integration=integration,
                kind=each.kind,
                external_id=each.external_id,
                updated_at=each.order[0],
            )
            for integration, each in shown.counterparts.items()
        ],
        version=contact.version,
        created_at=contact.created_at,
        updated_at=contact.updated_at,
    )


def _attribute_document(shown: ShownAttribute) -> AttributeDocument:
    return AttributeDocument(value=shown.value, record=shown.record_id, since=shown.order[0])


def _points(points: Mapping[str, ShownPoint]) -> list[PointDocument]:
    return [
        PointDocument(
            value=shown.value,
            written=shown.written,
            matchable=shown.matchable,
            records=list(shown.records[:FIRST_OF_A_VALUE]),
            records_total=len(shown.records),
            by_hand=shown.by_hand,
            label=shown.label,
        )
        for shown in points.values()
    ]


def record_document(record: HeldRecord) -> RecordDocument:
    """What one source says."""
    fields = {name: held.value for name, held in record.fields.items()}
    return RecordDocument(
        id=record.record_id,
        source=record.source,
        integration=record.integration,
        kind=record.kind,
        external_id=record.external_id,
        updated_at=record.updated_at,
        name=fields.pop("name", None),
        phones=_keys(record.phones),
        emails=_keys(record.emails),
        attributes=fields,
    )


def _keys(known: HeldList | None) -> list[str]:
    return [held.point.key for held in known.points] if known else []


def conflict_document(conflict: Conflict, names: Mapping[str, str | None]) -> ConflictDocument:
    """A conflict as the API shows it. `names`: of the contacts."""
    two = [conflict.a, conflict.b]
    return ConflictDocument(
        contacts=two,
        names=[names.get(each) for each in two],
        identifier=MatchedDocument(**conflict.identifier._asdict()),
    )
