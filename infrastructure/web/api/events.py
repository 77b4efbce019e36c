"""The account's log, for programs: page by page, or as it grows."""

import re
from collections.abc import AsyncIterable
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from application.documents.document import Page
from application.documents.events import EventDocument
from application.reads.events import LAST_POSITION, event_feed
from infrastructure.web.answers import read, send
from infrastructure.web.callers import FIRST, Limit, ReadAccount, Serving
from infrastructure.web.problems import invalid

router = APIRouter(prefix="/v1/accounts/{account}/events", tags=["events"])

_POSITION = re.compile(r"[0-9]{1,19}")
_PAGE = 500
_LOOK_AGAIN = 1.0
"""Seconds after which the log is read again: another process may have written."""
_STILL_HERE = 15
"""Looks without an event before a comment shows that the connection is alive."""


async def _position(
    after: Annotated[int, Query(ge=0, le=LAST_POSITION, description="A position of the log.")] = 0,
    last_event_id: Annotated[
        str | None,
        Header(alias="Last-Event-ID", description="The last one that arrived; wins over `after`."),
    ] = None,
) -> int:
    """The position after which a stream continues. Raises ProblemError."""
    if not last_event_id:
        return after
    if not _POSITION.fullmatch(last_event_id) or int(last_event_id) > LAST_POSITION:
        raise invalid("Last-Event-ID", "is not a valid position", "header")
    return int(last_event_id)


@router.get("", name="list_events", response_model=Page[EventDocument])
def events(
    account: ReadAccount,
    after: Annotated[int, Query(ge=0, le=LAST_POSITION, description="A position of the log.")] = 0,
    limit: Limit = FIRST,
) -> Response:
    """The account's events after a position, oldest first."""
    return send(read(account.log, event_feed, after=after, limit=limit))


@router.get("/stream", name="stream_events", response_class=EventSourceResponse)
async def stream(
    request: Request,
    service: Serving,
    account: ReadAccount,
    after: Annotated[int, Depends(_position)],
) -> AsyncIterable[ServerSentEvent]:
    """The account's events as they are recorded, each with its position as its id."""

    def read() -> list[EventDocument]:
        with account.log.reading() as reading:
            return list(event_feed(reading, after=after, limit=_PAGE).items)

    credentials = request.headers.get("authorization", "").partition(" ")[2].strip()
    looks = 0
    while not service.stopping.is_set():
        if await service.caller(credentials) is None or not await run_in_threadpool(
            account.log.database.is_there
        ):
            return
        found = await run_in_threadpool(read)
        for event in found:
            after = event.position
            yield ServerSentEvent(
                raw_data=event.model_dump_json(), event=event.type, id=str(event.position)
            )
        looks = 0 if found else looks + 1
        if looks and looks % _STILL_HERE == 0:
            yield ServerSentEvent(comment="still here")
        if not found:
            await account.grows(_LOOK_AGAIN)
