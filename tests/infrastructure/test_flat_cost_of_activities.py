"""The next call costs the same however many there are, an undo however large the account is."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from functools import partial

import pytest

from application.commands.link_activities import take_activity
from application.commands.merge_by_hand import merge_contacts
from application.commands.receive_records import receive_records
from application.commands.record_activity import record_activity
from application.history.undo_merge import undo_merge
from application.reads.activities import contact_activities
from domain.activities import Call
from domain.identifiers import ContactPoint
from domain.records import Record
from infrastructure.account_log.log import EventLog
from tests.infrastructure.cost import cost
from tests.messages import JOHN, call_from, entered, hubspot_contact
from tests.stores import Kind, Place

pytestmark = pytest.mark.alone

CALLS: dict[Kind, int] = {"sqlite": 50_000, "postgresql": 10_000}
CALLS_AT_ONCE = 5_000
CALL_AT_MOST = 1.5
FEW, MANY, VERY_MANY = 2_000, 20_000, 200_000
CONTACTS_AT_ONCE = 10_000
UNDO_AT_MOST = 3.0
MEASURES = 10
"""Taken of either side in turn; the best of each counts."""
YESTERDAY = datetime(2024, 5, 1, tzinfo=UTC)


@pytest.fixture
def new_log(place: Place) -> Iterator[Callable[[str], EventLog]]:
    """A new account, by name."""
    with ExitStack() as opened:
        yield lambda name: opened.enter_context(closing(place.create(name)))


def receive(log: EventLog, records: Sequence[Record]) -> list[str]:
    """Take records; returns their contacts."""
    received = receive_records(log, records, by="sender")
    return [each.contact_id for each in received if each.contact_id is not None]


def best_of_each(
    place: Place, one: Callable[[int], None], other: Callable[[int], None]
) -> tuple[float, float]:
    """Seconds of processor time of two functions, measured in turn; each gets the turn's number."""
    took = [
        (cost(place, partial(one, turn)), cost(place, partial(other, turn)))
        for turn in range(MEASURES)
    ]
    return min(each[0] for each in took), min(each[1] for each in took)


def show(what: str, few: float, many: float) -> None:
    print(f"{what}: {many / few:.2f} of it, {few * 1e6:.0f} µs")  # noqa: T201 - shown with -rP


# --- A contact with very many calls.

CALLS_A_TURN = 20


def take_calls(log: EventLog, count: int) -> None:
    """Record calls of one number, thousands in one transaction."""
    call = Call(
        direction="inbound",
        number=ContactPoint(JOHN, JOHN),
        status="answered",
        started_at=YESTERDAY,
    )
    for start in range(0, count, CALLS_AT_ONCE):
        with log.writing() as work:
            for number in range(start, min(start + CALLS_AT_ONCE, count)):
                take_activity(
                    work, call, activity_id=f"old{number}", lead_id=work.new_id(), by="agent"
                )


def call_again(log: EventLog, name: str, number: str) -> Callable[[int], None]:
    def some_calls(turn: int) -> None:
        for each in range(CALLS_A_TURN):
            record_activity(
                log,
                call_from(number, YESTERDAY),
                activity_id=f"{name}{turn}.{each}",
                by="agent",
            )

    return some_calls


def test_the_next_of_very_many_calls_costs_no_more_than_the_first(
    place: Place, new_log: Callable[[str], EventLog]
) -> None:
    log = new_log("default")
    busy, _ = receive(
        log,
        [
            hubspot_contact("1", "Busy", [JOHN]),
            hubspot_contact("2", "Quiet", ["+13195550100"]),
        ],
    )
    calls = CALLS[place.kind]
    took = cost(place, lambda: take_calls(log, calls))
    print(f"{calls} calls built in {took:.1f} s")  # noqa: T201 - the measure
    first, next_one = best_of_each(
        place, call_again(log, "quiet", "+13195550100"), call_again(log, "busy", JOHN)
    )
    show("the next call, of the first", first / CALLS_A_TURN, next_one / CALLS_A_TURN)
    assert next_one <= CALL_AT_MOST * first
    with log.reading() as reading:
        newest = contact_activities(reading, busy, limit=1).items
    assert [each.linked_by for each in newest] == ["number"]


# --- An undo in an account of very many contacts.


def account_of(log: EventLog, contacts: int) -> EventLog:
    """Contacts that match no other, each with its own number and email."""
    for start in range(0, contacts, CONTACTS_AT_ONCE):
        stop = min(start + CONTACTS_AT_ONCE, contacts)
        receive(
            log,
            [
                entered("api", f"Name {each}", [f"+1319{each + 2_000_000}"], [f"{each}@one.test"])
                for each in range(start, stop)
            ],
        )
    return log


def ready_to_undo(log: EventLog) -> list[str]:
    """Merges of two contacts, each of which a third record then joined."""
    merges = []
    for turn in range(MEASURES):
        one, other = f"+1515{turn + 2_000_000}", f"+1515{turn + 3_000_000}"
        contacts = receive(log, [entered("api", "One", [one]), entered("api", "Other", [other])])
        merges.append(merge_contacts(log, *contacts, by="admin"))
        (joined,) = receive(log, [hubspot_contact(str(turn), "Third", [one, other])])
        assert joined == contacts[0]
    return merges


def undone_in_turn(log: EventLog) -> Callable[[int], None]:
    merges = ready_to_undo(log)

    def undo(turn: int) -> None:
        assert len(undo_merge(log, merges[turn], by="admin")) == 1

    return undo


@pytest.mark.parametrize("many", [MANY, pytest.param(VERY_MANY, marks=pytest.mark.heavy)])
def test_an_undo_of_three_contacts_costs_no_more_among_many_others(
    place: Place, new_log: Callable[[str], EventLog], many: int
) -> None:
    in_small = undone_in_turn(account_of(new_log("small"), FEW))
    in_large = undone_in_turn(account_of(new_log("large"), many))
    small, large = best_of_each(place, in_small, in_large)
    show(f"an undo among {many} contacts, of one among {FEW}", small, large)
    assert large <= UNDO_AT_MOST * small
