"""What many accounts on PostgreSQL cost: written at once, and idle.

`python -m tests.benchmarks.accounts_on_postgresql [ACCOUNTS]`, in one run:

- commands a second of processor time, of this process and the server's together: one account
  written by one writer, and eight accounts by one writer each; and what a command takes in one
  account while another one's lock is held;
- ACCOUNTS (2,000) accounts open in one process and idle: memory, connections, wake-ups, and how
  long it takes to open one.

Prints one JSON document.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from threading import Barrier, Event
from typing import Any

import psycopg

from application.commands.record_activity import record_activity
from domain.settings import MergeSettings
from infrastructure.account_log.log import EventLog
from infrastructure.bootstrap import open_store_and_keys, the_time
from infrastructure.jobs.pool import Pool
from infrastructure.web.service import Service
from tests.messages import call_from
from tests.postgresql import Server

WRITERS = 8
COMMANDS = 400
ROUNDS = 5
IDLE = 2_000
_TICKS = os.sysconf("SC_CLK_TCK")


def measure(accounts: int = IDLE) -> dict[str, Any]:
    """Both, on a server of our own that is as durable as in production."""
    server = Server(durable=True)
    server.start()
    url = server.new_database()
    with closing(open_store_and_keys(url, "an operator's key of the test").accounts) as store:
        settings = MergeSettings(default_region="US")
        with ExitStack() as opened:
            logs = [
                opened.enter_context(closing(store.create(f"written_{number}", settings, "admin")))
                for number in range(WRITERS)
            ]
            written = _written_at_once(url, logs)
            waited = _beside_a_lock(logs)
        return {**written, **waited, "idle": _idle(url, accounts)}


def _call(log: EventLog, number: int) -> None:
    record_activity(
        log,
        call_from(f"+1319555{number % 10_000:04}", datetime(2026, 5, 1, tzinfo=UTC)),
        activity_id=None,
        by="phone",
    )


def _written_at_once(url: str, logs: list[EventLog]) -> dict[str, Any]:
    """Commands a second of processor time, of one account and of all, in turn."""
    for log in logs:
        for number in range(50):
            _call(log, number)
    one: list[float] = []
    all_of_them: list[float] = []
    for _ in range(ROUNDS):
        one.append(_commands_a_cpu_second(url, logs[:1]))
        all_of_them.append(_commands_a_cpu_second(url, logs))
    ratios = [many / single for single, many in zip(one, all_of_them, strict=True)]
    return {
        "commands_a_cpu_second_one_account": round(median(one)),
        f"commands_a_cpu_second_{len(logs)}_accounts": round(median(all_of_them)),
        "ratio": round(median(ratios), 2),
        "ratios": [round(each, 2) for each in ratios],
    }


def _commands_a_cpu_second(url: str, logs: list[EventLog]) -> float:
    together = Barrier(len(logs))

    def write(log: EventLog) -> None:
        together.wait()
        for number in range(COMMANDS):
            _call(log, number)

    before = _cpu_seconds(url)
    with ThreadPoolExecutor(len(logs)) as pool:
        list(pool.map(write, logs))
    return COMMANDS * len(logs) / (_cpu_seconds(url) - before)


def _cpu_seconds(url: str) -> float:
    """Processor time of this process and of the server's."""
    with psycopg.connect(url) as connection:
        (folder,) = connection.execute("SHOW data_directory").fetchone() or ("",)
    postmaster = int((Path(folder) / "postmaster.pid").read_text().split()[0])
    own = time.process_time()
    stats = [_stat(int(path.name)) for path in Path("/proc").iterdir() if path.name.isdigit()]
    of_server = [each for each in stats if each and postmaster in {each["pid"], each["parent"]}]
    # A child that has ended is counted by its parent.
    ended = sum(each["ended"] for each in of_server if each["pid"] == postmaster)
    return own + (sum(each["own"] for each in of_server) + ended) / _TICKS


def _stat(pid: int) -> dict[str, int] | None:
    try:
        fields = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    utime, stime, of_ended, of_ended_too = map(int, fields[11:15])
    return {
        "pid": pid,
        "parent": int(fields[1]),
        "own": utime + stime,
        "ended": of_ended + of_ended_too,
    }


def _beside_a_lock(logs: list[EventLog]) -> dict[str, Any]:
    """What a command takes in other accounts while the lock of one is held."""

    def took(log: EventLog) -> float:
        began = time.perf_counter()
        _call(log, 1)
        return (time.perf_counter() - began) * 1_000

    locked, others = logs[0], logs[1:]
    undisturbed = median(took(log) for log in others for _ in range(30))
    held, done = Event(), Event()

    def hold() -> None:
        with locked.database.writing():
            held.set()
            done.wait(30)

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        held.wait()
        beside = median(took(log) for log in others for _ in range(30))
        done.set()
        holding.result()
    return {
        "milliseconds_undisturbed": round(undisturbed, 2),
        "milliseconds_beside_a_lock": round(beside, 2),
    }


def _idle(url: str, accounts: int) -> dict[str, Any]:
    """Open so many accounts as a process of the service does, and let it rest."""
    accounts_and_keys = open_store_and_keys(url, "an operator's key of the test")
    store = accounts_and_keys.accounts
    settings = MergeSettings(default_region="US")
    names = [f"idle_{number}" for number in range(accounts)]
    size, relations = _size(url)
    making = _seconds(lambda: [store.create(name, settings, "admin") for name in names])
    size, relations = (
        (after - before) / accounts
        for after, before in zip(_size(url), (size, relations), strict=True)
    )
    service = Service(*accounts_and_keys, the_time, Pool(url, 1))
    before = _memory()
    took = [_seconds(lambda name=name: service.open_account(name)) for name in names]  # type: ignore[misc]
    memory = _memory() - before
    switches, began = _switches(), time.monotonic()
    time.sleep(10)
    wake_ups = (_switches() - switches) / (time.monotonic() - began)
    with psycopg.connect(url) as connection:
        (connections,) = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'contact-merging'"
        ).fetchone() or (0,)
    return {
        "accounts": accounts,
        "kilobytes_on_disk_each": round(size / 1_024),
        "relations_each": round(relations),
        "milliseconds_to_make_one": round(making / accounts * 1_000, 1),
        "milliseconds_to_open_one": round(median(took) * 1_000, 2),
        "kilobytes_of_memory_each": round(memory / accounts / 1_024, 1),
        "connections": connections,
        "wake_ups_a_second": round(wake_ups, 1),
    }


def _size(url: str) -> tuple[float, float]:
    """The bytes of a database, and how many tables, indexes and the like it has."""
    with psycopg.connect(url) as connection:
        size, relations = connection.execute(
            "SELECT pg_database_size(current_database()), (SELECT count(*) FROM pg_class)"
        ).fetchone() or (0, 0)
    return float(size), float(relations)


def _seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def _memory() -> int:
    """What this process has in memory, in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _switches() -> int:
    """How often this process has gone to sleep, in all of its threads."""
    return sum(
        int(line.split()[1])
        for status in Path("/proc/self/task").glob("*/status")
        for line in status.read_text().splitlines()
        if line.startswith("voluntary_ctxt_switches")
    )


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if sys.argv[1:] else IDLE), indent=2))  # noqa: T201
