"""Taking a record back costs the same however many its contact has, and however many calls."""

from functools import partial

import pytest

from application.commands.receive_records import receive_records
from application.commands.withdraw_record import withdraw_record
from application.reads.contacts import show_contact
from infrastructure.account_log.log import EventLog
from tests.infrastructure.cost import cost
from tests.infrastructure.test_flat_cost_of_activities import take_calls
from tests.messages import JOHN, hubspot_contact
from tests.stores import Place

pytestmark = pytest.mark.alone

FEW, MANY = 200, 8_000
CALLS = 5_000
WITHDRAWN = 50
"""How many are taken back in a measure: always the newest one, whose values show."""
MEASURES = 3
AT_MOST = 2.0


def receive(log: EventLog, start: int, stop: int) -> str | None:
    """Take records; returns the contact of the last."""
    received = receive_records(
        log,
        [
            hubspot_contact(str(each), f"Name {each}", [JOHN], [f"{each}@one.test"])
            for each in range(start, stop)
        ],
        by="hubspot",
    )
    return received[-1].contact_id


def cost_of_each(place: Place, log: EventLog, records: int) -> float:
    """Seconds of processor time to take one back, in the best of some measures."""

    def take_back(newest: int) -> None:
        for number in range(newest, newest - WITHDRAWN, -1):
            withdraw_record(log, "hubspot", "contact", str(number), by="hubspot")

    newest = [records - 1 - measure * WITHDRAWN for measure in range(MEASURES)]
    return min(cost(place, partial(take_back, each)) for each in newest) / WITHDRAWN


def test_taking_back_one_of_thousands_costs_no_more_than_one_of_a_few(
    filled: Place, log: EventLog
) -> None:
    receive(log, 0, FEW)
    few = cost_of_each(filled, log, FEW)
    take_calls(log, CALLS)
    contact_id = receive(log, FEW, MANY)
    assert contact_id is not None
    many = cost_of_each(filled, log, MANY)
    print(  # noqa: T201 - shown with -rP: the measure itself
        f"one of {MANY} records beside {CALLS} calls: {many / few:.2f} of one of {FEW}, "
        f"{few * 1e6:.0f} µs"
    )
    assert many <= AT_MOST * few
    with log.reading() as reading:
        contact = show_contact(reading, contact_id)
    assert contact.name == f"Name {MANY - 1 - MEASURES * WITHDRAWN}"
