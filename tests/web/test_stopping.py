"""The service stops gracefully, says whether it is ready, and logs no personal data."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import httpx

from tests.stores import Place
from tests.web.service import CALL, ROOT, Account, Service, running

CLIENTS = 8


def calls_until_it_stops(account: Account, client: httpx.Client, together: Barrier) -> list[str]:
    """Send calls until the service is gone. Returns the ids of acknowledged calls."""
    acknowledged: list[str] = []
    together.wait()
    while True:
        try:
            answer = client.post(f"{account.base}/calls", json=CALL)
        except httpx.TransportError:
            return acknowledged
        if answer.status_code == 503:
            return acknowledged
        assert answer.status_code == 201, answer.text
        acknowledged.append(str(answer.json()["id"]))


def test_it_finishes_what_it_acknowledges_and_leaves_nothing_half_done(place: Place) -> None:
    with running(place) as service, ThreadPoolExecutor(CLIENTS) as pool:
        account = service.account()
        together = Barrier(CLIENTS + 1)
        clients = [account.client("admin") for _ in range(CLIENTS)]
        sent = [pool.submit(calls_until_it_stops, account, each, together) for each in clients]
        together.wait()
        for _ in range(20):
            account.call()
        service.process.send_signal(signal.SIGTERM)
        acknowledged = [call for each in sent for call in each.result(timeout=30)]
        assert service.process.wait(timeout=30) in {0, -signal.SIGTERM}
    assert acknowledged
    with running(place) as service:
        account.served_by(service)
        there = {each["id"] for each in account.items("/calls")}
        assert there.issuperset(acknowledged)
        assert len(there) <= len(acknowledged) + 20 + CLIENTS


def test_the_log_names_nobody(place: Place) -> None:
    said = ["Mary Majorova", "mary@majorova.test", "3195550123", "(319) 555-0123", "Secret words"]
    with running(place) as service:
        account = service.account()
        contact = {"name": said[0], "emails": [said[1]], "phones": [said[3]]}
        made = account.post("/contacts", contact)
        account.post("/contacts", {**contact, "unknown": said[0]})
        account.get("/contacts", q=said[0])
        account.get("/contacts", phone=said[2])
        account.get("/contacts", email=f"{said[1]} is none")
        account.get(f"/contacts/{said[1]}")
        account.call(said[2])
        account.post("/messages", {"text": said[4]})
        account.imported(f"Name,Phone\n{said[0]},{said[2]}\n")
        service.client(said[1]).get(f"{account.base}/contacts")
        keys = [account.key("agent"), str(made.json()["contact_id"])]
    log = service.log.read_text(encoding="utf-8")
    link, *logged = log.splitlines()
    assert link.startswith("Sign in as the operator, once, within 15 minutes: /sign-in?link=")
    lines = [json.loads(line) for line in logged]
    answered = [line for line in lines if line["event"] == "answered"]
    assert len(answered) >= 10
    assert {"request_id", "method", "route", "status", "milliseconds"} <= answered[0].keys()
    for personal in (*said, keys[0]):
        assert personal not in log


def serve(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Start a service that must refuse to run."""
    bare = {name: value for name, value in os.environ.items() if "CONTACT_MERGING" not in name}
    return subprocess.run(
        [sys.executable, "-m", "infrastructure.cli", "serve", *options],
        cwd=ROOT,
        env={**bare, **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_beyond_loopback_it_needs_a_key_of_the_operators_own(tmp_path: Path) -> None:
    where = ["--store", f"sqlite:{tmp_path}", "--port", "0"]
    refused = serve(*where, "--host", "0.0.0.0")  # noqa: S104 -- it is refused
    assert refused.returncode == 1
    assert refused.stderr.startswith("contact-merging: serving on 0.0.0.0, where others reach it")
    short = serve(*where, CONTACT_MERGING_OPERATOR_KEY="guess")
    assert short.returncode == 1
    assert "CONTACT_MERGING_OPERATOR_KEY" in short.stderr
    assert "guess" not in short.stderr


def test_a_port_that_is_taken_is_named(any_service: Service, tmp_path: Path) -> None:
    port = any_service.url.rsplit(":", 1)[1]
    taken = serve("--store", f"sqlite:{tmp_path}", "--port", port)
    assert taken.returncode != 0
    assert "address already in use" in taken.stderr.lower()


def test_it_counts_what_it_answers(service: Service) -> None:
    account = service.account()
    account.call()
    metrics = service.client(None).get("/metrics").text
    route = 'route="/v1/accounts/{account}/calls"'
    assert f'http_requests_total{{method="POST",{route},status="201"}}' in metrics
    assert "contact_merging_commands_per_commit_count" in metrics
    assert account.name not in metrics
