"""A contact: one or more records merged, and what it says.

The fold of a contact's own stream is the definition of its state. Read models answer decisions
and pages; `verify` holds the two equal. Order of this file: states, what a contact says, evolve.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from typing import NamedTuple, assert_never

from domain.events import (
    ContactEvent,
    ContactImported,
    ContactsMerged,
    Recorded,
    RecordUpdated,
    RecordWithdrawn,
)
from domain.identifiers import IdentifierKind
from domain.records import (
    HeldList,
    HeldRecord,
    RecordKind,
    Said,
    evolve_record,
    hold_record,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A live contact.

    `updated`: the position of the last change to what the contact says, or merge into it: what
    "most recently updated" compares. `absorbed`: every id that leads here.
    """

    contact_id: str
    records: Mapping[str, HeldRecord]
    absorbed: tuple[str, ...] = ()
    created_at: datetime
    updated: int
    updated_at: datetime
    version: int

    @property
    def kind(self) -> RecordKind:
        """`lead` only while it has none but lead records."""
        return "contact" if any(r.kind == "contact" for r in self.records.values()) else "lead"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedContact:
    """A contact that was left without records, or deleted. It holds no identifier any more."""

    contact_id: str
    absorbed: tuple[str, ...]
    created_at: datetime
    updated: int
    updated_at: datetime
    version: int


class ShownPoint(NamedTuple):
    """A phone or an email of a contact: `written` as first seen, `records` in the order seen."""

    value: str
    written: str
    matchable: bool
    records: tuple[str, ...]


class ShownAttribute(NamedTuple):
    """An attribute of a contact: its newest value, the record it came from, and since when."""

    value: str
    record_id: str
    since: datetime
    position: int


def listed(record: HeldRecord, kind: IdentifierKind) -> HeldList | None:
    """A record's phones, or its emails."""
    return record.phones if kind == "phone" else record.emails


def union(records: Iterable[HeldRecord], kind: IdentifierKind) -> dict[str, ShownPoint]:
    """The union of the records' phones or emails, in the order first seen, no repeats.

    Rules: "What a merged contact says".
    """
    holders = sorted(
        (
            (record.said[held.since].position, place, held.point, record.record_id)
            for record in records
            if (known := listed(record, kind)) is not None
            for place, held in enumerate(known.points)
        ),
        key=lambda each: each[:2],
    )
    shown: dict[str, ShownPoint] = {}
    for _, _, point, record_id in holders:
        earlier = shown.get(point.key)
        shown[point.key] = (
            earlier._replace(records=(*earlier.records, record_id))
            if earlier
            else ShownPoint(point.key, point.written, point.canonical is not None, (record_id,))
        )
    return shown


def newest(records: Iterable[HeldRecord]) -> dict[str, ShownAttribute]:
    """The newest value of every attribute, by the record's `updated_at`, then by arrival."""
    shown: dict[str, ShownAttribute] = {}
    for record in records:
        for name in record.fields:
            candidate = shown_attribute(record, name)
            known = shown.get(name)
            if known is None or (candidate.since, candidate.position) > (
                known.since,
                known.position,
            ):
                shown[name] = candidate
    return shown


def shown_attribute(record: HeldRecord, name: str) -> ShownAttribute:
    """A record's value of an attribute as it would show, with its time."""
    held = record.fields[name]
    since, position = record.said[held.said].order
    return ShownAttribute(held.value, record.record_id, since, position)


def _says(contact: Contact) -> tuple[object, ...]:
    """What counts for "most recently updated": values alone, not where they come from."""
    records = contact.records.values()
    return (
        set(union(records, "phone")),
        set(union(records, "email")),
        {name: shown.value for name, shown in newest(records).items()},
    )


State = Contact | DeletedContact


def evolve(contact: State | None, recorded: Recorded) -> State:
    """The contact after an event of its stream. Raises ValueError where the event cannot follow."""
    event = recorded.event
    if isinstance(event, ContactImported):
        if contact is not None:
            raise ValueError(f"{event.TOPIC} begins a stream")
        said = _said(recorded, event)
        return Contact(
            contact_id=event.stream,
            records={event.stream: hold_record(event.stream, event.record, said)},
            created_at=recorded.at,
            updated=recorded.position,
            updated_at=recorded.at,
            version=recorded.version,
        )
    if not isinstance(contact, Contact):
        raise ValueError(f"{event.TOPIC} needs a live contact")  # noqa: TRY004
    return _evolve_live(contact, recorded, _contact_event(recorded))


def _evolve_live(contact: Contact, recorded: Recorded, event: ContactEvent) -> State:
    match event:
        case ContactsMerged():
            record = hold_record(event.absorbed, event.record, _said(recorded, event))
            return replace(
                contact,
                records={**contact.records, event.absorbed: record},
                absorbed=(*contact.absorbed, event.absorbed),
                updated=recorded.position,
                updated_at=recorded.at,
                version=recorded.version,
            )
        case RecordUpdated():
            held = contact.records.get(event.record_id)
            if held is None:
                raise ValueError(f"{event.record_id} is no record of {contact.contact_id}")
            record = evolve_record(held, event.record, _said(recorded, event))
            return _with_records(contact, recorded, {**contact.records, event.record_id: record})
        case RecordWithdrawn():
            left = {k: v for k, v in contact.records.items() if k != event.record_id}
            if len(left) == len(contact.records):
                raise ValueError(f"{event.record_id} is no record of {contact.contact_id}")
            return _with_records(contact, recorded, left)
        case ContactImported():
            raise ValueError("a stream begins once")
        case _ as never:
            assert_never(never)


def _with_records(contact: Contact, recorded: Recorded, records: Mapping[str, HeldRecord]) -> State:
    """The contact with other records: updated only if it says something else now."""
    after = replace(contact, records=records, version=recorded.version)
    if not records:
        return DeletedContact(
            contact_id=contact.contact_id,
            absorbed=contact.absorbed,
            created_at=contact.created_at,
            updated=recorded.position,
            updated_at=recorded.at,
            version=recorded.version,
        )
    if _says(contact) == _says(after):
        return after
    return replace(after, updated=recorded.position, updated_at=recorded.at)


def _said(recorded: Recorded, event: ContactImported | ContactsMerged | RecordUpdated) -> Said:
    return Said(recorded.position, recorded.at, event.record.updated_at)


def _contact_event(recorded: Recorded) -> ContactEvent:
    if not isinstance(recorded.event, ContactEvent):
        raise ValueError(f"{recorded.event.TOPIC} is no event of a contact")  # noqa: TRY004
    return recorded.event


def fold(stream: Iterable[Recorded]) -> State | None:
    """The state of a contact from its own events; None if it has none (absorbed as it came)."""
    return reduce(evolve, stream, None)
