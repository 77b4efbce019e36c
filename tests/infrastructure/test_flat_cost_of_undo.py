"""An undo costs what it replays: of a contact with eight times the records, eight times as much."""

import pytest

from application.commands.receive_records import receive_records
from application.history.undo_merge import undo_merge
from application.reads.merges import list_merges
from infrastructure.account_log.log import EventLog
from tests.infrastructure.cost import cost
from tests.messages import ADMIN, hubspot_contact
from tests.stores import Place

pytestmark = pytest.mark.alone

FEW, MANY = 250, 2_000


def cost_of_an_undo(place: Place, log: EventLog, number: str, records: int) -> float:
    """Processor seconds a record, of undoing one merge of a contact with so many."""
    receive_records(
        log,
        [hubspot_contact(f"{number} {each}", f"N{each}", [number]) for each in range(records)],
        by="hubspot",
    )
    with log.reading() as reading:
        merge = list_merges(reading, limit=1).items[0]
    return cost(place, lambda: undo_merge(log, merge.id, by=ADMIN)) / records


def test_an_undo_is_no_more_than_linear_in_the_records(
    filled: Place, log: EventLog, capsys: pytest.CaptureFixture[str]
) -> None:
    few = min(cost_of_an_undo(filled, log, f"+1319555010{place}", FEW) for place in range(3))
    many = cost_of_an_undo(filled, log, "+13195550155", MANY)
    with capsys.disabled():
        print(f"an undo among {MANY} records: {many / few:.2f} of one among {FEW}, a record")  # noqa: T201
    assert many <= 3 * few
