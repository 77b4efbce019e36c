"""The OpenAPI document is complete, and what it says is true of the service."""

import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema_rs import validator_for

from infrastructure.web.problems import TYPES
from tests.web.generated import Requests
from tests.web.service import CALL, Account, Service

METHODS = {"get", "post", "put", "patch", "delete"}
OPEN = {"/healthz", "/readyz", "/metrics", "/problems/{name}"}
"""Paths that need no key."""
ALLOWED_BESIDES = {
    "/v1/accounts/{account}/calls/{call_id}/assignment": {"get"},
    "/v1/accounts/{account}/contacts/export": {"delete", "patch"},
}
"""Methods of paths with a second meaning: the call `x/assignment`, the contact `export`."""


@pytest.fixture
def document(any_service: Service) -> dict[str, Any]:
    answer = any_service.client(None).get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    found: dict[str, Any] = answer.json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        assert methods.keys() <= METHODS
        for operation in methods.values():
            yield path, operation


class TestWhatItSaysIsTrue:
    def test_of_some_hundred_requests(
        self, service: Service, account: Account, subtests: pytest.Subtests
    ) -> None:
        requests = Requests(service, account)
        for operation in requests.operations():
            with subtests.test(operation.label):
                requests.generated(operation, seed=1, found=2, unfound=1)
                requests.boundaries(operation, every=12)
        assert requests.sent.total() > 300
        assert succeeded(requests) > 80

    @pytest.mark.heavy
    def test_of_thousands_of_requests(
        self, service: Service, account: Account, subtests: pytest.Subtests
    ) -> None:
        seed = random.SystemRandom().getrandbits(32)
        print("seed", seed)  # noqa: T201 -- to send the same again
        requests = Requests(service, account)
        for operation in requests.operations():
            with subtests.test(operation.label, seed=seed):
                requests.generated(operation, seed=seed, found=60, unfound=10)
                requests.boundaries(operation, every=1)
        print(requests.sent.total(), "requests,", succeeded(requests), "succeeded")  # noqa: T201
        assert requests.sent.total() >= 5_000


def succeeded(requests: Requests) -> int:
    return sum(sent for (_, status), sent in requests.sent.items() if status < 300)


class TestWhatItTells:
    def test_every_operation_has_a_name_a_description_and_a_tag_that_is_described(
        self, document: dict[str, Any]
    ) -> None:
        tags = {tag["name"] for tag in document["tags"] if tag["description"]}
        for path, operation in operations(document):
            assert operation["summary"], path
            assert operation["description"].endswith("."), path
            assert operation["tags"], path
            assert set(operation["tags"]) <= tags, path

    def test_operation_ids_are_a_verb_and_what_it_is_done_to(
        self, document: dict[str, Any]
    ) -> None:
        ids = [operation["operationId"] for _, operation in operations(document)]
        assert len(ids) == len(set(ids))
        assert [each for each in ids if not re.fullmatch(r"[a-z]+(_[a-z]+){1,3}", each)] == []
        assert [each for each in ids if "v1" in each or "account_" in each] == []

    def test_every_operation_of_an_account_needs_a_key_and_says_whose(
        self, document: dict[str, Any]
    ) -> None:
        scheme = document["components"]["securitySchemes"]["HTTPBearer"]
        assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
        for path, operation in operations(document):
            assert ("security" in operation) == (path not in OPEN), path
            if path not in OPEN:
                assert re.search(r"\nFor: (\w+, )*\w+\.$", operation["description"]), path
                assert {"401", "403", "422", "503"} <= operation["responses"].keys(), path

    def test_every_operation_with_a_body_says_how_it_may_be_wrong(
        self, document: dict[str, Any]
    ) -> None:
        for path, operation in operations(document):
            assert "500" in operation["responses"], path
            if "requestBody" in operation:
                assert {"400", "408", "413", "422"} <= operation["responses"].keys(), path
            headers = {each["name"] for each in operation.get("parameters", [])}
            if "If-Match" in headers:
                assert "412" in operation["responses"], path
            if "Idempotency-Key" in headers:
                assert "/problems/key-reused" in operation["responses"]["422"]["description"], path

    def test_every_post_but_the_one_that_makes_keys_may_be_repeated(
        self, document: dict[str, Any]
    ) -> None:
        for path, methods in document["paths"].items():
            headers = {each["name"] for each in methods.get("post", {}).get("parameters", [])}
            expected = "post" in methods and not path.endswith("/keys")
            assert ("Idempotency-Key" in headers) == expected, path

    def test_every_type_of_problem_is_described_and_documented_at_the_service(
        self, any_service: Service, document: dict[str, Any]
    ) -> None:
        anybody = any_service.client(None)
        text = document["info"]["description"]
        for kind in TYPES.values():
            assert f"| `{kind.uri}` | {kind.status} | {kind.title}. {kind.what} |" in text
            page = anybody.get(kind.uri)
            assert page.text == f"{kind.status} {kind.title}\n\n{kind.what}\n"

    def test_every_answer_that_is_a_problem_shows_one_of_each_type(
        self, document: dict[str, Any]
    ) -> None:
        for path, operation in operations(document):
            for status, answer in operation["responses"].items():
                if status < "400":
                    continue
                (content,) = answer["content"].values()
                shown = content["examples"].values()
                assert {str(each["value"]["status"]) for each in shown} == {status}, path
                for each in shown:
                    assert f"(`{each['value']['type']}`)" in answer["description"], path

    def test_bodies_have_examples_in_requests_and_in_answers(
        self, document: dict[str, Any]
    ) -> None:
        for path, operation in operations(document):
            contents = dict(operation.get("requestBody", {}).get("content", {}))
            for answer in operation["responses"].values():
                contents |= answer.get("content", {})
            for form, content in contents.items():
                if form != "multipart/form-data":
                    assert list(examples(document, content)), (path, form)

    def test_every_example_is_valid(self, document: dict[str, Any]) -> None:
        found = list(all_examples(document))
        for schema, example in found:
            whole = {"components": document["components"], "allOf": [schema]}
            validator = validator_for(whole, validate_formats=True)
            assert [error.message for error in validator.iter_errors(example)] == [], example
        assert len(found) > 100


def examples(document: dict[str, Any], content: dict[str, Any]) -> Iterator[Any]:
    """The examples of a body: its own, or those of its schema."""
    if "example" in content:
        yield content["example"]
    for each in content.get("examples", {}).values():
        yield each["value"]
    schema = content.get("schema", {})
    for each in (schema, *schema.get("anyOf", []), *schema.get("oneOf", [])):
        named = each.get("$ref", "").rpartition("/")[2]
        yield from document["components"]["schemas"].get(named, {}).get("examples", [])


def all_examples(node: Any) -> Iterator[tuple[dict[str, Any], Any]]:
    """Every example of a document, with the schema that it is an example of."""
    if isinstance(node, list):
        for each in node:
            yield from all_examples(each)
    if not isinstance(node, dict):
        return
    schema = node.get("schema", node)
    given = node.get("examples", [])
    for each in given if isinstance(given, list) else given.values():
        yield schema, each["value"] if isinstance(given, dict) else each
    if "schema" in node and "example" in node:
        yield schema, node["example"]
    for name, each in node.items():
        if name == "properties":  # whatever they are called
            yield from all_examples([*each.values()])
        elif name not in {"examples", "example"}:
            yield from all_examples(each)


class TestDocs:
    def test_the_page_fetches_nothing_from_elsewhere(self, any_service: Service) -> None:
        anybody = any_service.client(None)
        page = anybody.get("/docs")
        assert page.status_code == 200
        linked = re.findall(r"""(?:src|href|url)\s*[=:]\s*["']([^"']+)""", page.text)
        assert "/openapi.json" in linked
        assert len(linked) == 4
        for each in linked:
            assert re.match(r"/(?!/)", each)
            assert anybody.get(each).status_code == 200
        assert "//" not in re.sub(r"<!--.*?-->|^\s*//.*$", "", page.text, flags=re.MULTILINE)
        policy = page.headers["content-security-policy"]
        assert set(re.findall(r"'self'|https?:\S*|\*", policy)) == {"'self'"}

    def test_the_methods_of_a_path_are_named_where_another_is_used(
        self, any_service: Service, document: dict[str, Any]
    ) -> None:
        account = any_service.account()
        for path, methods in document["paths"].items():
            filled = re.sub(r"\{\w+\}", "x", path.replace("{account}", account.name))
            answer = account.admin.request("PURGE", filled)
            assert answer.status_code == 405, path
            allowed = set(methods) | ALLOWED_BESIDES.get(path, set())
            assert answer.headers["allow"] == ", ".join(sorted(allowed)).upper(), path

    def test_an_id_of_a_call_may_hold_a_slash(self, account: Account) -> None:
        """So the path of an assignment can be that of a call, and permits the same methods."""
        account.post("/calls", {"id": "x/assignment", **CALL}).raise_for_status()
        assert account.get("/calls/x/assignment").json()["id"] == "x/assignment"
