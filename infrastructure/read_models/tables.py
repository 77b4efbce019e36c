"""The tables of the read models: what decisions and pages are answered from.

Each table is keyed, and read by a prefix of its key: all that holds one identifier, all attributes
of one contact. Rows are tuples in the order of the columns. Times are microseconds since 1970, UTC.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

from eventsourcing.persistence import DataError, MapperDeserialisationError, StoredEvent
from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

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
    """The newest value of a contact's attribute, the record it came from, its time and position."""

    value: str
    record_id: str
    since: int
    position: int


class ContactRow(NamedTuple):
    """A contact id: live, deleted, or absorbed by a survivor.

    `merge_id`: the merge that absorbed it; `version`: of its stream; `records`, `contact_records`:
    how many it has, and how many of kind contact; `updated`: position of the last change to what it
    says; `attributes`: what it shows by name. A contact has few of them, however many its records.
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


class RecordRow(NamedTuple):
    """A record and the contact that holds it.

    The event at `position` says what it first said. `again` is what it says by now, if its source
    has sent it again; a record that was sent once is stored once, in the log.
    """

    record_id: str
    contact_id: str
    position: int
    again: HeldRecord | None
    first: tuple[Record, Said]

    @property
    def held(self) -> HeldRecord:
        """What the record says by now."""
        return self.again or hold_record(self.record_id, *self.first)


class RecordKeyRow(NamedTuple):
    """The id that an integration knows a record by."""

    integration: str
    kind: str
    external_id: str
    record_id: str


class CsvRow(NamedTuple):
    """A csv record by its content."""

    fingerprint: int
    record_id: str


class IdentifierRow(NamedTuple):
    """The match index: a contact holds a phone or an email.

    `kind`: phone or email; phone_text or email_text for a value that is not matchable. `holders`:
    how many of its records have it.
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


class SettingsRow(NamedTuple):
    """The merge settings in force."""

    name: str
    version: int
    body: MergeSettings


class Index(NamedTuple):
    """An index of a table, over all of its rows or some."""

    columns: tuple[str, ...]
    where: str = "true"


R = TypeVar("R", bound=Row)


@dataclass(frozen=True)
class Table(Generic[R]):
    """One table. `key`, `prefix`: how many of the first columns make the key, and are read by.

    `with_event`: its rows are read with the event at their `position`: stream, version, topic, at
    and payload follow the columns.
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

    @property
    def columns(self) -> tuple[str, ...]:
        fields: tuple[str, ...] = self.row._fields  # type: ignore[attr-defined]  # named tuples
        return fields[: len(self.types)]

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


def _encode_contact(row: ContactRow) -> Row:
    return (*row[:-1], to_json(row.attributes).decode())


def _decode_contact(row: Row) -> ContactRow:
    shown = {name: AttributeShown(*each) for name, each in from_json(row[-1]).items()}
    return ContactRow._make((*row[:-1], shown))


CONTACTS = Table(
    "contacts",
    ContactRow,
    key=1,
    prefix=1,
    types=(*["TEXT"] * 5, *["INTEGER"] * 6, "TEXT"),
    encode=_encode_contact,
    decode=_decode_contact,
)


def _encode_record(row: RecordRow) -> Row:
    again = row.again and _held_record.dump_json(row.again, exclude_none=True).decode()
    return (row.record_id, row.contact_id, row.position, again)


def _decode_record(row: Row) -> RecordRow:
    record_id, contact_id, position, again, stream, version, topic, at, payload = row
    stored = event_mapper().to_domain_event(StoredEvent(stream, version, topic, payload))
    record = stored.event.record
    first = record, Said(position, from_micros(at), record.updated_at)
    held = _held_record.validate_json(again) if again else None
    return RecordRow(record_id, contact_id, position, held, first)


RECORDS = Table(
    "records",
    RecordRow,
    key=1,
    prefix=1,
    types=("TEXT", "TEXT", "INTEGER", "TEXT"),
    # A record that is its contact's own is found by its id.
    indexes=(Index(("contact_id", "record_id"), where="contact_id <> record_id"),),
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
    indexes=(Index(("survivor", "merge_id")),),
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
    SETTINGS,
)
