"""The OpenAPI document: FastAPI's, completed with what holds for all endpoints."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from application.access import PERMISSIONS
from infrastructure.web.api.documentation import header, problem_answer
from infrastructure.web.api.examples import EXAMPLES, EXAMPLES_OF_TEXT
from infrastructure.web.api.requests import RecordSent
from infrastructure.web.problems import TYPES, Problem

_DESCRIPTION = """
Contacts from many sources become one, by rules that say why, on an event log.

Times are RFC 3339 with offset; phones are canonical (`+13195555677`, `+13195555677;ext=12`) with
the written form beside them. Lists take `limit` and `cursor` and return `{"items", "next"}`.
A key is sent as `Authorization: Bearer KEY`; another account's things answer as missing ones do.
Every POST but the one that makes keys takes an `Idempotency-Key`: sent again with the same key and
body, it has one effect and the first answer.

Errors are problem documents (RFC 9457), `application/problem+json`, of these types:

| type | status | what |
| --- | --- | --- |
"""

_TAGS = {
    "accounts and keys": "An account is one customer; keys say who may do what in it.",
    "settings": "The rules by which an account merges.",
    "records": "What integrations say about people and companies.",
    "contacts": "What an account sees: records merged into one contact each.",
    "merges": "Which contacts became one and why, undoing merges, and keeping contacts separate.",
    "attention": "What to look at first, and what happened on each day.",
    "calls and messages": "Calls and messages, and the contacts they belong to.",
    "exports": "To which record of an integration each call and message goes.",
    "imports": "Files that are imported in the background.",
    "jobs": "Long work in the background: its progress, and cancelling it.",
    "events": "An account's log, for programs: page by page, or as it grows.",
    "operations": "For the operator of the service.",
}

_REQUEST_ID = header("What the log calls this request.")
_REPLAYED = header("`true` where this is the first answer again.", enum=["true"])
_CHALLENGE = header("`Bearer`.")
_FORM = "FileToImport"
_FORM_OF_FASTAPI = "Body_import_file"
_TEMPLATE = "#/components/schemas/{model}"


def openapi_of(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of an application."""
    types = [
        f"| `{each.uri}` | {each.status} | {each.title}. {each.what} |" for each in TYPES.values()
    ]
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=_DESCRIPTION + "\n".join(types),
        tags=[{"name": name, "description": text} for name, text in _TAGS.items()],
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        routes=app.routes,
    )
    _complete_schemas(document)
    for path, methods in document["paths"].items():
        for operation in methods.values():
            _complete(path, operation)
    return document


def _complete_schemas(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for model in (Problem, RecordSent):
        schema = model.model_json_schema(ref_template=_TEMPLATE)
        schemas.update(schema.pop("$defs", {}))
        schemas[model.__name__] = schema
    sent = schemas["RecordsSent"]["properties"]["records"]
    # A record may be anything: one that is not valid is rejected alone, in its place.
    sent["items"] = {"anyOf": [{"$ref": _TEMPLATE.format(model="RecordSent")}, {}]}
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    form = schemas.pop(_FORM_OF_FASTAPI)
    file = form["properties"]["file"]  # a part that is left out, never null
    file.update(file.pop("anyOf")[0])
    either = [{"required": ["file"]}, {"required": ["preview"]}]
    schemas[_FORM] = {**form, "title": _FORM, "additionalProperties": False, "oneOf": either}
    for name, schema in schemas.items():
        example = EXAMPLES.get(name)
        if name.startswith("Page_"):
            item = name.removeprefix("Page_").removesuffix("_")
            example = {"items": [EXAMPLES[item]], "next": None}
        if example is not None:
            schema["examples"] = [example]


def _complete(path: str, operation: dict[str, Any]) -> None:
    operation["summary"] = operation["operationId"].replace("_", " ").capitalize()
    for scheme in operation.get("security", []):
        for (permission,) in scheme.values():
            roles = [role for role, permitted in PERMISSIONS.items() if permission in permitted]
            operation["description"] += f"\n\nFor: {', '.join(roles)}."
    for content in operation.get("requestBody", {}).get("content", {}).values():
        if content["schema"].get("$ref", "").endswith(_FORM_OF_FASTAPI):
            content["schema"]["$ref"] = _TEMPLATE.format(model=_FORM)
    answers = operation["responses"]
    if "{" not in path:
        answers.pop("404", None)
    if "application/json" in answers.get("422", {}).get("content", {}):
        del answers["422"]  # FastAPI's own, for an operation that cannot be invalid
    answers["500"] = problem_answer("internal")
    for kind, text in EXAMPLES_OF_TEXT.get(operation["operationId"], {}).items():
        answers["200"]["content"][kind]["example"] = text
    keyed = any(each["name"] == "Idempotency-Key" for each in operation.get("parameters", []))
    for status, answer in answers.items():
        _complete_answer(status, answer, keyed=keyed)
    operation["responses"] = dict(sorted(answers.items()))


def _complete_answer(status: str, answer: dict[str, Any], *, keyed: bool) -> None:
    if answer["description"] == "Successful Response":
        answer["description"] = HTTPStatus(int(status)).phrase
    headers = answer.setdefault("headers", {})
    headers["X-Request-Id"] = _REQUEST_ID
    if status == "401":
        headers["WWW-Authenticate"] = _CHALLENGE
    if keyed and status < "300":
        headers["Idempotent-Replayed"] = _REPLAYED
