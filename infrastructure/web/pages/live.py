"""What changed, as it changes: one stream for all pages of a browser, which tells ids alone."""

from collections.abc import AsyncIterable
from typing import Annotated

from fastapi import APIRouter, Request, Security
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic_core import to_json
from starlette.concurrency import run_in_threadpool

from infrastructure.account_log.log import EventLog
from infrastructure.web.limits import SESSION
from infrastructure.web.pages.visit import Visit, visit

router = APIRouter(prefix="/accounts/{account}", include_in_schema=False)

Reads = Annotated[Visit, Security(visit, scopes=["read"])]
_LOOK_AGAIN = 1.0
"""Seconds after which the log is read again: another process may have written."""
_STILL_HERE = 15
"""Looks without a change before a comment shows that the connection is alive."""
_MOST = 200
"""How many ids are told at once. If there are more, all may have changed: `*`."""
_AGAIN = 3_000
"""Milliseconds after which a browser connects again at the earliest."""


@router.get("/live", response_class=EventSourceResponse)
async def live(request: Request, seen: Reads) -> AsyncIterable[ServerSentEvent]:
    """The ids of contacts, calls and messages that change from now on."""
    log, service = seen.account.log, seen.service
    after = await run_in_threadpool(_last_position, log)
    session, looks = request.cookies.get(SESSION, ""), 0
    yield ServerSentEvent(comment="now", retry=_AGAIN)
    while not service.stopping.is_set():
        if await service.signed_in(session) is None or not await run_in_threadpool(
            log.database.is_there
        ):
            return
        after, streams = await run_in_threadpool(_changed, log, after)
        if streams:
            yield ServerSentEvent(raw_data=to_json(streams).decode())
        looks = 0 if streams else looks + 1
        if looks and looks % _STILL_HERE == 0:
            yield ServerSentEvent(comment="still here")
        if not streams:
            await seen.account.grows(_LOOK_AGAIN)


def _last_position(log: EventLog) -> int:
    with log.reading() as reading:
        return reading.last_position()


def _changed(log: EventLog, after: int) -> tuple[int, list[str]]:
    """The last position, and what has changed after one."""
    with log.reading() as reading:
        position = reading.last_position()
        if position == after:
            return after, []
        streams = reading.streams_after(after, limit=_MOST + 1)
    return position, streams if len(streams) <= _MOST else ["*"]
