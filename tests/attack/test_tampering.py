"""Whatever is changed behind the program's back, `verify --head` finds it, in words."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest

from infrastructure.storage.beside import COLUMNS
from infrastructure.storage.schema import SCHEMA_VERSION, WORKS_WITH
from infrastructure.storage.tables import TABLES
from tests.acceptance.command_line import CommandLine
from tests.attack.an_account import ACCOUNT, fill
from tests.infrastructure.test_chain import chained_anew
from tests.stores import Behind, Kind, Row, new_place

AT_ONCE = 10
"""How many changes one test tries."""
BESIDE = [*COLUMNS]
OF_LOG = ["events", *(table.name for table in TABLES)]
KEYS = {table.name: table.key for table in TABLES} | {"events": 1}


@dataclass(frozen=True)
class Watched:
    """An account whose head was noted."""

    line: CommandLine
    database: Behind
    rows: dict[str, list[Row]]
    head: str

    def verified(self) -> tuple[int, str]:
        """The exit status of `verify --head`, and all that it says."""
        told = self.line.run("verify", "--head", self.head, account=ACCOUNT)
        return told.status, told.out + told.err


@pytest.fixture(scope="module")
def watched(kind: Kind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with new_place(kind) as place:
        with closing(place.create(ACCOUNT)) as log:
            fill(log)
            verified = log.verify()
        assert verified.problems == ()
        database = place.database(ACCOUNT)
        line = CommandLine(tmp_path_factory.mktemp("verify"), place)
        rows = database.dump([*OF_LOG, *BESIDE])
        yield Watched(line, database, rows, f"{verified.events}:{verified.head}")


@contextmanager
def put_right_afterwards(watched: Watched) -> Iterator[None]:
    """Take back any change of rows or of the schema."""
    place = watched.line.place
    if place.kind == "sqlite":
        file = place.folder / ACCOUNT / "log.sqlite3"
        before = file.read_bytes()
        try:
            yield
        finally:
            for suffix in ("-wal", "-shm"):
                Path(f"{file}{suffix}").unlink(missing_ok=True)
            file.write_bytes(before)
        return
    yield
    with watched.database.connected() as execute:
        for statement in UNDONE:
            execute(statement)
        for table, rows in watched.rows.items():
            replace(execute, table, rows)


def replace(execute: Callable[..., Any], table: str, rows: list[Row]) -> None:
    """Let a table have these rows and no others."""
    execute(f"DELETE FROM {table}")
    for row in rows:
        execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)


def another(value: Any, random: Random) -> Any:
    """Another value of the same type."""
    match value:
        case None:
            return None
        case int():
            return value + random.choice([1, -1, 1_000])
        case str():
            return random.choice([f"{value}x", value[:-1] if value else "y", "z"])
        case bytes():
            place = random.randrange(len(value) or 1)
            return bytes([*value[:place], (value[place] if value else 0) ^ 1, *value[place + 1 :]])
    return value


def tampered(watched: Watched, random: Random) -> str:
    """Change one thing. Returns what, in words."""
    return random.choice([value, value, value, row_gone, row_more, log_anew, log_cut, schema])(
        watched, random
    )


def value(watched: Watched, random: Random) -> str:
    table = random.choice([each for each, rows in watched.rows.items() if rows])
    rows = list(watched.rows[table])
    index, column = random.randrange(len(rows)), random.randrange(len(rows[0]))
    changed = another(rows[index][column], random)
    if changed == rows[index][column]:
        return value(watched, random)
    rows[index] = (*rows[index][:column], changed, *rows[index][column + 1 :])
    return written(watched, table, rows, f"column {column} of a row of {table}") or value(
        watched, random
    )


def row_gone(watched: Watched, random: Random) -> str:
    table = random.choice([each for each in OF_LOG if watched.rows[each]])
    rows = list(watched.rows[table])
    del rows[random.randrange(len(rows))]
    return written(watched, table, rows, f"a row of {table} is gone") or row_gone(watched, random)


def row_more(watched: Watched, random: Random) -> str:
    table = random.choice([each for each in OF_LOG if watched.rows[each]])
    rows = list(watched.rows[table])
    copied = random.choice(rows)
    key = KEYS[table]
    copy = (*(another(each, random) for each in copied[:key]), *copied[key:])
    return written(watched, table, [*rows, copy], f"a row more in {table}") or row_more(
        watched, random
    )


def written(watched: Watched, table: str, rows: list[Row], what: str) -> str | None:
    """Write rows. Returns None if the store does not take them."""
    try:
        with watched.database.connected() as execute:
            replace(execute, table, rows)
    except (sqlite3.Error, psycopg.Error):
        return None
    return what


def log_anew(watched: Watched, random: Random) -> str:
    """Another event, and the chain made anew from there, by somebody who knows how."""
    events = sorted(watched.rows["events"])
    index = random.randrange(len(events))
    event = list(events[index])
    event[6] = event[6].replace(b"3195550", b"3195551") if random.random() < 0.5 else b"{}"
    if event[6] == events[index][6]:
        event[4] += 1
    with watched.database.connected() as execute:
        replace(
            execute, "events", chained_anew([*events[:index], tuple(event), *events[index + 1 :]])
        )
    return f"event {index + 1} and all digests"


def log_cut(watched: Watched, random: Random) -> str:
    """The last events are gone, and the read models are those of the rest."""
    kept = random.randrange(1, len(watched.rows["events"]))
    with watched.database.connected() as execute:
        execute("DELETE FROM events WHERE position > ?", (kept,))
    watched.line.run("rebuild", account=ACCOUNT)
    return f"the log ends after {kept} events"


INDEX = "contacts_by_survivor ON contacts (survivor) WHERE survivor IS NOT NULL"
UNDONE = [
    "DROP TABLE IF EXISTS more",
    "DROP VIEW IF EXISTS seen",
    "ALTER TABLE contacts DROP COLUMN IF EXISTS more",
    f"CREATE INDEX IF NOT EXISTS {INDEX}",
    "DELETE FROM schema_version",
    f"INSERT INTO schema_version VALUES ({SCHEMA_VERSION}, {WORKS_WITH})",
]
SCHEMA = [
    "CREATE TABLE more (a TEXT)",
    "CREATE VIEW seen AS SELECT * FROM events",
    "ALTER TABLE contacts ADD COLUMN more TEXT",
    "DROP INDEX contacts_by_survivor",
    "DELETE FROM schema_version",
    f"UPDATE schema_version SET version = {SCHEMA_VERSION + 1}",
    "UPDATE schema_version SET works_with = 1",
]
ONLY_SQLITE = [
    "DROP TABLE contacts",
    "DROP TABLE events",
    "DELETE FROM incarnation",
    "PRAGMA user_version = 3",
    "PRAGMA application_id = 3",
    "CREATE TRIGGER t AFTER INSERT ON jobs BEGIN DELETE FROM jobs; END",
]


def schema(watched: Watched, random: Random) -> str:
    more = ONLY_SQLITE if watched.line.place.kind == "sqlite" else []
    statement = random.choice([*SCHEMA, *more])
    watched.database.execute(statement)
    return statement


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(each, marks=pytest.mark.heavy) for each in range(1, 100))]
)
def test_every_change_is_found(watched: Watched, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a seed brings it back
    for _ in range(AT_ONCE):
        with put_right_afterwards(watched):
            what = tampered(watched, random)
            status, said = watched.verified()
            assert status == 1, f"{what}: {said}"
            assert "Traceback" not in said, f"{what}: {said}"
            assert len(said.strip()) > 20
    assert watched.verified()[0] == 0
