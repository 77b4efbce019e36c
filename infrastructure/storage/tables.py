"""The tables of the read models: their keys, types and indexes, and how a row is stored."""

from typing import Any

from domain.counterparts import Counterpart
from domain.hand_edits import NOTHING_BY_HAND, ByHand
from domain.held_records import HeldRecord, Said
from domain.identifiers import ContactPoint
from domain.settings import MergeSettings
from domain.shown import Attributes, Shown, ShownAttribute
from infrastructure.storage.event_codec import MAPPER
from infrastructure.storage.json_values import as_text, json_of
from infrastructure.storage.stored_rows import (
    ActivityRow,
    AttentionRow,
    BoundRow,
    CalledRow,
    ContactRow,
    CsvRow,
    DayRow,
    ExportRow,
    HeldBySeveralRow,
    IdentifierRow,
    JoinedRow,
    MergeRow,
    PastLinkRow,
    RecordKeyRow,
    RecordRow,
    SettingsRow,
    Target,
)
from infrastructure.storage.table import Index, Row, Table
from infrastructure.storage.times import from_micros, to_micros

_read_held_record = json_of(HeldRecord)
_read_settings = json_of(MergeSettings)
_read_values = json_of(dict[str, str])
_read_origins = json_of(list[tuple[str | None, int, int, int]])
_read_counterparts = json_of(dict[str, Counterpart])
_read_by_hand = json_of(ByHand)
_read_point = json_of(ContactPoint)
read_targets = json_of(dict[str, Target])
_read_names = json_of(tuple[str, ...])


def _encode_attributes(attributes: Attributes) -> tuple[str | None, str | None]:
    """The value of each attribute; and for each run of attributes their record and message.

    All attributes of most contacts come from one message, which is told once.
    """
    if not attributes:
        return None, None
    runs: list[list[Any]] = []
    last = None
    for _, record_id, order in attributes.values():
        if last != (record_id, order):
            last = record_id, order
            runs.append([record_id, to_micros(order[0]), order[1], 0])
        runs[-1][3] += 1
    return as_text({name: each.value for name, each in attributes.items()}), as_text(runs)


def _decode_attributes(values: str | None, origins: str | None) -> dict[str, ShownAttribute]:
    if values is None or origins is None:
        return {}
    origin_of_each = [
        origin
        for record_id, at, position, length in _read_origins(origins)
        for origin in [(record_id, (from_micros(at), position))] * length
    ]
    return {
        name: ShownAttribute(value, *origin)
        for (name, value), origin in zip(_read_values(values).items(), origin_of_each, strict=True)
    }


def _encode_contact(row: ContactRow) -> Row:
    *counts, attributes, counterparts = row.shown
    return (
        *row[:8],
        *counts,
        *_encode_attributes(attributes),
        as_text(counterparts) if counterparts else None,
        None
        if row.by_hand is NOTHING_BY_HAND or row.by_hand == NOTHING_BY_HAND
        else as_text(row.by_hand),
        None if row.captured is None else as_text(row.captured),
    )


def _decode_contact(row: Row) -> ContactRow:
    *plain, kind, records, contact_records, values, origins, counterparts, by_hand, captured = row
    shown = Shown(
        kind,
        records,
        contact_records,
        _decode_attributes(values, origins),
        _read_counterparts(counterparts) if counterparts else {},
    )
    return ContactRow._make(
        (
            *plain,
            shown,
            _read_by_hand(by_hand) if by_hand else NOTHING_BY_HAND,
            _read_point(captured) if captured else None,
        )
    )


CONTACTS = Table(
    "contacts",
    ContactRow,
    types=(*["TEXT"] * 4, *["INTEGER"] * 4, "TEXT", *["INTEGER"] * 2, *["TEXT"] * 5),
    derived=(*Shown._fields[:4], "origins", *Shown._fields[4:], "by_hand", "captured"),
    # Only leads: an index of all live contacts by kind made imports 2 % slower.
    indexes=(
        Index(("survivor",), where="survivor IS NOT NULL"),
        Index(("contact_id",), where="status = 'live' AND kind = 'lead'"),
        Index(("status", "contact_id"), where="status = 'deleted'"),
    ),
    encode=_encode_contact,
    decode=_decode_contact,
)


def _encode_record(row: RecordRow) -> Row:
    again = row.again and as_text(row.again)
    newest_at, newest = row.last_said
    return (*row[:3], again, to_micros(newest_at), newest)


def _decode_record(row: Row) -> RecordRow:
    record_id, contact_id, position, again, _, _, *event = row
    record, at = _event(tuple(event)).record, event[3]
    first = record, Said(position, from_micros(at), record.updated_at)
    held = _read_held_record(again) if again else None
    return RecordRow(record_id, contact_id, position, held, first)


def _event(stored: Row) -> Any:
    stream, version, topic, _, payload = stored
    return MAPPER.read(stream, version, topic, payload)


RECORDS = Table(
    "records",
    RecordRow,
    types=("TEXT", "TEXT", "INTEGER", "TEXT", "INTEGER", "INTEGER"),
    derived=("newest_at", "newest"),
    # The record with the same id as its contact is found by this id.
    indexes=(Index(("contact_id", "newest_at", "newest"), where="contact_id <> record_id"),),
    encode=_encode_record,
    decode=_decode_record,
    with_event=True,
)
RECORD_KEYS = Table(
    "record_keys",
    RecordKeyRow,
    key=4,
    prefix=3,
    types=("TEXT",) * 4,
    indexes=(Index(("record_id",)),),
)
CSV_ROWS = Table("csv_rows", CsvRow, key=2, types=("INTEGER", "TEXT"))
IDENTIFIERS = Table(
    "identifiers", IdentifierRow, key=3, prefix=2, types=("TEXT", "TEXT", "TEXT", "INTEGER")
)
HELD_BY_SEVERAL = Table("held_by_several", HeldBySeveralRow, key=2, types=("TEXT", "TEXT"))
MERGES = Table(
    "merges",
    MergeRow,
    types=("TEXT", "TEXT", "TEXT", "INTEGER", "INTEGER"),
    indexes=(Index(("survivor", "merge_id")), Index(("absorbed", "merge_id"))),
)


ACTIVITIES = Table(
    "activities",
    ActivityRow,
    types=(*["TEXT"] * 6, *["INTEGER"] * 3, *["TEXT"] * 2),
    indexes=(
        Index(("kind", "at", "activity_id")),
        Index(("contact_id", "at", "activity_id"), where="contact_id IS NOT NULL"),
        Index(("linked_to",), where="linked_to IS NOT NULL"),
        Index(("number", "at"), where="number IS NOT NULL"),
    ),
    encode=lambda row: (*row[:10], as_text(row.targets) if row.targets else None),
    decode=lambda row: ActivityRow._make(
        (*row[:10], read_targets(row[10]) if row[10] else {}, _event(row[11:]))
    ),
    with_event=True,
)
PAST_LINKS = Table("past_links", PastLinkRow, key=2, types=("TEXT", "TEXT"))
EXPORTS = Table(
    "exports",
    ExportRow,
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
    types=("TEXT", "INTEGER", "INTEGER"),
    indexes=(Index(("separation", "side")),),
)
ATTENTION = Table(
    "attention",
    AttentionRow,
    types=(*["TEXT"] * 4, "INTEGER", "TEXT", "INTEGER"),
    indexes=(
        Index(("contact_id", "identifier", "item"), where="contact_id IS NOT NULL"),
        Index(("survivor",), where="contact_id IS NOT NULL"),
    ),
    encode=lambda row: (*row[:5], as_text(row.names), row.settled),
    decode=lambda row: AttentionRow._make((*row[:5], _read_names(row[5]), row[6])),
)
JOINED = Table(
    "joined",
    JoinedRow,
    key=3,
    prefix=2,
    types=("TEXT",) * 5,
    indexes=(Index(("merge_id",)),),
)
CALLED = Table(
    "called",
    CalledRow,
    types=("TEXT", "INTEGER", "INTEGER"),
    indexes=(Index(("calls", "contact_id")),),
)
DAYS = Table("days", DayRow, key=4, prefix=4, types=(*["TEXT"] * 4, "INTEGER"))
SETTINGS = Table(
    "merge_settings",
    SettingsRow,
    types=("TEXT", "INTEGER", "TEXT"),
    encode=lambda row: (*row[:2], as_text(row[2])),
    decode=lambda row: SettingsRow(row[0], row[1], _read_settings(row[2])),
)

TABLES: tuple[Table[Any], ...] = (
    CONTACTS,
    RECORDS,
    RECORD_KEYS,
    CSV_ROWS,
    IDENTIFIERS,
    HELD_BY_SEVERAL,
    MERGES,
    ACTIVITIES,
    PAST_LINKS,
    EXPORTS,
    BOUND,
    ATTENTION,
    JOINED,
    CALLED,
    DAYS,
    SETTINGS,
)
