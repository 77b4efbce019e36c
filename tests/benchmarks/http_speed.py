"""Commands and look-ups over HTTP, against a bare endpoint in the same run.

    python -m tests.benchmarks.http_speed

The yardstick: a FastAPI endpoint that inserts one row into SQLite with `synchronous=FULL`, on the
same server with the same clients. Look-ups among 200,000 contacts are compared with the same among
1,000. Each figure is the median over rounds that take turns.
"""

import asyncio
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from tests.infrastructure.search.test_flat_cost_of_search import SOUGHT, write_people
from tests.stores import new_place
from tests.web.service import Account, Service, running

ROUNDS = 5
SECONDS = 4.0
LOOK_UPS = 25
FEW, MANY = 1_000, 200_000


class Row(BaseModel):
    """The input of the bare endpoint: as large as a call."""

    direction: str
    number: str
    status: str
    started_at: str
    duration_seconds: int


def bare(path: str) -> FastAPI:
    """An endpoint that inserts one row, durably."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, body TEXT)")
    app = FastAPI()

    @app.post("/rows", status_code=201)
    async def insert(row: Row) -> dict[str, Any]:
        done = connection.execute("INSERT INTO rows (body) VALUES (?)", (row.model_dump_json(),))
        return {"id": done.lastrowid, **row.model_dump()}

    return app


@contextmanager
def bare_service(folder: Path) -> Iterator[str]:
    """The bare endpoint, served as the product is."""
    port = 18_231
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.benchmarks.http_speed",
            "bare",
            str(folder / "bare"),
            str(port),
        ]
    )
    time.sleep(2)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


async def _client(address: tuple[str, int], head: str, numbers: Iterator[int], until: float) -> int:
    """One client that sends a request after each answer. Returns how many were answered."""
    reader, writer = await asyncio.open_connection(*address)
    done = 0
    while time.perf_counter() < until:
        body = json.dumps(
            {
                "direction": "inbound",
                "number": f"+1319555{next(numbers) % 10_000:04}",
                "status": "answered",
                "started_at": "2026-05-01T09:30:00Z",
                "duration_seconds": 63,
            }
        )
        writer.write(f"{head}content-length: {len(body)}\r\n\r\n{body}".encode())
        await _answer(reader)
        done += 1
    writer.close()
    return done


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 20"), head
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    return await reader.readexactly(length)


def commands_a_second(url: str, path: str, key: str, clients: int, numbers: Iterator[int]) -> float:
    """How many commands are answered in a second."""
    host, port = url.removeprefix("http://").split(":")
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {key}\r\n"
        "content-type: application/json\r\n"
    )

    async def run() -> float:
        began = time.perf_counter()
        until = began + SECONDS
        done = await asyncio.gather(
            *(_client((host, int(port)), head, numbers, until) for _ in range(clients))
        )
        return sum(done) / (time.perf_counter() - began)

    return asyncio.run(run())


def compare_commands(service: Service, folder: Path) -> None:
    """Print the commands a second, as a share of the bare endpoint's."""
    account = service.account()
    key = account.key("admin")
    numbers = iter(range(10**9))
    with bare_service(folder) as url:
        for clients in (16, 1):
            ratios = []
            for _ in range(ROUNDS):
                bare_rate = commands_a_second(url, "/rows", key, clients, numbers)
                own = commands_a_second(service.url, f"{account.base}/calls", key, clients, numbers)
                ratios.append(own / bare_rate)
                say(f"{clients} clients: {own:.0f} commands/s, bare {bare_rate:.0f}")
            say(f"{clients} clients: ratio {median(ratios):.2f} of {rounded(ratios)}")


def people(service: Service, folder: Path, count: int) -> Account:
    """An account of so many contacts, imported over HTTP."""
    account = service.account()
    write_people(folder / "people.csv", count)
    with (folder / "people.csv").open("rb") as file:
        begun = account.admin.post(f"{account.base}/imports", files={"file": file})
    begun.raise_for_status()
    began = time.perf_counter()
    while account.get(f"/imports/{begun.json()['id']}").json()["status"] == "running":
        time.sleep(0.1)
    say(f"{count} contacts imported in {time.perf_counter() - began:.1f} s")
    with account.opened() as log:
        while log.text.behind():
            time.sleep(0.1)
    return account


def seconds_of(account: Account, asked: dict[str, str]) -> float:
    """The median seconds of a look-up, and its answer checked."""
    seconds = []
    for _ in range(LOOK_UPS):
        began = time.perf_counter()
        answer = account.get("/contacts", **asked)
        seconds.append(time.perf_counter() - began)
        assert answer.status_code == 200, answer.text
    return median(seconds)


def compare_look_ups(service: Service, folder: Path) -> None:
    """Print how long look-ups take among many contacts, compared with few."""
    few, many = (people(service, folder, count) for count in (FEW, MANY))
    for name, asked in SOUGHT.items():
        rounds = [(seconds_of(few, asked), seconds_of(many, asked)) for _ in range(ROUNDS)]
        ratios = [after / before for before, after in rounds]
        before, after = (median(each) * 1e3 for each in zip(*rounds, strict=True))
        say(f"{name}: {before:.2f} and {after:.2f} ms, ratio {median(ratios):.2f}")


def rounded(ratios: list[float]) -> list[float]:
    """Ratios as they are shown."""
    return [round(each, 2) for each in ratios]


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)  # noqa: T201 -- the measure itself


def main() -> None:
    """Print the figures."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        new_place("sqlite") as place,
        running(place) as service,
    ):
        compare_commands(service, Path(scratch))
        compare_look_ups(service, Path(scratch))


def serve_bare(path: str, port: str) -> None:
    """Serve the bare endpoint."""
    uvicorn.run(bare(path), host="127.0.0.1", port=int(port), log_level="warning")


if __name__ == "__main__":
    if sys.argv[1:2] == ["bare"]:
        serve_bare(*sys.argv[2:])
    else:
        main()
