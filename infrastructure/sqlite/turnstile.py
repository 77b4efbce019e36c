"""Fair turns at writing to a SQLite file, for threads and processes.

`BEGIN IMMEDIATE` alone starves: beside an importer that begins its next batch at once, others time
out as "locked". So processes take places in a queue, and each waits for the place before its own: a
process that has just written comes after those that wait. A place is a locked file; when a process
dies, its lock is freed. Threads of one process first queue among themselves, first come, first
served.
"""

import fcntl
import os
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from typing import NamedTuple

from infrastructure.file_locks import try_to_lock

_FIRST_PAUSE = 0.0002
_LONGEST_PAUSE = 0.004
_LONG = 1e9
_DIGITS = 20
"""How a number is written in the file of the queue."""


class TurnTimeout(Exception):
    """The turn did not come in time."""


class Turnstile:
    """Lets one writer at a time through, in all processes that use the same folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._guard = Lock()
        self._busy = False
        self._waiting: deque[Lock] = deque()  # threads: each waits for its own lock
        self._files: list[int] = []

    @contextmanager
    def turn(self, timeout: float) -> Iterator[None]:
        """Wait for a turn, at most `timeout` seconds. Raises TurnTimeout, or OSError."""
        deadline = monotonic() + timeout
        with self._turn_of_thread(deadline), ExitStack() as leaving:
            queue, writer = self._open()
            place = self._pass_or_queue(queue, writer, deadline)
            if place is not None:
                leaving.callback(os.close, place.file)
                leaving.callback(self._place(place.number).unlink, missing_ok=True)
                self._wait(place, writer, deadline)
            leaving.callback(fcntl.flock, writer, fcntl.LOCK_UN)
            yield

    def close(self) -> None:
        """Close the files when the current turn is over."""
        with self._turn_of_thread(monotonic() + _LONG):
            self._close()

    def _close(self) -> None:
        while self._files:
            os.close(self._files.pop())

    __del__ = _close

    def _open(self) -> list[int]:
        """The lock files of the queue and of the writer. They stay open: opening them is slow."""
        for name in ("queue.lock", "writer.lock")[len(self._files) :]:
            self._files.append(_open(self._folder / name))
        return self._files

    def _pass_or_queue(self, queue: int, writer: int, deadline: float) -> "_Place | None":
        """Begin to write if no other process writes or waits; otherwise take a place."""
        _lock(queue, deadline)  # for a moment only
        try:
            last = self._last_place(queue)
            if not self._place(last).exists() and try_to_lock(writer):
                return None
            file = lock_file(self._place(last + 1), deadline)
            try:
                _write(queue, last + 1)
            except BaseException:  # otherwise others would wait for this place for ever
                self._place(last + 1).unlink(missing_ok=True)
                os.close(file)
                raise
            return _Place(last + 1, file)
        finally:
            fcntl.flock(queue, fcntl.LOCK_UN)

    def _last_place(self, queue: int) -> int:
        """The number of the last place. If none is written, it is found and written."""
        written = os.pread(queue, _DIGITS + 1, 0)
        if len(written) == _DIGITS and written.isdigit():
            return int(written)
        places = (each.suffix[1:] for each in self._folder.glob("place.*"))
        last = max((int(each) for each in places if each.isdecimal()), default=0)
        with suppress(OSError):  # it need not be there
            _write(queue, last)
        return last

    def _wait(self, place: "_Place", writer: int, deadline: float) -> None:
        """Wait for the place before this one: processes write first come, first served.

        A place is a file that its process holds locked until it is done or ends.
        """
        ahead = self._place(place.number - 1)
        if ahead.exists():
            os.close(lock_file(ahead, deadline))
            ahead.unlink(missing_ok=True)
        _lock(writer, deadline)

    def _place(self, number: int) -> Path:
        return self._folder / f"place.{number}"

    @contextmanager
    def _turn_of_thread(self, deadline: float) -> Iterator[None]:
        turn = Lock()
        with self._guard:
            if self._busy:
                turn.acquire()
                self._waiting.append(turn)
            self._busy = True
        if not turn.acquire(timeout=max(0.0, deadline - monotonic())):
            with self._guard:
                if turn in self._waiting:  # else it came at the very moment that the wait ended
                    self._waiting.remove(turn)
                    raise TurnTimeout
        try:
            yield
        finally:
            with self._guard:
                if self._waiting:
                    self._waiting.popleft().release()
                else:
                    self._busy = False


class _Place(NamedTuple):
    """A place in the queue of processes, and its locked file."""

    number: int
    file: int


def lock_file(path: Path, deadline: float) -> int:
    """Lock a file, waiting until a time of `monotonic`; closing the file frees the lock.

    Raises TurnTimeout, or OSError.
    """
    descriptor = _open(path)
    try:
        _lock(descriptor, deadline)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def lock_file_at_once(path: Path) -> int | None:
    """Lock a file that its holder removes at the end; None if another process holds it.

    Raises OSError.
    """
    while True:
        descriptor = _open(path)
        if not try_to_lock(descriptor):
            os.close(descriptor)
            return None
        with suppress(FileNotFoundError):
            if os.fstat(descriptor).st_ino == path.stat().st_ino:
                return descriptor
        os.close(descriptor)  # it was removed in between, and perhaps made again


def _write(queue: int, last: int) -> None:
    """Write the number of the last place into the file of the queue."""
    os.ftruncate(queue, 0)
    os.pwrite(queue, b"%0*d" % (_DIGITS, last), 0)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _lock(descriptor: int, deadline: float) -> None:
    pause = _FIRST_PAUSE
    while not try_to_lock(descriptor):
        if monotonic() > deadline:
            raise TurnTimeout
        sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
