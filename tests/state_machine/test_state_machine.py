import pytest

from tests.state_machine.machine import check_histories
from tests.stores import Kind

NUMBER: dict[Kind, int] = {"sqlite": 10, "postgresql": 2}
"""A step takes several times as long where each statement goes to another process and back."""
MANY: dict[Kind, int] = {"sqlite": 97, "postgresql": 3}
PARTS = range(1, 101)
"""The parts of ten thousand histories, by seed. In one run Hypothesis makes them ever longer."""


def test_random_histories_say_what_the_rules_say(kind: Kind) -> None:
    check_histories(NUMBER[kind], kind=kind)


@pytest.mark.heavy
@pytest.mark.parametrize("part", PARTS)
def test_ten_thousand_random_histories_say_what_the_rules_say(kind: Kind, part: int) -> None:
    check_histories(MANY[kind], kind=kind, begin_with=part)
