"""The style and the script of the pages. Their address changes with them, so browsers keep them."""

from functools import cache
from hashlib import sha256
from importlib.resources import files

from fastapi import APIRouter, Response

from infrastructure.web.problems import ProblemError

router = APIRouter(include_in_schema=False)

_TYPES = {
    "pages.css": "text/css",
    "pages.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
_FOR_EVER = "public, max-age=31536000, immutable"


@cache
def _content(name: str) -> bytes:
    return files("infrastructure.web.pages").joinpath("static", name).read_bytes()


@cache
def path_of(name: str) -> str:
    """The address of a file of the pages."""
    return f"/static/{sha256(_content(name)).hexdigest()[:12]}/{name}"


@router.get("/static/{version}/{name}")
async def asset(version: str, name: str) -> Response:
    """A file of the pages."""
    if name not in _TYPES or path_of(name) != f"/static/{version}/{name}":
        raise ProblemError("not-found", "there is nothing at this path")
    headers = {"Cache-Control": _FOR_EVER, "Content-Type": f"{_TYPES[name]}; charset=utf-8"}
    return Response(_content(name), headers=headers)
