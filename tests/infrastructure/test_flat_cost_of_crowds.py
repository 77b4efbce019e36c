"""A record with the number of very many contacts costs little more than one with that of a few."""

import pytest

from application.commands.receive_records import receive_records
from application.reads.conflicts import list_conflicts
from domain.records import Record, read_record
from infrastructure.account_log.log import EventLog
from infrastructure.read_models.crowds import CROWD
from tests.infrastructure.cost import cost
from tests.messages import ADMIN, hubspot_contact
from tests.stores import Place

pytestmark = pytest.mark.alone

FEW, MANY, RECORDS = CROWD // 2, 20 * CROWD, 100


def api_record(number: str) -> Record:
    """A record that never merges."""
    return read_record(source="api", region="US", name="Double", phones=[number])


def cost_among(place: Place, log: EventLog, number: str, holders: int) -> float:
    """Processor seconds of some records, among so many holders of their number."""
    for first in range(0, holders, 1_000):
        doubles = [api_record(number)] * min(1_000, holders - first)
        receive_records(log, doubles, by=ADMIN)
    records = [hubspot_contact(f"{number} {each}", "Mary", [number]) for each in range(RECORDS)]
    return cost(place, lambda: receive_records(log, records, by="hubspot"))


def test_a_record_among_very_many(
    filled: Place, log: EventLog, capsys: pytest.CaptureFixture[str]
) -> None:
    few = min(cost_among(filled, log, f"+1319555010{each}", FEW) for each in range(3))
    many = cost_among(filled, log, "+13195550155", MANY)
    with capsys.disabled():
        print(f"records among {MANY} holders: {many / few:.2f} of those among {FEW}")  # noqa: T201
    assert many <= 4 * few


def cost_of_conflicts(place: Place, log: EventLog, number: str, holders: int) -> float:
    """Processor seconds of the first page of conflicts, among so many holders of a number."""
    for first in range(0, holders, 1_000):
        receive_records(log, [api_record(number)] * min(1_000, holders - first), by=ADMIN)

    def listed() -> None:
        for _ in range(20):
            with log.reading() as reading:
                assert len(list_conflicts(reading).items) == 50

    return cost(place, listed)


def test_the_first_conflicts_of_very_many(filled: Place, log: EventLog) -> None:
    few = cost_of_conflicts(filled, log, "+13195550188", FEW)
    many = cost_of_conflicts(filled, log, "+13195550101", MANY)  # these come first
    assert many <= 10 * few  # there are 40 times as many holders, and 1,600 times as many pairs
