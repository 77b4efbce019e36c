"""Commands and look-ups over HTTP, against a bare endpoint in the same run.

    python -m tests.benchmarks.http_speed

The yardstick: a FastAPI endpoint that inserts one row into SQLite with `synchronous=FULL`, on the
same server with the same clients. Each figure is the median over rounds that take turns.
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

from tests.http.service import running

ROUNDS = 5
SECONDS = 4.0


class Row(BaseModel):
    """What the bare endpoint takes: as much as a call."""

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
    """One client that sends the next request when it has its answer; how many were answered."""
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


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as scratch, running(Path(scratch) / "service") as service:
        folder = Path(scratch)
        account = service.account()
        key = account.key("admin")
        numbers = iter(range(10**9))
        with bare_service(folder) as url:
            for clients in (16, 1):
                ratios = []
                for _ in range(ROUNDS):
                    bare_rate = commands_a_second(url, "/rows", key, clients, numbers)
                    own = commands_a_second(
                        service.url, f"{account.base}/calls", key, clients, numbers
                    )
                    ratios.append(own / bare_rate)
                    print(f"{clients} clients: {own:.0f} commands/s, bare {bare_rate:.0f}")  # noqa: T201
                rounded = [round(each, 2) for each in ratios]
                print(f"{clients} clients: ratio {median(ratios):.2f} of {rounded}")  # noqa: T201


def serve_bare(path: str, port: str) -> None:
    """Serve the bare endpoint."""
    uvicorn.run(bare(path), host="127.0.0.1", port=int(port), log_level="warning")


if __name__ == "__main__":
    if sys.argv[1:2] == ["bare"]:
        serve_bare(*sys.argv[2:])
    else:
        main()
