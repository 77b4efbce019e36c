"""A contact with thousands of records on one number takes its next as fast as a new one."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from time import process_time

import pytest

from application.receive_records import receive_records
from domain.records import Record, read_record
from domain.settings import MergeSettings
from infrastructure.bootstrap import open_store
from infrastructure.event_log.log import EventLog

RECORDS = 20_000
MEASURED = 1_000
"""How many of the first records, and of the last, are measured."""
MEASURES = 5
"""Each of a fifth of these; the best of them counts."""
AT_MOST = 2.0


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    settings = MergeSettings(default_region="US")
    log = open_store(f"sqlite:{tmp_path}").create("default", settings, "admin")
    yield log
    log.close()


def records_with_one_number(start: int, stop: int, name: str = "Name") -> list[Record]:
    """Each with an email and a name of its own, half of them from an integration."""

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


def cost(log: EventLog, records: Sequence[Record], batch: int) -> float:
    """Seconds of processor time that a record takes, in the best of some measures."""
    size = len(records) // MEASURES
    best = float("inf")
    for place in range(0, len(records), size):
        began = process_time()
        for start in range(place, place + size, batch):
            receive_records(log, records[start : min(start + batch, place + size)], by="sender")
        best = min(best, (process_time() - began) / size)
    return best


def check_flat(log: EventLog, records: int, batch: int) -> None:
    first = cost(log, records_with_one_number(0, MEASURED), batch)
    receive_records(log, records_with_one_number(MEASURED, records - MEASURED), by="sender")
    last = cost(log, records_with_one_number(records - MEASURED, records), batch)
    print(  # noqa: T201 - shown with -rP: the measure itself
        f"{records} records, {batch} at once: the last take {last / first:.2f} of the first, "
        f"{first * 1e6:.0f} µs each"
    )
    assert last <= AT_MOST * first
    with log.reading() as reading:
        assert reading.count_contacts() == 1


@pytest.mark.parametrize("batch", [1, 200])
def test_the_last_of_twenty_thousand_costs_no_more_than_the_first(
    log: EventLog, batch: int
) -> None:
    first = cost(log, records_with_one_number(0, MEASURED), batch)
    receive_records(log, records_with_one_number(MEASURED, RECORDS - MEASURED), by="sender")
    last = cost(log, records_with_one_number(RECORDS - MEASURED, RECORDS), batch)
    show(f"{batch} at once", first, last)
    assert last <= AT_MOST * first
    with log.reading() as reading:
        assert reading.count_contacts() == 1


@pytest.mark.parametrize("name", ["Name", "Changed"])
def test_sending_again_costs_no_more_among_thousands(log: EventLog, name: str) -> None:
    """A record that is known, whether it says the same again or something else."""

    def sent_again(start: int) -> list[Record]:
        return records_with_one_number(start, start + 2 * MEASURED, name)[::2]

    receive_records(log, records_with_one_number(0, 2 * MEASURED), by="sender")
    few = cost(log, sent_again(0), 1)
    receive_records(log, records_with_one_number(2 * MEASURED, RECORDS), by="sender")
    many = cost(log, sent_again(RECORDS - 2 * MEASURED), 1)
    show(name, few, many)
    assert many <= AT_MOST * few


def show(what: str, first: float, last: float) -> None:
    print(  # noqa: T201 - shown with -rP: the measure itself
        f"{what}: the last take {last / first:.2f} of the first, {first * 1e6:.0f} µs each"
    )
