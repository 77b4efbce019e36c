"""Problems as pages: what happened in plain words, and where to go from there."""

from urllib.parse import urlencode, urlsplit

from fastapi import Request, Response
from starlette.responses import RedirectResponse

from application.access import Caller
from infrastructure.web.callers import KNOWN
from infrastructure.web.limits import SESSION
from infrastructure.web.pages.frame import REGION, Frame, render
from infrastructure.web.pages.shown import sentence
from infrastructure.web.paths import account_of
from infrastructure.web.problems import ProblemError

_TITLES = {
    "forbidden": "You may not do this",
    "not-found": "There is nothing here",
    "conflict": "Somebody was faster",
    "stale": "It has changed meanwhile",
    "invalid": "Something is not right",
    "key-reused": "This form was sent already",
    "malformed": "The form could not be read",
    "too-large": "This is too large",
    "too-slow": "It took too long to arrive",
    "too-many-requests": "Too much at once",
    "account-damaged": "This account is damaged",
    "unavailable": "Not available for the moment",
    "internal": "Something went wrong here",
}
_HELP = {
    "forbidden": "Ask an administrator of the account if you need it.",
    "not-found": "It may have been removed, or the address is not complete.",
    "conflict": "Nothing was changed by you. Look at it again before you go on.",
    "stale": "Nothing was changed by you. Look at it again before you go on.",
    "key-reused": "What it said the first time is done. Go back and begin anew.",
    "too-many-requests": "Wait a moment, then try again.",
    "account-damaged": "What is stored of it is not what was written. The operator checks it with"
    " `verify` and restores a backup. Other accounts are not affected.",
    "unavailable": "Nothing was lost. Try again in a moment.",
    "internal": "If you sent a form, look whether it was done before you send it again."
    " If this happens again, tell the operator.",
}


def failure_page(problem: ProblemError, request: Request) -> Response:
    """The page of a problem; who is not signed in is led to signing in."""
    name = problem.type.name
    if name == "unauthenticated" and REGION not in request.headers:
        asked = request.url.path if request.method == "GET" else _came_from(request)
        query = f"?{request.url.query}" if request.method == "GET" and request.url.query else ""
        response: Response = RedirectResponse(
            f"/sign-in?{urlencode({'next': f'{asked}{query}'})}", 303
        )
        if SESSION in request.cookies:
            response.delete_cookie(SESSION)
        return response
    state = request.scope.get("state", {})
    known: Caller | None = state.get("caller") or state.get(KNOWN)
    account = known.account if known else None
    frame = Frame(request, known, account if account == account_of(request.url.path) else None)
    return render(
        frame,
        "failure.html",
        problem.status_code,
        title=_TITLES.get(name, problem.type.title),
        detail="" if name == "key-reused" else f"{sentence(str(problem.detail)).rstrip('.')}.",
        help=_HELP.get(name),
        back=_came_from(request) if request.method != "GET" else "/",
        back_words="Go back" if request.method != "GET" else "To the first page",
    )


def _came_from(request: Request) -> str:
    """The path of the page from which a form was sent."""
    came = urlsplit(request.headers.get("referer", ""))
    return came.path if came.netloc == request.headers.get("host") and came.path else "/"
