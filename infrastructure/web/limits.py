"""What applies to every request: its id, time limits, security headers, the log, the metrics."""

import asyncio
import logging
import random
import re
from dataclasses import dataclass
from time import perf_counter

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from application.access import Caller
from application.refusals import StoreUnusable
from infrastructure.web.problems import ProblemError, as_response, of_refusal, unauthenticated
from infrastructure.web.service import Service

_log = logging.getLogger("contact_merging.http")

LARGEST_BODY = 8 << 20
"""The largest number of bytes of a body, except for a file that is imported."""
LARGEST_FILE = 1 << 30
"""The largest number of bytes of an imported file."""

_OWN_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
]


@dataclass(frozen=True, slots=True)
class EveryRequest:
    """Wraps the application with what applies to all of its answers. Times are in seconds."""

    app: ASGIApp
    service: Service
    arrives_within: float
    done_within: float

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = perf_counter()
        request_id = f"{random.getrandbits(64):016x}"
        status = 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = {name for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(each for each in _OWN_HEADERS if each[0] not in given),
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        problem = await self._problem_of(scope, receive, send_on, request_id)
        if problem is not None and status == 0:  # otherwise a part of the answer was sent already
            await as_response(problem)(scope, receive, send_on)
        self._note(scope, status or _CLIENT_IS_GONE, perf_counter() - began, request_id)

    async def _problem_of(
        self, scope: Scope, receive: Receive, send: Send, request_id: str
    ) -> ProblemError | None:
        """Let the application answer. Returns the problem that it could not answer itself."""
        body = _Body(scope, receive)
        try:
            now = asyncio.get_running_loop().time()
            known = None if body.arrived else await self._caller(scope, now + self.done_within)
            body.is_a_callers = known is not None
            if _STREAM.fullmatch(scope["path"]):
                await self.app(scope, body.receive, send)
            elif _may_import(known, scope):
                body.most = LARGEST_FILE
                await self.app(scope, body.receive, send)
            else:
                within = self.done_within if body.arrived else self.arrives_within
                async with asyncio.timeout_at(now + within) as limit:
                    body.limit_after = (limit, now + self.done_within)
                    await self.app(scope, body.receive, send)
        except ProblemError as problem:
            return problem
        except StoreUnusable as refused:
            return of_refusal(refused, Request(scope))
        except TimeoutError:
            if not body.arrived:
                return ProblemError("too-slow", "the body did not arrive in time")
            return _took_too_long()
        except ClientDisconnect:
            return None
        except Exception:  # noqa: BLE001 -- the outermost place: logged, and answered with 500
            _log.exception("failed", extra={"request_id": request_id})
            return ProblemError("internal", f"it is logged as request `{request_id}`")
        return None

    async def _caller(self, scope: Scope, until: float) -> Caller | None:
        """Who sends a body. Endpoints check the rest, when it has been read."""
        kind, _, key = Headers(scope=scope).get("authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        try:
            async with asyncio.timeout_at(until):
                return await self.service.caller(key.strip())
        except TimeoutError:
            raise _took_too_long() from None

    def _note(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        """Count and log it by its route: path and query may contain personal data."""
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self.service.metrics.answered(method, route, status, seconds)
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


_CLIENT_IS_GONE = 499
"""The status that proxies log when the client has gone before the answer."""
_STREAM = re.compile(r"/v1/accounts/[^/]+/events/stream")
"""It ends when the client closes it."""
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_IMPORTS = re.compile(r"/v1/accounts/([^/]+)/imports")


def _took_too_long() -> ProblemError:
    return ProblemError("unavailable", "it took too long", headers={"Retry-After": "5"})


def _may_import(known: Caller | None, scope: Scope) -> bool:
    """Whether it is a file from a caller who may import it, which may take long to arrive."""
    path = _IMPORTS.fullmatch(scope["path"])
    if known is None or path is None or scope["method"] != "POST":
        return False
    return known.account == path[1] and known.may("imports")


class _Body:
    """The body of a request: limits its size, and knows whether it has arrived.

    Nothing is read of a body from somebody without a valid key.
    """

    def __init__(self, scope: Scope, receive: Receive) -> None:
        headers = dict(scope["headers"])
        told = headers.get(b"content-length", b"")
        self.arrived = told in {b"", b"0"} and b"transfer-encoding" not in headers
        self.is_a_callers = False
        self.most = LARGEST_BODY
        self.limit_after: tuple[asyncio.Timeout, float] | None = None
        """The time limit of the request, and when it ends once the body has arrived."""
        self._told = int(told) if told.isdigit() else 0
        self._read = 0
        self._receive = receive

    async def receive(self) -> Message:
        """The next part of it. Raises ProblemError if it is too large; the rest is not read."""
        if self.arrived:
            return await self._receive()
        if not self.is_a_callers:
            raise unauthenticated()
        if self._told <= self.most:
            message = await self._receive()
            self._read += len(message.get("body", b""))
        if self._told > self.most or self._read > self.most:
            raise ProblemError("too-large", f"the limit is {self.most >> 20} MiB")
        if message["type"] != "http.request" or not message.get("more_body", False):
            self.arrived = True
            if self.limit_after is not None:
                limit, when = self.limit_after
                limit.reschedule(when)
        return message
