"""The operator's accounts, and making one."""

from typing import Annotated

from fastapi import APIRouter, Request, Response, Security
from starlette.responses import RedirectResponse

from application.access import Caller
from application.account_ids import check_id
from application.commands.change_settings import checked_settings
from application.refusals import Conflict, Invalid, Refused
from infrastructure.web.callers import Serving
from infrastructure.web.pages.frame import Frame, render
from infrastructure.web.pages.visit import fields_of, signed_in
from infrastructure.web.service import Service

router = APIRouter(prefix="/accounts", include_in_schema=False)

Operator = Annotated[Caller, Security(signed_in, scopes=["accounts"])]


@router.get("")
def accounts(request: Request, service: Serving, known: Operator) -> Response:
    """The accounts, and the form for a new one."""
    return _page(request, service, known)


def _page(
    request: Request, service: Service, known: Caller, wrong: Refused | None = None, **typed: str
) -> Response:
    status = 200 if wrong is None else 409 if isinstance(wrong, Conflict) else 422
    names = service.accounts.names()
    return render(
        Frame(request, known), "accounts.html", status, names=names, wrong=wrong, typed=typed
    )


@router.post("")
async def make(request: Request, service: Serving, known: Operator) -> Response:
    """Make an account, and show its keys: it has none yet."""
    fields = await fields_of(request)
    account, region = (fields.get(name, [""])[0].strip() for name in ("id", "region"))

    def command() -> Response:
        try:
            settings = checked_settings({"default_region": region.upper() or None})
            service.accounts.create(check_id(account), settings, known.by).close()
        except (Invalid, Conflict) as wrong:
            return _page(request, service, known, wrong, id=account, region=region)
        return RedirectResponse(f"/accounts/{account}/keys", 303)

    return await service.in_writer(command)
