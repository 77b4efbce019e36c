"""The same while other things happen between the steps of an undo."""

import pytest

from tests.stores import Kind
from tests.undo.test_undo_histories import check_in_steps

MANY: dict[Kind, int] = {"sqlite": 5_000, "postgresql": 500}


@pytest.mark.heavy
def test_undoing_in_steps_is_the_same_in_thousands_of_histories(kind: Kind) -> None:
    check_in_steps(kind, range(80_000, 80_000 + MANY[kind]))
