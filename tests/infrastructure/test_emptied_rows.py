"""Rows of the match index that nobody holds any more may go: a csv row is still recognised."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from application.commands.edit_contact import ContactEdit, edit_contact
from application.commands.merge_by_hand import merge_contacts
from application.commands.receive_records import receive_records
from infrastructure.account_log.log import EventLog
from tests.messages import ADMIN, JOHN, MARY, csv_row
from tests.stores import Behind, Place

ROW = csv_row("Row", [MARY])


@pytest.fixture
def log(place: Place) -> Iterator[EventLog]:
    with closing(place.create("default")) as log:
        yield log


@pytest.fixture
def database(place: Place) -> Behind:
    return Behind(place, "default")


@pytest.fixture
def survivor(log: EventLog) -> str:
    """A contact that absorbed the row of a file, with the row's number removed by hand."""
    survivor, absorbed = (
        each.contact_id for each in receive_records(log, [csv_row("John", [JOHN]), ROW], by=ADMIN)
    )
    assert survivor is not None
    assert absorbed is not None
    edit_contact(log, absorbed, ContactEdit(phones=[]), by=ADMIN)
    merge_contacts(log, survivor, absorbed, by=ADMIN)
    return survivor


def test_a_row_is_recognised_without_those_of_contacts_that_once_held_its_number(
    log: EventLog, database: Behind, survivor: str
) -> None:
    database.execute("DELETE FROM identifiers WHERE holders = 0 AND contact_id <> ?", survivor)
    (again,) = receive_records(log, [ROW], by=ADMIN)
    assert (again.outcome, again.contact_id) == ("unchanged", survivor)


def test_a_number_that_a_record_lists_has_a_row_though_it_was_removed_by_hand(
    log: EventLog, database: Behind, survivor: str
) -> None:
    rows = "FROM identifiers WHERE holders = 0 AND contact_id = ?"
    assert database.execute(f"SELECT value {rows}", survivor) == [(MARY,)]
    assert log.verify().problems == ()
    database.execute(f"DELETE {rows}", survivor)
    assert f"contact {survivor}: its identifiers are not the fold of its events" in (
        log.verify().problems
    )
