"""The service behind the endpoints: the accounts it has open, its keys, and what it counts."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Histogram

from application.ports import Clock
from infrastructure.event_log.sqlite_accounts import SqliteAccounts, SqliteLog
from infrastructure.http.commits import Commits
from infrastructure.keys import SqliteKeys

T = TypeVar("T")

_WRITERS = 64
"""How many accounts may be written at once: each of the others waits for one to be done."""


class Metrics:
    """What is counted, of all accounts together: it names nobody."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "http_requests",
            "Requests answered.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "http_request_duration_seconds",
            "How long they took.",
            ["method", "route"],
            registry=self.registry,
        )
        self.commands = Histogram(
            "contact_merging_commands_per_commit",
            "Commands that shared a commit.",
            buckets=(1, 2, 4, 8, 16, 32, 64),
            registry=self.registry,
        )


class OpenAccount:
    """An account that is open in this process."""

    def __init__(self, log: SqliteLog, commits: Commits) -> None:
        self.log = log
        self.commits = commits
        self._grew = asyncio.Event()

    def tell(self) -> None:
        """Wake who waits for the log to grow."""
        self._grew.set()
        self._grew = asyncio.Event()

    async def grows(self, at_most: float) -> None:
        """Wait until a command of this process has committed, or some seconds have passed."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._grew.wait(), at_most)


class Imports:
    """The processes that carry out imports, one an account at a time."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._wanted: set[str] = set()
        self._guard = Lock()

    def start(self, account: str) -> None:
        """See to it that an account's imports are carried out."""
        with self._guard:
            running = self._running.get(account)
            if running is not None and running.poll() is None:
                self._wanted.add(account)  # it may have looked for more just before
                return
            self._running[account] = subprocess.Popen(  # noqa: S603 -- a module of our own
                [sys.executable, "-m", "infrastructure.files.import_job", self._url, account],
                stdin=subprocess.DEVNULL,
            )

    def look_after(self) -> None:
        """Start those again that were wanted while one was ending, or that were killed."""
        with self._guard:
            ended = [each for each, process in self._running.items() if process.poll() is not None]
            again = [
                each
                for each in ended
                if each in self._wanted or self._running[each].returncode != 0
            ]
            for each in ended:
                del self._running[each]
                self._wanted.discard(each)
        for each in again:
            self.start(each)

    def stop(self) -> None:
        """End them; what they were at goes on when a server is there again."""
        with self._guard:
            for process in self._running.values():
                process.terminate()
            for process in self._running.values():
                process.wait()
            self._running.clear()


class Service:
    """One process of the service."""

    def __init__(self, accounts: SqliteAccounts, keys: SqliteKeys, clock: Clock, url: str) -> None:
        self.accounts = accounts
        self.keys = keys
        self.clock = clock
        self.url = url
        self.metrics = Metrics()
        self.imports = Imports(url)
        self.stopping = asyncio.Event()
        self._open: dict[str, OpenAccount] = {}
        self._writers = ThreadPoolExecutor(_WRITERS, thread_name_prefix="writer")

    def account(self, name: str) -> OpenAccount:
        """An account, open. Raises UnknownAccount."""
        known = self._open.get(name)
        if known is not None and known.log.is_there():
            return known
        if known is not None:
            del self._open[name]
            known.log.file.close()
        log = self.accounts.open(name)
        commits = Commits(log, self._writers, lambda count: self._committed(opened, count))
        opened = self._open[name] = OpenAccount(log, commits)
        return opened

    def _committed(self, account: OpenAccount, commands: int) -> None:
        self.metrics.commands.observe(commands)
        account.tell()

    async def in_writer(self, command: Callable[[], T]) -> T:
        """Do something that may wait for a lock, beside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._writers, command)

    def stop(self) -> None:
        """Begin to stop: who listens for events is let go."""
        self.stopping.set()
        for account in self._open.values():
            account.tell()

    def close(self) -> None:
        """Finish what was begun, and let go of every file."""
        self.imports.stop()
        self._writers.shutdown(wait=True)
        for account in self._open.values():
            account.log.file.close()
        self._open.clear()
