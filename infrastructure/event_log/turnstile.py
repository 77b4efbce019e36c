"""A fair turn at writing to a SQLite file, for threads and processes alike.

`BEGIN IMMEDIATE` alone starves: beside an importer that begins its next batch at once, others time
out as "locked". So processes take places in a queue, each waiting for the one before its own: the
one that has just written comes after whoever waits. A place is a locked file, and the lock of a
process that died is gone. Threads of one process are let in first come, first served, before they
meet other processes.
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
            with self._place_in_queue(deadline):
                writer = lock_file(self._writer_path, deadline)
                try:
                    yield
                finally:
                    os.close(writer)  # closing the file lets its lock go
        finally:
            self._leave_process()

    @contextmanager
    def _place_in_queue(self, deadline: float) -> Iterator[None]:
        """First come, first served among processes: each waits for the place before its own.

        A place is a file that its process holds locked; of one that ended the lock is gone.
        """
        queue = lock_file(self._queue_path, deadline)  # for a moment only
        try:
            number = int(os.pread(queue, 20, 0) or 0) + 1
            own, ahead = self._place(number), self._place(number - 1)
            place = lock_file(own, deadline)
            os.pwrite(queue, f"{number:020d}".encode(), 0)
        finally:
            os.close(queue)
        try:
            if ahead.exists():
                os.close(lock_file(ahead, deadline))
                ahead.unlink(missing_ok=True)
            yield
        finally:
            own.unlink(missing_ok=True)
            os.close(place)

    def _place(self, number: int) -> Path:
        return self._queue_path.with_name(f"place.{number}")

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


def lock_file(path: Path, deadline: float) -> int:
    """Lock a file, waiting until a moment of `monotonic`; closing it lets the lock go.

    Raises TurnTimeout, or OSError.
    """
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
