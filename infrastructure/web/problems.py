"""Errors as problem documents (RFC 9457), each of a documented type."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.routing import Match, Mount

from application.documents.document import Text
from application.refusals import (
    AccountDamaged,
    Conflict,
    Invalid,
    NotFound,
    Refused,
    Stale,
    StoreUnusable,
)

_log = logging.getLogger("contact_merging.http")

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Type:
    """A type of problem with its documentation."""

    name: str
    status: int
    title: str
    what: str

    @property
    def uri(self) -> str:
        """The path of its documentation on the service."""
        return f"/problems/{self.name}"


_TYPES = [
    Type(
        "malformed",
        400,
        "The request cannot be read",
        "Its body is not valid JSON, or not a valid form.",
    ),
    Type("unauthenticated", 401, "No valid key", "Send `Authorization: Bearer KEY`."),
    Type("forbidden", 403, "Not permitted", "The key's role does not permit this."),
    Type(
        "not-found", 404, "Not found", "There is no such thing, or it belongs to another account."
    ),
    Type(
        "method-not-allowed", 405, "Method not allowed", "`Allow` names the methods of this path."
    ),
    Type("too-slow", 408, "The request took too long to arrive", "Send it again."),
    Type(
        "conflict",
        409,
        "Conflict with the current state",
        "It is already undone, one contact already, deleted, or there already.",
    ),
    Type("too-large", 413, "The body is too large", "Send less at once."),
    Type(
        "stale",
        412,
        "It has changed since you read it",
        "Read it again; `If-Match` names an old version.",
    ),
    Type(
        "unsupported-media-type",
        415,
        "Unsupported media type",
        "The message names the `Content-Type` to send.",
    ),
    Type(
        "too-many-requests",
        429,
        "Too many requests at once",
        "Send it again after `Retry-After` seconds. The `RateLimit` headers of every answer say "
        "how many requests the key may still send.",
    ),
    Type("head-too-large", 431, "The headers are too large", "Send fewer or shorter headers."),
    Type(
        "invalid",
        422,
        "A value is not valid",
        "`errors` names each field and what is wrong with it.",
    ),
    Type(
        "key-reused",
        422,
        "The Idempotency-Key was used for another request",
        "Take a new key for each request; send the same key only to repeat one.",
    ),
    Type(
        "account-damaged",
        500,
        "The account is damaged",
        "What the store has of it is not what was written. Another try does not help: the operator "
        "checks it with `verify` and restores a backup. Other accounts are not affected.",
    ),
    Type("internal", 500, "Something went wrong here", "It is logged by its `request_id`."),
    Type(
        "unavailable",
        503,
        "Temporarily unavailable",
        "The store cannot be used, or it took too long; try again as `Retry-After` says. With "
        "an `Idempotency-Key` nothing is done twice.",
    ),
]
TYPES = {each.name: each for each in _TYPES}
_BY_STATUS = {each.status: each for each in reversed(TYPES.values())}


Location = Literal["body", "query", "path", "header"]


class FieldError(BaseModel):
    """What is wrong with one field."""

    model_config = ConfigDict(frozen=True)

    field: Text = Field(examples=["phones[1]"])
    location: Location
    reason: Text


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(examples=["/problems/invalid"], json_schema_extra={"format": "uri-reference"})
    title: str
    status: int
    detail: Text
    errors: list[FieldError] | None = Field(
        default=None, exclude_if=lambda errors: errors is None, description="The fields, for 422."
    )


class ProblemError(HTTPException):
    """Ends a request with a problem. `name`: the name of its type.

    It is an HTTPException, since only these pass through the framework while it reads a body.
    """

    def __init__(
        self,
        name: str,
        detail: str,
        *,
        errors: Sequence[FieldError] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.type = TYPES[name]
        super().__init__(self.type.status, detail, headers)
        self.errors = errors


MOST_ERRORS = 100
"""How many errors of a request are named: further ones are found when these are mended."""


def invalid(field: str, reason: str, location: Location = "body") -> ProblemError:
    """A problem with one field."""
    return invalid_fields([FieldError(field=field, location=location, reason=reason)])


def invalid_fields(errors: Sequence[FieldError]) -> ProblemError:
    """A problem with some fields: it names the first of them."""
    detail = "; ".join(f"{each.field}: {each.reason}" for each in errors[:5])
    return ProblemError("invalid", detail, errors=errors[:100])


def unauthenticated() -> ProblemError:
    """The problem of a request without a valid key."""
    return ProblemError(
        "unauthenticated",
        "send `Authorization: Bearer KEY` with a valid key",
        headers={"WWW-Authenticate": "Bearer"},
    )


def key_reused(key: str) -> ProblemError:
    """The problem of a key that was used for another request."""
    return ProblemError("key-reused", f"the Idempotency-Key `{key}` was used for another request")


def as_response(error: ProblemError) -> Response:
    """A problem as an HTTP response."""
    problem = Problem(
        type=error.type.uri,
        title=error.type.title,
        status=error.type.status,
        detail=error.detail,
        errors=None if error.errors is None else list(error.errors),
    )
    return Response(
        problem.model_dump_json(),
        status_code=error.type.status,
        headers=error.headers,
        media_type=MEDIA_TYPE,
    )


def of_refusal(refused: Refused, request: Request) -> ProblemError:
    """The problem for a refusal of a use case."""
    match refused:
        case Invalid():
            given = refused.field.partition("[")[0].partition(".")[0]
            if given in request.query_params:
                return invalid(refused.field, refused.reason, "query")
            in_path = given in request.path_params
            return invalid(refused.field, refused.reason, "path" if in_path else "body")
        case NotFound():
            return ProblemError("not-found", str(refused))
        case Conflict():
            return ProblemError("conflict", str(refused))
        case Stale():
            return ProblemError("stale", str(refused))
        case AccountDamaged():
            request.app.state.service.metrics.is_damaged(refused.account)
            _log.error("account damaged", extra={"account": refused.account})
            return ProblemError("account-damaged", f"account `{refused.account}` is damaged")
        case StoreUnusable():
            headers = {"Retry-After": "1"}
            return ProblemError("unavailable", "the store cannot be used", headers=headers)
        case _:
            return ProblemError("invalid", str(refused), errors=[])


def handle_problems(app: FastAPI, respond: Callable[[ProblemError, Request], Response]) -> None:
    """Let an application answer every error with a problem. `respond`: makes its response."""

    async def answer(request: Request, error: Exception) -> Response:
        match error:
            case ProblemError():
                return respond(error, request)
            case Refused():
                return respond(of_refusal(error, request), request)
            case RequestValidationError():
                return respond(_of_validation(error, request), request)
        assert isinstance(error, HTTPException)
        return respond(_of_framework(error, request), request)

    for kind in (Refused, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, answer)


def _of_framework(error: HTTPException, request: Request) -> ProblemError:
    """The problem for an error of the framework."""
    kind = _BY_STATUS.get(error.status_code, TYPES["internal"])
    match kind.name:
        case "not-found":
            return ProblemError(kind.name, "there is nothing at this path")
        case "method-not-allowed":
            allowed = ", ".join(_methods_at(request)) or "GET, HEAD"
            return ProblemError(kind.name, f"allowed here: {allowed}", headers={"Allow": allowed})
        case _:
            return ProblemError(kind.name, kind.what, headers=error.headers)


def _methods_at(request: Request) -> list[str]:
    """The methods of all routes that match a path."""
    routes = [each for each in request.app.routes if not isinstance(each, Mount)]
    return [
        method
        for method in ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
        if any(
            each.matches({**request.scope, "method": method})[0] == Match.FULL for each in routes
        )
    ]


def _of_validation(error: RequestValidationError, request: Request) -> ProblemError:
    problems = error.errors()[:MOST_ERRORS]
    if any(each["type"] == "json_invalid" for each in problems):
        return ProblemError("malformed", "the body is not valid JSON")
    expected = _other_form(error.body, request)
    if expected is not None:
        return other_type(expected)
    return invalid_fields(field_errors(problems))


def other_type(expected: str) -> ProblemError:
    """The problem of a body that has another media type than it must have."""
    return ProblemError("unsupported-media-type", f"send it as {expected}")


FORM = "multipart/form-data"


def is_form(request: Request) -> bool:
    """Whether a body is a form with parts."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM


def _other_form(body: Any, request: Request) -> str | None:
    """The media type that a body must have, if it has another one."""
    if isinstance(body, FormData):
        return None if is_form(request) else FORM
    return "application/json" if isinstance(body, bytes) and body else None


def field_errors(problems: Sequence[Any], location: Location | None = None) -> list[FieldError]:
    """Pydantic's errors, each once, with the path of its field.

    `location`: where all of them are; None: each path begins with its own.
    """
    errors: dict[FieldError, None] = {}
    for each in problems:
        place, *path = (location, *each["loc"]) if location else each["loc"]
        field = _path(path) or place
        error = FieldError(field=field, location=place, reason=_in_plain_words(each))
        errors[error] = None
    return list(errors)


def _in_plain_words(error: Mapping[str, Any]) -> str:
    """What is wrong with a value, in the product's words."""
    if error["type"] in _NO_OBJECT and error["loc"][-1:] == ("=labelled=",):
        return "must be a string or an object with `value`"
    limits = error.get("ctx", {})
    if limits.get("pattern") == r"\S":
        return "is blank"
    words = _WORDS.get(error["type"])
    if words is None:
        return str(error["msg"]).removeprefix("Value error, ")
    return words.format(**limits)


_NO_OBJECT = ("dict_type", "model_type", "model_attributes_type")
_WORDS: dict[str, str] = {
    **dict.fromkeys(_NO_OBJECT, "must be an object"),
    "missing": "is missing",
    "extra_forbidden": "unknown field",
    "string_type": "must be a string",
    "string_unicode": "contains an invalid character (a lone surrogate)",
    "string_too_short": "is empty",
    "string_too_long": "is too long: the limit is {max_length} characters",
    "string_pattern_mismatch": "must match the pattern `{pattern}`",
    "list_type": "must be a list",
    "too_short": "is empty",
    "too_long": "has too many values: the limit is {max_length}",
    "literal_error": "must be {expected}",
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "must be a whole number"),
    "int_parsing_size": "is too large",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    **dict.fromkeys(("bool_type", "bool_parsing"), "must be true or false"),
    **dict.fromkeys(
        ("datetime_parsing", "datetime_from_date_parsing", "datetime_object_invalid"),
        "is not a valid time",
    ),
}
"""Pydantic's types of errors that our requests can cause; a test covers each."""


def _path(parts: Sequence[str | int]) -> str:
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        elif not _TAG.fullmatch(part) and part != "[key]":
            part = part[:_LONGEST_PART]  # noqa: PLW2901 - attributes may have any name
            text += f".{part}" if text else part
    return text


_LONGEST_PART = 40
_TAG = re.compile(r"=\w+=")
"""The tag of one of several forms of a value, which is not a field: see requests.py."""
