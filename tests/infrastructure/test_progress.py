"""How far long work is, for people."""

import pytest

from infrastructure.cli.progress import Progress, duration


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (99, "99 s"), (100, "2 min"), (3_000, "50 min"), (6_120, "1 h 42 min")],
)
def test_a_time_in_words(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_how_much_of_how_much_how_fast_and_how_long_still() -> None:
    clock, lines = Clock(), list[str]()
    progress = Progress("importing people.csv", lines.append, clock)
    progress.expect(40_000)
    clock.now = 2.0
    progress(10_000)
    assert lines == ["importing people.csv: 10,000 of 40,000 (25 %), 5,000 a second, 6 s left"]


def test_without_a_total_how_much_and_how_fast() -> None:
    clock, lines = Clock(), list[str]()
    progress = Progress("exporting", lines.append, clock)
    clock.now = 4.0
    progress(1_000)
    assert lines == ["exporting: 1,000, 250 a second"]


def test_before_the_first_second_only_how_much() -> None:
    lines = list[str]()
    progress = Progress("exporting", lines.append, Clock())
    progress(3)
    assert lines == ["exporting: 3"]


def test_what_was_done_before_does_not_make_it_faster() -> None:
    clock, lines = Clock(), list[str]()
    progress = Progress("undoing", lines.append, clock)
    progress.expect(1_000, 500)
    clock.now = 10.0
    progress(100)
    assert lines == ["undoing: 600 of 1,000 (60 %), 10 a second, 40 s left"]
