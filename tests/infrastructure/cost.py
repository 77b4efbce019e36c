"""The processor time that something costs an account, in whichever process."""

import sys
from collections.abc import Callable
from contextlib import suppress
from time import clock_gettime, perf_counter, process_time

import psycopg

from tests.postgresql import the_server
from tests.stores import Place

_OF_ITS_CLIENTS = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
)


def cost(place: Place, action: Callable[[], object]) -> float:
    """Seconds of processor time that something takes, of this process and of the server.

    The server's time is known only if it runs here, on Linux; otherwise a clock is used.
    """
    if place.kind == "postgresql" and not (the_server().is_ours and sys.platform == "linux"):
        began = perf_counter()
        action()
        return perf_counter() - began
    before, began = _of_server(place), process_time()
    action()
    ours = process_time() - began
    after = _of_server(place)
    return ours + sum(spent - before.get(pid, 0) for pid, spent in after.items())


def _of_server(place: Place) -> dict[int, float]:
    """The processor time that a server has spent on each connection to a store.

    The connection that asked last may still be ending, so what is gone later says nothing.
    """
    if place.kind == "sqlite":
        return {}
    with psycopg.connect(place.url) as connection:
        pids = connection.execute(_OF_ITS_CLIENTS).fetchall()
    spent = {}
    for (pid,) in pids:
        with suppress(OSError):  # it has just ended
            spent[pid] = clock_gettime(_clock_of(pid))
    return spent


def _clock_of(pid: int) -> int:
    """The clock of a process's processor time, as `man 3 clock_getcpuclockid` makes it."""
    return ~pid << 3 | 2
