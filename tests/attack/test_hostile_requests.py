"""Thousands of requests that somebody made up to hurt: each is answered as documented, and soon."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from random import Random
from typing import Any

import httpx
import pytest

from tests.attack.raw import memory_of, seconds_of
from tests.many_processes.servers import serving
from tests.stores import new_place
from tests.web.service import Account, Service

AT_ONCE = 50
"""How many requests a test sends."""
MOST_SECONDS = 1.0
"""Of the processor, for one request."""
MOST_GROWTH = 150 << 20
"""Bytes by which the memory of a process may grow from the first requests to the last."""
LENGTHS = [0, 1, 999, 1_000, 1_001, 2_000, 32_767, 32_768, 100_000]
TEXTS = [
    "",
    " ",
    "\0",
    "\ud800",
    "'; DROP TABLE events;--",
    "=1+1",
    "\u202e",
    "../../etc",
    "%00",
    "İ",
]
NUMBERS = [0, -1, 1e308, 2**53, 2**63, 2**64, 10**400, 0.1, True, None]
QUERY = ("limit", "cursor", "q", "after")
PARTS = ["x", "a" * 64, "a" * 2_000, *["1", "-1", "..", "06h1kvzrvwpkqpbz"] * 4, "a" * 40_000]
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(1, id="one process", marks=pytest.mark.heavy),
        pytest.param(2, id="two processes"),
    ],
)
def service_of_some(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("serving")
    with (
        new_place("sqlite") as place,
        serving(place, folder, workers=request.param) as (_, service),
    ):
        yield service


@pytest.fixture(scope="module")
def account(service_of_some: Service) -> Account:
    return service_of_some.account()


@pytest.fixture(scope="module")
def document(account: Account) -> dict[str, Any]:
    found: dict[str, Any] = account.admin.get("/openapi.json").json()
    return found


class Maker:
    """Makes requests. `random`: a seed brings them back."""

    def __init__(self, document: dict[str, Any], account: Account, random: Random) -> None:
        self.random = random
        self.account = account
        self.contact = account.contact()
        self.paths = [
            each for each in document["paths"] if "{account}" in each and "stream" not in each
        ]
        self.schemas = document["components"]["schemas"]
        self.operations = document["paths"]

    def request(self) -> tuple[str, str, httpx.Request]:
        """A request, with its path in the document and its method."""
        while True:
            with suppress(httpx.InvalidURL):  # too long for the client
                return self._request()

    def _request(self) -> tuple[str, str, httpx.Request]:
        template = self.random.choice(self.paths)
        own = [each.upper() for each in self.operations[template]]
        method = self.random.choice(own if self.random.random() < 0.9 else METHODS)
        path = template.replace("{account}", self.account.name)
        if self.random.random() < 0.7:
            path = path.replace("{contact_id}", self.contact).replace("{integration}", "hubspot")
        while "{" in path:
            before, _, after = path.partition("{")
            path = before + self.part() + after.partition("}")[2]
        query = {self.word(): self.short() for _ in range(self.random.choice([0, 0, 1, 30]))}
        query |= {
            n: self.part() for n in ("limit", "cursor", "q", "after") if self.random.random() < 0.2
        }
        body = self.body(template, method)
        headers = {
            "Content-Type": self.random.choice(["application/json", "application/json", "text/x"])
        }
        if self.random.random() < 0.3:
            headers["Idempotency-Key"] = self.part()
        request = self.account.admin.build_request(
            method, path, params=query, content=body, headers=headers
        )
        return template, method.lower(), request

    def part(self) -> str:
        """A piece of a path or a header."""
        made = self.random.choice(PARTS)
        return f"{made}{self.random.randrange(10)}"

    def short(self) -> str:
        """A text for a query."""
        return self.text()[: self.random.choice([10, 100])].replace("\ud800", "")

    def word(self) -> str:
        return self.random.choice(["limit", "q", "kind", "phone", "as_of", "a" * 300, "x"])

    def text(self) -> str:
        one = self.random.choice([*TEXTS, "1", "a", "ä", "+1319555", "a@b.test"])
        return (one * self.random.choice(LENGTHS))[:100_000]

    def body(self, template: str, method: str) -> bytes:
        """Nothing, something near to what the endpoint takes, or anything."""
        kind = self.random.randrange(10)
        if kind == 0:
            return b""
        if kind == 1:
            return self.random.randbytes(self.random.choice([1, 1_000, 1 << 20]))
        if kind == 2:
            return b"[" * self.random.choice([10, 200, 100_000])
        if kind == 3:
            pair = json.dumps({"name": self.text()}).encode()[1:-1]
            return b"{" + b",".join([pair] * min(1_000, 4_000_000 // len(pair))) + b"}"
        made = self.like(self.schema(template, method.lower()), 0) if kind < 9 else self.value(0)
        raw = json.dumps(made).encode()
        return raw if len(raw) < 8 << 20 else raw[: 8 << 20]

    def schema(self, template: str, method: str) -> dict[str, Any]:
        operation = self.operations[template].get(method, {})
        content = operation.get("requestBody", {}).get("content", {})
        schema: dict[str, Any] = content.get("application/json", {}).get("schema", {})
        return schema

    def like(self, schema: dict[str, Any], depth: int) -> Any:
        """A value like that of a schema, with something wrong here and there."""
        if depth > 8 or self.random.random() < 0.1:
            return self.value(depth)
        if "$ref" in schema:
            return self.like(self.schemas[schema["$ref"].rpartition("/")[2]], depth + 1)
        for several in ("anyOf", "oneOf", "allOf"):
            if several in schema:
                return self.like(self.random.choice(schema[several]), depth + 1)
        match schema.get("type"):
            case "object":
                fields = schema.get("properties", {}).items()
                made = {n: self.like(s, depth + 1) for n, s in fields if self.random.random() < 0.9}
                if self.random.random() < 0.1:
                    many = self.random.choice([1, 1_999, 2_001, 20_000])
                    made |= {f"f{n}": 1 for n in range(many)}
                return made
            case "array":
                count = self.random.choice([0, 1, 2, 2, 999, 1_001] if depth < 3 else [0, 1, 2])
                return [self.like(schema.get("items", {}), depth + 1)] * count
            case "string" if "enum" in schema:
                return self.random.choice(schema["enum"])
            case "string":
                return self.text()[: self.random.choice([10, 1_000, 33_000])]
        return self.value(depth)

    def value(self, depth: int) -> Any:
        made: list[Callable[[], Any]] = [
            self.text,
            lambda: self.random.choice(NUMBERS),
            lambda: [self.value(depth + 1) for _ in range(self.random.choice([0, 1, 3]))],
            lambda: {self.text()[:300]: self.value(depth + 1) for _ in range(3)},
        ]
        return self.random.choice(made[: 2 if depth > 6 else 4])()


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(each, marks=pytest.mark.heavy) for each in range(1, 50))]
)
def test_each_is_answered_as_documented_and_soon(
    account: Account, document: dict[str, Any], seed: int
) -> None:
    make = Maker(document, account, Random(seed))  # noqa: S311 - a seed brings them back
    before = 0
    for number in range(AT_ONCE):
        template, method, request = make.request()
        began = seconds_of(account.service)
        answer = account.admin.send(request)
        said = f"{seed}, {number}: {request.method} {request.url!s:.200} {answer.status_code}"
        assert seconds_of(account.service) - began < MOST_SECONDS, said
        operation = document["paths"][template].get(method)
        # Another path may take it, as `contacts/export` looks like a contact: also what that says.
        known = {"400", "401", "404", "405", "408", "413", "415", "422", "429", "431"}
        documented = known if operation is None else {*operation["responses"], "431", "404"}
        assert str(answer.status_code) in documented, f"{said} {answer.text[:300]}"
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json", said
            assert len(answer.content) < 500_000, said
        before = before or memory_of(account.service)
    assert memory_of(account.service) - before < MOST_GROWTH
    assert account.admin.get("/readyz").status_code == 200
