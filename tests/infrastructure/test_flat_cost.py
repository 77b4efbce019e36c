"""A contact with thousands of records on one number takes its next as fast as a new one."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial

import pytest

from application.commands.receive_records import receive_records
from domain.records import Record, read_record
from infrastructure.account_log.log import EventLog
from tests.infrastructure.cost import cost
from tests.stores import Kind, Place

pytestmark = pytest.mark.alone

MANY: dict[Kind, int] = {"sqlite": 8_000, "postgresql": 2_500}
VERY_MANY: dict[Kind, int] = {"sqlite": 20_000, "postgresql": 5_000}
MEASURED = 1_000
"""How many of the first records, and of the last, are measured."""
MEASURES = 5
"""Each of a fifth of these; the best of them counts."""
AT_MOST = 2.0


@pytest.fixture
def log(place: Place) -> Iterator[EventLog]:
    with closing(place.create("default")) as log:
        yield log


@pytest.fixture(
    params=[
        pytest.param(MANY, id="many"),
        pytest.param(VERY_MANY, id="very many", marks=pytest.mark.heavy),
    ]
)
def records(request: pytest.FixtureRequest, place: Place) -> int:
    """How many records the contact has in the end."""
    found: int = request.param[place.kind]
    return found


def records_with_one_number(start: int, stop: int, name: str = "Name") -> list[Record]:
    """Each has its own email and name; half of them come from an integration."""

    def record(number: int) -> Record:
        of_hubspot = number % 2 == 0
        return read_record(
            source="integration" if of_hubspot else "csv",
            integration="hubspot" if of_hubspot else None,
            external_id=str(number) if of_hubspot else None,
            region="US",
            name=f"{name} {number}",
            phones=["319-555-5677"],
            emails=[f"{name}{number}@one.test"],
            attributes={"city": f"City {number % 10}"},
        )

    return [record(number) for number in range(start, stop)]


def cost_of_each(place: Place, log: EventLog, records: Sequence[Record], batch: int) -> float:
    """Seconds of processor time that a record takes, in the best of some measures."""
    size = len(records) // MEASURES

    def receive(at: int) -> None:
        for start in range(at, at + size, batch):
            receive_records(log, records[start : min(start + batch, at + size)], by="sender")

    return min(cost(place, partial(receive, at)) for at in range(0, len(records), size)) / size


@pytest.mark.parametrize("batch", [pytest.param(1, marks=pytest.mark.heavy), 200])
def test_the_last_of_thousands_costs_no_more_than_the_first(
    place: Place, log: EventLog, records: int, batch: int
) -> None:
    first = cost_of_each(place, log, records_with_one_number(0, MEASURED), batch)
    receive_records(log, records_with_one_number(MEASURED, records - MEASURED), by="sender")
    last = cost_of_each(place, log, records_with_one_number(records - MEASURED, records), batch)
    show(f"{batch} at once", first, last)
    assert last <= AT_MOST * first
    with log.reading() as reading:
        assert reading.count_contacts() == 1


@pytest.mark.parametrize("name", ["Name", pytest.param("Changed", marks=pytest.mark.heavy)])
def test_sending_again_costs_no_more_among_thousands(
    place: Place, log: EventLog, records: int, name: str
) -> None:
    """A known record, whether it says the same again or something new."""

    def sent_again(start: int) -> list[Record]:
        return records_with_one_number(start, start + 2 * MEASURED, name)[::2]

    receive_records(log, records_with_one_number(0, 2 * MEASURED), by="sender")
    few = cost_of_each(place, log, sent_again(0), 1)
    receive_records(log, records_with_one_number(2 * MEASURED, records), by="sender")
    many = cost_of_each(place, log, sent_again(records - 2 * MEASURED), 1)
    show(name, few, many)
    assert many <= AT_MOST * few


def show(what: str, first: float, last: float) -> None:
    print(  # noqa: T201 - shown with -rP: the measure itself
        f"{what}: the last take {last / first:.2f} of the first, {first * 1e6:.0f} µs each"
    )
