"""The same while other things happen between the steps of an undo, or of a job that links calls."""

import pytest

from tests.stores import Kind
from tests.undo.test_undo_histories import check_in_steps, check_later

MANY: dict[Kind, int] = {"sqlite": 5_000, "postgresql": 500}
LATER: dict[Kind, int] = {"sqlite": 1_000, "postgresql": 100}


@pytest.mark.heavy
def test_undoing_in_steps_is_the_same_in_thousands_of_histories(kind: Kind) -> None:
    check_in_steps(kind, range(80_000, 80_000 + MANY[kind]))


@pytest.mark.heavy
def test_linking_calls_later_is_the_same_in_a_thousand_histories(kind: Kind) -> None:
    check_later(kind, range(91_000, 91_000 + LATER[kind]))
