"""What every request passes: its id, its time limits, security headers, the log and the metrics."""

import asyncio
import logging
import random
import re
from time import perf_counter

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infrastructure.http.problems import ProblemError, as_response
from infrastructure.http.service import Service

_log = logging.getLogger("contact_merging.http")

LARGEST_BODY = 8 << 20
"""The most bytes of a body, but for a file that is imported."""
LARGEST_FILE = 1 << 30
"""The most bytes of that."""

SECURITY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
_NOTHING_RUNS = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_NOT_STORED = (b"cache-control", b"no-store")


class EveryRequest:
    """Around the application: what holds for all of its answers."""

    def __init__(
        self, app: ASGIApp, *, service: Service, arrives_within: float, done_within: float
    ) -> None:
        self._app = app
        self._service = service
        self._arrives_within = arrives_within
        self._done_within = done_within

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        request_id = f"{random.getrandbits(64):016x}"
        status = 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *_headers(message, request_id)]
            await send(message)

        problem = await self._problem_of(scope, receive, send_on, request_id)
        if problem is not None and status == 0:  # otherwise half of an answer is out already
            await as_response(problem)(scope, receive, send_on)
        self._note(scope, status, perf_counter() - began, request_id)

    async def _problem_of(
        self, scope: Scope, receive: Receive, send: Send, request_id: str
    ) -> ProblemError | None:
        """Let the application answer; what it could not answer itself."""
        try:
            if _STREAM.fullmatch(scope["path"]):
                await self._app(scope, _of_size(scope, receive, LARGEST_BODY), send)
            elif self._is_import(scope):
                await self._app(scope, _of_size(scope, receive, LARGEST_FILE), send)
            else:
                sized = _of_size(scope, receive, LARGEST_BODY)
                async with asyncio.timeout(self._done_within):
                    await self._app(scope, _in_time(sized, self._arrives_within), send)
        except ProblemError as problem:
            return problem
        except TimeoutError:
            return ProblemError("unavailable", "it took too long", headers={"Retry-After": "5"})
        except Exception:  # noqa: BLE001 -- the last place: it is logged, and answered with 500
            _log.exception("failed", extra={"request_id": request_id})
            return ProblemError("internal", f"it is logged as request `{request_id}`")
        return None

    def _is_import(self, scope: Scope) -> bool:
        """Whether it is a file, from somebody who may import it: it takes its time to arrive."""
        path = _IMPORTS.fullmatch(scope["path"])
        if path is None or scope["method"] != "POST":
            return False
        kind, _, key = Headers(scope=scope).get("authorization", "").partition(" ")
        known = self._service.keys.caller(key.strip()) if kind.lower() == "bearer" else None
        return known is not None and known.account == path[1] and known.may("imports")

    def _note(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        """Count and log it by its route: the path and the query may hold what is personal."""
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._service.metrics.requests.labels(method, route, status).inc()
        self._service.metrics.seconds.labels(method, route).observe(seconds)
        if _log.isEnabledFor(logging.INFO):
            caller = scope.get("state", {}).get("caller")
            _log.info(
                "answered",
                extra={
                    "request_id": request_id,
                    "method": method,
                    "route": route,
                    "status": status,
                    "milliseconds": round(seconds * 1000, 1),
                    "account": scope.get("path_params", {}).get("account") if caller else None,
                    "key": caller.key_id if caller else None,
                },
            )


_STREAM = re.compile(r"/v1/accounts/[^/]+/events/stream")
"""It ends when who listens has enough."""
_IMPORTS = re.compile(r"/v1/accounts/([^/]+)/imports")


def _of_size(scope: Scope, receive: Receive, most: int) -> Receive:
    """The same, but for a body of more bytes: no more of it is read."""
    told = Headers(scope=scope).get("content-length", "")
    told_too_large = told.isdecimal() and int(told) > most
    arrived = 0

    async def receive_some() -> Message:
        nonlocal arrived
        if not told_too_large:
            message = await receive()
            arrived += len(message.get("body", b""))
        if told_too_large or arrived > most:
            raise ProblemError("too-large", f"{most >> 20} MiB are the most")
        return message

    return receive_some


def _in_time(receive: Receive, seconds: float) -> Receive:
    """The same, but for a body that does not arrive within some seconds."""
    deadline = perf_counter() + seconds
    arrived = False

    async def receive_in_time() -> Message:
        nonlocal arrived
        if arrived:
            return await receive()
        try:
            async with asyncio.timeout(max(0.0, deadline - perf_counter())):
                message = await receive()
        except TimeoutError:
            raise ProblemError("too-slow", "the body did not arrive in time") from None
        arrived = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    return receive_in_time


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def _headers(message: Message, request_id: str) -> list[tuple[bytes, bytes]]:
    given = {name for name, _ in message["headers"]}
    own = [*SECURITY_HEADERS, _NOTHING_RUNS, _NOT_STORED, (b"x-request-id", request_id.encode())]
    return [(name, value) for name, value in own if name not in given]
