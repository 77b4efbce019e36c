"""Connections: how large a head may be, how soon it arrives, and how many are open at once.

uvicorn's parser bounds none of these. A head is the request line with the headers; the body is
bounded where requests are (limits.py).
"""

import asyncio
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from infrastructure.web.problems import ProblemError, as_response

LARGEST_HEAD = 32 << 10
"""The largest number of bytes of a head."""
MOST_OPEN = 1_000
"""How many connections a process keeps open; one more ends the one that has waited longest."""


def _too_large() -> ProblemError:
    return ProblemError("head-too-large", f"the limit is {LARGEST_HEAD >> 10} KiB")


class Connection(HttpToolsProtocol):
    """One connection. `head_seconds`: a head arrives within these."""

    def __init__(self, *given: Any, head_seconds: float, **named: Any) -> None:
        super().__init__(*given, **named)
        self._head_seconds = head_seconds
        self._in_head = False
        self._head = 0
        """How many bytes of the head have arrived."""
        self._arriving = 0
        """The same with those that are being parsed."""
        self.since = self.loop.time()
        """When the connection began to wait for a head, or for the rest of one."""
        self._look_again = self.loop.call_later(self._head_seconds, self._look)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        if len(self.connections) > MOST_OPEN:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._look_again.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take some bytes."""
        if self.timeout_keep_alive_task is not None:  # the first ones since the last answer
            self.since = self.loop.time()
        began_before = self._in_head
        self._arriving = len(data) + (self._head if began_before else 0)
        super().data_received(data)
        if began_before and self._in_head:
            self._head += len(data)  # the parser keeps a header to itself until it is complete
            if self._head > LARGEST_HEAD:
                self.end_with(_too_large())

    def on_message_begin(self) -> None:
        """Begin a head."""
        super().on_message_begin()
        self._in_head, self._head = True, 0

    def on_headers_complete(self) -> None:
        """Answer the request, unless its head is too large."""
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        app = self.app
        if size > LARGEST_HEAD:
            self.app = _answer_too_large
        super().on_headers_complete()
        self.app, self._in_head = app, False

    def send_400_response(self, _: str) -> None:
        """Answer what is not HTTP as every other problem is answered."""
        is_too_large = self._in_head and self._arriving > LARGEST_HEAD  # the parser has limits too
        malformed = ProblemError("malformed", "this is not a valid HTTP request")
        self.end_with(_too_large() if is_too_large else malformed)

    @property
    def is_at_work(self) -> bool:
        """Whether a request is being answered."""
        return self._has_been_at_work and not self.cycle.response_complete

    @property
    def _has_been_at_work(self) -> bool:
        return bool(self.cycle)  # None before the first request, whatever its type says

    def _look(self) -> None:
        """End the connection if a head takes too long."""
        left = self.since + self._head_seconds - self.loop.time()
        if self.is_at_work or self.timeout_keep_alive_task is not None:
            left = self._head_seconds
        if left > 0:
            self._look_again = self.loop.call_later(left, self._look)
        elif self._in_head or not self._has_been_at_work:
            self.end_with(ProblemError("too-slow", "the headers did not arrive in time"))
        else:
            self.transport.close()  # these bytes belong to a request that was answered already

    def _make_room(self) -> None:
        """End the connection that has waited longest for a request, even if it is this one."""
        waiting = [
            each
            for each in self.connections
            if isinstance(each, Connection) and not each.is_at_work
        ]
        oldest = min(waiting, key=lambda each: each.since)
        full = "too many connections are open"
        oldest.end_with(ProblemError("unavailable", full, headers={"Retry-After": "1"}))

    def end_with(self, problem: ProblemError) -> None:
        """Answer with a problem and close."""
        answer = as_response(problem)
        head = [STATUS_LINE[answer.status_code]]
        head += [b"%s: %s\r\n" % header for header in answer.raw_headers]
        self.transport.write(b"".join([*head, b"connection: close\r\n\r\n", answer.body]))
        self.transport.close()


async def _answer_too_large(scope: Scope, receive: Receive, send: Send) -> None:
    await as_response(_too_large())(scope, receive, send)
