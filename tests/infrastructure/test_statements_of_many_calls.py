"""Merging or deleting a contact takes as many statements, however many calls it has."""

from contextlib import closing

import pytest

from application.commands.delete_contact import delete_contact
from application.commands.merge_by_hand import merge_contacts
from application.commands.receive_records import receive_records
from application.commands.record_activity import record_activity
from infrastructure.account_log import work
from infrastructure.account_log.log import EventLog
from tests.infrastructure.statements import Statements
from tests.messages import ADMIN, NOON, call_from, hubspot_contact
from tests.stores import Place

FEW, MANY = 20, 60
NUMBERS = ("+13195550100", "+13195550101", "+13195550102", "+13195550103")


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Statements:
    monkeypatch.setattr(work, "LINKED_AT_ONCE", 10)
    return Statements(monkeypatch)


def people(log: EventLog) -> list[str]:
    """Four people, each with a number and a record of a CRM; few calls of two, many of two."""
    said = [hubspot_contact(str(n), f"Person {n}", [each]) for n, each in enumerate(NUMBERS)]
    found = [each.contact_id for each in receive_records(log, said, by=ADMIN) if each.contact_id]
    for number, calls in zip(NUMBERS, (FEW, FEW, MANY, MANY), strict=True):
        for _ in range(calls):
            record_activity(log, call_from(number, NOON), by=ADMIN)
    return found


def counted(statements: Statements) -> int:
    """How many statements there were since the last look. SQLite tells of each row it inserts."""
    number = sum(not each.startswith("INSERT") for each in statements)
    statements.clear()
    return number


def test_of_a_deletion(statements: Statements, place: Place) -> None:
    with closing(place.create("acme")) as log:
        few, _, many, _ = people(log)
        counted(statements)
        delete_contact(log, few, by=ADMIN)
        of_few = counted(statements)
        delete_contact(log, many, by=ADMIN)
        assert counted(statements) <= of_few < MANY


def test_of_a_merge(statements: Statements, place: Place) -> None:
    with closing(place.create("acme")) as log:
        few, one, many, other = people(log)
        counted(statements)
        merge_contacts(log, one, few, by=ADMIN)
        of_few = counted(statements)
        merge_contacts(log, other, many, by=ADMIN)
        assert counted(statements) <= of_few < MANY
