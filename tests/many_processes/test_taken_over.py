"""If the server of an import is killed, another server over the same store goes on with it."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from zlib import crc32

import psycopg
import pytest

from infrastructure.bootstrap import open_store
from infrastructure.jobs.carry_out import BATCH
from infrastructure.jobs.worker import carry_out
from tests.many_processes.servers import (
    IS_WORKER,
    Server,
    children,
    command_of,
    is_running,
    until,
)
from tests.stores import Kind, Place, new_place, only_postgresql, only_sqlite

pytestmark = pytest.mark.alone

ROWS = 8_000
REJECTED = ROWS // 100
SAME = ROWS // 10
"""Every hundredth row has nothing to match; every tenth of the others repeats a person."""
FEW_ROWS = 2_000
NAMED = 0x434D4A4F
"""The kind of the lock of who carries out an import, which stays the same: servers of two versions
may be at one store. The other half is a checksum of the account's number and what it is for.
"""
GOES_ON_WITHIN = 10.0
"""Seconds within which more rows are done after those who were at it are killed; on a machine that
is busy a few times those that it took to begin."""


def a_file(rows: int = ROWS) -> str:
    lines = ["Name,Phone"]
    for row in range(rows):
        number = row - 1 if row % 10 == 1 else row
        phone = f"(319) {220 + number // 10_000}-{number % 10_000:04}"
        lines.append(f"Person {row},{'n/a' if row % 100 == 99 else phone}")
    return "\n".join(lines) + "\n"


class Watch:
    """Watches which process carries out an account's imports."""

    def __init__(self, place: Place, account: str) -> None:
        self._place = place
        self._account = account
        self._is_over = threading.Event()
        self._seen: list[list[int]] = []
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def end(self) -> list[int]:
        """Check that there were never two at once. Returns the processes in order."""
        self._is_over.set()
        self._thread.join()
        one_after_the_other: list[int] = []
        for seen in self._seen:
            # A list of locks that changes while it is read may name one of them several times.
            at_it = list(dict.fromkeys(seen))
            assert len(at_it) <= 1
            if at_it and one_after_the_other[-1:] != at_it:
                one_after_the_other += at_it
        return one_after_the_other

    def _watch(self) -> None:
        with self._looks() as who_is_at_it:
            while not self._is_over.wait(0.04):
                self._seen.append(who_is_at_it())

    @contextmanager
    def _looks(self) -> Iterator[Callable[[], list[int]]]:
        if self._place.kind == "sqlite":
            yield self._who_holds_the_file
            return
        with psycopg.connect(self._place.url, autocommit=True) as connection:
            yield lambda: [
                pid
                for (pid,) in connection.execute(
                    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
                    " AND classid::int8 = %s AND objid::int8 = %s",
                    (NAMED, crc32(f"{self._number(connection)} changes".encode()) >> 1),
                )
            ]

    def _number(self, connection: psycopg.Connection[Any]) -> int:
        sql = "SELECT number FROM contact_merging.accounts WHERE account = %s"
        ((number,),) = connection.execute(sql, (self._account,)).fetchall()
        return int(number)

    def _who_holds_the_file(self) -> list[int]:
        file = self._place.folder / self._account / "jobs" / "changes.lock"
        with suppress(FileNotFoundError):
            inode = str(file.stat().st_ino)
            locks = [each.split() for each in Path("/proc/locks").read_text().splitlines()]
            pids = [int(each[4]) for each in locks if each[5].endswith(f":{inode}")]
            # A server that checks whether the lock is free holds it for a moment.
            return [pid for pid in pids if IS_WORKER in command_of(pid)]
        return []


class Two:
    """Two servers over one store, and a new account on the first."""

    def __init__(self, one: Server, other: Server, clients: ExitStack) -> None:
        self.one = one
        self.other = other
        self.account = one.service(clients).account()
        self.watch = Watch(one.place, self.account.name)
        self._of_other = other.service(clients)
        self._goes_on_within = GOES_ON_WITHIN

    def ask_the_other(self) -> None:
        self.account.served_by(self._of_other)

    def import_begun(self, rows: int = ROWS) -> str:
        """Import the file until a part of it is done."""
        import_id = self.account.imported(a_file(rows))
        began = until(lambda: self.rows_of(import_id)["read"] > 0, "some of it is done")
        self._goes_on_within = max(GOES_ON_WITHIN, 4 * began)
        return import_id

    def rows_of(self, import_id: str) -> dict[str, int]:
        found: dict[str, int] = self._shown(import_id)["rows"]
        return found

    def goes_on_soon(self, import_id: str) -> None:
        """Check that further rows are done soon after the processes of the import were killed."""
        before = self.rows_of(import_id)["read"]
        assert before < ROWS, "it was killed in the middle"
        took = until(lambda: self.rows_of(import_id)["read"] > before, "it goes on")
        print(f"it went on after {took:.1f} s")  # noqa: T201 -- shown with -rP: the measure itself
        assert took < self._goes_on_within

    def is_whole(self, import_id: str) -> None:
        """Check that every row was taken once."""
        rows = self.ended(import_id)["rows"]
        created, merged = ROWS - REJECTED - SAME, SAME
        assert rows == {
            "read": ROWS,
            "created": created,
            "merged": merged,
            "updated": 0,
            "unchanged": 0,
            "rejected": REJECTED,
        }
        assert self.account.rows()["records"] == created + merged
        with self.account.opened() as log, log.reading() as reading:
            assert reading.count_contacts() == created
        assert self.account.uploads() == set()

    def is_sound(self) -> None:
        """Check the log."""
        with self.account.opened() as log:
            assert log.verify().problems == ()

    def changes_nothing_again(self) -> None:
        """Check that the same file, imported again, leaves the log as it is."""
        position = self.account.position()
        rows = self.ended(self.account.imported(a_file()))["rows"]
        assert (rows["unchanged"], rows["rejected"]) == (ROWS - REJECTED, REJECTED)
        assert self.account.position() == position

    def finds(self, *rows: int) -> None:
        """Check that a search finds the people of these rows."""
        for row in rows:
            asked = {"q": f"person {row}", "limit": 1000}
            found = [
                each["name"] for each in self.account.get("/contacts", **asked).json()["items"]
            ]
            assert f"Person {row}" in found

    def is_indexed(self) -> None:
        """Check that its text gets indexed."""
        with self.account.opened() as log:
            until(lambda: log.text.behind() == 0, "its text is indexed")

    def ended(self, import_id: str) -> dict[str, Any]:
        until(lambda: self._shown(import_id)["status"] != "running", "it ends", every=0.2)
        found = self._shown(import_id)
        assert found["status"] == "done", found
        return found

    def _shown(self, import_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.account.get(f"/imports/{import_id}").json()
        return found


@pytest.fixture(scope="module")
def servers(
    kind: Kind, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, Server]]:
    folder = tmp_path_factory.mktemp("log")
    with new_place(kind) as place, ExitStack() as closed:
        one, other = (
            closed.enter_context(closing(Server(place, folder / f"{each}.log")))
            for each in range(2)
        )
        yield one, other


@pytest.fixture
def two(servers: tuple[Server, Server]) -> Iterator[Two]:
    for each in servers:
        if not each.runs():
            each.start()
    with ExitStack() as clients:
        made = Two(*servers, clients)
        try:
            yield made
        finally:
            made.watch.end()


def test_one_whose_server_and_process_are_killed_is_gone_on_with_by_another_server(
    two: Two,
) -> None:
    import_id = two.import_begun()
    two.ask_the_other()
    two.one.kill_all()
    two.goes_on_soon(import_id)
    two.finds(7, 1_234)
    two.is_whole(import_id)
    first, second = two.watch.end()
    assert first != second
    two.is_indexed()
    two.finds(7, 1_234, ROWS - 5)
    two.changes_nothing_again()


@pytest.mark.heavy
def test_and_so_when_whoever_is_at_it_is_killed_again_and_again(two: Two) -> None:
    import_id = two.import_begun()
    two.ask_the_other()
    for _ in range(ROWS // BATCH - 1):
        for process in (*two.one.jobs(), *two.other.jobs()):
            os.kill(process, signal.SIGKILL)
        if two.rows_of(import_id)["read"] < ROWS:
            two.goes_on_soon(import_id)
    two.is_whole(import_id)
    assert len(two.watch.end()) > 2
    two.is_indexed()
    two.is_sound()
    two.changes_nothing_again()


def test_one_whose_server_alone_is_killed_is_carried_out_by_its_process(two: Two) -> None:
    import_id = two.import_begun()
    two.ask_the_other()
    two.one.kill()
    accounts = open_store(two.one.place.url)
    assert (
        carry_out(accounts, two.account.name, "changes") == "nothing"
    )  # leaves the import to the process that has it
    two.is_whole(import_id)
    assert len(two.watch.end()) == 1
    two.is_indexed()


@only_postgresql  # tests/http has it on both, with one server
def test_one_whose_process_alone_is_killed_is_gone_on_with_by_either_server(two: Two) -> None:
    import_id = two.import_begun()
    two.ask_the_other()
    processes = two.one.jobs()
    its_own = [child for process in processes for child in children(process)]
    for process in processes:
        os.kill(process, signal.SIGKILL)
    two.goes_on_soon(import_id)
    two.is_whole(import_id)
    assert len(two.watch.end()) == 2
    until(lambda: not any(map(is_running, its_own)), "what it has started has ended")


@only_sqlite  # it reads the same file whatever store it writes to
def test_one_whose_reading_process_is_killed_is_gone_on_with(two: Two) -> None:
    rows = 12 * BATCH  # more than is read ahead
    import_id = two.import_begun(rows)
    its_own = [child for process in two.one.jobs() for child in children(process)]
    (reader,) = [each for each in its_own if "spawn_main" in command_of(each)]
    os.kill(reader, signal.SIGKILL)
    counts = two.ended(import_id)["rows"]
    assert counts["read"] == counts["created"] + counts["merged"] + counts["rejected"] == rows
    two.watch.end()


@only_postgresql
def test_files_that_two_servers_are_sent_are_imported_one_after_the_other(two: Two) -> None:
    first = two.account.imported(a_file(FEW_ROWS))
    two.ask_the_other()
    second = two.account.imported(a_file(FEW_ROWS))
    counts = [two.ended(each)["rows"] for each in (first, second)]
    assert sorted(each["unchanged"] for each in counts) == [0, FEW_ROWS - FEW_ROWS // 100]
    assert {each["read"] for each in counts} == {FEW_ROWS}
    two.watch.end()


@only_postgresql
def test_one_that_is_killed_before_its_text_is_indexed_is_searched_all_the_same(two: Two) -> None:
    import_id = two.account.imported(a_file(2 * FEW_ROWS))
    two.ended(import_id)
    two.one.kill_all()
    two.ask_the_other()
    two.finds(7, 1_234, 2 * FEW_ROWS - 5)
    two.account.call()
    two.is_indexed()
    two.finds(7, 1_234, 2 * FEW_ROWS - 5)
