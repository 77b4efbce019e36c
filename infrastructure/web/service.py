"""The service behind the endpoints: its open accounts, its keys and its metrics."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from threading import Lock
from time import monotonic
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

from application.access import Caller
from application.ports import Clock
from application.refusals import UnknownAccount
from infrastructure.account_log.accounts import StoredAccounts
from infrastructure.account_log.log import EventLog
from infrastructure.followers.loop import Followers
from infrastructure.jobs.carry_out import lanes_that_wait
from infrastructure.jobs.pool import Pool
from infrastructure.keys import Keys
from infrastructure.sign_ins import SignIns
from infrastructure.web.commits import Commits
from infrastructure.web.look_ups import LookUps
from infrastructure.web.shares import PER_SECOND, Shares

T = TypeVar("T")

_DAMAGED = "contact_merging_damaged_accounts"
_LOOK_AGAIN = 3.0
"""Seconds between looks for jobs that no process carries out."""
_TAKE_OVER_AFTER = 5.0
"""Seconds in which a new job is left to the process that accepted it."""
_LOOKUPS = 16
"""How many requests at once may look up their callers in a store that has to be waited for."""
_WRITERS = 64
"""How many accounts may be written at once; further ones wait."""


class Metrics:
    """Metrics of all accounts together, without personal data."""

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
        self.damaged = Gauge(
            _DAMAGED,
            "Accounts that were found damaged.",
            ["account"],
            registry=self.registry,
            multiprocess_mode="mostrecent",
        )
        self._found_damaged: set[str] = set()
        self._kinds: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def all_processes(self) -> CollectorRegistry:
        """The metrics of this process and of those that serve with it."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return self.registry
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return registry

    def is_damaged(self, account: str) -> None:
        """Note that an account was found damaged."""
        self._found_damaged.add(account)
        self.damaged.labels(account).set(1)

    def is_opened(self, account: str) -> None:
        """Note that an account was opened anew: if it was damaged before, it has been restored."""
        if account in self._found_damaged:
            self._found_damaged.remove(account)
            self.damaged.labels(account).set(0)

    def damaged_accounts(self) -> list[str]:
        """The accounts that were found damaged, by any process."""
        return sorted(
            sample.labels["account"]
            for metric in self.all_processes().collect()
            if metric.name == _DAMAGED
            for sample in metric.samples
            if sample.value
        )

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

    def __init__(self, log: EventLog, commits: Commits, look_ups: LookUps) -> None:
        self.log = log
        self.commits = commits
        self.look_ups = look_ups
        self._grew = asyncio.Event()

    def tell(self) -> None:
        """Wake those that wait for the log to grow."""
        self._grew.set()
        self._grew = asyncio.Event()

    async def grows(self, at_most: float) -> None:
        """Wait until a command of this process has committed, or some seconds have passed."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._grew.wait(), at_most)


class Service:
    """One process of the service."""

    def __init__(
        self,
        accounts: StoredAccounts,
        keys: Keys,
        sign_ins: SignIns,
        clock: Clock,
        jobs: Pool,
        *,
        per_second: int = PER_SECOND,
    ) -> None:
        """`per_second`: how many requests a key may send."""
        self.accounts = accounts
        self.shares = Shares(per_second)
        self.keys = keys
        self.sign_ins = sign_ins
        self.clock = clock
        self.metrics = Metrics()
        self.jobs = jobs
        self.stopping = asyncio.Event()
        self.followers = Followers(jobs, self.stopping.is_set)
        self._look_again = 0.0
        self._open: dict[str, OpenAccount] = {}
        self._guard = Lock()
        self._lookups = ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="lookup")
        self._writers = ThreadPoolExecutor(_WRITERS, thread_name_prefix="writer")

    async def caller(self, key: str) -> Caller | None:
        """The holder of a key; None if it is not valid or revoked. Raises StoreUnusable."""
        return await self.look_up(partial(self.keys.caller, key))

    async def signed_in(self, session: str) -> Caller | None:
        """Who is signed in to the pages; None if nobody is. Raises StoreUnusable."""
        return await self.look_up(partial(self.sign_ins.caller, session))

    async def account(self, name: str) -> OpenAccount:
        """An open account. Raises UnknownAccount, StoreUnusable."""
        return await self.look_up(partial(self.open_account, name))

    async def look_up(self, question: Callable[[], T]) -> T:
        """Answer a question about the store: directly, unless it may wait for a network."""
        if not self.keys.may_wait:
            return question()
        return await asyncio.get_running_loop().run_in_executor(self._lookups, question)

    def open_account(self, name: str) -> OpenAccount:
        """The same for a caller that may wait."""
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
            if opened is None or opened is known:  # else another request has opened it
                if known is not None:
                    known.log.close()
                opened = self._open[name] = self._opened(log)
                self.metrics.is_opened(name)
                return opened
        log.close()
        return opened

    def _opened(self, log: EventLog) -> OpenAccount:
        def committed(commands: int) -> None:
            self.metrics.commands.observe(commands)
            self.followers.log_grew(log.account)
            opened.tell()

        commits = Commits(log, self._writers, committed)
        opened = OpenAccount(log, commits, LookUps(in_loop=not self.keys.may_wait))
        return opened

    def take_over(self) -> None:
        """Go on with jobs whose process has ended, here or elsewhere."""
        if monotonic() < self._look_again:
            return
        self._look_again = monotonic() + _LOOK_AGAIN
        for name in self.accounts.at_work():
            with suppress(UnknownAccount):
                for lane in lanes_that_wait(self.open_account(name).log, _TAKE_OVER_AFTER):
                    self.jobs.want(name, lane)

    def follow(self) -> None:
        """Let followers read new events of the open accounts."""
        self.followers.look_after([each.log for each in list(self._open.values())])

    async def in_writer(self, command: Callable[[], T]) -> T:
        """Do something that may wait for a lock, outside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._writers, command)

    def stop(self) -> None:
        """Begin to stop: end the event streams."""
        self.stopping.set()
        for account in self._open.values():
            account.tell()

    def close(self) -> None:
        """Finish what was begun, and close every file."""
        self.jobs.stop()
        self._writers.shutdown(wait=True)
        self._lookups.shutdown(wait=True)
        for account in self._open.values():
            account.log.close()
        self._open.clear()
        self.accounts.close()
