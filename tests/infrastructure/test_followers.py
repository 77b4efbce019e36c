"""Followers read the log after the commits: of this process at once, of others when looked for."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from application.commands.receive_records import receive_records
from infrastructure.account_log.log import EventLog
from infrastructure.followers.loop import MUCH, Followers
from infrastructure.jobs.pool import Pool
from infrastructure.storage.session import read_head
from tests.messages import ADMIN, csv_row
from tests.stores import Place


class WantedOnly(Pool):
    """A pool that only notes what it is asked for."""

    def __init__(self) -> None:
        super().__init__("", 0)


class Given:
    """Some accounts with one follower each, and the loop that looks after them."""

    def __init__(self, logs: list[EventLog]) -> None:
        self.logs = logs
        self.jobs = WantedOnly()
        self.followers = Followers(self.jobs, lambda: False)

    def records(self, log: EventLog, count: int = 1) -> None:
        with log.snapshot() as session:
            done = read_head(session).position
        rows = [csv_row(f"N{done + each}", [f"+1319555{done + each:04}"]) for each in range(count)]
        receive_records(log, rows, by=ADMIN)

    def look(self) -> None:
        self.followers.look_after(self.logs)

    def behind(self) -> list[int]:
        return [log.text.behind() for log in self.logs]


@pytest.fixture
def given(place: Place) -> Iterator[Given]:
    with closing(place.create("a")) as a, closing(place.create("b")) as b:
        made = Given([a, b])
        made.look()
        assert made.behind() == [0, 0]
        yield made


def test_of_whoever_commits(given: Given) -> None:
    given.records(given.logs[0])
    given.look()
    assert given.behind() == [0, 0]


def test_much_is_left_to_another_process(given: Given) -> None:
    given.records(given.logs[1], MUCH + 1)
    given.look()
    assert given.behind() == [0, MUCH + 1]
    assert given.jobs.is_at("b", "followers")


def test_where_a_job_is_carried_out_it_is_left_to_that(given: Given) -> None:
    given.records(given.logs[0])
    with given.logs[0].database.locked("changes"):
        given.look()
        assert given.behind() == [1, 0]
    given.look()
    assert given.behind() == [0, 0]
    given.jobs.want("a", "changes")
    given.records(given.logs[0])
    given.look()
    assert given.behind() == [1, 0]


def test_an_account_that_grew_is_looked_at_before_its_turn(
    given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infrastructure.followers.loop._IN_TURN", 0)
    for log in given.logs:
        given.records(log)
    given.followers.log_grew("b")
    given.look()
    assert given.behind() == [1, 0]
