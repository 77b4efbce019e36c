"""Taking a record back costs the same however many its contact has, and however many calls."""

from time import process_time

from application.receive_records import receive_records
from application.withdraw_record import withdraw_record
from infrastructure.event_log.log import EventLog
from tests.infrastructure.test_flat_cost_of_activities import take_calls
from tests.messages import JOHN, hubspot_contact

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


def cost(log: EventLog, records: int) -> float:
    """Seconds of processor time to take one back, in the best of some measures."""
    best = float("inf")
    for measure in range(MEASURES):
        began = process_time()
        for each in range(WITHDRAWN):
            number = records - 1 - measure * WITHDRAWN - each
            withdraw_record(log, "hubspot", "contact", str(number), by="hubspot")
        best = min(best, (process_time() - began) / WITHDRAWN)
    return best


def test_taking_back_one_of_thousands_costs_no_more_than_one_of_a_few(log: EventLog) -> None:
    receive(log, 0, FEW)
    few = cost(log, FEW)
    take_calls(log, CALLS)
    contact_id = receive(log, FEW, MANY)
    assert contact_id is not None
    many = cost(log, MANY)
    print(  # noqa: T201 - shown with -rP: the measure itself
        f"one of {MANY} records beside {CALLS} calls: {many / few:.2f} of one of {FEW}, "
        f"{few * 1e6:.0f} µs"
    )
    assert many <= AT_MOST * few
    with log.reading() as reading:
        contact = reading.contact(contact_id)
    assert contact is not None
    assert contact.name == f"Name {MANY - 1 - MEASURES * WITHDRAWN}"
