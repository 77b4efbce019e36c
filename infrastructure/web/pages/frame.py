"""How a page is made: the templates, the frame around each page, and its headers."""

import secrets
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from fastapi import Request, Response
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse

from application.access import Caller
from infrastructure.web.pages import shown
from infrastructure.web.pages.assets import path_of
from infrastructure.web.pages.reader import Reader

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)
REGION = "region"
"""The header of a request for one region of a page alone: a block of its template."""
_ENVIRONMENT = Environment(
    loader=PackageLoader("infrastructure.web.pages"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_ENVIRONMENT.globals["asset"] = path_of
_ENVIRONMENT.globals["once"] = lambda: secrets.token_urlsafe(12)
_ENVIRONMENT.filters.update(shown.FILTERS)
_ENVIRONMENT.globals["sections"] = (
    ("", "Home"),
    ("/contacts", "Contacts"),
    ("/calls", "Calls"),
    ("/imports", "Import"),
    ("/conflicts", "Conflicts"),
    ("/merges", "Merges"),
    ("/settings", "Settings"),
)
_ENVIRONMENT.globals["parts"] = _ENVIRONMENT.get_template("parts.html").module


def prepare() -> None:
    """Compile every template, so that no visitor waits for it."""
    for name in _ENVIRONMENT.list_templates():
        _ENVIRONMENT.get_template(name)


@dataclass(frozen=True)
class Frame:
    """What surrounds a page: who is signed in, and the account, if there is one."""

    request: Request
    caller: Caller | None = None
    account: str | None = None

    @cached_property
    def reader(self) -> Reader:
        """How times and numbers are written for whoever reads it."""
        return Reader(
            self.request.headers.get("accept-language", ""),
            unquote(self.request.cookies.get("zone", "")),
        )

    @property
    def here(self) -> str:
        """The path of the page."""
        return self.request.url.path

    def path(self, path: str) -> str:
        """The path of a page of the account."""
        return f"/accounts/{self.account}{path}"

    def is_in(self, path: str) -> bool:
        """Whether the page belongs to a section of the account's pages."""
        own = self.path(path)
        return self.here == own or (path != "" and self.here.startswith(f"{own}/"))

    def with_query(self, **changed: str | None) -> str:
        """The address of the page with other values in its query; None leaves one out."""
        query = self.request.url.remove_query_params(list(changed))
        kept = {name: value for name, value in changed.items() if value is not None}
        changed_query = query.include_query_params(**kept)
        return f"{changed_query.path}?{changed_query.query}".removesuffix("?")


def render(frame: Frame, template: str, status: int = 200, **values: Any) -> Response:
    """The response with a page, or with the region of it that was asked for."""
    found = _ENVIRONMENT.get_template(template)
    named = {"frame": frame, "reader": frame.reader, "said": None, **values}
    region = frame.request.headers.get(REGION, "")
    if region in found.blocks:
        text = "".join(found.blocks[region](found.new_context(named)))
    else:
        text = found.render(named)
    return HTMLResponse(text, status, headers=page_headers())


def page_headers() -> dict[str, str]:
    """The headers of every page.

    Its own forms and links say where they come from, which is checked; nobody else is told.
    """
    return {
        "Content-Security-Policy": POLICY,
        "Referrer-Policy": "same-origin",
        "Vary": "Cookie, Region",
    }
