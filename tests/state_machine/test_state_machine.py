import os

import pytest

from tests.state_machine.machine import check_histories
from tests.stores import Kind

NUMBER: dict[Kind, int] = {"sqlite": 10, "postgresql": 2}
"""A step takes several times as long where each statement goes to another process and back."""
MANY: dict[Kind, int] = {"sqlite": 97, "postgresql": 3}
NIGHTS = 5
"""The ten thousand histories take two hours, so a run of all has a fifth of them, by turns."""


def parts_of(night: str | None) -> range:
    """The parts of ten thousand histories, by seed; of a night, the fifth whose turn it is.

    In one run Hypothesis makes the histories ever longer, so they are made in parts.
    """
    return range(1, 101) if night is None else range(1 + int(night) % NIGHTS, 101, NIGHTS)


def test_five_nights_have_each_part_once() -> None:
    nights = [parts_of(str(night)) for night in range(20_000, 20_000 + NIGHTS)]
    assert sorted(part for night in nights for part in night) == [*parts_of(None)]


def test_random_histories_say_what_the_rules_say(kind: Kind) -> None:
    check_histories(NUMBER[kind], kind=kind)


@pytest.mark.heavy
@pytest.mark.parametrize("part", parts_of(os.environ.get("CONTACT_MERGING_NIGHT")))
def test_ten_thousand_random_histories_say_what_the_rules_say(kind: Kind, part: int) -> None:
    check_histories(MANY[kind], kind=kind, begin_with=part)
