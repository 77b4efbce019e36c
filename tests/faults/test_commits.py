"""If the answer to a commit is lost, it is acknowledged if it was done, otherwise refused."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from itertools import count, cycle, islice, repeat
from random import Random
from threading import Timer
from time import monotonic
from typing import NamedTuple

import pytest

from application.commands.receive_records import receive_records
from application.commands.record_activity import record_activity
from application.jobs.job import ReadRow
from application.refusals import StoreUnusable
from domain.settings import MergeSettings
from infrastructure.account_log.log import EventLog
from infrastructure.bootstrap import the_time
from infrastructure.ids import time_ordered_ids
from infrastructure.jobs.file_imports import import_of
from infrastructure.postgresql.accounts import PostgresAccounts
from infrastructure.postgresql.pool import LARGEST_POOL, LOCK_TIMEOUT, Pool
from infrastructure.storage.jobs import add_job, find_job, items_done
from infrastructure.web.answers import Answer, keep_answer, kept_answer
from tests.faults.proxy import Cut, Proxy
from tests.messages import ADMIN, JOHN, NOON, call_from, csv_row, hubspot_contact
from tests.stores import Place

TRIES = 100
LANDED = [cut for cut in Cut if cut is not Cut.BEFORE]
KINDS = ("call", "record", "repeated", "rows")

Command = Callable[[], object]


class Account:
    """An account that is reached through a proxy, and different commands for it."""

    def __init__(self, log: EventLog, proxy: Proxy) -> None:
        self.log = log
        self.proxy = proxy
        self._numbers = count(1)
        self._job = import_of(log, file="people.csv", by=ADMIN)
        with log.database.writing() as session:
            add_job(session, self._job)

    def command(self, kind: str) -> Command:
        """A command that is tried until it is acknowledged."""
        number = next(self._numbers)
        if kind == "call":
            return lambda: call(self.log, f"{number}")
        if kind == "record":
            sent = hubspot_contact(f"{number}", "Mary", [JOHN])
            return lambda: receive_records(self.log, [sent], by=ADMIN)
        return self._repeated(f"{number}") if kind == "repeated" else self._rows

    def _repeated(self, key: str) -> Command:
        """A request that was answered: its answer is given again, and nothing is recorded."""
        with self.log.one_commit() as commit, commit.part() as part:
            keep_answer(part.session, key, b"request", Answer(200), the_time())

        def again() -> Answer | None:
            with self.log.one_commit() as commit, commit.part() as part:
                return kept_answer(part.session, key, b"request")

        return again

    def _rows(self) -> None:
        """A row of an import, which is counted; nothing is recorded when it comes again."""
        row = ReadRow(2, csv_row("Mary", [JOHN]), ("Mary", JOHN))
        with self.log.one_commit() as commit, commit.part() as part:
            (received,) = receive_records(part, [row.record], by=ADMIN)
            job = find_job(part.session, self._job.id)
            result = {**job.result, received.outcome: job.result[received.outcome] + 1}
            items_done(part.session, job, 1, result, ())

    def state(self) -> "State":
        """The effects of commands."""
        with self.log.reading() as reading:
            events = reading.events(limit=10_000)
        with self.log.database.reading() as session:
            job = find_job(session, self._job.id)
        held = [(each.data or {}).get("record") or {} for each in events]
        return State(
            len(events),
            Counter(each.stream for each in events if each.type == "CallLinked"),
            Counter(each["external_id"] for each in held if each.get("external_id")),
            (job.done, sum(job.result.values())),
        )


class State(NamedTuple):
    """The number of events, of each call and record, and of counted rows."""

    events: int
    calls: Counter[str]
    records: Counter[str]
    rows: tuple[int, int]


def call(log: EventLog, activity_id: str) -> object:
    """Record a call; the same id is the same call."""
    return record_activity(
        log,
        call_from(JOHN, NOON),
        activity_id=activity_id,
        by=ADMIN,
    )


def accounts_of(proxy: Proxy, largest: int = LARGEST_POOL) -> PostgresAccounts:
    """The accounts of a program of its own."""
    pool = Pool(proxy.url(), largest=largest)
    return PostgresAccounts(pool, the_time, time_ordered_ids(the_time), os.urandom)


@pytest.fixture
def accounts(proxy: Proxy) -> Iterator[PostgresAccounts]:
    with closing(accounts_of(proxy)) as accounts:
        yield accounts


@pytest.fixture
def account(accounts: PostgresAccounts, proxy: Proxy) -> Account:
    return Account(accounts.create("default", MergeSettings(default_region="US"), ADMIN), proxy)


def tried(command: Command) -> int:
    """Try a command until it is acknowledged. Returns how often it was refused."""
    for refused in range(TRIES):
        try:
            command()
        except StoreUnusable:
            continue
        return refused
    raise AssertionError("it is never acknowledged")


@pytest.mark.parametrize("cut", LANDED)
def test_what_landed_is_acknowledged(account: Account, cut: Cut) -> None:
    account.command("rows")()
    for kind in KINDS:
        command, before = account.command(kind), account.state()
        account.proxy.cut(cut)
        command()
        after = account.state()
        assert (after == before) == (kind == "repeated")
        if kind != "rows":
            command()
            assert account.state() == after
    assert account.proxy.cuts == {cut: len(KINDS)}


def test_what_did_not_land_is_refused_and_left_nothing(account: Account) -> None:
    account.command("rows")()
    for kind in KINDS:
        command, before = account.command(kind), account.state()
        account.proxy.cut(Cut.BEFORE)
        with pytest.raises(StoreUnusable, match="cannot be reached"):
            command()
        assert account.state() == before
        command()
        assert (account.state() == before) == (kind == "repeated")


@pytest.mark.parametrize("cut", Cut)
def test_commands_that_are_tried_until_they_are_acknowledged_are_done_once(
    account: Account, stored: Place, cut: Cut
) -> None:
    check_done_once(account, stored, Random(1), [cut, None], 30)  # noqa: S311 -- moments


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(20))
def test_and_so_at_any_moments(account: Account, stored: Place, seed: int) -> None:
    check_done_once(account, stored, Random(seed), [*Cut, None, None], 200)  # noqa: S311 -- moments


def check_done_once(
    account: Account, stored: Place, chance: Random, cuts: list[Cut | None], count: int
) -> None:
    """Calls, records, repeated requests and rows of an import, so many in all."""
    commands = [account.command(kind) for kind in islice(cycle(KINDS), count)]
    account.proxy.cut_each(chance.choice(cuts) for _ in repeat(None))
    refused = sum(tried(each) for each in commands)
    account.proxy.cut()
    assert account.proxy.cuts.total() > count / 4
    assert refused == account.proxy.cuts[Cut.BEFORE]
    calls, records = range(1, count + 1, len(KINDS)), range(2, count + 1, len(KINDS))
    rows = len(range(4, count + 1, len(KINDS)))
    state = account.state()
    assert state.calls == Counter(f"activity:{each}" for each in calls)
    assert state.records == Counter(map(str, records))
    assert state.rows == (rows, rows)
    check_sound(stored)


def check_sound(stored: Place) -> None:
    with closing(stored.open("default")) as log:
        assert log.verify().problems == ()


def test_commands_of_many_at_once_are_done_once(account: Account, stored: Place) -> None:
    chance = Random(1)  # noqa: S311 -- moments
    commands = [account.command(kind) for kind in ("call", "record") * 60]
    account.proxy.cut_each(chance.choice([*Cut, *[None] * 5]) for _ in repeat(None))
    with ThreadPoolExecutor(8) as pool:
        refused = sum(pool.map(tried, commands))
    account.proxy.cut()
    assert 0 < account.proxy.cuts[Cut.BEFORE] == refused
    state = account.state()
    assert state.calls.total() == len(state.calls) == 60
    assert state.records.total() == len(state.records) == 60
    check_sound(stored)


def test_who_lost_an_answer_waits_for_nobody_elses_connection(proxy: Proxy) -> None:
    """If many lose their answers at once, they would otherwise wait for each other."""
    with closing(accounts_of(proxy, largest=2)) as accounts:
        one, other = (accounts.create(each, MergeSettings(), ADMIN) for each in ("one", "other"))
        call(one, "1")
        began = monotonic()
        with other.database.writing():
            proxy.cut(Cut.UNANSWERED)
            call(one, "2")
        assert proxy.cuts == {Cut.UNANSWERED: 1}
        assert monotonic() - began < LOCK_TIMEOUT / 2


@pytest.mark.parametrize("cut", [Cut.UNANSWERED, Cut.BEFORE])
def test_what_became_of_a_commit_is_found_out_when_the_server_is_back(
    account: Account, cut: Cut
) -> None:
    account.command("call")()
    account.proxy.cut(cut)
    account.proxy.refuse()
    back = Timer(0.5, account.proxy.heal)
    back.start()
    began = monotonic()
    assert tried(account.command("call")) == (cut is Cut.BEFORE)
    assert monotonic() - began > 0.4
    back.join()
    assert account.state().calls == {"activity:1": 1, "activity:2": 1}


@pytest.mark.heavy
def test_where_nobody_tells_in_time_it_is_refused_and_may_be_tried_again(account: Account) -> None:
    command = account.command("call")
    command()
    command = account.command("call")
    account.proxy.cut(Cut.UNANSWERED)
    account.proxy.refuse()
    began = monotonic()
    with pytest.raises(StoreUnusable, match="cannot be reached"):
        command()
    assert 9 < monotonic() - began < 20
    account.proxy.heal()
    command()
    assert account.state().calls == {"activity:1": 1, "activity:2": 1}


def test_connections_that_were_ended_while_idle_are_passed_over(account: Account) -> None:
    """No caller has to try again, whatever it uses the connection for."""
    for _ in range(2):
        with ExitStack() as at_once:
            for _ in range(4):
                session = at_once.enter_context(account.log.database.session())
                session.execute("SELECT 1 FROM events")
        account.proxy.cut_all()
    assert account.log.database.is_there()
    account.command("call")()
    account.proxy.cut_all()
    account.command("call")()
    account.proxy.cut_all()
    assert account.state().calls.total() == 2
