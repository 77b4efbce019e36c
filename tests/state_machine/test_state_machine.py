import pytest

from tests.state_machine.machine import check_histories
from tests.stores import Kind

NUMBER: dict[Kind, int] = {"sqlite": 10, "postgresql": 2}
"""A step takes several times as long where each statement goes to another process and back."""
MANY: dict[Kind, int] = {"sqlite": 1_000, "postgresql": 300}


def test_random_histories_say_what_the_rules_say(kind: Kind) -> None:
    check_histories(NUMBER[kind], kind=kind)


@pytest.mark.heavy
def test_many_random_histories_say_what_the_rules_say(kind: Kind) -> None:
    check_histories(MANY[kind], kind=kind)
