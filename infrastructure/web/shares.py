"""What a key and an account may use of a process, so that none keeps the others waiting.

Each process counts for itself. Times are in seconds of the event loop; methods are called in its
thread.
"""

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from math import ceil

from application.access import Caller
from infrastructure.web.problems import ProblemError

READS = 2
"""How many reads of an account run at once while no other account reads; otherwise one of each."""
MOST_WAITING = 128
"""How many reads of an account wait for their turn; further ones are refused."""
_LATELY = 1.0
"""An account that has read within these seconds is one that reads."""
_LONGEST_PAUSE = 1.0
"""Seconds after which an account that asks for more than its share goes on at the latest."""
STREAMS_OF_A_KEY = 10
MOST_STREAMS = 500
"""How many event streams are open at once: half of the connections."""
PER_SECOND = 1_000
"""How many requests a key may send, unless it is configured."""
WINDOW = 10
"""A key that was silent for these seconds may send all their requests at once."""
_KEYS = 10_000
"""How many keys are counted. The one that was silent longest is forgotten."""

RateLimit = list[tuple[bytes, bytes]]
"""The headers that say how many requests a key may still send."""


class Shares:
    """What is in use now. `per_second`: how many requests a key may send."""

    def __init__(self, per_second: int) -> None:
        self._most = per_second * WINDOW
        self._policy = b"%d;w=%d" % (self._most, WINDOW)
        self._keys: OrderedDict[str, _Requests] = OrderedDict()
        self._accounts: OrderedDict[str, _Reads] = OrderedDict()
        self._streams: Counter[str] = Counter()
        self._exporting: set[str] = set()

    def count(self, key: str) -> tuple[RateLimit, ProblemError | None]:
        """Count a request of a key. Returns its `RateLimit` headers, and a problem if it is full.

        The headers are those of draft-ietf-httpapi-ratelimit-headers-06.
        """
        now = asyncio.get_running_loop().time()
        requests = self._keys.get(key)
        if requests is None:
            requests = self._keys[key] = _Requests(self._most, now)
            if len(self._keys) > _KEYS:
                self._keys.popitem(last=False)
        self._keys.move_to_end(key)
        per_second = self._most / WINDOW
        left = min(self._most, requests.left + (now - requests.at) * per_second)
        is_full = left < 1
        requests.left, requests.at = left if is_full else left - 1, now
        headers = [
            (b"ratelimit-limit", b"%d" % self._most),
            (b"ratelimit-remaining", b"%d" % requests.left),
            (b"ratelimit-reset", b"%d" % ceil((self._most - requests.left) / per_second)),
            (b"ratelimit-policy", self._policy),
        ]
        return headers, _too_many("this key sends too many requests", 1) if is_full else None

    @contextmanager
    def stream(self, caller: Caller) -> Iterator[None]:
        """An event stream while it is open. Raises ProblemError if there are too many."""
        if self._streams[caller.key_id] >= STREAMS_OF_A_KEY:
            raise _too_many(f"this key has {STREAMS_OF_A_KEY} event streams already", 5)
        if self._streams.total() >= MOST_STREAMS:
            raise ProblemError(
                "unavailable", "too many event streams are open", headers={"Retry-After": "5"}
            )
        self._streams[caller.key_id] += 1
        try:
            yield
        finally:
            self._streams[caller.key_id] -= 1
            self._streams += Counter()  # forget the keys without one

    async def turn(self, account: str) -> "Turn":
        """Wait for an account's turn to read. Raises ProblemError if too many wait already."""
        reads = self._accounts.setdefault(account, _Reads())
        reads.at = asyncio.get_running_loop().time()
        self._accounts.move_to_end(account)
        if not reads.waiting and reads.running < self._share(account, reads.at):
            reads.running += 1
        elif len(reads.waiting) < MOST_WAITING:
            turn = asyncio.get_running_loop().create_future()
            reads.waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn in reads.waiting:
                    reads.waiting.remove(turn)
                else:  # it came at the same moment
                    self._let_next(account)
                raise
        else:
            raise _too_many("too many requests of this account wait for their turn", 1)
        return Turn(partial(self._end, account, asyncio.get_running_loop().time()))

    def export(self, account: str) -> "Turn":
        """The turn of an export, which takes long: one of an account at a time.

        Raises ProblemError if another one is being made.
        """
        if account in self._exporting:
            raise _too_many("another export of this account is being made", 5)
        self._exporting.add(account)
        return Turn(partial(self._exporting.discard, account))

    def _end(self, account: str, began: float) -> None:
        """End a read, and let others begin.

        If others of this account wait, and other accounts read as well, it pauses for as long as
        the read took: so it has half of the time at most, however much it asks for.
        """
        loop = asyncio.get_running_loop()
        if self._accounts[account].waiting and self._share(account, loop.time()) == 1:
            pause = min(_LONGEST_PAUSE, loop.time() - began)
            loop.call_later(pause, self._let_next, account)
        else:
            self._let_next(account)

    def _let_next(self, account: str) -> None:
        reads, now = self._accounts[account], asyncio.get_running_loop().time()
        reads.running -= 1
        while reads.waiting and reads.running < self._share(account, now):
            reads.waiting.popleft().set_result(None)
            reads.running += 1
        for name, each in list(islice(self._accounts.items(), 2)):
            if not each.running and not each.waiting and now - each.at > _LATELY:
                del self._accounts[name]

    def _share(self, account: str, now: float) -> int:
        """How many reads of an account may run."""
        lately = [
            each for name, each in islice(reversed(self._accounts.items()), 2) if name != account
        ]
        return 1 if any(each.running or now - each.at < _LATELY for each in lately) else READS


@dataclass(slots=True)
class _Requests:
    """How many requests a key may send at a time."""

    left: float
    at: float


@dataclass(slots=True)
class _Reads:
    """The reads of an account that run, and those that wait."""

    running: int = 0
    waiting: "deque[asyncio.Future[None]]" = field(default_factory=deque)
    at: float = 0.0
    """When the last one came."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A read that runs. `end`: ends it, and lets others begin."""

    end: Callable[[], None]


def _too_many(detail: str, seconds: int) -> ProblemError:
    return ProblemError("too-many-requests", detail, headers={"Retry-After": str(seconds)})
