"""The only place where the tests of histories read an account."""

from collections.abc import Iterator
from datetime import datetime
from json import loads
from typing import NamedTuple

from application.documents.attention import AttentionDocument
from application.documents.contacts import ContactDocument, PointDocument
from application.documents.merges import MergeDocument
from application.ports import Reading
from application.reads.activities import contact_activities, show_activity
from application.reads.attention import list_attention
from application.reads.conflicts import list_conflicts
from application.reads.contacts import find_contacts, show_contact
from application.reads.merges import list_merges
from application.refusals import NotFound
from infrastructure.account_log.log import EventLog


class ReadValue(NamedTuple):
    """A phone or an email as a contact shows it."""

    value: str
    matchable: bool
    records: tuple[str, ...]
    records_total: int
    by_hand: bool
    label: str | None


class ReadRecord(NamedTuple):
    """A record of a contact, with its current values."""

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
    """A live contact as an account shows it."""

    id: str
    kind: str
    phones: list[ReadValue]
    emails: list[ReadValue]
    attributes: dict[str, tuple[str, str | None, datetime]]
    records: list[ReadRecord]
    absorbed: list[str]
    counterparts: dict[str, tuple[str, str, str]]
    updated_at: datetime
    activities: dict[str, str]
    """Its calls and messages, and how each was linked."""


def read_contacts(log: EventLog) -> list[ReadContact]:
    """The live contacts, oldest first."""
    with log.reading() as reading:
        return [_read_contact(reading, each.id) for each in _pages(reading)]


def read_holders(log: EventLog, kind: str, written: str) -> list[str]:
    """The ids of the live contacts that hold a phone or an email."""
    with log.reading() as reading:
        return [each.id for each in _pages(reading, **{kind: written})]


def read_conflicts(log: EventLog) -> list[tuple[str, ...]]:
    """Every conflict: the kind and the canonical form of what two contacts hold, and their ids."""
    found: list[tuple[str, ...]] = []
    with log.reading() as reading:
        page = list_conflicts(reading, limit=2)
        while True:
            found += [
                (*each.identifier.model_dump().values(), *each.contacts) for each in page.items
            ]
            if page.next is None:
                return found
            page = list_conflicts(reading, limit=2, cursor=page.next)


def read_survivor(log: EventLog, contact_id: str) -> str | None:
    """The live contact that an id leads to; None if it is deleted."""
    with log.reading() as reading:
        try:
            contact = show_contact(reading, contact_id)
        except NotFound:
            return None
        assert contact.requested_id == (None if contact.id == contact_id else contact_id)
        return contact.id


def _pages(reading: Reading, **asked: str) -> Iterator[ContactDocument]:
    cursor = None
    while True:
        page = find_contacts(
            reading, phone=asked.get("phone"), email=asked.get("email"), limit=7, cursor=cursor
        )
        yield from page.items
        cursor = page.next
        if cursor is None:
            return


def read_merges(log: EventLog) -> list[MergeDocument]:
    """Every merge, undone or not, newest first."""
    with log.reading() as reading:
        return list_merges(reading, limit=1_000).items


def read_attention(log: EventLog) -> list[AttentionDocument]:
    """What somebody should look at, page by page, without jobs."""
    items: list[AttentionDocument] = []
    cursor = None
    with log.reading() as reading:
        while True:
            page = list_attention(reading, limit=2, cursor=cursor)
            items += (each for each in page.items if each.kind != "job")
            cursor = page.next
            if cursor is None:
                return items


def read_names_together(log: EventLog) -> dict[str, int]:
    """How many different names came together by each phone or email, as far as they are counted."""
    with log.snapshot() as session:
        rows = session.execute("SELECT item, names FROM attention WHERE identifier <> ''")
        return {item: len(loads(names)) for item, names in rows}


def read_link(log: EventLog, activity_id: str) -> tuple[str | None, str]:
    """The contact of an activity, and how it was linked."""
    with log.reading() as reading:
        activity = show_activity(reading, activity_id)
    return activity.contact_id, activity.linked_by


def _read_contact(reading: Reading, contact_id: str) -> ReadContact:
    contact = show_contact(reading, contact_id)
    attributes = {
        name: (each.value, each.record, each.since) for name, each in contact.attributes.items()
    }
    if contact.name is not None:
        assert contact.name_from is not None
        attributes["name"] = contact.name, contact.name_from.record, contact.name_from.since
    activities = contact_activities(reading, contact_id, limit=1_000).items
    records = [
        ReadRecord(
            record.id,
            record.source,
            record.integration,
            record.kind,
            record.external_id,
            record.updated_at,
            frozenset(record.phones),
            frozenset(record.emails),
            record.attributes | ({} if record.name is None else {"name": record.name}),
        )
        for record in contact.records or ()
    ]
    return ReadContact(
        contact.id,
        contact.kind,
        _values(contact.phones),
        _values(contact.emails),
        attributes,
        records,
        contact.absorbed or [],
        {
            each.integration: (each.integration, each.kind, each.external_id)
            for each in contact.counterparts
        },
        contact.updated_at,
        {each.id: each.linked_by for each in activities},
    )


def _values(points: list[PointDocument]) -> list[ReadValue]:
    return [
        ReadValue(
            each.value,
            each.matchable,
            tuple(each.records),
            each.records_total,
            each.by_hand,
            each.label,
        )
        for each in points
    ]
