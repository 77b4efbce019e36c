"""The connections of a process: few, each for one at a time, and none that the server has ended."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from itertools import count
from threading import Barrier, Event
from time import monotonic, sleep

import psycopg
import pytest

from application.commands.receive_records import receive_records
from application.refusals import StoreUnusable
from domain.settings import MergeSettings
from infrastructure.postgresql.accounts import PostgresAccounts
from infrastructure.postgresql.errors import database_errors
from infrastructure.postgresql.pool import Pool
from infrastructure.postgresql.session import PostgresSession
from tests.messages import ADMIN, JOHN, NOON, csv_row
from tests.stores import Place

_OURS = (
    b" FROM pg_stat_activity"
    b" WHERE datname = current_database() AND application_name = 'contact-merging'"
)


@pytest.fixture
def new_pool(database: Place) -> Iterator[Callable[..., Pool]]:
    """Makes a pool of the database's connections."""
    with ExitStack() as opened:
        yield lambda **limits: opened.enter_context(closing(Pool(database.url, **limits)))


def connections(database: Place) -> set[int]:
    """The connections that the server has, by its processes."""
    with psycopg.connect(database.url) as connection:
        return {pid for (pid,) in connection.execute(b"SELECT pid" + _OURS)}


def soon(database: Place, number: int) -> bool:
    """Whether the server soon has this many connections: a process takes a moment to end."""
    give_up = monotonic() + 10
    while len(connections(database)) != number:
        if monotonic() > give_up:
            return False
        sleep(0.01)
    return True


def end_all(database: Place) -> int:
    """End every connection, like an administrator. Returns how many there were."""
    with psycopg.connect(database.url, autocommit=True) as connection:
        ended = connection.execute(b"SELECT pg_terminate_backend(pid)" + _OURS).fetchall()
    assert soon(database, 0)
    return len(ended)


def process(session: PostgresSession) -> int:
    """The server's process of a connection."""
    return session.connection.info.backend_pid


def test_there_are_at_most_so_many_and_who_comes_later_waits(
    database: Place, new_pool: Callable[..., Pool]
) -> None:
    pool, together = new_pool(largest=3), Barrier(3)

    def use(number: int) -> tuple[int, int]:
        with pool.session(f"account_{number % 4}") as session:
            together.wait()
            return process(session), len(connections(database))

    with ThreadPoolExecutor(12) as threads:
        used = list(threads.map(use, range(12)))
    assert len({pid for pid, _ in used}) == 3
    assert {number for _, number in used} == {3}


def test_one_that_is_free_is_used_again(database: Place, new_pool: Callable[..., Pool]) -> None:
    pool = new_pool()
    for schema in ("account_a", "account_a", "contact_merging", "account_a"):
        with pool.session(schema) as session:
            assert session.execute("SHOW search_path").fetchone() == (f"{schema}, pg_temp",)
    # It goes to the account that it served last; another account gets another one.
    assert len(connections(database)) == 2


def test_it_goes_to_the_account_that_it_served_last(new_pool: Callable[..., Pool]) -> None:
    pool, schemas = new_pool(largest=3), ("account_a", "account_b", "account_c")
    with ExitStack() as opened:
        first = {each: process(opened.enter_context(pool.session(each))) for each in schemas}
    for schema in (*schemas, *reversed(schemas)):
        with pool.session(schema) as session:
            assert process(session) == first[schema]
    with pool.session("account_new") as session:
        assert process(session) == first["account_c"], "the one that was idle for longest"


def test_connections_that_the_server_ended_are_passed_over(
    database: Place, new_pool: Callable[..., Pool]
) -> None:
    ids = (f"{number:06}" for number in count(1))
    pool, together = new_pool(largest=6), Barrier(5)
    accounts = PostgresAccounts(pool, lambda: NOON, ids.__next__)
    log = accounts.create("acme", MergeSettings(default_region="US"), ADMIN)

    def read(_: int) -> None:
        with log.reading() as reading:
            together.wait()
            assert reading.count_contacts() == 0

    with ThreadPoolExecutor(5) as threads:
        list(threads.map(read, range(5)))
    assert end_all(database) == 5
    (received,) = receive_records(log, [csv_row("John", [JOHN])], by=ADMIN)
    assert received.outcome == "created"
    assert accounts.names() == ["acme"]
    assert end_all(database) > 0
    with ThreadPoolExecutor(5) as threads:
        assert list(threads.map(lambda _: log.verify().problems, range(5))) == [()] * 5


def test_one_that_nobody_needed_for_a_while_is_closed(
    database: Place, new_pool: Callable[..., Pool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infrastructure.postgresql.pool._IDLE", 0.2)
    pool = new_pool()
    with pool.session("account_a"), pool.session("account_b"), pool.session("account_c"):
        assert len(connections(database)) == 3
    with pool.session("account_a") as session:
        kept = process(session)
    assert len(connections(database)) == 3
    sleep(0.3)
    with pool.session("account_a") as session:
        assert process(session) == kept
    assert soon(database, 1)
    assert connections(database) == {kept}


def test_where_all_are_in_use_who_comes_is_refused_after_a_while(
    database: Place, new_pool: Callable[..., Pool]
) -> None:
    pool = new_pool(largest=2, lock_timeout=0.3)
    with pool.session("account_a"), pool.session("account_b"):
        began = monotonic()
        with pytest.raises(StoreUnusable, match=r"^all connections to the database are in use; "):
            pool.session("account_a").__enter__()
        assert 0.3 <= monotonic() - began < 5
        assert len(connections(database)) == 2
    with pool.session("account_a"), pool.session("account_b"):
        pass


def test_one_account_that_is_locked_leaves_some_to_the_others(
    database: Place, new_pool: Callable[..., Pool]
) -> None:
    pool, all_wait = new_pool(largest=8, lock_timeout=20), Event()

    def wait(_: int) -> None:
        with pool.session("account_locked"):
            all_wait.wait()

    with ThreadPoolExecutor(20) as threads:
        waiting = [threads.submit(wait, each) for each in range(20)]
        assert soon(database, 6)
        with pool.session("account_free"), pool.session("contact_merging") as session:
            assert session.execute("SELECT 1").fetchone() == (1,)
        all_wait.set()
        assert [each.result() for each in waiting] == [None] * 20


def test_one_that_was_left_in_a_transaction_is_closed(
    database: Place, new_pool: Callable[..., Pool]
) -> None:
    pool = new_pool(largest=1)
    with pool.session("account_a", "BEGIN; SELECT NULL") as session:
        session.execute("SELECT 1")
    assert soon(database, 0)
    with pool.session("account_a") as session:
        assert session.execute("SELECT 2").fetchone() == (2,)


def execute_on_one_that_is_ended(database: Place, session: PostgresSession) -> None:
    assert end_all(database) == 1
    session.execute("SELECT 1")


@pytest.mark.parametrize("begin", ["", "BEGIN; SELECT NULL"])
def test_whatever_goes_wrong_its_place_is_free_again(
    database: Place, new_pool: Callable[..., Pool], begin: str
) -> None:
    pool = new_pool(largest=1, lock_timeout=0.5)
    for _ in range(3):
        with pytest.raises(psycopg.errors.UndefinedTable), pool.session("account_a", begin) as one:
            one.execute("SELECT * FROM nothing_of_this_name")
        with pytest.raises(ZeroDivisionError), pool.session("account_a", begin):
            raise ZeroDivisionError
        with pytest.raises(psycopg.errors.UndefinedTable):
            pool.session("account_a", "SELECT * FROM nothing_of_this_name").__enter__()
        with pytest.raises(psycopg.OperationalError), pool.session("account_a", begin) as one:
            execute_on_one_that_is_ended(database, one)
    with pool.session("account_a") as one:
        assert one.execute("SELECT 1").fetchone() == (1,)


def test_where_there_is_no_server_it_says_so_and_is_free_again() -> None:
    with closing(Pool("postgresql://nobody@127.0.0.1:1/none", largest=1, lock_timeout=0.5)) as pool:
        for _ in range(3):
            with (
                pytest.raises(StoreUnusable, match=r"^the database: it cannot be reached: "),
                database_errors(),
                pool.session("account_a"),
            ):
                pass


def test_all_that_are_idle_are_closed_in_the_end(database: Place) -> None:
    pool = Pool(database.url)
    with pool.session("account_a"), pool.session("account_b"):
        pass
    pool.close()
    assert soon(database, 0)
    with closing(pool), pool.session("account_a") as session:
        assert session.execute("SELECT 1").fetchone() == (1,)


def test_a_session_has_the_settings_that_the_product_needs(new_pool: Callable[..., Pool]) -> None:
    with new_pool(lock_timeout=7).session("account_a") as session:
        for name, value in {
            "lock_timeout": "7s",
            "statement_timeout": "1min",
            "enable_seqscan": "off",
            "idle_in_transaction_session_timeout": "1min",
            "application_name": "contact-merging",
        }.items():
            assert session.execute("SELECT current_setting(?)", [name]).fetchone() == (value,)
