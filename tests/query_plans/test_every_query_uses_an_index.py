"""Every statement of the service on PostgreSQL uses an index, so its cost does not grow.

The plans are those of the server itself, of every statement that the service sent while every one
of its endpoints was used, on an account of 10,000 contacts, and of 100,000.
"""

import re
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest

from application.commands.delete_contact import delete_contact
from application.ports import IdKind
from tests.postgresql import Server
from tests.query_plans.large_account import grow
from tests.query_plans.plans import EXPLAINED, Indexes, Plan, indexes_of, plans_in
from tests.state_machine.few_are_many import few_are_many
from tests.stores import Place, server_of_its_own
from tests.web.service import Account, Service, running

PEOPLE = 200
FIRST, SECOND = "+13195550150", "+13195550151"
"""Numbers of two people whose rows are not copied."""
MEANT_TO = {
    "SELECT account FROM accounts ORDER BY account": "the operator's list of all accounts",
    "SELECT a.account FROM at_work": "accounts with jobs that are not done: a few",
    "SELECT 1 FROM schema_version": "one row",
    "SELECT works_with FROM ": "one row",
    "SELECT version FROM schema_version": "one row",
    "SELECT incarnation FROM incarnation": "one row",
    "FROM indexed WHERE format": "one row",
    "INSERT INTO pg_temp.": "an import that only counts works on a copy of all",
}
"""Statements that read a whole table, and why."""
_NAMES = re.compile(r"\{\w+(:path)?\}")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with server_of_its_own() as server:
        yield server


@pytest.fixture(scope="module", params=[10_000, pytest.param(100_000, marks=pytest.mark.heavy)])
def contacts(request: pytest.FixtureRequest) -> int:
    """The number of contacts in the account."""
    found: int = request.param
    return found


@pytest.fixture(scope="module")
def plans(server: Server, contacts: int, tmp_path_factory: pytest.TempPathFactory) -> list[Plan]:
    """Every plan of the service, while all of its endpoints were used on the large account."""
    folder = tmp_path_factory.mktemp("plans")
    url = server.new_database()
    place = Place("postgresql", url, folder)
    with ExitStack() as opened:
        service = opened.enter_context(running(place))
        account = service.account()
        _fill(account)
        with account.opened() as log:
            log.text.catch_up()  # one that lags would be built anew while plans are read
    grow(place, account.name, times=contacts // PEOPLE)
    with ExitStack() as opened:
        explained = Place("postgresql", f"{url}?options={EXPLAINED}", folder)
        before = server.log_file.stat().st_size
        service = opened.enter_context(running(explained))
        again = Account(service, account.name)
        _use_everything(service, again)
        _check_that_all_was_used(service)
    tail = folder / "server.log"
    tail.write_bytes(server.log_file.read_bytes()[before:])
    # Another account, which was made and deleted again, is so small that it is read as a whole.
    return [plan for plan in plans_in(tail) if plan.is_about(account.name)]


def _fill(account: Account) -> None:
    """A few hundred people of a file, some from CRMs, their calls, merges, conflicts."""
    rows = [f"Person {n},+1319555{n:04},person{n}@example.test" for n in range(PEOPLE)]
    account.imported("\n".join(["Name,Phone,Email", *rows]))
    _wait_for_imports(account)
    doubles: list[str] = []
    for n in range(20):
        account.post(
            "/integrations/hubspot/records",
            {
                "records": [
                    {
                        "kind": "lead" if n % 4 == 0 else "contact",
                        "external_id": str(n),
                        "name": f"Lead {n + 1}",
                        "phones": [f"+1319555{n:04}" if n % 2 else f"+1712555{n:04}"],
                    }
                ]
            },
        ).raise_for_status()
        double = {"name": "Double", "phones": [f"+1319555{n:04}"]}
        doubles.append(account.made("/contacts", double, "contact_id"))
        account.call(f"+1319555{n:04}")
        account.call(f"+1415555{n:04}")
        account.message(f"+1319555{n:04}")
    for one, other in pairwise(doubles[:5]):
        account.post("/separations", {"a": one, "b": other}).raise_for_status()


def _wait_for_imports(account: Account) -> None:
    for each in account.service.place.database(account.name).execute("SELECT job_id FROM jobs"):
        for _ in range(600):
            document = account.get(f"/imports/{each[0]}").json()
            if document["status"] != "running":
                break
            time.sleep(0.05)
        assert document["status"] == "done", document
    for _ in range(600):  # its text is indexed in the end
        rows = account.service.place.database(account.name).execute("SELECT position FROM indexed")
        if rows:
            return
        time.sleep(0.05)
    raise AssertionError("the text is not indexed")


class Client:
    """A client of the API; every answer must be a success."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._keys = (f"key-{number}" for number in count())

    def get(self, path: str, **parameters: Any) -> Any:
        answer = self.account.get(path, **parameters)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def send(self, method: str, path: str, body: Any = None) -> Any:
        key = {"Idempotency-Key": next(self._keys)} if method == "POST" else {}
        url = f"{self.account.base}{path}"
        answer = self.account.admin.request(method, url, json=body, headers=key)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def holder(self, number: str) -> str:
        """The contact that holds a number."""
        return str(self.get("/contacts", phone=number)["items"][0]["id"])


def _use_everything(service: Service, account: Account) -> None:
    """Use every endpoint, most of them in every way that makes a different query."""
    client = Client(account)
    _read(client)
    _change(client)
    _receive(client)
    _import(client)
    _operate(client, service)
    time.sleep(2)  # periodic tasks of the service


def _read(client: Client) -> None:
    page = client.get("/contacts", limit=50)
    client.get("/contacts", limit=50, cursor=page["next"])
    for kind in ("contact", "lead"):
        client.get("/contacts", kind=kind, limit=50)
    client.get("/contacts", status="deleted", limit=20)
    asked: list[dict[str, str]] = [
        {"q": "person 17"},
        {"q": "son 1", "kind": "contact"},
        {"q": "+1319555"},
        {"q": "n1"},
        {"q": "person17@example", "email": "person17@example.test"},
        {"email": "person7@example.test"},
    ]
    for parameters in asked:
        client.get("/contacts", limit=20, **parameters)
    for parameters in ({"q": "person 1"}, {"kind": "lead", "format": "vcard"}):
        exported = client.account.admin.get(
            f"{client.account.base}/contacts/export", params=parameters
        )
        exported.raise_for_status()
    contact = client.holder(FIRST)
    for path in ("", "/records", "/absorbed", "/history", "/activities"):
        client.get(f"/contacts/{contact}{path}")
    for path in ("/calls", "/messages"):
        listed = client.get(path, limit=20)
        client.get(path, limit=20, cursor=listed["next"])
        client.get(f"{path}/{listed['items'][0]['id']}")
    client.get("/merges")
    client.get("/merges", contact=contact)
    client.get("/explanations", a=contact, b=client.holder(SECOND))
    client.get("/callers/319-555-0100")
    client.get("/integrations")
    for path in ("/attention", "/days"):
        client.get(path, limit=3, cursor=client.get(path, limit=3)["next"])
    client.get("/conflicts", limit=20)
    with client.account.opened() as log, log.reading() as reading:
        kinds: tuple[IdKind, ...] = ("contact", "merge", "import")
        assert all(reading.ids_that_begin(each, contact[:4], limit=6) for each in kinds)
    client.get("/exports", limit=20)
    client.get("/exports", limit=20, integration="hubspot")
    client.get("/events", after=5, limit=20)
    client.get("/merge-settings")
    client.get("/merge-settings/history", limit=20)


def _change(client: Client) -> None:
    first, second = client.holder(FIRST), client.holder(SECOND)
    body = {"name": "New", "phones": ["+13195550007"], "emails": ["n@ew.test"]}
    made = client.send("POST", "/contacts", body)["contact_id"]
    edit = {"name": "Newer", "phones": ["+13195550008"]}
    client.send("PATCH", f"/contacts/{made}", edit)
    merge = client.send("POST", f"/contacts/{made}/merges", {"absorb": second})["id"]
    client.get(f"/merges/{merge}")
    client.get("/explanations", a=made, b=second)
    call = client.account.call("+13195550008")
    client.send("POST", f"/calls/{call}/assignment", {"contact_id": first})
    client.send("POST", f"/attention/{client.get('/attention')['items'][0]['id']}/settled")
    client.send("POST", f"/merges/{merge}/undo")
    client.send("POST", "/separations", {"a": made, "b": first})
    client.send("DELETE", f"/contacts/{made}")
    client.send("POST", f"/contacts/{made}/restoration")
    body = {"name": "Called", "phones": ["+13125550100", "+13125550101"]}
    called = client.send("POST", "/contacts", body)["contact_id"]
    for number in body["phones"]:
        client.account.call(number)
    with client.account.opened() as log, few_are_many():
        delete_contact(log, called, by="admin")
    settings = {"policy": "per_source", "integration_leads": "email"}
    settings |= {"integration_contacts": "phone"}
    shared = {"shared_identifiers": ["+13195550001"]}
    client.send("PUT", "/merge-settings", {**settings, **shared})


def _receive(client: Client) -> None:
    client.account.call("+13195559999")
    client.account.message("+13195550007")
    phones = ("+13195550011", "+13195559998", "+13195550012")
    records: list[dict[str, Any]] = [
        {"kind": "contact", "external_id": f"new{number}", "name": "X", "phones": [phone]}
        for number, phone in enumerate(phones)
    ]
    for some in (records[:1], records):
        client.send("POST", "/integrations/hubspot/records", {"records": some})
    records[0]["phones"] = ["+13195550099"]
    client.send("POST", "/integrations/hubspot/records", {"records": records[:1]})
    client.get("/integrations/hubspot/records/contact/new1")
    client.send("DELETE", "/integrations/hubspot/records/contact/new1")


def _import(client: Client) -> None:
    rows = "Name,Phone,Email\nNew one,+13195550013,\nNobody,n/a,\n,,person5@example.test\n"
    for options in ({}, {"dry_run": "true"}):
        import_id = client.account.imported(rows, **options)
        for _ in range(600):
            status = client.get(f"/imports/{import_id}")["status"]
            if status != "running":
                break
            time.sleep(0.05)
        assert status == "done"
        rejected = client.account.get(f"/imports/{import_id}/rejected.csv")
        assert "n/a" in rejected.text
        client.get(f"/jobs/{import_id}")
    client.get("/jobs", limit=1, cursor=client.get("/jobs", limit=1)["next"])
    client.get("/imports", limit=1, cursor=client.get("/imports", limit=1)["next"])
    client.send("DELETE", f"/jobs/{client.account.job_that_waits()}")
    client.send("DELETE", f"/imports/{client.account.job_that_waits()}")
    imported = client.account.imported(rows.replace("0013", "0014"))
    client.account.ended(f"/imports/{imported}")
    undo = client.send("POST", f"/imports/{imported}/undo")["id"]
    client.account.ended(f"/jobs/{undo}")
    client.get(f"/imports/{imported}/kept", limit=1)
    preview = client.account.preview(f"{rows}A,+13195550013,\nB,+13195550013,\nC,n/a,\n")
    for found in ("joins", "shared-candidates", "rejected"):
        page = client.get(f"/imports/{preview}/{found}", limit=1)
        if page["next"]:
            client.get(f"/imports/{preview}/{found}", limit=1, cursor=page["next"])
    row = client.get(f"/imports/{preview}/joins")["items"][0]["row"]
    decided = {"keep_apart": f"[{row}]", "share": '["+13195550098"]'}
    done = client.account.imported_after(preview, **decided)
    assert (done["status"], done["preview"]) == ("done", preview)
    stream = f"{client.account.base}/events/stream"
    with client.account.admin.stream("GET", stream, params={"after": 1}) as told:
        next(told.iter_lines())


def _operate(client: Client, service: Service) -> None:
    key = client.send("POST", "/keys", {"role": "agent", "name": "Ann"})["id"]
    client.get("/keys")
    client.send("DELETE", f"/keys/{key}")
    operator = service.operator
    other = service.account().name
    of_accounts = ("", f"/{client.account.name}")
    paths = [f"/v1/accounts{each}" for each in of_accounts]
    for path in (*paths, "/healthz", "/readyz", "/problems/invalid"):
        operator.get(path).raise_for_status()
    assert operator.delete(f"/v1/accounts/{other}").status_code == 204


def _check_that_all_was_used(service: Service) -> None:
    """Check that every endpoint of the API was used and answered."""
    paths = service.operator.get("/openapi.json").json()["paths"]
    offered = {(method.upper(), path) for path, methods in paths.items() for method in methods} - {
        ("GET", "/metrics")
    }
    counted = _NAMES.sub("{}", service.operator.get("/metrics").text)
    missing = [
        f"{method} {path}"
        for method, path in sorted(offered)
        if f'method="{method}",route="{_NAMES.sub("{}", path)}",status="2' not in counted
    ]
    assert missing == []


def test_nothing_is_read_from_end_to_end(plans: list[Plan], server: Server) -> None:
    with psycopg.connect(server.databases()[0]) as connection:
        indexes = indexes_of(connection)
    assert indexes.first["identifiers_pkey"] == "kind"
    assert "jobs_running" in indexes.partial
    wrong: dict[str, set[str]] = defaultdict(set)
    for plan in plans:
        if not any(known in plan.statement for known in MEANT_TO):
            for table in plan.reads_all_of(indexes):
                wrong[plan.statement].add(table)
    assert not wrong, "\n".join(f"{tables}: {each}" for each, tables in wrong.items())


def test_the_plans_are_of_all_that_matters(plans: list[Plan]) -> None:
    statements = {plan.statement for plan in plans}
    for part in (
        "FROM contacts",
        "FROM events",
        "FROM identifiers",
        "INSERT INTO events",
        "tokens @>",
        "GROUP BY number, assigned",
    ):
        assert any(part in each for each in statements), part


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("SELECT * FROM contacts", ["contacts"]),
        ("SELECT * FROM identifiers WHERE contact_id = 'x'", ["identifiers"]),
        ("SELECT * FROM identifiers ORDER BY value, kind LIMIT 3", ["identifiers"]),
        ("SELECT * FROM contacts ORDER BY contact_id LIMIT 3", []),
        ("SELECT * FROM contacts WHERE contact_id = 'x'", []),
    ],
)
def test_what_has_no_index_would_be_noticed(
    server: Server, plans: list[Plan], tmp_path: Path, statement: str, tables: list[str]
) -> None:
    assert plans, "the account is there"
    database = server.databases()[0]
    before = server.log_file.stat().st_size
    indexes = _execute(f"{database}?options={EXPLAINED}", statement)
    tail = tmp_path / "log"
    tail.write_bytes(server.log_file.read_bytes()[before:])
    (plan,) = (each for each in plans_in(tail) if each.statement == statement)
    assert plan.reads_all_of(indexes) == tables


def _execute(url: str, statement: str) -> Indexes:
    with psycopg.connect(url) as connection:
        (schema,) = connection.execute(
            "SELECT 'account_' || account || '_' || number FROM contact_merging.accounts"
            " ORDER BY number LIMIT 1"
        ).fetchone() or ("",)
        connection.execute(f"SET search_path TO {schema}".encode())
        connection.execute("SET enable_seqscan = off")
        connection.execute(statement.encode())
        return indexes_of(connection)
