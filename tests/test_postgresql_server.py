"""The server for tests starts, recovers, keeps databases apart, and leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.postgresql import Server, the_server
from tests.postgresql_programs import GIVEN_IN, NoPostgresql, find_programs
from tests.stores import server_of_its_own

ROOT = Path(__file__).resolve().parents[1]

ONE_THAT_IS_KILLED = """
import time
from tests.postgresql import Server
server = Server()
server.start()
print(server.url("postgres"), flush=True)
time.sleep(600)
"""


@pytest.fixture
def server() -> Iterator[Server]:
    with server_of_its_own() as server:
        yield server


@pytest.fixture(scope="module")
def shared() -> Iterator[Server]:
    with server_of_its_own() as server:
        yield server


def ask(url: str, query: str) -> list[tuple[Any, ...]]:
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        answer = connection.execute(query.encode())
        return answer.fetchall() if answer.description else []


def test_a_server_starts_within_seconds_and_is_reached_both_ways() -> None:
    began = time.monotonic()
    with server_of_its_own() as server:
        assert time.monotonic() - began < 15
        for by_socket in (False, True):
            url = server.url("postgres", by_socket=by_socket)
            assert ask(url, "SHOW server_encoding") == [("UTF8",)]


def test_a_restart_keeps_the_data_and_the_address(server: Server) -> None:
    url = server.new_database()
    ask(url, "CREATE TABLE kept AS SELECT 1 AS number")
    server.restart()
    assert ask(url, "SELECT number FROM kept") == [(1,)]


@pytest.mark.parametrize("immediate", [False, True])
def test_a_stopped_server_answers_nobody_until_it_is_started(
    server: Server, *, immediate: bool
) -> None:
    url = server.new_database()
    server.stop(immediate=immediate)
    with pytest.raises(psycopg.OperationalError):
        ask(url, "SELECT 1")
    server.start()
    assert ask(url, "SELECT 1") == [(1,)]


def test_a_killed_server_starts_again_with_all_that_it_had_committed(server: Server) -> None:
    url = server.new_database()
    ask(url, "CREATE TABLE kept (number integer)")
    with closing(psycopg.connect(url, autocommit=True)) as writer:
        for number in range(100):
            writer.execute("INSERT INTO kept VALUES (%s)", (number,))
        server.kill()
        server.start()
        with pytest.raises(psycopg.OperationalError):
            writer.execute("SELECT 1")
    assert ask(url, "SELECT count(*) FROM kept") == [(100,)]


def test_a_restart_waits_for_the_port_that_it_had(server: Server) -> None:
    url = server.url("postgres")
    server.stop()
    with closing(socket.socket()) as other, ThreadPoolExecutor(1) as threads:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", int(url.split(":")[2].split("/")[0])))
        other.listen()
        start = threads.submit(server.start)
        time.sleep(0.3)
        assert not start.done()
        other.close()
        start.result(timeout=30)
    assert ask(url, "SELECT 1") == [(1,)]


def test_databases_are_separate_and_new_ones_empty(shared: Server) -> None:
    first, second = shared.new_database(), shared.new_database()
    assert first != second
    ask(first, "CREATE TABLE only_here (number integer)")
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    assert ask(first, tables) == [("only_here",)]
    assert ask(second, tables) == []
    assert ask(shared.new_database(), tables) == []


def test_databases_can_be_made_by_many_threads_at_once(shared: Server) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: shared.new_database(), range(16)))
    assert len(set(made)) == 16


def test_a_database_is_dropped_whoever_is_connected_to_it(shared: Server) -> None:
    url = shared.new_database()
    with closing(psycopg.connect(url)):
        shared.drop_database(url)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        ask(url, "SELECT 1")


def test_there_is_one_server_for_all_threads_of_a_process() -> None:
    with ThreadPoolExecutor(4) as threads:
        try:
            found = {*threads.map(lambda _: the_server(), range(8))}
        except NoPostgresql as missing:
            pytest.skip(str(missing))
    assert len(found) == 1
    assert ask(found.pop().new_database(), "SELECT 1") == [(1,)]


def test_a_closed_server_has_left_nothing(server: Server) -> None:
    folder = folder_of(server.url("postgres"))
    assert folder.exists()
    server.close()
    assert not folder.exists()


def test_a_killed_test_process_leaves_no_server(shared: Server) -> None:
    assert shared.is_ours  # there is a PostgreSQL, so that the other process finds it too
    with subprocess.Popen(
        [sys.executable, "-c", ONE_THAT_IS_KILLED], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        folder = folder_of(url)
        process.send_signal(signal.SIGKILL)
    give_up = time.monotonic() + 30
    while folder.exists():
        assert time.monotonic() < give_up, sorted(folder.iterdir())
        time.sleep(0.02)
    with pytest.raises(psycopg.OperationalError, match="refused"):
        ask(url, "SELECT 1")


def folder_of(url: str) -> Path:
    """The folder of the server that answers there."""
    ((data,),) = ask(url, "SHOW data_directory")
    return Path(data).parent


def test_a_given_server_is_used_but_neither_started_nor_stopped(shared: Server) -> None:
    given = Server(shared.url("postgres"))
    assert not given.is_ours
    for refused in (given.start, given.stop, given.kill, given.restart):
        with pytest.raises(RuntimeError, match="not ours"):
            refused()
    url = given.new_database()
    assert ask(url, "SELECT 1") == [(1,)]
    given.close()
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        ask(url, "SELECT 1")


def test_the_address_of_a_given_server_keeps_all_but_its_database() -> None:
    given = "postgresql://somebody:secret@db:5433/start?sslmode=require"
    assert (
        Server(given).url("other") == "postgresql://somebody:secret@db:5433/other?sslmode=require"
    )
    assert Server("postgresql://").url("other") == "postgresql:///other"
    with pytest.raises(ValueError, match=GIVEN_IN):
        Server("host=db")


def test_where_there_is_no_postgresql_it_is_said_where_it_was_sought(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(NoPostgresql) as refused:
        find_programs(places=("/nowhere/*/bin",), wheel="no_such_wheel")
    for sought in (GIVEN_IN, "PATH", "pg_config", "/nowhere/*/bin", "no_such_wheel"):
        assert sought in str(refused.value)


def test_the_programs_of_a_wheel_are_found_and_its_code_is_not_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    monkeypatch.syspath_prepend(tmp_path)
    programs = tmp_path / "some_wheel" / "pginstall" / "bin"
    programs.mkdir(parents=True)
    (tmp_path / "some_wheel" / "__init__.py").write_text("raise AssertionError")
    for name in ("initdb", "postgres"):
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o755)
    assert find_programs(places=(), wheel="some_wheel") == programs
