"""The tables of the read models: what decisions and pages are answered from.

Each table is keyed, and read by a prefix of its key: all that holds one identifier, all attributes
of one contact. Rows are tuples in the order of the columns. Times are microseconds since 1970, UTC.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar

from eventsourcing.persistence import DataError, MapperDeserialisationError, StoredEvent
from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from domain.activities import ActivityType, LinkedBy
from domain.activity_rule import LinkedActivity
from domain.by_hand import NOTHING_BY_HAND, ByHand
from domain.events import CallLinked, MessageLinked
from domain.identifiers import ContactPoint
from domain.records import HeldRecord, Record, Said, hold_record
from domain.settings import MergeSettings
from infrastructure.event_log.codec import event_mapper

Row = tuple[Any, ...]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@lru_cache(maxsize=64)
def to_micros(time: datetime) -> int:
    """Microseconds since 1970, UTC."""
    return (time - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The time, in UTC."""
    return _EPOCH + timedelta(microseconds=micros)


class AttributeShown(NamedTuple):
    """The newest value of a contact's attribute, the record it came from, its time and position.

    `record_id` is None where somebody set it by hand.
    """

    value: str
    record_id: str | None
    since: int
    position: int


class CounterpartShown(NamedTuple):
    """A contact's record of an integration that was updated most recently, and when."""

    record_id: str
    kind: str
    external_id: str
    updated_at: int
    position: int


class ContactRow(NamedTuple):
    """A contact id: live, deleted, or absorbed by a survivor.

    `merge_id`: the merge that absorbed it; `version`: of its stream; `records`, `contact_records`:
    how many it has, and how many of kind contact; `updated`: position of the last change to what it
    says; `attributes`: what it shows by name; `counterparts` by integration. A contact has few of
    them, however many its records. `captured`: the number of a captured lead.
    """

    contact_id: str
    status: str
    kind: str
    survivor: str | None
    merge_id: str | None
    version: int
    records: int
    contact_records: int
    created_at: int
    updated_at: int
    updated: int
    attributes: Mapping[str, AttributeShown]
    counterparts: Mapping[str, CounterpartShown] = MappingProxyType({})
    by_hand: ByHand = NOTHING_BY_HAND
    captured: ContactPoint | None = None


class RecordRow(NamedTuple):
    """A record and the contact that holds it.

    The event at `position` says what it first said: `first`. `again` is what it says by now, if
    that is something else; a record that was sent once is stored once, in the log.
    """

    record_id: str
    contact_id: str
    position: int
    again: HeldRecord | None
    first: tuple[Record, Said] | None

    @property
    def held(self) -> HeldRecord:
        """What the record says by now."""
        if self.again is not None:
            return self.again
        if self.first is None:
            raise DataError(f"record {self.record_id} says nothing")
        return hold_record(self.record_id, *self.first)

    @property
    def last_said(self) -> tuple[datetime, int]:
        """The time and position of its newest message."""
        if self.again is None and self.first is not None:
            return self.first[1].order
        return self.held.last_said


class RecordKeyRow(NamedTuple):
    """The id that an integration knows a record by; it stays when the record is taken back."""

    integration: str
    kind: str
    external_id: str
    record_id: str


class CsvRow(NamedTuple):
    """A csv record by its content; it stays when the record's contact is deleted."""

    fingerprint: int
    record_id: str


class IdentifierRow(NamedTuple):
    """The match index: a contact holds a phone or an email.

    `kind`: phone or email; phone_text or email_text for a value that is not matchable. `holders`:
    how many of its records show it, and one for who added it by hand; 0 where it did once hold it.
    """

    kind: str
    value: str
    contact_id: str
    holders: int


class MergeRow(NamedTuple):
    """A merge; its decision is in the event at `position`."""

    merge_id: str
    survivor: str
    absorbed: str
    position: int
    undone_at: int | None


class Target(NamedTuple):
    """The record that an activity was exported to: its id, and what its integration knows it by."""

    record_id: str
    kind: str
    external_id: str


class ActivityRow(NamedTuple):
    """A call or message; what it was is in the event at `position`.

    `contact_id`: the live contact or lead that has it; `linked_to`: the id it was linked to, which
    leads there. `number`: canonical. `at`: when it happened. `kind`: call or message. `targets`: by
    integration, the record that it was last exported to; `moving`: in the middle of an undo, who
    had it before.
    """

    activity_id: str
    contact_id: str | None
    linked_to: str | None
    linked_by: LinkedBy
    assigned: str | None
    number: str | None
    at: int
    position: int
    version: int
    kind: ActivityType
    targets: Mapping[str, Target]
    moving: str | None
    event: CallLinked | MessageLinked | None = None


def linked_activity(row: ActivityRow) -> LinkedActivity:
    """An activity in the domain's words."""
    event = row.event
    if event is None:
        raise DataError(f"activity {row.activity_id} is not there")
    return LinkedActivity(
        activity_id=row.activity_id,
        activity=event.call if isinstance(event, CallLinked) else event.message,
        contact_id=row.linked_to,
        linked_by=row.linked_by,
        assigned=row.assigned,
        lead_id=event.lead_id,
        first=row.position,
        version=row.version,
    )


class PastLinkRow(NamedTuple):
    """A contact that an activity was linked to before, or is assigned to."""

    contact_id: str
    activity_id: str


class ExportRow(NamedTuple):
    """An item of the export feed: an activity's target in an integration, and what it was.

    A target is the record's kind and, after a space, its external id.
    """

    number: int
    integration: str
    activity_id: str
    target: str | None
    moved_from: str | None
    position: int


class BoundRow(NamedTuple):
    """An id that a separation binds; the ids on its other `side` are never merged with it."""

    contact_id: str
    separation: int
    side: int


class SettingsRow(NamedTuple):
    """The merge settings in force."""

    name: str
    version: int
    body: MergeSettings


class Index(NamedTuple):
    """An index of a table, over all of its rows or some."""

    columns: tuple[str, ...]
    where: str | None = None


R = TypeVar("R", bound=Row)


@dataclass(frozen=True)
class Table(Generic[R]):
    """One table. `key`, `prefix`: how many of the first columns make the key, and are read by.

    `derived`: columns after those of the row, which `encode` adds and indexes need. `with_event`:
    its rows are read with the event at their `position`: stream, version, topic, at and payload
    follow the columns.
    """

    name: str
    row: type[R]
    key: int
    prefix: int
    types: tuple[str, ...]
    indexes: tuple[Index, ...] = ()
    encode: Callable[[R], Row] | None = None
    decode: Callable[[Row], R] | None = None
    with_event: bool = False
    derived: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        fields: tuple[str, ...] = self.row._fields  # type: ignore[attr-defined]  # named tuples
        return (*fields[: len(self.types) - len(self.derived)], *self.derived)

    def read(self, stored: Row) -> R:
        """A row as stored, as a row. Raises DataError where it is damaged."""
        try:
            if self.decode is not None:
                return self.decode(stored)
        except MapperDeserialisationError:
            raise  # the damage is in the log, and named there
        except (ValueError, TypeError, AttributeError) as error:
            damage = str(error).splitlines()[0]
            raise DataError(f"a row of {self.name} is damaged: {damage}") from error
        row: R = self.row._make(stored)  # type: ignore[attr-defined]  # named tuples
        return row


_held_record = TypeAdapter(HeldRecord)
_settings = TypeAdapter(MergeSettings)


_by_hand = TypeAdapter(ByHand)
_point = TypeAdapter(ContactPoint)


def _encode_contact(row: ContactRow) -> Row:
    return (
        *row[:11],
        to_json(row.attributes).decode() if row.attributes else "{}",
        to_json(row.counterparts).decode() if row.counterparts else None,
        None
        if row.by_hand is NOTHING_BY_HAND or row.by_hand == NOTHING_BY_HAND
        else _by_hand.dump_json(row.by_hand, exclude_defaults=True).decode(),
        None if row.captured is None else _point.dump_json(row.captured).decode(),
    )


def _decode_contact(row: Row) -> ContactRow:
    *plain, attributes, counterparts, by_hand, captured = row
    return ContactRow._make(
        (
            *plain,
            {name: AttributeShown(*each) for name, each in from_json(attributes).items()},
            {name: CounterpartShown(*each) for name, each in from_json(counterparts).items()}
            if counterparts
            else {},
            _by_hand.validate_json(by_hand) if by_hand else NOTHING_BY_HAND,
            _point.validate_json(captured) if captured else None,
        )
    )


CONTACTS = Table(
    "contacts",
    ContactRow,
    key=1,
    prefix=1,
    types=(*["TEXT"] * 5, *["INTEGER"] * 6, *["TEXT"] * 4),
    # Leads alone: an index of all live contacts by kind made imports 2 % slower.
    indexes=(
        Index(("survivor",), where="survivor IS NOT NULL"),
        Index(("contact_id",), where="status = 'live' AND kind = 'lead'"),
    ),
    encode=_encode_contact,
    decode=_decode_contact,
)


def _encode_record(row: RecordRow) -> Row:
    again = row.again and _held_record.dump_json(row.again, exclude_none=True).decode()
    newest_at, newest = row.last_said
    return (*row[:3], again, to_micros(newest_at), newest)


def _decode_record(row: Row) -> RecordRow:
    record_id, contact_id, position, again, _, _, *event = row
    record, at = _event(tuple(event)).record, event[3]
    first = record, Said(position, from_micros(at), record.updated_at)
    held = _held_record.validate_json(again) if again else None
    return RecordRow(record_id, contact_id, position, held, first)


def _event(stored: Row) -> Any:
    stream, version, topic, _, payload = stored
    return event_mapper().to_domain_event(StoredEvent(stream, version, topic, payload)).event


RECORDS = Table(
    "records",
    RecordRow,
    key=1,
    prefix=1,
    types=("TEXT", "TEXT", "INTEGER", "TEXT", "INTEGER", "INTEGER"),
    derived=("newest_at", "newest"),
    # A record that is its contact's own is found by its id.
    indexes=(Index(("contact_id", "newest_at", "newest"), where="contact_id <> record_id"),),
    encode=_encode_record,
    decode=_decode_record,
    with_event=True,
)
RECORD_KEYS = Table("record_keys", RecordKeyRow, key=4, prefix=3, types=("TEXT",) * 4)
CSV_ROWS = Table("csv_rows", CsvRow, key=2, prefix=1, types=("INTEGER", "TEXT"))
IDENTIFIERS = Table(
    "identifiers",
    IdentifierRow,
    key=3,
    prefix=2,
    types=("TEXT", "TEXT", "TEXT", "INTEGER"),
)
MERGES = Table(
    "merges",
    MergeRow,
    key=1,
    prefix=1,
    types=("TEXT", "TEXT", "TEXT", "INTEGER", "INTEGER"),
    indexes=(Index(("survivor", "merge_id")), Index(("absorbed", "merge_id"))),
)


def _decode_targets(stored: str | None) -> Mapping[str, Target]:
    return {name: Target(*each) for name, each in from_json(stored).items()} if stored else {}


ACTIVITIES = Table(
    "activities",
    ActivityRow,
    key=1,
    prefix=1,
    types=(*["TEXT"] * 6, *["INTEGER"] * 3, *["TEXT"] * 3),
    indexes=(
        Index(("kind", "at", "activity_id")),
        Index(("contact_id", "at", "activity_id"), where="contact_id IS NOT NULL"),
        Index(("linked_to",), where="linked_to IS NOT NULL"),
        Index(("number",), where="number IS NOT NULL"),
        Index(("activity_id",), where="moving IS NOT NULL"),
    ),
    encode=lambda row: (*row[:10], to_json(row.targets).decode() if row.targets else None, row[11]),
    decode=lambda row: ActivityRow._make(
        (*row[:10], _decode_targets(row[10]), row[11], _event(row[12:]))
    ),
    with_event=True,
)
PAST_LINKS = Table("past_links", PastLinkRow, key=2, prefix=1, types=("TEXT", "TEXT"))
EXPORTS = Table(
    "exports",
    ExportRow,
    key=1,
    prefix=1,
    types=("INTEGER", *["TEXT"] * 4, "INTEGER"),
    indexes=(
        Index(("integration", "number")),
        Index(("integration", "target"), where="target IS NOT NULL"),
        Index(("activity_id",)),
    ),
)
BOUND = Table(
    "bound",
    BoundRow,
    key=2,
    prefix=1,
    types=("TEXT", "INTEGER", "INTEGER"),
    indexes=(Index(("separation", "side")),),
)
SETTINGS = Table(
    "merge_settings",
    SettingsRow,
    key=1,
    prefix=1,
    types=("TEXT", "INTEGER", "TEXT"),
    encode=lambda row: (*row[:2], _settings.dump_json(row[2]).decode()),
    decode=lambda row: SettingsRow(row[0], row[1], _settings.validate_json(row[2])),
)

TABLES: tuple[Table[Any], ...] = (
    CONTACTS,
    RECORDS,
    RECORD_KEYS,
    CSV_ROWS,
    IDENTIFIERS,
    MERGES,
    ACTIVITIES,
    PAST_LINKS,
    EXPORTS,
    BOUND,
    SETTINGS,
)
