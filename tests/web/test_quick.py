"""The quick way to an endpoint and FastAPI's way give the same answers and the same log."""

import asyncio
import json
import random
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from application.access import Role
from domain.settings import MergeSettings
from infrastructure.jobs.pool import Pool
from infrastructure.keys import Keys, SqliteKeyStore
from infrastructure.sign_ins import SignIns
from infrastructure.sqlite.accounts import SqliteAccounts
from infrastructure.web.api import activities, contacts, merges, records
from infrastructure.web.app import create_app
from infrastructure.web.quick import is_quick
from infrastructure.web.service import Service
from tests.web.service import CALL, MESSAGE, OPERATOR_KEY

MANY = 2_000
SOME = 300
NOW = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
OF_ONE_ANSWER = {"x-request-id", "ratelimit-reset"}
"""Headers that differ from answer to answer."""
ROUTES = [route for of in (activities, contacts, records, merges) for route in of.router.routes]
RECORD = {"kind": "lead", "external_id": "7", "name": "Eve", "phones": ["+1 319-555-0107"]}
BODIES: dict[str, list[Any]] = {
    "calls": [
        CALL,
        {**CALL, "id": "call 7"},
        {**CALL, "number": "319-555-0107", "duration_seconds": 63.0},
        {**CALL, "started_at": "yesterday", "duration_seconds": -1},
    ],
    "messages": [MESSAGE, {**MESSAGE, "number": "319-555-0107"}],
    "contacts": [
        {"name": "Ann", "phones": ["+13195554929"], "emails": ["ann@oak.test"]},
        {"name": "Bob", "phones": [{"value": "319-555-0107", "label": "work"}]},
        {"set": {"company": "Oak"}, "phones": {"add": ["319-555-0107"]}},
    ],
    "records": [
        {"records": [RECORD]},
        {"records": [RECORD, {**RECORD, "external_id": "8", "emails": ["ann@oak.test"]}]},
        {"records": "no list"},
    ],
    "others": [[], {}, None, "text", 5, {"name": 5, "unknown": True}],
}
"""By the last word of a path, bodies that may be sent to it."""
QUERIES = [
    *("", "", "", "?limit=2", "?limit=0", "?limit=two", "?limit=1&limit=3", "?unknown=1"),
    *("?phone=319-555-0107", "?email=ann@oak.test", "?q=ann", "?phone=%00", "?kind=lead"),
    *("?cursor=nothing", "?after=1", "?phone=", "?integration=hubspot", "?limit"),
]
HEADERS: list[dict[str, str]] = [
    *({}, {}, {}, {"idempotency-key": "once"}, {"idempotency-key": ""}, {"if-match": '"1"'}),
    *({"if-match": '"9"'}, {"if-none-match": '"1"'}, {"If-Match": "*"}, {"idempotency-key": "two"}),
]
TYPES = [
    *["application/json"] * 8,
    *("application/json; charset=utf-8", "application/vnd.api+json", "text/plain", ""),
]


class Way:
    """A service of its own, whose clock stands still and whose ids are numbers."""

    def __init__(self, folder: Path, *, quick: bool) -> None:
        numbers = count(1)

        def new_id() -> str:
            return f"{next(numbers):016}"

        accounts = SqliteAccounts(folder, lambda: NOW, new_id)
        store = SqliteKeyStore(folder)
        keys = Keys(store.session, store.changed, lambda: NOW, new_id, OPERATOR_KEY)
        self.log = accounts.create("oak", MergeSettings(default_region="US"), "the tests")
        incarnation = self.log.incarnation
        roles: tuple[Role, ...] = ("admin", "agent", "auditor")
        self.keys: dict[str, str] = {
            **{role: keys.make("oak", incarnation, role, role, None).key for role in roles},
            "operator": OPERATOR_KEY,
            "wrong": "wrong",
        }
        self.service = Service(
            accounts,
            keys,
            SignIns(store.session, keys, lambda: NOW),
            lambda: NOW,
            Pool(f"sqlite:{folder}", 1),
            per_second=1_000_000,
        )
        app = create_app(self.service)
        if not quick:
            others = [each for each in app.user_middleware if "QuickWay" not in str(each)]
            assert len(others) == len(app.user_middleware) - 1
            app.user_middleware = others
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1"
        )

    async def answers(self, role: str | None, method: str, path: str, **sent: Any) -> Any:
        """An answer, without what is never the same."""
        if role is not None:
            sent["headers"] |= {"authorization": f"Bearer {self.keys[role]}"}
        answer = await self.client.request(method, path, **sent)
        headers = {name: text for name, text in answer.headers.items() if name not in OF_ONE_ANSWER}
        return answer.status_code, headers, answer.content


@contextmanager
def both_ways(folder: Path) -> Iterator[tuple[Way, Way]]:
    with ExitStack() as closed:
        ways = []
        for quick in (True, False):
            (of_one := folder / str(quick)).mkdir()
            ways.append(way := Way(of_one, quick=quick))
            closed.enter_context(closing(way.service))
            closed.enter_context(closing(way.log))
        yield ways[0], ways[1]


class Requests:
    """Requests of every kind, valid and not; some name what was there before."""

    def __init__(self, seed: int) -> None:
        self._choose = random.Random(seed)  # noqa: S311
        self._ids = ["nothing", "a b", "x" * 70]

    def next(self) -> tuple[str | None, str, str, dict[str, Any]]:
        """The next one: who sends it, method, path, and what is sent besides."""
        choose = self._choose
        route = choose.choice(ROUTES)
        (method,) = route.methods
        if choose.random() < 0.03:
            method = choose.choice(["PUT", "HEAD", "OPTIONS", "DELETE"])
        path = "/".join(map(self._part, route.path_format.split("/")))
        role = choose.choice(["admin"] * 12 + ["agent", "auditor", "operator", "wrong", None])
        headers = dict(choose.choice(HEADERS))
        sent: dict[str, Any] = {"headers": headers}
        if method in {"POST", "PATCH", "PUT"}:
            sent["content"] = self._body(route.path_format.rpartition("/")[2])
            headers["content-type"] = choose.choice(TYPES)
        return role, method, path + choose.choice(QUERIES), sent

    def learn(self, answer: bytes) -> None:
        """Note the ids in an answer."""
        if answer.startswith(b"{"):
            found = json.loads(answer)
            told = (found.get(name) for name in ("contact_id", "merge_id", "id"))
            self._ids += [each for each in told if isinstance(each, str)]

    def _part(self, part: str) -> str:
        known = {
            "{account}": "oak",
            "{name}": "hubspot",
            "{kind}": "lead",
            "{number}": "319-555-0107",
        }
        if not part.startswith("{"):
            return part
        if self._choose.random() < 0.05:
            return self._choose.choice(["", "other", "%00", "%2F", "x" * 2_000])
        return known.get(part) or quote(self._choose.choice(self._ids[-8:] + self._ids[:3]))

    def _body(self, fits: str) -> bytes:
        kind = self._choose.random()
        if kind < 0.05:
            return self._choose.choice(
                [b"", b"{", b"[" * 5_000, b"\xff", b'{"a":NaN}', b'"\\ud800"']
            )
        most = BODIES.get(fits, BODIES["contacts"])
        body = self._choose.choice(most if kind < 0.8 else self._choose.choice([*BODIES.values()]))
        if fits not in BODIES and kind < 0.7:  # a merge, an assignment, a separation
            one, other = (self._choose.choice(self._ids[-20:]) for _ in range(2))
            names = {"merges": ["absorb"], "assignment": ["contact_id"]}.get(fits, ["a", "b"])
            body = dict(zip(names, (one, other), strict=False))
        if kind > 0.9 and isinstance(body, dict) and body:
            body = {**body, self._choose.choice([*body]): self._choose.choice([None, 7, [], "?"])}
        number, external_id = (f"{self._choose.randrange(100):02}" for _ in range(2))
        text = (
            json.dumps(body).replace("555-01", f"555-{number}").replace('"7"', f'"{external_id}"')
        )
        return text.replace("5550108", f"55501{number}").encode()


@pytest.mark.parametrize(
    ("number", "seed"), [(SOME, 1), pytest.param(MANY, 2, marks=pytest.mark.heavy)]
)
def test_the_same_requests_get_the_same_answers(tmp_path: Path, number: int, seed: int) -> None:
    asyncio.run(_compare(tmp_path, Requests(seed), number))


async def _compare(folder: Path, requests: Requests, number: int) -> None:
    statuses = []
    with both_ways(folder) as (quick, careful):
        for _ in range(number):
            role, method, path, sent = requests.next()
            one = await quick.answers(
                role, method, path, **{**sent, "headers": {**sent["headers"]}}
            )
            other = await careful.answers(role, method, path, **sent)
            assert one == other, (role, method, path, sent)
            statuses.append(one[0])
            requests.learn(one[2])
        logs = [_events(way) for way in (quick, careful)]
    assert logs[0] == logs[1]
    assert len(logs[0]) > number / 40
    assert {200, 201, 401, 403, 404, 405, 415, 422} <= {*statuses}


def _events(way: Way) -> list[tuple[int, bytes]]:
    with way.log.snapshot() as session:
        return session.execute("SELECT position, payload FROM events ORDER BY position").fetchall()


def test_every_endpoint_of_calls_contacts_records_and_merges_has_a_quick_way() -> None:
    assert [route.path for route in ROUTES if not is_quick(route)] == []
