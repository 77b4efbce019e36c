"""The worker processes of a service: a few, which stay warm while there is work.

A process starts with the first job and ends after being idle for a while. Accounts are served in
turn. A failed task is tried again after growing pauses.
"""

import logging
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Condition, Thread, current_thread
from time import monotonic, sleep
from typing import NamedTuple

from infrastructure.bootstrap import STORE_VARIABLE
from infrastructure.file_locks import try_to_lock
from infrastructure.jobs.worker import ANSWERS, Answer, Task

_log = logging.getLogger("contact_merging.jobs")

IDLE = 60.0
"""Seconds after which an idle process is ended."""
_PAUSE = 0.1
"""Seconds between two looks for a place."""
_LONGEST_WAIT = 15.0
"""The longest pause in seconds before a failed task is tried again."""


class Turn(NamedTuple):
    """A task for an account, which only one process of the pool does at a time."""

    account: str
    task: Task


class Pool:
    """Worker processes of one service, and their pending tasks.

    `places`: a folder that pools share. Their tasks together are at most `largest` at once.
    """

    def __init__(self, url: str, largest: int, places: Path | None = None) -> None:
        self._url = url
        self._largest = largest
        self._places = places
        self._changed = Condition()
        self._wanted: dict[Turn, float] = {}
        """The pending tasks in order, each with the time before which it must not begin."""
        self._running: set[Turn] = set()
        self._failures: Counter[Turn] = Counter()
        self._threads: set[Thread] = set()
        self._processes: set[subprocess.Popen[str]] = set()
        self._free = 0
        self._is_stopping = False

    def want(self, account: str, task: Task) -> None:
        """Add a task for an account."""
        with self._changed:
            # A running task may have looked for work just before, so another one looks again.
            self._wanted.setdefault(Turn(account, task), 0.0)
            self._start_threads()

    def look_after(self) -> None:
        """Begin failed tasks again whose pause is over."""
        with self._changed:
            self._start_threads()

    def is_at(self, account: str, *tasks: Task) -> bool:
        """Whether one of these tasks is running or pending for an account."""
        turns = {Turn(account, task) for task in tasks}
        with self._changed:
            return not turns.isdisjoint(self._running) or not turns.isdisjoint(self._wanted)

    def stop(self) -> None:
        """End the processes. Their jobs go on when a service runs again."""
        with self._changed:
            self._is_stopping = True
            for process in self._processes:
                process.terminate()
            self._changed.notify_all()
            threads = list(self._threads)
        for thread in threads:
            thread.join()

    def _start_threads(self) -> None:
        due = len(self._due())
        for _ in range(min(due - self._free, self._largest - len(self._threads))):
            self._free += 1
            thread = Thread(target=self._work, name="jobs", daemon=True)
            self._threads.add(thread)
            thread.start()
        self._changed.notify(due)

    def _due(self) -> list[Turn]:
        now = monotonic()
        return [
            turn
            for turn, not_before in self._wanted.items()
            if not_before <= now and turn not in self._running and not self._is_stopping
        ]

    def _work(self) -> None:
        """Take one turn after the other, with the same process while it lives."""
        process: subprocess.Popen[str] | None = None
        while (turn := self._next()) is not None:
            answer: Answer | None = None
            try:
                with self._place():
                    process = process or self._start_process()
                    answer = _ask(process, turn)
            except OSError as error:
                _log.warning("no process", extra={"account": turn.account, "reason": str(error)})
            if process is not None and answer is None:
                self._end(process)
                process = None
            self._taken(turn, answer)
        if process is not None:
            self._end(process)

    def _next(self) -> Turn | None:
        """Wait for the next task. Returns None if there was none for long."""
        until = monotonic() + IDLE
        with self._changed:
            while not (due := self._due()):
                left = until - monotonic()
                if left <= 0 or self._is_stopping:
                    self._free -= 1
                    self._threads.remove(current_thread())
                    return None
                self._changed.wait(left)
            self._free -= 1
            del self._wanted[due[0]]
            self._running.add(due[0])
            return due[0]

    def _taken(self, turn: Turn, answer: Answer | None) -> None:
        """Note the answer of a turn. If there was work, there may be more, after other accounts."""
        with self._changed:
            self._free += 1
            self._running.remove(turn)
            if answer in {"done", "nothing"}:
                del self._failures[turn]
                if answer == "done":
                    self._wanted.setdefault(turn, 0.0)
            else:
                self._failures[turn] += 1
                wait = min(2.0 ** self._failures[turn], _LONGEST_WAIT)
                self._wanted[turn] = monotonic() + wait
            self._start_threads()

    @contextmanager
    def _place(self) -> Iterator[None]:
        """Wait for one of the places that pools share; each is a file, locked while it is taken."""
        if self._places is None:
            yield
            return
        with ExitStack() as held:
            files = [
                held.enter_context((self._places / f"job.{number}").open("w"))
                for number in range(self._largest)
            ]
            while not (any(map(try_to_lock, files)) or self._is_stopping):
                sleep(_PAUSE)
            yield

    def _start_process(self) -> subprocess.Popen[str]:
        with self._changed:
            process = subprocess.Popen(
                [sys.executable, "-m", "infrastructure.jobs.worker"],
                env={**os.environ, STORE_VARIABLE: self._url},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            self._processes.add(process)
            if self._is_stopping:
                process.terminate()
            return process

    def _end(self, process: subprocess.Popen[str]) -> None:
        """Let an idle process end, or reap one that has ended."""
        process.communicate()
        with self._changed:
            self._processes.remove(process)


def _ask(process: subprocess.Popen[str], turn: Turn) -> Answer | None:
    """Let a process take a turn. Returns its answer, None if it has ended. Raises OSError."""
    if process.stdin is None or process.stdout is None:
        raise TypeError("a worker is asked by pipes")
    try:
        process.stdin.write(f"{turn.account} {turn.task}\n")
        process.stdin.flush()
    except BrokenPipeError:
        return None
    said = process.stdout.readline().strip()
    return next((answer for answer in ANSWERS if answer == said), None)
