"""The service behind the endpoints: the accounts it has open, its keys, and what it counts."""

import asyncio
import logging
import os
import subprocess
import sys
from collections import Counter as Counts
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from threading import Lock
from time import monotonic
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

from application.access import Caller
from application.ports import Clock
from application.refusals import StoreUnusable, UnknownAccount
from infrastructure.account_log.accounts import StoredAccounts
from infrastructure.account_log.log import EventLog
from infrastructure.bootstrap import STORE_VARIABLE
from infrastructure.keys import Keys
from infrastructure.web.commits import Commits

T = TypeVar("T")

_log = logging.getLogger("contact_merging.http")

_PROCESSES = max(1, (os.cpu_count() or 1) - 1)
"""How many of them may run at once: a core is left to who is served."""
_TAKE_OVER_AFTER = 3.0
"""Seconds between looks for imports that nobody carries out."""
_LONGEST_WAIT = 60.0
"""Seconds until one that fails again and again is tried again."""
_MUCH = 2_000
"""Events of an account that are better indexed in another process."""
_LOOKUPS = 16
"""How many requests at once ask the store who sends them, where they may have to wait for it."""
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
        self._kinds: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def all_processes(self) -> CollectorRegistry:
        """What this process counted, and those that serve with it."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return self.registry
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return registry

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        kind = (method, route, status)
        known = self._kinds.get(kind)
        if known is None:
            known = self._kinds[kind] = (
                self.requests.labels(*kind),
                self.seconds.labels(method, route),
            )
        known[0].inc()
        known[1].observe(seconds)


class OpenAccount:
    """An account that is open in this process."""

    def __init__(self, log: EventLog, commits: Commits) -> None:
        self.log = log
        self.commits = commits
        self.text_has_changed = True
        self._grew = asyncio.Event()

    def tell(self) -> None:
        """Wake who waits for the log to grow."""
        self.text_has_changed = True
        self._grew.set()
        self._grew = asyncio.Event()

    async def grows(self, at_most: float) -> None:
        """Wait until a command of this process has committed, or some seconds have passed."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._grew.wait(), at_most)


class Imports:
    """The processes that carry out imports, and index much text, one an account at a time."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._wanted: dict[str, float] = {}
        self._failures: Counts[str] = Counts()
        self._guard = Lock()

    def start(self, account: str) -> None:
        """See to it that an account's imports are carried out, and its text is indexed."""
        with self._guard:
            self._wanted.setdefault(account, 0.0)
            self._start_wanted()

    def look_after(self) -> None:
        """Start those that were wanted while others ran; later and later those that failed."""
        with self._guard:
            for account, process in list(self._running.items()):
                if process.poll() is None:
                    continue
                del self._running[account]
                if process.returncode == 0:
                    del self._failures[account]
                else:
                    self._failures[account] += 1
                    wait = min(2.0 ** self._failures[account], _LONGEST_WAIT)
                    self._wanted[account] = monotonic() + wait
            self._start_wanted()

    def is_at(self, account: str) -> bool:
        """Whether a process works on an account, or is about to."""
        with self._guard:
            return account in self._running or account in self._wanted

    def _start_wanted(self) -> None:
        now = monotonic()
        for account, not_before in list(self._wanted.items()):
            if len(self._running) >= _PROCESSES:
                return
            # One that still runs may have looked for more just before: another one looks again.
            if account not in self._running and not_before <= now:
                del self._wanted[account]
                self._running[account] = subprocess.Popen(  # noqa: S603 -- a module of our own
                    [sys.executable, "-m", "infrastructure.jobs.import_job", account],
                    env={**os.environ, STORE_VARIABLE: self._url},
                    stdin=subprocess.DEVNULL,
                )

    def stop(self) -> None:
        """End them; what they were at goes on when a server is there again."""
        with self._guard:
            for process in self._running.values():
                process.terminate()
            for process in self._running.values():
                process.wait()
            self._running.clear()
            self._wanted.clear()


class Service:
    """One process of the service."""

    def __init__(self, accounts: StoredAccounts, keys: Keys, clock: Clock, url: str) -> None:
        self.accounts = accounts
        self.keys = keys
        self.clock = clock
        self.url = url
        self.metrics = Metrics()
        self.imports = Imports(url)
        self.stopping = asyncio.Event()
        self._look_again = 0.0
        self._open: dict[str, OpenAccount] = {}
        self._guard = Lock()
        self._lookups = ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="lookup")
        self._writers = ThreadPoolExecutor(_WRITERS, thread_name_prefix="writer")

    async def caller(self, key: str) -> Caller | None:
        """Who holds a key; None where it is none, or is revoked. Raises StoreUnusable."""
        return await self._look_up(partial(self.keys.caller, key))

    async def account(self, name: str) -> OpenAccount:
        """An account, open. Raises UnknownAccount, StoreUnusable."""
        return await self._look_up(partial(self.open_account, name))

    async def _look_up(self, question: Callable[[], T]) -> T:
        """Answer a question about the store: at once, where nobody waits for a network."""
        if not self.keys.may_wait:
            return question()
        return await asyncio.get_running_loop().run_in_executor(self._lookups, question)

    def open_account(self, name: str) -> OpenAccount:
        """The same for who may wait."""
        known = self._open.get(name)
        if known is not None and known.log.database.is_there():
            return known
        try:
            log = self.accounts.open(name)
        except UnknownAccount:
            self._open.pop(name, None)
            raise
        with self._guard:
            opened = self._open.get(name)
            if opened is None or opened is known:  # else another request has opened it meanwhile
                if known is not None:
                    known.log.close()
                opened = self._open[name] = self._opened(log)
                return opened
        log.close()
        return opened

    def _opened(self, log: EventLog) -> OpenAccount:
        commits = Commits(log, self._writers, lambda count: self._committed(opened, count))
        opened = OpenAccount(log, commits)
        return opened

    def _committed(self, account: OpenAccount, commands: int) -> None:
        self.metrics.commands.observe(commands)
        account.tell()

    def take_over(self) -> None:
        """Go on with imports that nobody is at: whoever was has ended, here or elsewhere."""
        if monotonic() < self._look_again:
            return
        self._look_again = monotonic() + _TAKE_OVER_AFTER
        for account in self.accounts.unattended():
            self.imports.start(account)

    def index_text(self) -> None:
        """Bring the text indexes up to date of those accounts whose logs have grown."""
        for account in list(self._open.values()):
            name = account.log.account
            if not account.text_has_changed or self.imports.is_at(name):
                continue
            if not account.log.database.is_there():
                continue
            account.text_has_changed = False
            try:
                if account.log.text.behind() > _MUCH:
                    self.imports.start(name)
                else:
                    account.log.text.catch_up(stop=self.stopping.is_set)
            except StoreUnusable as error:  # searches take longer, and find the same
                _log.warning("text is not indexed", extra={"account": name, "reason": str(error)})

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
        self._lookups.shutdown(wait=True)
        for account in self._open.values():
            account.log.close()
        self._open.clear()
        self.accounts.close()
