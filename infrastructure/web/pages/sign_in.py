"""Signing in to the pages with a key or a link, signing out, and where one is led first."""

from functools import partial
from ipaddress import ip_address
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.responses import RedirectResponse

from application.access import Caller
from infrastructure.sign_ins import LASTS
from infrastructure.web.callers import Serving
from infrastructure.web.limits import SESSION
from infrastructure.web.pages.frame import Frame, render
from infrastructure.web.pages.visit import fields_of, own_path, signed_in

router = APIRouter(include_in_schema=False)

_OLD_LINK = "This link does not work any more: it was used already, or it is older than 15 minutes."
_NEEDS_TLS = "Signing in over a network needs https: put the service behind a proxy that speaks it."
_WRONG_KEY = "This is not a valid key. Check that you copied all of it."


@router.get("/")
async def first(known: Annotated[Caller, Depends(signed_in)]) -> Response:
    """Lead somebody to their account."""
    return _to("/accounts" if known.account is None else f"/accounts/{known.account}")


@router.get("/sign-in")
async def form(
    request: Request,
    link: str | None = None,
    following: Annotated[str, Query(alias="next")] = "/",
) -> Response:
    """The form for a key; with a link, one button.

    The link is used by the button, which only a page of this service can press: programs look at
    addresses before people do.
    """
    if link is not None:
        return render(Frame(request), "link.html", link=link)
    return _form(request, following)


@router.post("/sign-in")
async def sign_in(request: Request, service: Serving) -> Response:
    """Sign in with a key."""
    fields = await fields_of(request)
    if request.headers.get("origin", "").startswith("http://") and _needs_tls(request):
        return _form(request, "/", _NEEDS_TLS, 403)
    if "link" in fields:
        by_link = partial(service.sign_ins.begin_by_link, fields["link"][0])
        session = await service.look_up(by_link)
        if session is None:
            return _form(request, "/", _OLD_LINK, 401)
        return _signed_in(request, session, "/")
    key, following = (fields.get(name, [""])[0] for name in ("key", "next"))
    begin = partial(service.sign_ins.begin, key.strip())
    session = await service.look_up(begin)
    if session is None:
        return _form(request, following, _WRONG_KEY, 401)
    return _signed_in(request, session, following)


@router.post("/sign-out")
async def sign_out(request: Request, service: Serving) -> Response:
    """End the session."""
    response = _to("/sign-in")
    if SESSION in request.cookies:
        await service.look_up(partial(service.sign_ins.end, request.cookies[SESSION]))
        response.delete_cookie(SESSION)
    return response


def _form(
    request: Request, following: str, wrong: str | None = None, status: int = 200
) -> Response:
    return render(
        Frame(request), "sign_in.html", status, next=own_path(following) or "/", wrong=wrong
    )


def _signed_in(request: Request, session: str, following: str) -> Response:
    response = _to(own_path(following) or "/")
    response.set_cookie(
        SESSION,
        session,
        max_age=int(LASTS.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=_needs_tls(request),
    )
    return response


def _to(path: str) -> Response:
    return RedirectResponse(path, 303)


def _needs_tls(request: Request) -> bool:
    """Whether a browser asked another machine than its own, where there may be no TLS."""
    host = request.url.hostname or ""
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"
