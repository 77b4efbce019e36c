"""Damage to an account's file, done behind the program's back."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

Row = tuple[Any, ...]


@contextmanager
def open_file(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that any program could have made; commits."""
    with closing(sqlite3.connect(path)) as connection, connection:
        yield connection


def columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


BESIDE = {"events", "answers", "imports", "rejected_rows"}
"""The log itself, and what it does not tell of: a rebuild spares them."""


def tables(connection: sqlite3.Connection) -> list[str]:
    """The tables that are read from the log."""
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return [name for (name,) in names if name not in BESIDE and not name.startswith("sqlite_")]


def dump(path: Path) -> dict[str, list[Row]]:
    """Every row of every table but the log's own."""
    with open_file(path) as connection:
        return {
            name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr)
            for name in tables(connection)
        }


def other(value: Any) -> Any:
    """A value of the same kind that is not this one."""
    if isinstance(value, int):
        return value + 1_000
    if isinstance(value, str):
        return f"{value}x"
    if isinstance(value, bytes):
        return bytes([*value[:-1], value[-1] ^ 1])
    return b"x" * 32
