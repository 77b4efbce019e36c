"""Keys of an account: who may sign in and which programs may call it."""

from typing import Annotated, cast, get_args

from fastapi import APIRouter, Response, Security
from starlette.concurrency import run_in_threadpool

from application.access import Role, checked_key
from application.refusals import Invalid
from infrastructure.keys import KeyMade
from infrastructure.web.pages.visit import Sent, Visit, sent, visit

router = APIRouter(prefix="/accounts/{account}/keys", include_in_schema=False)

Keeps = Annotated[Visit, Security(visit, scopes=["keys"])]
SentKey = Annotated[Sent, Security(sent, scopes=["keys"])]
_MOST = 100
_ROLES = get_args(Role)


@router.get("")
def keys(seen: Keeps) -> Response:
    """The keys."""
    return _page(seen)


def _page(
    seen: Visit, made: KeyMade | None = None, wrong: Invalid | None = None, **typed: str
) -> Response:
    found = seen.service.keys.of_account(seen.account.log.incarnation, limit=_MOST)
    return seen.page(
        "keys.html",
        422 if wrong else 200,
        keys=found,
        made=made,
        wrong=wrong,
        typed=typed,
        roles=_ROLES,
    )


@router.post("")
async def make(form: SentKey) -> Response:
    """Make a key, and show it this once."""
    role, name = form.get("role"), form.get("name")
    integration = form.get("integration").strip() or None
    seen, log = form.visit, form.visit.account.log

    def command() -> Response:
        try:
            if role not in _ROLES:
                raise Invalid("role", "must be one of those that are offered")
            kind = cast(Role, role)
            checked = checked_key(kind, name, integration)
        except Invalid as wrong:
            return _page(seen, None, wrong, role=role, name=name, integration=integration or "")
        keys = seen.service.keys
        return _page(seen, keys.make(log.account, log.incarnation, kind, checked, integration))

    return await run_in_threadpool(command)


@router.post("/{key_id}/revoke")
async def revoke(form: SentKey, key_id: str) -> Response:
    """Revoke a key: whoever is signed in with it is signed out."""
    log = form.visit.account.log
    await run_in_threadpool(form.visit.service.keys.revoke, log.incarnation, key_id)
    return form.back("/keys", "The key is revoked. Whoever was signed in with it is signed out.")
