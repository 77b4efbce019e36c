import pytest

from tests.state_machine.machine import check_histories


def test_random_histories_say_what_the_rules_say() -> None:
    check_histories(80)


@pytest.mark.heavy
def test_many_random_histories_say_what_the_rules_say() -> None:
    check_histories(1_000)
