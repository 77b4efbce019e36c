"""A fair turn at writing to a SQLite file, for threads and processes alike.

`BEGIN IMMEDIATE` alone starves: beside an importer that begins its next batch at once, others time
out as "locked". Whoever wants to write first takes the queue lock, then waits for the writer lock
and only then lets the next one queue; so the one that has just written comes after whoever waits.
Threads of one process are let in first come, first served, before they meet other processes.
"""

import fcntl
import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from time import monotonic, sleep

_FIRST_PAUSE = 0.0002
_LONGEST_PAUSE = 0.004


class TurnTimeout(Exception):
    """Nobody gave way in time."""


class _Ticket:
    """A place in the queue of threads: held until acquired or given up."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.lock.acquire()


class Turnstile:
    """Lets one writer at a time through, in all processes that use the same folder."""

    def __init__(self, folder: Path) -> None:
        self._queue_path = folder / "queue.lock"
        self._writer_path = folder / "writer.lock"
        self._guard = Lock()
        self._busy = False
        self._waiting: deque[_Ticket] = deque()

    @contextmanager
    def turn(self, timeout: float) -> Iterator[None]:
        """Wait for a turn, at most `timeout` seconds. Raises TurnTimeout, or OSError."""
        deadline = monotonic() + timeout
        self._enter_process(deadline)
        try:
            writer = self._lock_writer(deadline)
            try:
                yield
            finally:
                os.close(writer)  # closing the file lets its lock go
        finally:
            self._leave_process()

    def _lock_writer(self, deadline: float) -> int:
        queue = _lock_file(self._queue_path, deadline)
        try:
            return _lock_file(self._writer_path, deadline)
        finally:
            os.close(queue)

    def _enter_process(self, deadline: float) -> None:
        with self._guard:
            if not self._busy:
                self._busy = True
                return
            ticket = _Ticket()
            self._waiting.append(ticket)
        if ticket.lock.acquire(timeout=max(0.0, deadline - monotonic())):
            return
        with self._guard:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
                raise TurnTimeout
        # The turn was handed over in the very moment that the wait ran out.

    def _leave_process(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().lock.release()
            else:
                self._busy = False


def _lock_file(path: Path, deadline: float) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    pause = _FIRST_PAUSE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() > deadline:
                os.close(descriptor)
                raise TurnTimeout from None
            sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        except BaseException:
            os.close(descriptor)
            raise
        else:
            return descriptor
