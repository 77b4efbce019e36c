"""Pools of workers: jobs run at once as far as there are places, and accounts take turns."""

from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from infrastructure.jobs import pool
from infrastructure.jobs.pool import Pool, Turn

A_TURN = 0.2
"""Seconds that each turn takes here, without a process."""


class Seen:
    """Which turns were taken, in which order, and how many at once at the most."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.at_once = 0
        self.most = 0

    def take(self, _: object, turn: Turn) -> str:
        self.turns.append(turn)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        sleep(A_TURN)
        self.at_once -= 1
        return "nothing"

    def has(self, count: int) -> None:
        """Wait until so many turns were taken."""
        until = monotonic() + 20
        while len(self.turns) < count or self.at_once:
            assert monotonic() < until
            sleep(0.01)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    made = Seen()
    monkeypatch.setattr(pool, "_ask", made.take)
    monkeypatch.setattr(Pool, "_start_process", lambda _: None)
    return made


@pytest.fixture
def pools(tmp_path: Path) -> Iterator[Callable[[int, Path | None], Pool]]:
    made: list[Pool] = []

    def make(largest: int, places: Path | None = tmp_path) -> Pool:
        made.append(Pool("", largest, places))
        return made[-1]

    yield make
    for each in made:
        each.stop()


def test_so_many_at_once_and_in_turn(seen: Seen, pools: Callable[..., Pool]) -> None:
    one = pools(2, None)
    wanted = [Turn(account, "changes") for account in "abcdef"]
    for account, task in wanted:
        one.want(account, task)
    seen.has(6)
    assert (sorted(seen.turns), seen.most) == (wanted, 2)


def test_what_is_wanted_while_it_is_done_is_done_once_more(
    seen: Seen, pools: Callable[..., Pool]
) -> None:
    one = pools(2, None)
    one.want("a", "changes")
    while not seen.at_once:
        sleep(0.01)
    for _ in range(3):
        one.want("a", "changes")
    seen.has(2)
    assert seen.most == 1
    sleep(2 * A_TURN)
    assert len(seen.turns) == 2


def test_pools_of_one_service_share_the_places(seen: Seen, pools: Callable[..., Pool]) -> None:
    one, other = pools(2), pools(2)
    for account in "abc":
        one.want(account, "changes")
        other.want(account, "previews")
    seen.has(6)
    assert seen.most == 2
