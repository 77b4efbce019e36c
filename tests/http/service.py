"""A real service in a process of its own, on a real store, and clients that hold its keys."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
OPERATOR_KEY = "operator-key-of-the-tests-0123456789"
_MAIN = "import sys; from infrastructure.cli import main; main()"
_numbers = count(1)


@dataclass(frozen=True)
class Service:
    """A service that runs. `url` is where; `folder` its store; `process` what it runs in."""

    url: str
    folder: Path
    process: subprocess.Popen[str]
    clients: ExitStack

    def client(self, key: str | None) -> httpx.Client:
        """Somebody with a key, or without; closed with the service at the latest."""
        headers = {"Authorization": f"Bearer {key}"} if key is not None else {}
        client = httpx.Client(base_url=self.url, headers=headers, timeout=30)
        return self.clients.enter_context(closing(client))

    @property
    def operator(self) -> httpx.Client:
        """Who operates it."""
        return self.client(OPERATOR_KEY)

    def account(self, default_region: str | None = "US") -> "Account":
        """A new account, and the client of an admin of it."""
        name = f"account_{next(_numbers)}"
        with closing(self.operator) as operator:
            body = {"id": name, "default_region": default_region}
            operator.post("/v1/accounts", json=body).raise_for_status()
        return Account(self, name)


class Account:
    """An account of a service, seen by one of its admins."""

    def __init__(self, service: Service, name: str) -> None:
        self.service = service
        self.name = name
        self.base = f"/v1/accounts/{name}"
        self.admin = service.client(self.key("admin"))

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
        """Somebody with a new key of a role."""
        return self.service.client(self.key(role, integration))

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        """Read as the admin."""
        return self.admin.get(self.base + path, params=parameters)

    def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """Send as the admin. Of the headers' names, `_` stands for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.admin.post(self.base + path, json=body, headers=named)


@contextmanager
def running(folder: Path, **environment: str) -> Iterator[Service]:
    """A service over a store in a folder; in the end it is asked to stop, and has to."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "service.log"
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                _MAIN,
                "serve",
                "--store",
                f"sqlite:{folder}/store",
                "--port",
                "0",
            ],
            cwd=ROOT,
            env={
                **os.environ,
                "CONTACT_MERGING_OPERATOR_KEY": OPERATOR_KEY,
                "PYTHONUNBUFFERED": "1",
                **environment,
            },
            stderr=errors,
            text=True,
        )
    try:
        with ExitStack() as clients:
            yield Service(_address(log, process), folder, process, clients)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) in {0, -signal.SIGTERM, -signal.SIGKILL}, log.read_text()


def _address(log: Path, process: subprocess.Popen[str]) -> str:
    """Where it listens, as its log says."""
    while process.poll() is None:
        for line in log.read_text(encoding="utf-8").splitlines():
            if line.startswith("{") and "running on" in json.loads(line)["event"]:
                return str(json.loads(line)["event"]).split()[3]
    raise AssertionError(f"it ended: {log.read_text(encoding='utf-8')}")
