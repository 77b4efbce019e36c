"""What the OpenAPI document says about every endpoint: its answers and its problems."""

from typing import Any

from application.documents.document import Document
from infrastructure.web.problems import MEDIA_TYPE, TYPES, Type

ALWAYS = (
    "unauthenticated",
    "forbidden",
    "not-found",
    "invalid",
    "too-many-requests",
    "unavailable",
)
"""Problems that any endpoint of an account may answer with."""
BODY = ("malformed", "too-slow", "too-large", "unsupported-media-type")
"""Further problems of any endpoint that takes a body."""
SENDING = (*BODY, "key-reused")
"""Further problems of endpoints that take an `Idempotency-Key`."""


def problems(*names: str) -> dict[int | str, dict[str, Any]]:
    """The problems among an endpoint's answers, by status."""
    by_status: dict[int | str, list[str]] = {}
    for name in (*ALWAYS, *names):
        by_status.setdefault(TYPES[name].status, []).append(name)
    return {status: problem_answer(*found) for status, found in by_status.items()}


def problem_answer(*names: str) -> dict[str, Any]:
    """An answer with a problem of one of these types, which all have the same status."""
    kinds = [TYPES[name] for name in names]
    documented: dict[str, Any] = {
        "description": "; or: ".join(f"{each.title} (`{each.uri}`)" for each in kinds),
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {
                    each.name: {"summary": each.title, "value": _example(each)} for each in kinds
                },
            }
        },
    }
    if {"unavailable", "too-many-requests"} & set(names):
        documented["headers"] = {"Retry-After": header("Seconds.", type="integer")}
    return documented


def _example(kind: Type) -> dict[str, Any]:
    example = {"type": kind.uri, "title": kind.title, "status": kind.status, "detail": kind.what}
    if kind.name == "invalid":
        wrong = {"field": "phones[1]", "location": "body", "reason": "Input should be a string"}
        return {**example, "detail": f"{wrong['field']}: {wrong['reason']}", "errors": [wrong]}
    return example


def header(description: str, **schema: Any) -> dict[str, Any]:
    """A header of an answer, a string unless its schema says otherwise."""
    return {"description": description, "schema": {"type": "string", **schema}}


def with_location(status: int, model: type[Document] | None = None) -> dict[int | str, Any]:
    """An answer with a `Location`: the address of what was made.

    `model`: its document, if it is not the endpoint's.
    """
    location = header("The address of what was made.", format="uri-reference")
    answered = {"description": "Successful Response", "headers": {"Location": location}}
    return {status: answered if model is None else {**answered, "model": model}}


_ETAG = {"ETag": header("Its version, for `If-Match`.")}
WITH_ETAG: dict[int | str, Any] = {200: {"description": "Successful Response", "headers": _ETAG}}
"""The answer of an endpoint that changes something with a version."""
VERSIONED: dict[int | str, Any] = {
    **WITH_ETAG,
    304: {"description": "`If-None-Match` names the current version", "headers": _ETAG},
}
"""The answers of an endpoint that shows something with a version."""
