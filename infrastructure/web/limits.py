"""What applies to every request: its id, time limits, security headers, the log, the metrics."""

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from time import perf_counter

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from application.access import Caller
from application.refusals import StoreUnusable
from infrastructure.web.callers import KNOWN
from infrastructure.web.paths import account_of, is_export, is_page, is_stream, takes_a_file
from infrastructure.web.problems import ProblemError, of_refusal, unauthenticated
from infrastructure.web.service import Service
from infrastructure.web.shares import RateLimit, Turn

_log = logging.getLogger("contact_merging.http")

LARGEST_BODY = 8 << 20
"""The largest number of bytes of a body, except for a file that is imported."""
LARGEST_FILE = 1 << 30
"""The largest number of bytes of an imported file."""
LARGEST_FORM = 1 << 18
"""The largest number of bytes of a form of a page without a file."""
LARGEST_FIRST_FORM = 1 << 12
"""The same for somebody who is not signed in yet."""
SESSION = "session"
"""The cookie of somebody who is signed in to the pages."""

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
    respond: Callable[[ProblemError, Request], Response]
    arrives_within: float
    done_within: float

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = perf_counter()
        request_id = f"{random.getrandbits(64):016x}"
        answering = _Answering(send, request_id)
        problem = await self._problem_of(scope, receive, answering)
        if problem is not None and answering.status == 0:  # else a part of the answer was sent
            await self.respond(problem, Request(scope))(scope, receive, answering.send)
        answering.has_read()
        seconds = perf_counter() - began
        self._note(scope, answering.status or _CLIENT_IS_GONE, seconds, request_id)

    async def _problem_of(
        self, scope: Scope, receive: Receive, answering: "_Answering"
    ) -> ProblemError | None:
        """Let the application answer. Returns the problem that it could not answer itself."""
        body = _Body(scope, receive)
        try:
            await self._answer(scope, body, answering)
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
            _log.exception("failed", extra={"request_id": answering.request_id})
            return ProblemError("internal", f"it is logged as request `{answering.request_id}`")
        return None

    async def _answer(self, scope: Scope, body: "_Body", answering: "_Answering") -> None:
        now, shares = asyncio.get_running_loop().time(), self.service.shares
        known = await self._caller(scope, now + self.done_within)
        body.is_a_callers = known is not None
        if is_page(scope["path"]):
            _check_origin(scope)
            body.is_a_form(known)
        scope.setdefault("state", {})
        if body.arrived:  # otherwise the key is looked up again when it has
            scope["state"][KNOWN] = known
        if known is not None:
            answering.headers, problem = shares.count(known.key_id)
            if problem is not None:
                raise problem
        if is_stream(scope["path"]):
            with shares.stream(known) if known is not None else nullcontext():
                await self.app(scope, body.receive, answering.send)
        elif (account := _reads(known, scope)) is not None and is_export(scope["path"]):
            answering.turn = shares.export(account)
            await self.app(scope, body.receive, answering.send)
        elif _may_import(known, scope):
            body.most = LARGEST_FILE
            await self.app(scope, body.receive, answering.send)
        else:
            within = self.done_within if body.arrived else self.arrives_within
            async with asyncio.timeout_at(now + within) as limit:
                body.limit_after = (limit, now + self.done_within)
                if account is not None:
                    answering.turn = await shares.turn(account)
                await self.app(scope, body.receive, answering.send)

    async def _caller(self, scope: Scope, until: float) -> Caller | None:
        """Who sends a request. Endpoints check the rest, when its body has been read."""
        kind, _, key = Headers(scope=scope).get("authorization", "").partition(" ")
        session = Request(scope).cookies.get(SESSION) if is_page(scope["path"]) else None
        is_api = scope["path"].startswith("/v1/") and kind.lower() == "bearer"
        if session is None and not is_api:
            return None
        try:
            async with asyncio.timeout_at(until):
                if session is not None:
                    return await self.service.signed_in(session)
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
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_READS = {"GET", "HEAD"}


def _took_too_long() -> ProblemError:
    return ProblemError("unavailable", "it took too long", headers={"Retry-After": "5"})


def _may_import(known: Caller | None, scope: Scope) -> bool:
    """Whether it is a file from a caller who may import it, which may take long to arrive."""
    if known is None or scope["method"] != "POST" or not takes_a_file(scope["path"]):
        return False
    return known.account == account_of(scope["path"]) and known.may("imports")


def _check_origin(scope: Scope) -> None:
    """Refuse a form that another site sent. Raises ProblemError.

    Browsers say where each form comes from, and no page of another site can change it.
    """
    if scope["method"] in _READS:
        return
    headers = Headers(scope=scope)
    own = f"//{headers.get('host', '')}"
    if headers.get("origin", "").partition(":")[2] != own:
        raise ProblemError("forbidden", "this form was not sent by a page of this service")


def _reads(known: Caller | None, scope: Scope) -> str | None:
    """The account that a request reads, whose turn it needs."""
    account = account_of(scope["path"])
    if known is None or scope["method"] not in _READS:
        return None
    return account if known.account in {None, account} else None


def _size(size: int) -> str:
    return f"{size >> 20} MiB" if size >> 20 else f"{size >> 10} KiB"


class _Answering:
    """A request while it is answered, and what each of its answers has."""

    def __init__(self, send: Send, request_id: str) -> None:
        self.request_id = request_id
        self.status = 0
        """That of the answer; 0 before it is sent."""
        self.headers: RateLimit = []
        self.turn: Turn | None = None
        self._send = send

    async def send(self, message: Message) -> None:
        """Send a part of the answer."""
        if message["type"] == "http.response.start":
            self.has_read()
            self.status = message["status"]
            given = {name for name, _ in message["headers"]}
            message["headers"] = [
                *message["headers"],
                *(each for each in _OWN_HEADERS if each[0] not in given),
                *self.headers,
                (b"x-request-id", self.request_id.encode()),
            ]
        await self._send(message)

    def has_read(self) -> None:
        """End its turn to read: an answer that is being sent may take as long as its client."""
        if self.turn is not None:
            self.turn.end()
            self.turn = None


class _Body:
    """The body of a request: limits its size, and knows whether it has arrived.

    Nothing is read of a body from somebody without a valid key, but the form in which it is given.
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

    def is_a_form(self, known: Caller | None) -> None:
        """It is the form of a page, from somebody who is signed in or not."""
        self.is_a_callers = True
        self.most = LARGEST_FIRST_FORM if known is None else LARGEST_FORM

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
            raise ProblemError("too-large", f"the limit is {_size(self.most)}")
        if message["type"] != "http.request" or not message.get("more_body", False):
            self.arrived = True
            if self.limit_after is not None:
                limit, when = self.limit_after
                limit.reschedule(when)
        return message
