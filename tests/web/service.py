"""A real service in its own process, on a real store, and clients with keys."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from sqlite3 import connect
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from time import monotonic, sleep
from typing import Any, NamedTuple

import httpx

from infrastructure.account_log.log import EventLog
from infrastructure.jobs.file_imports import import_of
from infrastructure.storage.jobs import add_job
from tests.forked import ForkedCommand
from tests.stores import Place

ROOT = Path(__file__).resolve().parents[2]
OPERATOR_KEY = "operator-key-of-the-tests-0123456789"
CALL = {
    "direction": "inbound",
    "number": "+13195554929",
    "status": "missed",
    "started_at": "2026-05-01T09:30:00Z",
    "duration_seconds": 0,
}
MESSAGE = {
    "direction": "inbound",
    "number": "+13195554929",
    "text": "Hello",
    "sent_at": "2026-05-01T09:30:00Z",
}
BESIDE = {"commits", "indexed", "indexed_contacts"}
"""Tables of a store that do not depend on commands."""
NO_TLS = SSLContext(PROTOCOL_TLS_CLIENT)
"""For every client: without it each reads all certificates that the system trusts."""
PATIENCE = 60.0
"""Seconds to wait for the end of a job."""
Process = ForkedCommand | subprocess.Popen[str]
_numbers = count(1)


@dataclass(frozen=True)
class Service:
    """A running service. `url`: its address; `place`: its store; `process`: its process."""

    url: str
    place: Place
    log: Path
    process: Process
    clients: ExitStack

    def client(self, key: str | None) -> httpx.Client:
        """A client with a key or without, closed with the service at the latest."""
        headers = {"Authorization": f"Bearer {key}"} if key is not None else {}
        client = httpx.Client(base_url=self.url, headers=headers, timeout=30, verify=NO_TLS)
        return self.clients.enter_context(closing(client))

    @property
    def operator(self) -> httpx.Client:
        """The operator's client."""
        return self.client(OPERATOR_KEY)

    def account(self, default_region: str | None = "US") -> "Account":
        """A new account with the client of an admin."""
        name = f"account_{next(_numbers)}"
        with closing(self.operator) as operator:
            body = {"id": name, "default_region": default_region}
            operator.post("/v1/accounts", json=body).raise_for_status()
        return Account(self, name)


class Account:
    """An account of a service, used by one of its admins."""

    def __init__(self, service: Service, name: str) -> None:
        self.service = service
        self.name = name
        self.base = f"/v1/accounts/{name}"
        self._key = self.key("admin")
        self.admin = service.client(self._key)
        self._counts: str | None = None

    def served_by(self, service: Service) -> None:
        """Use another service over the same store from now on."""
        self.service = service
        self.admin = service.client(self._key)

    def key(self, role: str, integration: str | None = None) -> str:
        """A new key."""
        body = {"role": role, "name": f"{role} of the tests"}
        if integration is not None:
            body["integration"] = integration
        with closing(self.service.operator) as operator:
            made = operator.post(f"{self.base}/keys", json=body)
        made.raise_for_status()
        return str(made.json()["key"])

    def client(self, role: str, integration: str | None = None) -> httpx.Client:
        """A client with a new key of a role."""
        return self.service.client(self.key(role, integration))

    def another(self) -> "Account":
        """Another account."""
        return self.service.account()

    def contact(self) -> str:
        """Enter a contact. Returns its id."""
        number = next(_numbers)
        said = {"name": f"Person {number}", "phones": [f"+1319555{number % 10_000:04}"]}
        return self.made("/contacts", said, "contact_id")

    def contact_named(self, name: str, phone: str) -> str:
        """Enter a contact. Returns its id."""
        return self.made("/contacts", {"name": name, "phones": [phone]}, "contact_id")

    def deleted(self) -> str:
        """Enter a contact and delete it; its id."""
        contact = self.contact()
        self.admin.delete(f"{self.base}/contacts/{contact}").raise_for_status()
        return contact

    def merge(self) -> str:
        """Merge two new contacts by hand; the merge's id."""
        return self.made(f"/contacts/{self.contact()}/merges", {"absorb": self.contact()}, "id")

    def record(self, integration: str = "hubspot") -> str:
        """Send a new record of an integration; its id there."""
        external_id = str(next(_numbers))
        record = {"kind": "contact", "external_id": external_id, "name": "Mary"}
        self.made(f"/integrations/{integration}/records", {"records": [record]}, "results")
        return external_id

    def call(self, number: str = "+13195550000") -> str:
        """Record a call; its id."""
        return self.made("/calls", {**CALL, "number": number}, "id")

    def message(self, number: str = "+13195550000") -> str:
        """Record a message; its id."""
        return self.made("/messages", {**MESSAGE, "number": number}, "id")

    def imported(self, rows: str, **options: str) -> str:
        """Begin to import a file; the import's id."""
        file = {"file": ("people.csv", rows)}
        answer = self.admin.post(f"{self.base}/imports", files=file, data=options)
        answer.raise_for_status()
        return str(answer.json()["id"])

    def preview(self, rows: str) -> str:
        """Find out what would become of a file; the id of the dry run, which is done."""
        preview = self.imported(rows, dry_run="true")
        self.ended(f"/imports/{preview}")
        return preview

    def imported_after(self, preview: str, **options: str) -> dict[str, Any]:
        """Import the file of a dry run. Returns the import as it ended."""
        form = {name: (None, text) for name, text in {"preview": preview, **options}.items()}
        answer = self.admin.post(f"{self.base}/imports", files=form)
        answer.raise_for_status()
        return self.ended(f"/imports/{answer.json()['id']}")

    def ended(self, path: str) -> dict[str, Any]:
        """Wait for a job or an import to end, while it goes on. Returns its document."""
        until, last = monotonic() + PATIENCE, None
        while monotonic() < until:
            found: dict[str, Any] = self.get(path).json()
            if found["status"] != "running":
                return found
            if found != last:
                until, last = monotonic() + PATIENCE, found
            sleep(0.05)
        raise AssertionError(f"it does not go on: {last}")

    def made(self, path: str, body: Any, name: str) -> str:
        """Send as the admin. Returns a field of the answer."""
        answer = self.post(path, body)
        answer.raise_for_status()
        return str(answer.json()[name])

    @contextmanager
    def opened(self) -> Iterator[EventLog]:
        """The account, opened as by another process."""
        with closing(self.service.place.open(self.name)) as log:
            yield log

    def rows(self) -> dict[str, int]:
        """The numbers of rows of each table, of waiting files, and of keys."""
        place = self.service.place
        database = place.database(self.name)
        if self._counts is None:
            tables = [each for each in database.all_tables() if each not in BESIDE]
            counts = (f"SELECT '{each}', count(*) FROM {each}" for each in tables)
            self._counts = " UNION ALL ".join(counts)
        keys = "SELECT count(*) FROM {}keys WHERE account = ?"
        with database.connected() as execute:
            found: dict[str, int] = dict(execute(self._counts).fetchall())
            if place.kind == "postgresql":
                keys = keys.format("contact_merging.")
                return {**found, "keys": execute(keys, (self.name,)).fetchone()[0]}
        with closing(connect(place.folder / "keys.sqlite3")) as file:
            (found["keys"],) = file.execute(keys.format(""), (self.name,)).fetchone()
        return {**found, "uploads": len(self.uploads())}

    def job_that_waits(self) -> str:
        """The id of a job that no process carries out."""
        with self.opened() as log:
            job = import_of(log, file="people.csv", by="Ann")
            with log.database.writing() as session:
                add_job(session, job)
        return job.id

    def uploads(self) -> set[str]:
        """The imports whose files are kept."""
        place = self.service.place
        if place.kind == "sqlite":
            return {each.stem for each in (place.folder / self.name / "imports").glob("*.csv")}
        rows = place.database(self.name).execute("SELECT DISTINCT job_id FROM uploads")
        return {import_id for (import_id,) in rows}

    def position(self) -> int:
        """The position of the last event of its log."""
        return self.rows()["events"]

    def events(self) -> list[dict[str, Any]]:
        """Its whole log, read page by page."""
        found: list[dict[str, Any]] = []
        after: str | None = "0"
        while after is not None:
            page = self.get("/events", after=after, limit=1000).json()
            found += page["items"]
            after = page["next"]
        return found

    def items(self, path: str, limit: int = 1000) -> list[dict[str, Any]]:
        """A whole list, read page by page."""
        found: list[dict[str, Any]] = []
        asked: dict[str, Any] = {"limit": limit}
        while True:
            page = self.get(path, **asked).json()
            found += page["items"]
            if page["next"] is None:
                return found
            asked["cursor"] = page["next"]

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        """Read as the admin."""
        return self.admin.get(self.base + path, params=parameters)

    def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Send as the admin. In the names of headers `_` stands for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.admin.post(self.base + path, json=body, headers=named)


@contextmanager
def running(place: Place, **environment: str) -> Iterator[Service]:
    """A service over a store. At the end it is asked to stop, and must."""
    log = place.folder / "service.log"
    ours = {"CONTACT_MERGING_OPERATOR_KEY": OPERATOR_KEY, **environment}
    process = ForkedCommand(
        ["serve", "--store", place.url, "--port", "0"], {**os.environ, **ours}, log
    )
    try:
        with ExitStack() as clients:
            yield Service(_address(log, process), place, log, process, clients)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) in {0, -signal.SIGTERM, -signal.SIGKILL}, log.read_text()


def _address(log: Path, process: Process) -> str:
    """Where it listens, from its log."""
    while process.poll() is None:
        for line in log.read_text(encoding="utf-8").splitlines():
            if line.startswith("{") and "running on" in json.loads(line)["event"]:
                return str(json.loads(line)["event"]).split()[3]
        sleep(0.02)
    raise AssertionError(f"it ended: {log.read_text(encoding='utf-8')}")


def problem(answer: httpx.Response) -> tuple[int, str]:
    """The status and the type of a problem, which never includes a traceback."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    document = answer.json()
    assert document["status"] == answer.status_code
    assert document["detail"]
    assert "Traceback" not in answer.text
    return answer.status_code, document["type"].removeprefix("/problems/")


class Told(NamedTuple):
    """An event of a stream."""

    id: int
    type: str
    data: dict[str, Any]


@contextmanager
def listening(client: httpx.Client, path: str, **headers: str) -> Iterator[Iterator[Told | str]]:
    """Listen to a stream: yields each event when it arrives, and comments as texts."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with client.stream("GET", path, headers=named) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield _told(answer.iter_lines())


def _told(lines: Iterator[str]) -> Iterator[Told | str]:
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        if line and not name:
            yield value.strip()
        elif line:
            fields[name] = value.removeprefix(" ")
        elif "data" in fields:
            yield Told(int(fields["id"]), fields["event"], json.loads(fields["data"]))
            fields = {}
