"""Services written by hand, against which the product's is measured.

`bare` inserts one row for each request. `service` does by hand what the product does with a call:
it knows the caller by a key, checks the body, reads the number, keeps an answer for a repeat, notes
who did what, finds the contact or captures a lead, and records the call, all in one commit. It has
no log from which anything could be rebuilt, no reasons, and no undo. `empty` answers and does
nothing else. Each is as durable as the product: `synchronous=FULL`.
"""

import hashlib
import json
import secrets
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import phonenumbers
import uvicorn
from fastapi import FastAPI, Header, HTTPException, Query
from pydantic import BaseModel

KEY = "key-of-the-benchmark"
_PORT = 18_231


class Call(BaseModel):
    """The input of both."""

    direction: str
    number: str
    status: str
    started_at: datetime
    duration_seconds: int


def application(path: str) -> FastAPI:
    """All of them in one application, over one file."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("""
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        CREATE TABLE rows (id INTEGER PRIMARY KEY, body TEXT);
        CREATE TABLE keys (digest BLOB PRIMARY KEY, name TEXT) WITHOUT ROWID;
        CREATE TABLE answers (key TEXT PRIMARY KEY, body TEXT) WITHOUT ROWID;
        CREATE TABLE audit (id INTEGER PRIMARY KEY, at TEXT, name TEXT, what TEXT);
        CREATE TABLE contacts (id INTEGER PRIMARY KEY, kind TEXT, phone TEXT);
        CREATE INDEX phones ON contacts (phone);
        CREATE TABLE calls (id INTEGER PRIMARY KEY, contact INTEGER, body TEXT);
    """)
    digest = hashlib.sha256(KEY.encode()).digest()
    connection.execute("INSERT INTO keys VALUES (?, ?)", (digest, "benchmark"))
    app = FastAPI()

    @app.post("/rows", status_code=201)
    async def insert(call: Call) -> dict[str, Any]:
        done = connection.execute("INSERT INTO rows (body) VALUES (?)", (call.model_dump_json(),))
        return {"id": done.lastrowid, **call.model_dump()}

    @app.post("/calls", status_code=201)
    async def record(
        call: Call,
        authorization: Annotated[str, Header()],
        idempotency_key: Annotated[str | None, Header()] = None,
    ) -> dict[str, Any]:
        known = hashlib.sha256(authorization.removeprefix("Bearer ").encode()).digest()
        holder = connection.execute("SELECT name FROM keys WHERE digest = ?", (known,)).fetchone()
        if holder is None:
            raise HTTPException(401)
        number = phonenumbers.parse(call.number, "US")
        if not phonenumbers.is_possible_number(number):
            raise HTTPException(422)
        phone = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            once = idempotency_key or secrets.token_hex(8)
            kept = connection.execute("SELECT body FROM answers WHERE key = ?", (once,)).fetchone()
            if kept is not None:
                repeated: dict[str, Any] = json.loads(kept[0])
                return repeated
            found = connection.execute("SELECT id FROM contacts WHERE phone = ?", (phone,))
            (contact,) = found.fetchone() or (None,)
            if contact is None:
                lead = "INSERT INTO contacts (kind, phone) VALUES ('lead', ?)"
                contact = connection.execute(lead, (phone,)).lastrowid
            body = call.model_dump_json()
            recorded = connection.execute(
                "INSERT INTO calls (contact, body) VALUES (?, ?)", (contact, body)
            )
            answer = {"id": recorded.lastrowid, "contact": contact, **json.loads(body)}
            connection.execute(
                "INSERT INTO audit (at, name, what) VALUES (?, ?, ?)",
                (datetime.now(UTC).isoformat(), holder[0], json.dumps(answer)),  # noqa: TID251
            )
            connection.execute("INSERT INTO answers VALUES (?, ?)", (once, json.dumps(answer)))
        return answer

    @app.get("/empty")
    async def empty(phone: Annotated[str | None, Query()] = None) -> dict[str, Any]:
        return {"phone": phone}

    return app


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The services, served as the product is; their URL."""
    file, port = str(folder / "by_hand"), str(_PORT)
    process = subprocess.Popen([sys.executable, "-m", "tests.benchmarks.by_hand", file, port])
    time.sleep(2)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    uvicorn.run(
        application(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), log_level="warning"
    )
