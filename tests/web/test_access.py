"""Access: every route, for every role, with every kind of key.

The table is written by hand from "Who may do what" of the rules and from the contract.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx
import pytest

from tests.web.service import CALL, MESSAGE, OPERATOR_KEY, Account, Service, problem

OPERATOR = {"operator"}
ADMIN = {"admin"}
KEYS = OPERATOR | ADMIN
EDIT = ADMIN | {"agent"}
READ = EDIT | {"auditor"}
RECORDS = ADMIN | {"integration"}
EXPORTS = READ | {"integration"}
ROLES = OPERATOR | READ | RECORDS

PERSON = {"name": "Mary", "phones": ["+13195554929"]}
RECORD = {"kind": "lead", "external_id": "77", "phones": ["+13195554929"]}
SETTINGS = {"integration_leads": "phone", "integration_contacts": "never"}
ROWS = "Name,Phone\nMary,+13195554929\n"
FILE = {"file": ("people.csv", ROWS)}


class Route(NamedTuple):
    """A route, who may use it, and a request to it: `{contact}` stands for a new contact's id."""

    request: str
    may: set[str]
    body: Any = None
    document: str | None = None
    """The path in the OpenAPI document, if it differs."""


ROUTES = [
    Route("POST /v1/accounts", OPERATOR, {"id": "{new_account}"}),
    Route("GET /v1/accounts", OPERATOR),
    Route("GET /v1/accounts/{account}", OPERATOR),
    Route("DELETE /v1/accounts/{account_to_remove}", OPERATOR, None, "/v1/accounts/{account}"),
]
OF_AN_ACCOUNT = [
    Route("POST /keys", KEYS, {"role": "agent", "name": "Ann"}),
    Route("GET /keys", KEYS),
    Route("DELETE /keys/{key_id}", KEYS),
    Route("GET /merge-settings", READ),
    Route("GET /merge-settings/history", READ),
    Route("PUT /merge-settings", ADMIN, SETTINGS),
    Route("POST /integrations/{name}/records", RECORDS, {"records": [RECORD]}),
    Route("GET /integrations", READ),
    Route("GET /integrations/{name}/records/{kind}/{external_id}", READ),
    Route("DELETE /integrations/{name}/records/{kind}/{external_id}", RECORDS),
    Route("POST /contacts", EDIT, PERSON),
    Route("GET /contacts", READ),
    Route("GET /contacts/export", READ),
    Route("GET /contacts/{contact_id}", READ),
    Route("PATCH /contacts/{contact_id}", EDIT, {"name": "Mary M."}),
    Route("DELETE /contacts/{contact_id}", EDIT),
    Route("POST /contacts/{deleted}/restoration", EDIT, None, "/contacts/{contact_id}/restoration"),
    Route("GET /contacts/{contact_id}/records", READ),
    Route("GET /contacts/{contact_id}/absorbed", READ),
    Route("GET /contacts/{contact_id}/history", READ),
    Route("GET /contacts/{contact_id}/activities", READ),
    Route("POST /contacts/{contact_id}/merges", ADMIN, {"absorb": "{contact}"}),
    Route("GET /merges", READ),
    Route("GET /merges/{merge_id}", READ),
    Route("POST /merges/{merge_id}/undo", ADMIN),
    Route("GET /explanations?a={contact}&b={contact}", READ, None, "/explanations"),
    Route("POST /separations", ADMIN, {"a": "{contact}", "b": "{contact}"}),
    Route("GET /conflicts", READ),
    Route("GET /attention", READ),
    Route("POST /attention/{merge_id}/settled", ADMIN, None, "/attention/{item_id}/settled"),
    Route("GET /days", READ),
    Route("POST /imports", ADMIN, FILE),
    Route("GET /imports", READ),
    Route("GET /imports/{import_id}", READ),
    Route("DELETE /imports/{waiting_id}", ADMIN, None, "/imports/{import_id}"),
    Route("POST /imports/{import_id}/undo", ADMIN),
    Route("GET /imports/{import_id}/kept", READ),
    *(
        Route(f"GET /imports/{{preview_id}}/{name}", READ, None, f"/imports/{{import_id}}/{name}")
        for name in ("joins", "shared-candidates", "rejected")
    ),
    Route("GET /imports/{import_id}/rejected.csv", READ),
    Route("GET /jobs", READ),
    Route("GET /jobs/{import_id}", READ, None, "/jobs/{job_id}"),
    Route("DELETE /jobs/{waiting_id}", ADMIN, None, "/jobs/{job_id}"),
    Route("POST /calls", EDIT, CALL),
    Route("GET /calls", READ),
    Route("GET /callers/319-555-5677", READ, None, "/callers/{number}"),
    Route("GET /calls/{call_id}", READ),
    Route("POST /calls/{call_id}/assignment", EDIT, {"contact_id": "{contact}"}),
    Route("POST /messages", EDIT, MESSAGE),
    Route("GET /messages", READ),
    Route("GET /messages/{message_id}", READ),
    Route("GET /exports", EXPORTS),
    Route("GET /events", READ),
    Route("GET /events/stream?after=0", READ, None, "/events/stream"),
]
ALL = ROUTES + [
    Route(
        each.request.replace(" ", " /v1/accounts/{account}"),
        each.may,
        each.body,
        f"/v1/accounts/{{account}}{each.document or each.request.partition(' ')[2]}",
    )
    for each in OF_AN_ACCOUNT
]
FOR_ANYBODY = {
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
    "GET /problems/{name}",
}
every_route = pytest.mark.parametrize("route", ALL, ids=lambda route: route.request)


class Things:
    """The things of an account, made when a request names them."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._imported: str | None = None
        self._previewed: str | None = None

    def fill(self, template: Any) -> Any:
        """A request or body with the ids of existing things."""
        if isinstance(template, dict):
            return {name: self.fill(value) for name, value in template.items()}
        if isinstance(template, str):
            return re.sub(r"\{(\w+)\}", lambda named: self._make(named[1]), template)
        return template

    def _make(self, name: str) -> str:
        account = self.account
        make: dict[str, Callable[[], str]] = {
            "account": lambda: account.name,
            "new_account": lambda: f"{account.name}_and_another",
            "account_to_remove": lambda: account.another().name,
            "key_id": lambda: account.made("/keys", {"role": "agent", "name": "Ann"}, "id"),
            "name": lambda: "hubspot",
            "kind": lambda: "contact",
            "external_id": account.record,
            "contact": account.contact,
            "contact_id": account.contact,
            "deleted": account.deleted,
            "merge_id": account.merge,
            "call_id": account.call,
            "message_id": account.message,
            "import_id": self._import,
            "preview_id": self._preview,
            "waiting_id": account.job_that_waits,
        }
        return make[name]()

    def _import(self) -> str:
        if self._imported is None:  # it is a process: one is enough
            self._imported = self.account.imported(ROWS)
            self.account.ended(f"/imports/{self._imported}")  # its rows do not come from a request
        return self._imported

    def _preview(self) -> str:
        if self._previewed is None:
            self._previewed = self.account.preview(ROWS)
        return self._previewed


class Somebody(NamedTuple):
    """A client with a key of an account, and one with a revoked key."""

    client: httpx.Client
    revoked: httpx.Client


@pytest.fixture(scope="module")
def things(service: Service) -> Things:
    return Things(service.account())


@pytest.fixture(scope="module")
def people(things: Things) -> dict[str, Somebody]:
    """A client of each role; the integration is hubspot."""
    return {role: somebody(things.account, role) for role in sorted(ROLES)}


def somebody(account: Account, role: str) -> Somebody:
    service = account.service
    if role == "operator":
        return Somebody(service.client(OPERATOR_KEY), service.client(OPERATOR_KEY[:-1]))
    body = {"role": role, "name": role}
    if role == "integration":
        body["integration"] = "hubspot"
    made = account.post("/keys", body).json()
    account.admin.delete(f"{account.base}/keys/{made['id']}").raise_for_status()
    client = account.client(role, "hubspot" if role == "integration" else None)
    return Somebody(client, service.client(made["key"]))


def ask(client: httpx.Client, request: str, body: Any) -> httpx.Response:
    """Send a request; only the beginning of the stream is read."""
    method, _, path = request.partition(" ")
    sent = {"files": body} if isinstance(body, dict) and "file" in body else {"json": body}
    if path.partition("?")[0].endswith("/events/stream"):
        with client.stream(method, path) as answer:
            if answer.status_code >= 400:
                answer.read()
            return answer
    return client.request(method, path, **sent)


def test_the_table_has_every_route_of_the_service(any_service: Service) -> None:
    document = any_service.client(None).get("/openapi.json").json()
    served = {
        f"{method.upper()} {path}"
        for path, methods in document["paths"].items()
        for method in methods
    }
    in_table = {
        f"{each.request.partition(' ')[0]} {each.document or each.request.partition(' ')[2]}"
        for each in ALL
    }
    assert served == in_table | FOR_ANYBODY


@every_route
def test_a_role_may_do_what_the_table_says_and_writes_nothing_where_it_may_not(
    route: Route, things: Things, people: dict[str, Somebody]
) -> None:
    for role, who in people.items():
        own = route.request if role in route.may else route.request.replace("_to_remove", "")
        request, body = things.fill(own), things.fill(route.body)
        before = things.account.rows()
        answer = ask(who.client, request, body)
        if role in route.may:
            assert answer.status_code < 300, (role, answer.text)
            if answer.status_code == 202:  # its job writes while others are refused
                things.account.ended(answer.headers["location"].removeprefix(things.account.base))
        else:
            assert problem(answer) == (403, "forbidden"), role
            assert things.account.rows() == before, role


@every_route
def test_without_a_valid_key_nobody_may_do_anything(
    route: Route, things: Things, strangers: list[httpx.Client]
) -> None:
    request, body = things.fill(route.request), things.fill(route.body)
    before = things.account.rows()
    for client in strangers:
        answer = ask(client, request, body)
        assert problem(answer) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer"
    assert things.account.rows() == before


@pytest.fixture(scope="module")
def strangers(service: Service, people: dict[str, Somebody]) -> list[httpx.Client]:
    """Clients without a key, with an invalid key, and with a revoked one."""
    found = [service.client(None), *(who.revoked for who in people.values())]
    for header in ("Bearer", "Bearer cm_garbage", f"Basic {OPERATOR_KEY}", "\xe9"):
        client = service.client(None)
        client.headers = httpx.Headers({"authorization": header}, encoding="latin-1")
        found.append(client)
    return found


@every_route
def test_another_account_answers_as_one_that_does_not_exist(
    route: Route, things: Things, people: dict[str, Somebody]
) -> None:
    """To everybody except the operator, also if the request or its body is wrong."""
    if "{account" not in route.request:
        return
    theirs = Things(things.account.another())
    request, body = theirs.fill(route.request), theirs.fill(route.body)
    missing = re.sub(r"^(\w+ /v1/accounts/)\w+", r"\1nobody", request)
    name = re.sub(r"^\w+ /v1/accounts/(\w+).*$", r"\1", request)
    before = theirs.account.rows()
    for role, who in people.items():
        if role == "operator":
            continue
        for sent in body, {"wrong": 1}:
            answers = [ask(who.client, each, sent) for each in (request, missing)]
            assert problem(answers[0]) == (404, "not-found")
            assert same(answers[0], name) == same(answers[1], "nobody"), role
    assert theirs.account.rows() == before


def same(answer: httpx.Response, asked: str) -> tuple[int, list[tuple[str, str]], str]:
    """An answer without its id, its date, its count, and the path of the request."""
    own = {"x-request-id", "date", "content-length", "ratelimit-remaining", "ratelimit-reset"}
    headers = [each for each in answer.headers.multi_items() if each[0] not in own]
    return answer.status_code, headers, answer.text.replace(asked, "…")


THEIRS = [
    Route("GET /contacts/{contact_id}", READ),
    Route("PATCH /contacts/{contact_id}", EDIT, {"name": "Mary M."}),
    Route("DELETE /contacts/{contact_id}", EDIT),
    Route("POST /contacts/{contact_id}/restoration", EDIT),
    Route("GET /contacts/{contact_id}/records", READ),
    Route("GET /contacts/{contact_id}/absorbed", READ),
    Route("GET /contacts/{contact_id}/history", READ),
    Route("GET /contacts/{contact_id}/activities", READ),
    Route("POST /contacts/{contact_id}/merges", ADMIN, {"absorb": "{ours}"}),
    Route("POST /contacts/{ours}/merges", ADMIN, {"absorb": "{contact_id}"}),
    Route("GET /merges?contact={contact_id}", READ),
    Route("GET /merges/{merge_id}", READ),
    Route("POST /merges/{merge_id}/undo", ADMIN),
    Route("GET /explanations?a={ours}&b={contact_id}", READ),
    Route("GET /explanations?a={contact_id}&b={ours}", READ),
    Route("POST /separations", ADMIN, {"a": "{ours}", "b": "{contact_id}"}),
    Route("POST /separations", ADMIN, {"a": "{contact_id}", "b": "{ours}"}),
    Route("GET /imports/{import_id}", READ),
    Route("DELETE /imports/{waiting_id}", ADMIN),
    Route("POST /imports/{import_id}/undo", ADMIN),
    Route("GET /imports/{import_id}/kept", READ),
    *(
        Route(f"GET /imports/{{preview_id}}/{name}", READ, None, f"/imports/{{import_id}}/{name}")
        for name in ("joins", "shared-candidates", "rejected")
    ),
    Route("GET /imports/{import_id}/rejected.csv", READ),
    Route("GET /jobs/{import_id}", READ),
    Route("DELETE /jobs/{waiting_id}", ADMIN),
    Route("GET /calls/{call_id}", READ),
    Route("POST /calls/{call_id}/assignment", EDIT, {"contact_id": "{ours}"}),
    Route("POST /calls/{our_call}/assignment", EDIT, {"contact_id": "{contact_id}"}),
    Route("GET /messages/{message_id}", READ),
    Route("DELETE /keys/{key_id}", KEYS),
    Route("DELETE /integrations/hubspot/records/contact/{external_id}", RECORDS),
    Route("GET /integrations/hubspot/records/contact/{external_id}", READ),
]


@pytest.fixture(scope="module")
def theirs(service: Service) -> Things:
    return Things(service.account())


@pytest.mark.parametrize("route", THEIRS, ids=lambda route: f"{route.request} {route.body or ''}")
def test_an_id_of_another_account_answers_as_a_missing_one(
    route: Route, things: Things, theirs: Things
) -> None:
    account = things.account
    (name,) = re.findall(r"\{(\w+_id)\}", f"{route.request} {route.body}")
    there = theirs.fill(f"{{{name}}}")
    missing = "0" * len(there)
    our = {"ours": account.contact(), "our_call": account.call()}

    def asked(given: str) -> httpx.Response:
        def fill(text: str) -> str:
            return text.format(**{**our, name: given})

        body = route.body and {field: fill(value) for field, value in route.body.items()}
        return ask(account.admin, fill(route.request).replace(" ", f" {account.base}"), body)

    before = account.rows(), theirs.account.rows()
    answers = [asked(each) for each in (there, missing)]
    assert problem(answers[0]) == (404, "not-found")
    assert same(answers[0], there) == same(answers[1], missing)
    assert (account.rows(), theirs.account.rows()) == before


class TestAnIntegration:
    def test_sends_and_takes_back_its_own_records_alone(self, account: Account) -> None:
        hubspot = account.client("integration", "hubspot")
        account.record("salesforce")
        before = account.rows()
        for method, path in (
            ("POST", "/integrations/salesforce/records"),
            ("DELETE", "/integrations/salesforce/records/contact/77"),
        ):
            body = {"records": [RECORD]} if method == "POST" else None
            answer = hubspot.request(method, account.base + path, json=body)
            assert problem(answer) == (403, "forbidden")
        assert account.rows() == before

    def test_reads_its_own_exports_alone(self, account: Account) -> None:
        for integration in ("hubspot", "salesforce"):
            record = {**RECORD, "phones": [f"+1319555000{len(integration) % 10}"]}
            sent = {"records": [record]}
            account.post(f"/integrations/{integration}/records", sent).raise_for_status()
            account.call(record["phones"][0])
        hubspot = account.client("integration", "hubspot")
        exports = f"{account.base}/exports"
        (own,) = hubspot.get(exports).json()["items"]
        assert own["target"]["integration"] == "hubspot"
        assert len(account.get("/exports").json()["items"]) == 2
        answer = hubspot.get(exports, params={"integration": "salesforce"})
        assert problem(answer) == (403, "forbidden")


class TestKeys:
    def test_one_is_shown_once_and_never_again(self, account: Account) -> None:
        made = account.post("/keys", {"role": "agent", "name": "Ann"}).json()
        listed = account.get("/keys")
        assert made["id"] in listed.text
        assert made["key"] not in listed.text
        assert "hash" not in listed.text

    def test_one_is_refused_as_soon_as_it_is_revoked(self, account: Account) -> None:
        made = account.post("/keys", {"role": "agent", "name": "Ann"}).json()
        agent = account.service.client(made["key"])
        assert agent.get(f"{account.base}/contacts").status_code == 200
        account.admin.delete(f"{account.base}/keys/{made['id']}").raise_for_status()
        assert agent.get(f"{account.base}/contacts").status_code == 401

    def test_those_of_a_removed_account_open_no_new_one_of_its_name(self, service: Service) -> None:
        account = service.account()
        operator = service.operator
        operator.delete(account.base).raise_for_status()
        assert account.get("/contacts").status_code == 401
        operator.post("/v1/accounts", json={"id": account.name}).raise_for_status()
        assert account.get("/contacts").status_code == 401
