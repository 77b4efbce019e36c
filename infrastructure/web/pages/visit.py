"""Who looks at a page or sends a form, in which account, and what may be done from it."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Concatenate, NamedTuple, ParamSpec, TypeVar
from urllib.parse import quote, unquote

from fastapi import Depends, Request, Response, Security
from fastapi.security import SecurityScopes
from starlette.concurrency import run_in_threadpool

from application.access import Caller, Permission
from application.ports import Reading
from infrastructure.account_log.log import Part
from infrastructure.web.answers import Answer, read
from infrastructure.web.callers import KNOWN, Commands, Serving, allow, opened_for, service_of
from infrastructure.web.limits import SESSION
from infrastructure.web.pages.frame import REGION, Frame, render
from infrastructure.web.problems import ProblemError, unauthenticated
from infrastructure.web.service import OpenAccount, Service

P = ParamSpec("P")
T = TypeVar("T")

SAID = "said"
"""The cookie with what the last form did, until the next page has shown it."""
_LONGEST_SAID = 1_000
_LONGEST_ONCE = 100


async def signed_in(request: Request, scopes: SecurityScopes) -> Caller:
    """Who is signed in and may do this. Raises ProblemError."""
    known: Caller | None = request.scope["state"].get(KNOWN)
    if known is None and SESSION in request.cookies:
        known = await (await service_of(request)).signed_in(request.cookies[SESSION])
    if known is None:
        raise unauthenticated()
    allow(request, known, scopes)
    return known


@dataclass(frozen=True, slots=True)
class Visit:
    """A page of an account that somebody looks at."""

    request: Request
    service: Service
    caller: Caller
    account: OpenAccount

    def may(self, permission: Permission) -> bool:
        """Whether they may do something."""
        return self.caller.may(permission)

    def path(self, path: str) -> str:
        """The path of a page of the account."""
        return f"/accounts/{self.account.log.account}{path}"

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """The response with a page."""
        is_region = REGION in self.request.headers  # which has no place to say it
        told = None if is_region else self.request.cookies.get(SAID)
        said = None if told is None else _told(told)
        frame = Frame(self.request, self.caller, self.account.log.account)
        response = render(frame, template, status, may=self.may, said=said, **values)
        if told is not None:
            response.delete_cookie(SAID)
        return response


async def visit(
    request: Request, account: str, service: Serving, known: Annotated[Caller, Depends(signed_in)]
) -> Visit:
    """Somebody who looks at a page of an account, and may do so. Raises ProblemError."""
    return Visit(request, service, known, await opened_for(request, account))


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that somebody sent. `fields`: its values, each a list."""

    visit: Visit
    fields: Mapping[str, list[str]]

    def get(self, name: str) -> str:
        """The value of a field; empty if it was not sent."""
        return self.fields.get(name, [""])[0]

    def all(self, name: str) -> list[str]:
        """The values of a field."""
        return self.fields.get(name, [])

    async def read(
        self,
        use_case: Callable[Concatenate[Reading, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """What a use case reads, outside the event loop."""
        log = self.visit.account.log
        return await run_in_threadpool(partial(read, log, use_case, *args, **kwargs))

    async def do(self, command: Callable[[Part], Answer | None]) -> Response:
        """Carry a command out, once, however often the form is sent. Raises Refused."""
        once = self.get("once")[:_LONGEST_ONCE]
        visit = self.visit
        said = repr((visit.request.url.path, sorted(self.fields.items()))).encode()
        known = (f"form {once}", hashlib.sha256(said).digest()) if once else None
        do = Commands(visit.service, visit.account, visit.caller, known)
        return await do(command)

    def back(self, path: str, said: str, *, undo: str = "") -> Response:
        """Show a page next, with what the form did. `undo`: the path where it is taken back."""
        location = self.visit.path(own_path(path))
        response = Response(status_code=303, headers={"Location": location})
        told = quote(f"{own_path(undo)} {said[:_LONGEST_SAID]}")
        response.set_cookie(SAID, told, max_age=60, httponly=True, samesite="strict")
        return response


class Told(NamedTuple):
    """What the last form did, and the path where it is taken back, if there is one."""

    said: str
    undo: str


def _told(cookie: str) -> Told:
    undo, _, said = unquote(cookie).partition(" ")
    return Told(said, own_path(undo))


def own_path(path: str) -> str:
    """A path of this service as a header can say it; an empty one for any other address."""
    is_own = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return quote(path, safe="/?&=%:@,+") if is_own else ""


_MOST_FIELDS = 2_000


async def sent(
    request: Request, account: str, service: Serving, known: Annotated[Caller, Depends(signed_in)]
) -> Sent:
    """A form from somebody who may send it. Raises ProblemError."""
    fields = await fields_of(request)
    return Sent(Visit(request, service, known, await opened_for(request, account)), fields)


async def fields_of(request: Request) -> dict[str, list[str]]:
    """The values of the fields of a form. Raises ProblemError."""
    fields: dict[str, list[str]] = {}
    form = await request.form(max_fields=_MOST_FIELDS, max_files=1)
    for name, value in form.multi_items():
        if isinstance(value, str):
            if "\0" in value:
                raise ProblemError("malformed", f"`{name[:60]}` contains a NUL character")
            fields.setdefault(name, []).append(value)
    return fields


Reads = Annotated[Visit, Security(visit, scopes=["read"])]
Imports = Annotated[Visit, Security(visit, scopes=["imports"])]
SentImport = Annotated[Sent, Security(sent, scopes=["imports"])]
SentMerge = Annotated[Sent, Security(sent, scopes=["merges"])]
