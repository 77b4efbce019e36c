"""What changed, as it changes: one stream for all pages of a browser, which tells ids alone."""

import asyncio
from collections import deque
from collections.abc import AsyncIterable
from math import inf
from random import random
from time import monotonic
from weakref import WeakKeyDictionary

from fastapi import APIRouter, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic_core import to_json
from starlette.concurrency import run_in_threadpool

from infrastructure.account_log.log import EventLog
from infrastructure.web.limits import SESSION
from infrastructure.web.pages.visit import Reads
from infrastructure.web.service import OpenAccount

router = APIRouter(prefix="/accounts/{account}", include_in_schema=False)

_LOOK_AGAIN = 1.0
"""Seconds after which the log is read again: another process may have written."""
_GATHERS = 0.3
"""Seconds in which changes gather, so that many commands do not make many looks."""
_SPREAD = 0.15
"""Seconds over which the streams of an account are told, so that no command waits for all."""
_STILL_HERE = 15.0
"""Seconds without a change before a comment shows that the connection is alive."""
EVERYTHING = "*"
_MOST = 500
"""How many ids are told at once. If there are more, everything may have changed."""
_AGAIN = 3_000
"""Milliseconds after which a browser connects again at the earliest."""


_REMEMBERED = 100
"""How many looks are remembered, for streams that are behind."""


class Changes:
    """What changes in an account: one look at the log for all of its streams."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._looking = asyncio.Lock()
        self._looked_at = -inf
        self._position: int | None = None
        self._found: deque[tuple[int, str]] = deque(maxlen=_REMEMBERED)

    async def after(self, position: int | None) -> tuple[int, list[str]]:
        """The log's last position, and what has changed after one; None: from now on.

        What each look found is written as JSON once, for all streams.
        """
        async with self._looking:
            if monotonic() - self._looked_at > _GATHERS:
                found = await run_in_threadpool(_changed, self._log, self._position)
                self._position, self._looked_at = found[0], monotonic()
                if found[1]:
                    self._found.append((found[0], to_json(found[1]).decode()))
        last = self._position or 0
        if position is None or position == last:
            return last, []
        if len(self._found) == _REMEMBERED and position < self._found[0][0]:
            return last, [f'["{EVERYTHING}"]']
        return last, [ids for at, ids in self._found if at > position]


_CHANGES: WeakKeyDictionary[OpenAccount, Changes] = WeakKeyDictionary()


@router.get("/live", response_class=EventSourceResponse)
async def live(request: Request, seen: Reads) -> AsyncIterable[ServerSentEvent]:
    """The ids of contacts, calls and messages that change from now on."""
    log, service = seen.account.log, seen.service
    changes = _CHANGES.setdefault(seen.account, Changes(log))
    after, _ = await changes.after(None)
    session, checked, told = request.cookies.get(SESSION, ""), monotonic(), monotonic()
    yield ServerSentEvent(comment="now", retry=_AGAIN)
    while not service.stopping.is_set():
        if monotonic() - checked > _LOOK_AGAIN:
            checked = monotonic()
            if await service.signed_in(session) is None or not await service.look_up(
                log.database.is_there
            ):
                return
        after, news = await changes.after(after)
        for ids in news:
            yield ServerSentEvent(raw_data=ids)
        if news:
            told = monotonic()
        elif monotonic() - told > _STILL_HERE:
            yield ServerSentEvent(comment="still here")
            told = monotonic()
        else:
            await seen.account.grows(_LOOK_AGAIN)
        await asyncio.sleep(_GATHERS + _SPREAD * random())  # noqa: S311 - no secret


def _changed(log: EventLog, after: int | None) -> tuple[int, list[str]]:
    """The last position, and what has changed after one."""
    with log.reading() as reading:
        position = reading.last_position()
        if after is None or position == after:
            return position, []
        streams = reading.streams_after(after, limit=_MOST + 1)
    return position, streams if len(streams) <= _MOST else [EVERYTHING]
