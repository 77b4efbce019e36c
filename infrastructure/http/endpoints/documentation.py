"""What the OpenAPI document says of every endpoint: its answers, and its problems."""

from typing import Any

from fastapi import Request
from starlette.responses import Response

from application.documents import Document
from infrastructure.http.callers import etag, is_known
from infrastructure.http.problems import MEDIA_TYPE, TYPES

ALWAYS = ("unauthenticated", "forbidden", "not-found", "invalid", "unavailable")
"""What any endpoint of an account may answer."""
SENDING = ("malformed", "too-slow", "too-large", "key-reused")
"""What any endpoint that takes a body may answer besides."""

_SCHEMA = {"$ref": "#/components/schemas/Problem"}


def problems(*names: str) -> dict[int | str, dict[str, Any]]:
    """The answers of an endpoint that are problems, by status."""
    answers: dict[int | str, dict[str, Any]] = {}
    for name in (*ALWAYS, *names):
        kind = TYPES[name]
        known = answers.get(kind.status)
        text = f"{kind.title} (`{kind.uri}`)"
        answers[kind.status] = {
            "description": f"{known['description']}; or: {text}" if known else text,
            "content": {MEDIA_TYPE: {"schema": _SCHEMA}},
        }
        if name == "unavailable":
            answers[kind.status]["headers"] = {
                "Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}
            }
    return answers


def with_etag(status: int, description: str = "Successful Response") -> dict[int | str, Any]:
    """An answer that has an `ETag`."""
    header = {"description": "Its version, for `If-Match`.", "schema": {"type": "string"}}
    return {status: {"description": description, "headers": {"ETag": header}}}


NOT_MODIFIED: dict[int | str, Any] = {304: {"description": "It is what `If-None-Match` names"}}


def send(document: Document) -> Response:
    """A document as it is sent."""
    return Response(document.model_dump_json(), media_type="application/json")


def send_versioned(request: Request, document: Document, version: int) -> Response:
    """The same with its version, or nothing where who reads has it."""
    tag = etag(version)
    if is_known(request, tag):
        return Response(status_code=304, headers={"ETag": tag})
    return Response(
        document.model_dump_json(), media_type="application/json", headers={"ETag": tag}
    )
