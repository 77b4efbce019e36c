"""Processes are killed or stopped and disks are full: what was acknowledged is there once."""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.machine import small_disk
from tests.faults.load import PATIENCE, Load
from tests.many_processes.servers import Server, until
from tests.stores import Place
from tests.web.service import NO_TLS, Account

ROUNDS_OF_DISK = 3
KILLS = 30
STOPS = 20
ROWS = 100_000


class Outliving(httpx.Client):
    """A client that sends again while nobody answers, wherever the service is by then."""

    def __init__(self, server: Server, key: str) -> None:
        super().__init__(headers={"Authorization": f"Bearer {key}"}, timeout=30, verify=NO_TLS)
        self._server = server

    def post(self, url: str, **given: Any) -> httpx.Response:  # type: ignore[override]
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            with suppress(httpx.TransportError):
                if self._server.url:
                    return super().post(self._server.url + url, **given)
            time.sleep(0.02)
        raise AssertionError("nobody answers")


class LoadOf(Load):
    """The load of a server that is started again and again."""

    def __init__(self, account: Account, server: Server) -> None:
        super().__init__(account)
        self._server = server

    def sender(self) -> httpx.Client:
        client = Outliving(self._server, self.account.key("admin"))
        return self.account.service.clients.enter_context(client)


@contextmanager
def serving(place: Place, folder: Path, *, workers: int = 1) -> Iterator[tuple[Server, Account]]:
    """A server with an account."""
    server = Server(place, folder / "service.log", workers=workers)
    try:
        server.start()
        with ExitStack() as clients:
            yield server, server.service(clients).account()
    finally:
        server.close()


@pytest.mark.heavy
def test_kills_at_any_moment_lose_and_double_nothing(place: Place, tmp_path: Path) -> None:
    """The server alone, it and its workers, or the workers alone."""
    chance = random.Random(1)  # noqa: S311 - moments, no secrets
    with serving(place, tmp_path) as (server, account), ExitStack() as opened:
        imported = account.another()
        lines = "".join(f"Person {row},+1415{row:07}\n" for row in range(ROWS))
        job = imported.imported(f"Name,Phone\n{lines}")
        load = LoadOf(account, server)
        with load.running():
            for each in range(KILLS):
                time.sleep(chance.uniform(0.0, 1.5))
                if each % 3 == 2:
                    for worker in server.jobs():
                        with suppress(ProcessLookupError):
                            os.kill(worker, signal.SIGKILL)
                    continue
                server.kill() if each % 3 == 0 else server.kill_all()
                server.start()
            load.goes_on()
        for one in (account, imported):
            one.served_by(server.service(opened))
        load.check_done_once()
        until(lambda: imported.get(f"/jobs/{job}").json()["status"] == "done", "it is imported")
        assert imported.rows()["records"] == ROWS
        with imported.opened() as log:
            assert log.verify().problems == ()


@pytest.mark.heavy
def test_a_disk_that_is_full_again_and_again_refuses_and_loses_nothing(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with (
        small_disk(disk, "40m"),
        serving(Place("sqlite", f"sqlite:{disk}", disk), tmp_path) as (server, account),
    ):
        load = LoadOf(account, server)
        with load.running():
            for _ in range(ROUNDS_OF_DISK):
                load.goes_on()
                refused = load.statuses[503]
                fill(disk / "filler")
                until(lambda: load.statuses[503] > refused + 20, "commands are refused")  # noqa: B023
                assert account.get("/contacts").status_code == 200
                (disk / "filler").unlink()
            load.goes_on()
        load.check_done_once()


def fill(file: Path) -> None:
    """Leave no room on a disk."""
    with file.open("wb", buffering=0) as filler:
        for size in (1 << 16, 512):
            with suppress(OSError):
                while True:
                    filler.write(bytes(size))


@pytest.mark.heavy
def test_one_that_is_stopped_in_the_middle_delays_others_and_loses_nothing(
    place: Place, tmp_path: Path
) -> None:
    """It may hold the account's lock: then the others wait until it goes on, or is killed."""
    chance = random.Random(1)  # noqa: S311 - moments, no secrets
    with serving(place, tmp_path, workers=2) as (server, account):
        load = LoadOf(account, server)
        with load.running():
            for each in range(STOPS):
                load.goes_on(10)
                time.sleep(chance.uniform(0.0, 0.1))
                stopped = chance.choice(server.workers())
                os.kill(stopped, signal.SIGSTOP)
                time.sleep(chance.uniform(0.0, 1.0))
                os.kill(stopped, signal.SIGCONT if each % 2 else signal.SIGKILL)
                until(lambda: len(server.workers()) == 2, "both serve")
            load.goes_on()
        load.check_done_once()
