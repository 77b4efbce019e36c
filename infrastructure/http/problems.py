"""Errors as problem documents (RFC 9457), each of a type that is documented."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from application.refusals import Conflict, Invalid, NotFound, Refused, Stale, StoreUnusable

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Type:
    """A type of problem: what its documentation says."""

    name: str
    status: int
    title: str
    what: str

    @property
    def uri(self) -> str:
        """Where it is documented, at the service itself."""
        return f"/problems/{self.name}"


TYPES = {
    each.name: each
    for each in (
        Type("malformed", 400, "The request cannot be read", "Its body is no JSON, or no form."),
        Type("unauthenticated", 401, "No valid key", "Send `Authorization: Bearer KEY`."),
        Type("forbidden", 403, "Not permitted", "The key's role does not permit this."),
        Type("not-found", 404, "There is no such thing", "Or it is another account's."),
        Type("method-not-allowed", 405, "No such method", "`Allow` names those that there are."),
        Type("too-slow", 408, "The request took too long to arrive", "Send it again."),
        Type(
            "conflict",
            409,
            "Not with things as they are",
            "It is undone already, one contact already, deleted, or there already.",
        ),
        Type("too-large", 413, "The body is too large", "Send less at once."),
        Type(
            "stale", 412, "It has changed since", "Read it again; `If-Match` names an old version."
        ),
        Type("unsupported-media-type", 415, "Not in this form", "`Content-Type` says which."),
        Type("invalid", 422, "A value cannot be taken", "`errors` names the fields, and why."),
        Type(
            "key-reused",
            422,
            "The Idempotency-Key was used for another request",
            "Take a new key for each request; send the same key only to repeat one.",
        ),
        Type("internal", 500, "Something went wrong here", "It is logged by its `request_id`."),
        Type(
            "unavailable",
            503,
            "Not now",
            "The store cannot be used, or it took too long; try again as `Retry-After` says. With "
            "an `Idempotency-Key` nothing is done twice.",
        ),
    )
}
_BY_STATUS = {each.status: each for each in reversed(TYPES.values())}


class FieldError(BaseModel):
    """What is wrong with one field."""

    model_config = ConfigDict(frozen=True)

    field: str = Field(examples=["phones[1]"])
    location: Literal["body", "query", "path", "header"]
    reason: str


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(examples=["/problems/invalid"], json_schema_extra={"format": "uri-reference"})
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = Field(
        default=None, exclude_if=lambda errors: errors is None, description="The fields, for 422."
    )


class ProblemError(Exception):
    """Ends a request with a problem of a type by name."""

    def __init__(
        self,
        name: str,
        detail: str,
        *,
        errors: Sequence[FieldError] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.type = TYPES[name]
        self.detail = detail
        self.errors = errors
        self.headers = headers


def invalid(
    field: str, reason: str, location: Literal["body", "query", "path", "header"] = "body"
) -> ProblemError:
    """A problem with one field."""
    errors = [FieldError(field=field, location=location, reason=reason)]
    return ProblemError("invalid", f"{field}: {reason}", errors=errors)


def as_response(error: ProblemError) -> Response:
    """A problem as it is sent."""
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
    """What a use case says no to."""
    match refused:
        case Invalid():
            given = refused.field.partition("[")[0].partition(".")[0]
            location: Literal["query", "path", "body"] = "body"
            if given in request.query_params:
                location = "query"
            elif given in request.path_params:
                location = "path"
            return invalid(refused.field, refused.reason, location)
        case NotFound():
            return ProblemError("not-found", str(refused))
        case Conflict():
            return ProblemError("conflict", str(refused))
        case Stale():
            return ProblemError("stale", str(refused))
        case StoreUnusable():
            return ProblemError("unavailable", "the store cannot be used", headers=RETRY)
        case _:
            return ProblemError("invalid", str(refused), errors=[])


RETRY = {"Retry-After": "1"}


def handle_problems(app: FastAPI) -> None:
    """Let an application answer every error with a problem document."""

    async def problem(_: Request, error: Exception) -> Response:
        assert isinstance(error, ProblemError)
        return as_response(error)

    async def refusal(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        return as_response(of_refusal(error, request))

    async def validation(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return as_response(_of_validation(error))

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        kind = _BY_STATUS.get(error.status_code, TYPES["internal"])
        headers = error.headers
        if kind.name == "method-not-allowed":
            headers = _allowed(request) or headers
        return as_response(ProblemError(kind.name, kind.what, headers=headers))

    app.add_exception_handler(ProblemError, problem)
    app.add_exception_handler(Refused, refusal)
    app.add_exception_handler(RequestValidationError, validation)
    app.add_exception_handler(HTTPException, http)


def _allowed(request: Request) -> dict[str, str]:
    """Every method that the path has. A route knows its own alone."""
    path = re.sub(r":\w+}", "}", getattr(request.scope.get("route"), "path", ""))
    methods = request.app.openapi()["paths"].get(path, {})
    return {"Allow": ", ".join(sorted(methods)).upper()} if methods else {}


def _of_validation(error: RequestValidationError) -> ProblemError:
    problems = error.errors()
    if any(each["type"] == "json_invalid" for each in problems):
        return ProblemError("malformed", "the body is no JSON")
    errors = field_errors(problems)
    detail = "; ".join(f"{each.field}: {each.reason}" for each in errors[:5])
    return ProblemError("invalid", detail, errors=errors[:100])


def field_errors(problems: Sequence[Any], location: str | None = None) -> list[FieldError]:
    """Pydantic's errors, each with the path of its field."""
    errors: dict[FieldError, None] = {}
    for each in problems:
        loc = each["loc"]
        place = location or str(loc[0])
        path = loc if location else loc[1:]
        reason = str(each["msg"]).removeprefix("Value error, ")
        errors[
            FieldError(
                field=_path(path) or place,
                location=_LOCATIONS.get(place, "body"),
                reason=reason,
            )
        ] = None
    return list(errors)


_LOCATIONS: dict[str, Literal["body", "query", "path", "header"]] = {
    "query": "query",
    "path": "path",
    "header": "header",
}


def _path(parts: Sequence[str | int]) -> str:
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        elif not _TAG.fullmatch(part):
            text += f".{part}" if text else part
    return text


_TAG = re.compile(r"=\w+=")
"""Which form of a value was meant, not a field: see requests.py."""
