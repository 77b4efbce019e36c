"""A page of a list takes a constant, small number of statements, however many items it has."""

from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import combinations
from typing import Any

import pytest

from application.commands.delete_contact import delete_contact
from application.commands.receive_records import receive_records
from application.commands.record_activity import record_activity
from application.commands.separate_contacts import separate_contacts
from application.documents.document import Page
from application.ports import Reading
from application.reads.activities import contact_activities, list_activities
from application.reads.conflicts import list_conflicts
from application.reads.contact_history import history_page
from application.reads.contacts import (
    contact_absorbed,
    contact_records,
    deleted_contacts,
    find_contacts,
)
from application.reads.events import event_feed
from application.reads.exports import export_feed
from application.reads.merges import MergeFilter, list_merges
from application.reads.timeline import timeline
from domain.activities import CallSent, MessageSent
from infrastructure.account_log.log import EventLog
from tests.infrastructure.statements import Statements
from tests.messages import ADMIN, NOON, csv_row, day, entered, hubspot_contact, hubspot_lead
from tests.stores import Kind, new_place

PEOPLE = 100
SMALL, LARGE = 20, 80
MOST = 20
"""Statements of a page, including those that begin and end its snapshot."""
SHARED, LARGEST = "+13195550198", "+13195550199"
"""A number that many unmerged contacts hold, and that of the contact with the most records."""


def _number(person: int) -> str:
    return f"+1319557{person:04}"


@pytest.fixture(scope="module")
def log(kind: Kind) -> Iterator[EventLog]:
    """An account with more than a page of everything; each contact has several records."""
    with new_place(kind) as place, closing(place.create("acme")) as log:
        _fill(log)
        log.text.catch_up()
        yield log


def _fill(log: EventLog) -> None:
    people = range(PEOPLE)
    records = [csv_row(f"Largest {n}", [LARGEST], note=f"{n}") for n in range(2 * PEOPLE)]
    for n in people:
        records += [
            hubspot_contact(f"{n}", f"Person {n}", [_number(n)], updated_at=day(1)),
            csv_row(f"Person {n}", [_number(n), f"+1319558{n:04}"]),
            hubspot_lead(f"{n}", f"P. {n}", [_number(n)], [f"p{n}@b.test"], day(1)),
            entered("api", f"Double {n}", [SHARED]),
        ]
    receive_records(log, records, by=ADMIN)
    with log.reading() as reading:
        doubles = [each.id for each in find_contacts(reading, phone=SHARED, limit=PEOPLE).items]
    for pair in combinations(doubles[:5], 2):
        separate_contacts(log, *pair, by=ADMIN)
    gone = receive_records(log, [entered("api", f"Gone {n}") for n in people], by=ADMIN)
    with log.one_commit() as commit:
        for each in gone:
            with commit.part() as part:
                delete_contact(part, str(each.contact_id), by=ADMIN)
        for n in people:
            for sent in (_call(_number(n)), _call(LARGEST), _message(_number(n))):
                with commit.part() as part:
                    record_activity(part, sent, by=ADMIN)


def _call(number: str) -> CallSent:
    return CallSent(direction="inbound", number=number, status="answered", started_at=NOON)


def _message(number: str) -> MessageSent:
    return MessageSent(direction="inbound", number=number, text="Hi", sent_at=NOON)


def _largest(reading: Reading) -> str:
    return find_contacts(reading, phone=LARGEST).items[0].id


LISTS: dict[str, Callable[[Reading, int], Page[Any]]] = {
    "contacts": lambda reading, limit: find_contacts(reading, limit=limit),
    "contacts with a text": lambda reading, limit: find_contacts(reading, q="person", limit=limit),
    "contacts with digits": lambda reading, limit: find_contacts(reading, q="319", limit=limit),
    "contacts with a phone": lambda reading, limit: find_contacts(
        reading, phone=SHARED, limit=limit
    ),
    "contacts of a kind": lambda reading, limit: find_contacts(
        reading, kind="contact", limit=limit
    ),
    "deleted contacts": lambda reading, limit: deleted_contacts(reading, limit=limit),
    "merges": lambda reading, limit: list_merges(reading, limit=limit),
    "merges of a contact": lambda reading, limit: list_merges(
        reading, MergeFilter(contact_id=_largest(reading)), limit=limit
    ),
    "activities of a contact": lambda reading, limit: contact_activities(
        reading, _largest(reading), limit=limit
    ),
    "calls": lambda reading, limit: list_activities(reading, "call", limit=limit),
    "messages": lambda reading, limit: list_activities(reading, "message", limit=limit),
    "exports": lambda reading, limit: export_feed(reading, limit=limit),
    "exports of an integration": lambda reading, limit: export_feed(
        reading, integration="hubspot", limit=limit
    ),
    "events": lambda reading, limit: event_feed(reading, limit=limit),
    "conflicts": lambda reading, limit: list_conflicts(reading, limit=limit),
    "records": lambda reading, limit: contact_records(reading, _largest(reading), limit=limit),
    "absorbed": lambda reading, limit: contact_absorbed(reading, _largest(reading), limit=limit),
    "history": lambda reading, limit: history_page(reading, _largest(reading), limit=limit),
    "timeline": lambda reading, limit: timeline(reading, _largest(reading), limit=limit),
}


@pytest.mark.parametrize("items", LISTS)
def test_a_large_page_takes_as_many_as_a_small_one(
    log: EventLog, items: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.close()  # so that it opens connections that are listened to
    statements = Statements(monkeypatch)
    with log.reading():
        pass
    taken: dict[int, list[str]] = {}
    for limit in (SMALL, LARGE):
        statements.clear()
        with log.reading() as reading:
            page = LISTS[items](reading, limit)
        assert len(page.items) == limit
        assert page.next is not None
        taken[limit] = [*statements]
    small, large = taken.values()
    print(f"{items}: {len(small)}")  # noqa: T201 - shown with -rP: the measure itself
    assert 0 < len(small) == len(large) <= MOST, large
