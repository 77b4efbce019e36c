"""Accounts, for the operator, and their keys."""

from contextlib import suppress
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Security
from starlette.responses import Response

from application.access import Caller, checked_key
from application.commands.change_settings import checked_settings
from application.cursors import id_from_cursor, to_cursor
from application.documents.document import Document, Page
from application.refusals import Conflict, Invalid, StoreUnusable, UnknownAccount
from infrastructure.keys import KeyDocument, KeyMade
from infrastructure.web.answers import KEPT, Answer, Once, answer, keep_answer, kept_answer, send
from infrastructure.web.api.documentation import BODY, SENDING, problems, with_location
from infrastructure.web.api.requests import NewAccount, NewKey
from infrastructure.web.bodies import JsonRoute
from infrastructure.web.callers import (
    FIRST,
    Cursor,
    Limit,
    Serving,
    caller,
    no_account,
    open_account,
    repeated,
)
from infrastructure.web.problems import key_reused
from infrastructure.web.service import OpenAccount

router = APIRouter(prefix="/v1/accounts", tags=["accounts and keys"], route_class=JsonRoute)

OperatorCaller = Annotated[Caller, Security(caller, scopes=["accounts"])]
KeysAccount = Annotated[OpenAccount, Security(open_account, scopes=["keys"])]
AccountId = Annotated[str, Path(alias="account", description="The account's id.")]


class AccountDocument(Document):
    """An account."""

    id: str
    default_region: str | None


class AccountListed(Document):
    """An account in a list."""

    id: str


@router.post(
    "",
    name="make_account",
    status_code=201,
    response_model=AccountDocument,
    responses={**problems(*SENDING, "conflict"), **with_location(201)},
)
async def make(
    account: NewAccount,
    service: Serving,
    known: OperatorCaller,
    once: Annotated[Once | None, Security(repeated)],
) -> Response:
    """Make an account."""
    settings = checked_settings({"default_region": account.default_region})
    document = AccountDocument(id=account.id, default_region=account.default_region)
    given = answer(201, document, Location=f"/v1/accounts/{account.id}")
    create = partial(service.accounts.create, account.id, settings, known.by)

    def command() -> Answer:
        if once is None:
            create().close()
            return given
        # The answer is kept in the new account, in its first commit, where a request for another
        # account with the same key would not find it. So the account of a key is first noted.
        if not service.keys.use_for_account(*once, KEPT):
            raise key_reused(once[0])
        try:
            create(lambda new: keep_answer(new, *once, given, service.clock())).close()
        except Conflict:
            with service.accounts.open(account.id).database.reading() as session:
                first = kept_answer(session, *once)
            if first is None:
                service.keys.unuse_for_account(once[0])
                raise
            return first
        return given

    return (await service.in_writer(command)).as_response()


@router.get("", response_model=Page[AccountListed])
def list_accounts(
    service: Serving, _: OperatorCaller, limit: Limit = FIRST, cursor: Cursor = None
) -> Response:
    """The accounts in order of their ids."""
    after = id_from_cursor("accounts", cursor) or ""
    names = [each for each in service.accounts.names() if each > after]
    items = [AccountListed(id=each) for each in names[:limit]]
    following = to_cursor("accounts", items[-1].id) if len(names) > limit else None
    return send(Page(items=items, next=following))


@router.get("/{account}", response_model=AccountDocument)
def show_account(account: AccountId, service: Serving, _: OperatorCaller) -> Response:
    """One account."""
    with _existing(service, account).log.reading() as reading:
        region = reading.settings.default_region
    return send(AccountDocument(id=account, default_region=region))


def _existing(service: Serving, account: str) -> OpenAccount:
    try:
        return service.open_account(account)
    except (UnknownAccount, Invalid):
        raise no_account(account) from None


@router.delete("/{account}", name="remove_account", status_code=204)
async def remove(account: AccountId, service: Serving, _: OperatorCaller) -> Response:
    """Remove an account for good, with its log, its keys and its imports."""

    def command() -> None:
        incarnation = _existing(service, account).log.incarnation
        service.accounts.remove(account)
        with suppress(StoreUnusable):  # they open nothing any more
            service.keys.revoke_all(incarnation)

    await service.in_writer(command)
    return Response(status_code=204)


@router.post(
    "/{account}/keys",
    status_code=201,
    response_model=KeyMade,
    responses={**problems(*BODY), **with_location(201)},
)
def make_key(account: KeysAccount, key: NewKey, service: Serving) -> Response:
    """Make a key. It is shown only in this answer; the service keeps its digest."""
    key_name = checked_key(key.role, key.name, key.integration)
    name, incarnation = account.log.account, account.log.incarnation
    made = service.keys.make(name, incarnation, key.role, key_name, key.integration)
    return send(made, 201, Location=f"/v1/accounts/{name}/keys/{made.id}")


@router.get("/{account}/keys", response_model=Page[KeyDocument])
def list_keys(
    account: KeysAccount, service: Serving, limit: Limit = FIRST, cursor: Cursor = None
) -> Response:
    """The account's keys, without the secret `key`."""
    after = id_from_cursor("keys", cursor) or ""
    found = service.keys.of_account(account.log.incarnation, after=after, limit=limit + 1)
    following = to_cursor("keys", found[limit - 1].id) if len(found) > limit else None
    return send(Page(items=found[:limit], next=following))


@router.delete("/{account}/keys/{key_id}", name="revoke_key", status_code=204)
def revoke(
    account: KeysAccount,
    key_id: Annotated[str, Path(description="A key's id.")],
    service: Serving,
) -> Response:
    """Revoke a key: it is refused from now on."""
    service.keys.revoke(account.log.incarnation, key_id)
    return Response(status_code=204)
