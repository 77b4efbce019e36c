"""docs/http-api.md names every route, field, role and setting, and its examples are true."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from jsonschema_rs import validator_for
from pydantic import BaseModel

from application.access import PERMISSIONS
from application.commands.record_activity import LONGEST_ID
from application.documents.activities import ActivityDocument
from application.documents.contacts import ContactDocument
from application.documents.decisions import ReceivedDocument
from application.documents.merges import MergeDocument
from application.reads.paging import LARGEST_PAGE, PAGE
from domain.phone_texts import MAX_LENGTH
from domain.records import MAX_BYTES, MAX_TEXT, MAX_VALUES
from infrastructure.bootstrap import CONNECTIONS_VARIABLE, open_store_and_keys, the_time
from infrastructure.jobs.carry_out import BATCH
from infrastructure.jobs.pool import Pool
from infrastructure.postgresql.pool import LARGEST_POOL
from infrastructure.web.api.requests import LARGEST_BATCH, MOST_POINTS
from infrastructure.web.app import create_app
from infrastructure.web.bodies import MOST_FIELDS, MOST_VALUES
from infrastructure.web.connections import LARGEST_HEAD, MOST_OPEN
from infrastructure.web.limits import LARGEST_BODY, LARGEST_FILE
from infrastructure.web.paths import is_page
from infrastructure.web.problems import MOST_ERRORS, TYPES
from infrastructure.web.serve import ServeSettings
from infrastructure.web.service import Service
from tests.web.service import ROOT

TEXT = (ROOT / "docs" / "http-api.md").read_text("utf-8")
COMMAND_LINE = (ROOT / "docs" / "command-line.md").read_text("utf-8")
SECTION = re.compile(r"^### (.*)\n((?:.*\n)*?)(?=^##|\Z)", re.MULTILINE)
SECTIONS = {found[1]: found[2] for found in SECTION.finditer(TEXT)}
JSON = re.compile(r"^```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DOCUMENTS: dict[str, type[BaseModel]] = {
    "Contact": ContactDocument,
    "Received": ReceivedDocument,
    "Merge": MergeDocument,
    "Activity": ActivityDocument,
}
OF_CONVENTIONS = {"Idempotency-Key"}
"""Parameters that are described once for all endpoints."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    url = f"sqlite:{tmp_path_factory.mktemp('store')}"
    return create_app(Service(*open_store_and_keys(url, None), the_time, Pool(url, 1)))


@pytest.fixture(scope="module")
def document(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every operation with its section."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield SECTIONS[f"`{method.upper()} {path}`"], operation


def examples(section: str) -> list[Any]:
    return [json.loads(found) for found in JSON.findall(section)]


def names(section: str, name: str) -> bool:
    """Whether a section contains a name, in its text or in an example."""
    return f"`{name}`" in section or f'"{name}"' in section


def is_for_people(path: str) -> bool:
    """Whether it is a page, or what a page loads: docs/pages.md describes these."""
    return is_page(path) or path.startswith("/static/")


def test_every_route_has_a_section_and_there_is_no_other(app: FastAPI) -> None:
    routes = {
        f"`{method} {route.path_format}`"
        for route in iter_route_contexts(app.routes)
        for method in route.methods or ()
        if method != "HEAD" and not is_for_people(str(route.path_format))
    }
    assert {title for title in SECTIONS if title.startswith("`")} == routes
    assert len(routes) > 40
    mentioned = re.findall(r"`([A-Z]+ /[^`]*)`", TEXT)
    assert {f"`{each}`" for each in mentioned} == routes


def test_every_section_says_who_may(document: dict[str, Any]) -> None:
    for section, operation in operations(document):
        told = re.findall(r"\bFor: ([\w, ]+)\.", section)
        assert told == re.findall(r"\bFor: ([\w, ]+)\.", operation["description"]), section


def test_every_field_and_parameter_of_a_request_is_named(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for section, operation in operations(document):
        expected = {
            each["name"] for each in operation.get("parameters", []) if each["in"] != "path"
        }
        for content in operation.get("requestBody", {}).get("content", {}).values():
            for schema in (content["schema"], *content["schema"].get("anyOf", [])):
                named = schema.get("$ref", "").rpartition("/")[2]
                expected |= schemas.get(named, {}).get("properties", {}).keys()
        if "records" in expected:
            expected |= schemas["RecordSent"]["properties"].keys()
        missing = [each for each in expected - OF_CONVENTIONS if not names(section, each)]
        assert missing == [], section


def test_every_example_is_one_of_the_request_or_else_of_an_answer(document: dict[str, Any]) -> None:
    count = 0
    for section, operation in operations(document):
        sent, answered = bodies(document, operation.get("requestBody", {})), []
        for status, answer in operation["responses"].items():
            answered += bodies(document, answer) if status < "300" else []
        shown = examples(section)
        count += len(shown)
        if sent:
            assert any(each.is_valid(shown[0]) for each in sent), section
            shown = shown[1:]
        for example in shown:
            assert any(each.is_valid(example) for each in answered), section
    assert count > 20


def bodies(document: dict[str, Any], described: dict[str, Any]) -> list[Any]:
    """Validators of the JSON that a request or an answer is."""
    content = described.get("content", {}).get("application/json")
    if content is None:
        return []
    whole = {"components": document["components"], "allOf": [content["schema"]]}
    return [validator_for(whole, validate_formats=True)]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_shown_with_every_field_that_it_has(name: str) -> None:
    (example,) = examples(SECTIONS[name])
    read = DOCUMENTS[name].model_validate(example)
    assert json.loads(read.model_dump_json()) == example
    for field in DOCUMENTS[name].model_fields:
        assert names(SECTIONS[name], field), field


def test_every_type_of_problem_is_in_the_table() -> None:
    rows = re.findall(r"^\| `(/problems/[\w-]+)` \| (\d+) \| .+ \|$", TEXT, re.MULTILINE)
    assert sorted(rows) == sorted((each.uri, str(each.status)) for each in TYPES.values())
    for example in examples(SECTIONS["Errors"]):
        assert example["type"] in {each.uri for each in TYPES.values()}


def test_every_role_is_in_the_table() -> None:
    assert re.findall(r"^\| (\w+) \|", SECTIONS["Keys and roles"], re.MULTILINE) == [
        "role",
        *PERMISSIONS,
    ]


def test_limits_are_those_of_the_service() -> None:
    assert f"`limit` (1 to {LARGEST_PAGE:,}, by default {PAGE})" in TEXT
    assert f"| a body | {LARGEST_BODY >> 20} MiB, arriving within 20 seconds |" in TEXT
    assert f"| a file that is imported | {LARGEST_FILE >> 30} GiB, taking its time |" in TEXT
    assert f"| records in a request | {LARGEST_BATCH:,} |" in TEXT
    assert f"| phones and emails in a request | {MOST_POINTS:,} |" in TEXT
    assert f"| values in a body | {MOST_VALUES:,}, with {MOST_FIELDS:,} fields in an" in TEXT
    assert f"| errors named in an answer | {MOST_ERRORS} |" in TEXT
    assert f"| the request line and the headers | {LARGEST_HEAD >> 10} KiB, arriving" in TEXT
    assert f"at most {MOST_OPEN:,} connections open" in TEXT
    assert f"| phones, emails or attributes of a record | {MAX_VALUES:,} each |" in TEXT
    assert f" | {MAX_LENGTH:,} characters, {MAX_BYTES:,} bytes in UTF-8 |\n" in TEXT
    assert f" | {MAX_TEXT:,} characters |\n" in TEXT
    assert f"up to {LONGEST_ID} characters" in TEXT
    assert f"{BATCH:,} rows a commit" in TEXT


@pytest.mark.parametrize("page", [TEXT, COMMAND_LINE], ids=["http-api", "command-line"])
def test_every_setting_of_serve_is_told_with_its_default(page: str) -> None:
    for name, field in ServeSettings.model_fields.items():
        default = "" if field.default is None else f"`{field.default}` "
        assert f"| `CONTACT_MERGING_{name.upper()}` | {default}| " in page
    assert f"| `{CONNECTIONS_VARIABLE}` | `{LARGEST_POOL}` | " in page
    told = re.findall(r"^\| `(CONTACT_MERGING_\w+)`", page, re.MULTILINE)
    of_serve = [f"CONTACT_MERGING_{name.upper()}" for name in ServeSettings.model_fields]
    assert [each for each in told if each != CONNECTIONS_VARIABLE] == of_serve
