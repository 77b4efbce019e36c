"""The one place where the tests of histories read what an account says."""

from datetime import datetime
from typing import NamedTuple

from eventsourcing.persistence import StoredEvent

from domain.contact import Contact, State, evolve, newest, union
from domain.events import AccountEvent, Recorded
from domain.identifiers import IdentifierKind
from domain.records import HeldRecord
from infrastructure.event_log.codec import event_mapper
from infrastructure.event_log.sqlite_accounts import SqliteLog
from infrastructure.read_models.tables import from_micros


class ReadValue(NamedTuple):
    """A phone or an email as a contact shows it."""

    value: str
    matchable: bool
    records: frozenset[str]


class ReadRecord(NamedTuple):
    """A record of a contact, and what it says by now."""

    id: str
    source: str
    integration: str | None
    kind: str
    external_id: str | None
    updated_at: datetime
    phones: frozenset[str]
    emails: frozenset[str]
    attributes: dict[str, str]


class ReadContact(NamedTuple):
    """A contact as an account shows it; one that is deleted has no records."""

    id: str
    kind: str
    phones: list[ReadValue]
    emails: list[ReadValue]
    attributes: dict[str, tuple[str, str, datetime]]
    records: list[ReadRecord]
    absorbed: list[str]


def read_contacts(log: SqliteLog) -> tuple[list[ReadContact], dict[str, list[str]]]:
    """The live contacts, the most recently updated first; and the deleted ones' absorbed ids."""
    states: dict[str, State] = {}
    mapper = event_mapper()
    with log.file.reading() as connection:
        rows = connection.execute(
            "SELECT position, stream, version, topic, at, payload FROM events ORDER BY position"
        ).fetchall()
    for position, stream, version, topic, at, payload in rows:
        event = mapper.to_domain_event(StoredEvent(stream, version, topic, payload)).event
        if not isinstance(event, AccountEvent):
            recorded = Recorded(position, version, from_micros(at), event)
            states[stream] = evolve(states.get(stream), recorded)
    live = [state for state in states.values() if isinstance(state, Contact)]
    live.sort(key=lambda contact: -contact.updated)
    deleted = {
        state.contact_id: list(state.absorbed)
        for state in states.values()
        if not isinstance(state, Contact)
    }
    return [_read_contact(contact) for contact in live], deleted


def _read_contact(contact: Contact) -> ReadContact:
    records = contact.records.values()
    return ReadContact(
        contact.contact_id,
        contact.kind,
        _values(contact, "phone"),
        _values(contact, "email"),
        {
            name: (shown.value, shown.record_id, shown.since)
            for name, shown in newest(records).items()
        },
        sorted(map(_read_record, records)),
        list(contact.absorbed),
    )


def _values(contact: Contact, kind: IdentifierKind) -> list[ReadValue]:
    shown = union(contact.records.values(), kind).values()
    return [ReadValue(each.value, each.matchable, frozenset(each.records)) for each in shown]


def _read_record(record: HeldRecord) -> ReadRecord:
    return ReadRecord(
        record.record_id,
        record.source,
        record.integration,
        record.kind,
        record.external_id,
        record.updated_at,
        frozenset(held.point.key for held in record.phones.points) if record.phones else frozenset(),
        frozenset(held.point.key for held in record.emails.points) if record.emails else frozenset(),
        {name: held.value for name, held in record.fields.items()},
    )
