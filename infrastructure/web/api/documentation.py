"""What the OpenAPI document says about every endpoint: its answers and its problems."""

from typing import Any

from infrastructure.web.problems import MEDIA_TYPE, TYPES, Type

ALWAYS = ("unauthenticated", "forbidden", "not-found", "invalid", "unavailable")
"""Problems that any endpoint of an account may answer with."""
BODY = ("malformed", "too-slow", "too-large", "unsupported-media-type")
"""Further problems of any endpoint that takes a body."""
SENDING = (*BODY, "key-reused")
"""Further problems of endpoints that take an `Idempotency-Key`."""

_SCHEMA = {"$ref": "#/components/schemas/Problem"}


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
                "schema": _SCHEMA,
                "examples": {
                    each.name: {"summary": each.title, "value": _example(each)} for each in kinds
                },
            }
        },
    }
    if "unavailable" in names:
        documented["headers"] = {
            "Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}
        }
    return documented


def _example(kind: Type) -> dict[str, Any]:
    example = {"type": kind.uri, "title": kind.title, "status": kind.status, "detail": kind.what}
    if kind.name == "invalid":
        wrong = {"field": "phones[1]", "location": "body", "reason": "Input should be a string"}
        return {**example, "detail": f"{wrong['field']}: {wrong['reason']}", "errors": [wrong]}
    return example


def with_etag(status: int) -> dict[int | str, Any]:
    """An answer that has an `ETag`."""
    header = {"description": "Its version, for `If-Match`.", "schema": {"type": "string"}}
    return {status: {"description": "Successful Response", "headers": {"ETag": header}}}


def with_location(status: int) -> dict[int | str, Any]:
    """An answer with a `Location`: the address of what was made."""
    header = {
        "description": "The address of what was made.",
        "schema": {"type": "string", "format": "uri-reference"},
    }
    return {status: {"description": "Successful Response", "headers": {"Location": header}}}


VERSIONED: dict[int | str, Any] = {
    **with_etag(200),
    304: {**with_etag(304)[304], "description": "`If-None-Match` names the current version"},
}
"""The answers of an endpoint that shows something with its version."""
