"""If two processes get the same new person at the same moment, there is still one contact."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from multiprocessing.synchronize import Barrier
from time import sleep
from typing import NamedTuple

import pytest

from application.commands.receive_records import receive_records
from application.commands.record_activity import record_activity
from application.documents.contacts import ContactDocument
from application.reads.activities import list_activities
from application.reads.contacts import find_contacts, show_contact
from domain.records import Record, read_record
from infrastructure.account_log.log import EventLog
from tests.forked import forked
from tests.messages import call_from, hubspot_contact
from tests.stores import Place

ACCOUNT = "default"
TRIES = 40
MANY_TRIES = 500
APART = 0.001
"""The largest delay in seconds between the two, so that each is first sometimes."""
PATIENCE = 60
CALLED = "called"

Send = Callable[[EventLog, int, int], str]
"""What a process does in a try, and the outcome. It gets the numbers of try and process."""


class Process:
    """The state of each process of the pool."""

    start: Barrier


def set_process_up(start: Barrier) -> None:
    """Runs in every process of the pool before its tasks."""
    Process.start = start


class Both(NamedTuple):
    """Two processes, and the barrier that lets them begin at the same moment."""

    pool: ProcessPoolExecutor
    start: Barrier


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    start = forked().Barrier(2)
    with ProcessPoolExecutor(2, forked(), initializer=set_process_up, initargs=(start,)) as pool:
        yield Both(pool, start)


def phone(number: int) -> str:
    return f"+1319555{number:04}"


def csv_row(log: EventLog, number: int, process: int) -> str:
    """A row with more than the phone."""
    name = f"Process {process}"
    return _received(log, read_record(source="csv", region="US", name=name, phones=[phone(number)]))


def the_same_csv_row(log: EventLog, number: int, _: int) -> str:
    return _received(
        log, read_record(source="csv", region="US", name="Mary", phones=[phone(number)])
    )


def contact_of_an_integration(log: EventLog, number: int, process: int) -> str:
    """Each process sends for another integration."""
    return _received(log, _record_of(("hubspot", "salesforce")[process], number, "Mary"))


def contact_of_one_integration(log: EventLog, number: int, process: int) -> str:
    """Both send the same record with different values."""
    return _received(log, _record_of("hubspot", number, f"Process {process}"))


def call(log: EventLog, number: int, process: int) -> str:
    record_activity(
        log,
        call_from(phone(number), datetime(2026, 5, 1, tzinfo=UTC)),
        activity_id=f"{number}.{process}",
        by="phone",
    )
    return CALLED


def row_beside_a_call(log: EventLog, number: int, process: int) -> str:
    """A row with the number of the call."""
    return csv_row(log, number, process) if process else call(log, number, process)


def integration_beside_a_call(log: EventLog, number: int, process: int) -> str:
    send = contact_of_an_integration if process else call
    return send(log, number, process)


def _record_of(integration: str, number: int, name: str) -> Record:
    return hubspot_contact(str(number), name, [phone(number)], integration=integration)


def _received(log: EventLog, record: Record) -> str:
    (received,) = receive_records(log, [record], by="sender")
    return received.outcome


def send_at_once(place: Place, send: Send, process: int, tries: int) -> list[str]:
    """Send at the same moment as the other process, or a little later or earlier."""
    chance = random.Random(process)  # noqa: S311 -- moments, no secrets
    outcomes = []
    with closing(place.open(ACCOUNT)) as log:
        for number in range(tries):
            later = chance.uniform(0, APART)
            Process.start.wait(PATIENCE)
            sleep(later)
            outcomes.append(send(log, number, process))
    return outcomes


class Told:
    """An account to which two processes sent some people, and the outcomes."""

    def __init__(self, both: Both, place: Place, send: Send, tries: int) -> None:
        self.tries = tries
        self.log = place.create(ACCOUNT)
        both.start.reset()  # if one of them failed before, the other one gave up
        done = [both.pool.submit(send_at_once, place, send, process, tries) for process in range(2)]
        self.outcomes = list(zip(*(each.result() for each in done), strict=True))

    def is_one_contact_each(self, *, kind: str = "contact") -> list[ContactDocument]:
        """Check that each person is exactly one contact. Returns these contacts."""
        verified = self.log.verify()
        assert (verified.problems, verified.contacts) == ((), self.tries)
        with self.log.reading() as reading:
            contacts = find_contacts(reading, limit=2 * self.tries).items
        held = Counter(point.value for each in contacts for point in each.phones)
        assert held == {phone(number): 1 for number in range(self.tries)}
        assert {each.kind for each in contacts} == {kind}
        return contacts

    def came_to(self, first: str, second: str) -> None:
        """Check the outcomes of the first and the second; each process was first at least once."""
        assert set(self.outcomes) == {(first, second), (second, first)}

    def has_calls(self, a_number: int) -> None:
        """Check that every call belongs to the contact that holds its number."""
        with self.log.reading() as reading:
            calls = list_activities(reading, "call", limit=2 * self.tries).items
            assert len(calls) == a_number * self.tries
            for each in calls:
                assert each.contact_id is not None
                holder = show_contact(reading, each.contact_id)
                assert [point.value for point in holder.phones] == [each.number]

    def leads_captured(self) -> int:
        """How often the call came first."""
        with self.log.reading() as reading:
            events = reading.events(limit=10 * self.tries)
        return sum(each.type == "LeadCaptured" for each in events)


@pytest.fixture(params=[TRIES, pytest.param(MANY_TRIES, marks=pytest.mark.heavy)])
def told(
    request: pytest.FixtureRequest, both: Both, place: Place
) -> Iterator[Callable[[Send], Told]]:
    """Lets two processes send new people to an account."""
    made: list[Told] = []

    def tell(send: Send) -> Told:
        made.append(Told(both, place, send, request.param))
        return made[-1]

    yield tell
    for each in made:
        each.log.close()


def test_two_rows_of_files_are_one_contact(told: Callable[[Send], Told]) -> None:
    account = told(csv_row)
    account.came_to("created", "merged")
    for each in account.is_one_contact_each():
        assert len(each.phones[0].records) == 2


def test_the_same_row_of_two_files_is_there_once(told: Callable[[Send], Told]) -> None:
    account = told(the_same_csv_row)
    account.came_to("created", "unchanged")
    for each in account.is_one_contact_each():
        assert len(each.phones[0].records) == 1


def test_contacts_of_two_integrations_are_one(told: Callable[[Send], Told]) -> None:
    account = told(contact_of_an_integration)
    account.came_to("created", "merged")
    for each in account.is_one_contact_each():
        assert {one.integration for one in each.counterparts} == {"hubspot", "salesforce"}


def test_one_record_of_an_integration_that_is_sent_twice_is_one_record(
    told: Callable[[Send], Told],
) -> None:
    account = told(contact_of_one_integration)
    account.came_to("created", "updated")
    for each in account.is_one_contact_each():
        assert len(each.phones[0].records) == 1


@pytest.mark.parametrize("send", [row_beside_a_call, integration_beside_a_call])
def test_a_number_that_is_called_while_somebody_comes_to_hold_it_leaves_no_lead(
    told: Callable[[Send], Told], send: Send
) -> None:
    account = told(send)
    account.is_one_contact_each()
    account.has_calls(1)
    assert 0 < account.leads_captured() < account.tries, "each has to be first at times"


def test_two_calls_from_a_new_number_are_of_one_lead(told: Callable[[Send], Told]) -> None:
    account = told(call)
    account.is_one_contact_each(kind="lead")
    account.has_calls(2)
