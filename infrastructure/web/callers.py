"""The caller of a request, its account and its commands: the one place where access is checked.

An endpoint names the permission that it needs; application/access.py says which roles have it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Path, Query, Request, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from pydantic_core import from_json

from application.access import INTEGRATION, Caller
from application.documents.document import Document
from application.reads.paging import LARGEST_PAGE, PAGE
from application.refusals import Invalid, UnknownAccount
from infrastructure.account_log.log import Part
from infrastructure.web.answers import (
    Answer,
    Once,
    digest_of_request,
    keep_answer,
    kept_answer,
    send,
)
from infrastructure.web.problems import ProblemError, invalid, unauthenticated
from infrastructure.web.service import OpenAccount, Service

KNOWN = "known"
"""The field of a request's state with its caller, if its key was looked up before."""
_BEARER = HTTPBearer(auto_error=False, description="A key of the account, or the operator's.")


async def service_of(request: Request) -> Service:
    """The service that received a request."""
    service: Service = request.app.state.service
    return service


Serving = Annotated[Service, Depends(service_of)]
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
_AccountId = Annotated[str, Path(description="The account's id.", examples=["acme"])]


# FastAPI takes a tenth of a millisecond for each dependency that depends on others, so those that
# every request has are one function each.


async def caller(request: Request, scopes: SecurityScopes, credentials: _Credentials) -> Caller:
    """The caller, who has a key of this account and a role that may do this. Raises ProblemError.

    Another account must look exactly like a missing one, so the account is compared before the
    role.
    """
    service = await service_of(request)
    known: Caller | None = None
    if KNOWN in request.scope["state"]:
        known = request.scope["state"][KNOWN]
    elif credentials:
        known = await service.caller(credentials.credentials)
    if known is None:
        raise unauthenticated()
    allow(request, known, scopes)
    return known


def allow(request: Request, known: Caller, scopes: SecurityScopes) -> None:
    """Check that somebody may do this, in this account. Raises ProblemError."""
    request.state.caller = known
    account = request.path_params.get("account")
    if account is not None and known.account not in {None, account}:
        raise no_account(account)
    for permission in scopes.scopes:
        if not known.may(permission):  # type: ignore[arg-type]  # endpoints name permissions
            raise ProblemError("forbidden", f"the role `{known.role}` may not do this")
    _check_texts(request)


def _check_texts(request: Request) -> None:
    """Refuse NUL characters: no stored text has one, and not every store can search for one."""
    if any("\0" in each for each in request.path_params.values()):
        raise ProblemError("not-found", "there is nothing at this path")
    if b"%00" in request.scope["query_string"]:
        for name, value in request.query_params.multi_items():
            if "\0" in value and name != "cursor":  # a cursor with one is not valid anyway
                raise invalid(name, "contains a NUL character", "query")


def no_account(account: str) -> ProblemError:
    """The problem of an account that does not exist, or that is another one's."""
    return ProblemError("not-found", f"account `{account[:60]}` does not exist")


async def open_account(
    request: Request, account: _AccountId, scopes: SecurityScopes, credentials: _Credentials
) -> OpenAccount:
    """The account of the path, open, for a caller who may do this."""
    await caller(request, scopes, credentials)
    return await opened_for(request, account)


async def opened_for(request: Request, account: str) -> OpenAccount:
    """An account for a caller who was allowed in. Raises ProblemError."""
    service = await service_of(request)
    try:
        opened = await service.account(account)
    except (UnknownAccount, Invalid):
        raise no_account(account) from None
    known: Caller = request.state.caller
    if known.account is not None and known.incarnation != opened.log.incarnation:
        raise unauthenticated()  # the key of a removed account that had the same id
    return opened


ReadAccount = Annotated[OpenAccount, Security(open_account, scopes=["read"])]


@dataclass(frozen=True, slots=True)
class Commands:
    """Carries out what a request asks for, exactly once."""

    service: Service
    account: OpenAccount
    caller: Caller
    once: Once | None

    @property
    def by(self) -> str:
        """The name of the caller in the log."""
        return self.caller.by

    async def __call__(self, command: Callable[[Part], Answer | None]) -> Response:
        """Carry out a command and answer when it is on disk; a repeat gets the first answer.

        A command without an answer is answered with 204.
        """

        def carried_out(part: Part) -> Answer:
            first = kept_answer(part.session, *self.once) if self.once else None
            if first is not None:
                return first
            given = command(part) or Answer(204)
            if self.once:
                keep_answer(part.session, *self.once, given, now)
            return given

        now = self.service.clock()
        return (await self.account.commits.carry_out(carried_out)).as_response()


IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Send the same key to repeat a request whose answer did not arrive: it has one "
        "effect, and the first answer. Kept for a week.",
        max_length=255,
        min_length=1,
        pattern=r"^[ -~]*$",
    ),
]


async def repeated(request: Request, key: IdempotencyKey = None) -> Once | None:
    """What a request is known by when it is sent again, if it has a key."""
    if key is None:
        return None
    raw = await request.body()
    try:
        body = from_json(raw) if raw else None
    except ValueError:  # it is refused, or some of its records have texts that are not valid
        body = raw.decode("latin-1")
    return key, digest_of_request(request, body)


async def commands(
    request: Request,
    account: _AccountId,
    scopes: SecurityScopes,
    credentials: _Credentials,
    key: IdempotencyKey = None,
) -> Commands:
    """How an endpoint carries out commands, for a caller who may do this."""
    known = await caller(request, scopes, credentials)
    once = await repeated(request, key)
    return Commands(await service_of(request), await opened_for(request, account), known, once)


async def commands_without_key(
    request: Request, account: _AccountId, scopes: SecurityScopes, credentials: _Credentials
) -> Commands:
    """The same for methods that are idempotent by themselves."""
    known = await caller(request, scopes, credentials)
    return Commands(await service_of(request), await opened_for(request, account), known, None)


_VERSION = re.compile(r'"([0-9]{1,18})"')
"""A version as an entity tag; other tags match nothing, nor do weak ones (RFC 9110)."""


async def if_match(
    given: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description="The `ETag` that was read: refused with 412 if it has changed since.",
            examples=['"3"'],
        ),
    ] = None,
) -> frozenset[int] | None:
    """The versions at which the change is allowed; None: any version."""
    if given is None or given.strip() == "*":
        return None
    tags = [tag.strip() for tag in given.split(",")]
    return frozenset(int(match[1]) for tag in tags if (match := _VERSION.fullmatch(tag)))


Versions = Annotated[frozenset[int] | None, Depends(if_match)]


def etag(version: int) -> str:
    """A version as an entity tag."""
    return f'"{version}"'


def send_versioned(request: Request, document: Document, version: int) -> Response:
    """The response with a document and its version; 304 if the client has this version."""
    tag = etag(version)
    given = request.headers.get("if-none-match", "")
    if any(each.strip().removeprefix("W/") in {tag, "*"} for each in given.split(",") if each):
        return Response(status_code=304, headers={"ETag": tag})
    return send(document, ETag=tag)


Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="The most items of a page.")]
Cursor = Annotated[
    str | None, Query(description="Where the page begins: `next` of the page before.")
]
FIRST = PAGE
Integration = Annotated[
    str, Path(pattern=INTEGRATION, description="Its name.", examples=["hubspot"])
]


def check_integration(known: Caller, integration: str) -> None:
    """Check that an integration's key is used for its own integration. Raises ProblemError."""
    if not known.may_act_for(integration):
        raise ProblemError("forbidden", f"this key is for `{known.integration}` alone")
