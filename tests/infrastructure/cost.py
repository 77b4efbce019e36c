"""The processor time that something costs an account, in whichever process."""

import sys
from collections.abc import Callable
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
    return ours + _of_server(place) - before


def _of_server(place: Place) -> float:
    """The processor time that a server has spent on the connections to a store."""
    if place.kind == "sqlite":
        return 0
    with psycopg.connect(place.url) as connection:
        pids = connection.execute(_OF_ITS_CLIENTS).fetchall()
    return sum(clock_gettime(_clock_of(pid)) for (pid,) in pids)


def _clock_of(pid: int) -> int:
    """The clock of a process's processor time, as `man 3 clock_getcpuclockid` makes it."""
    return ~pid << 3 | 2
