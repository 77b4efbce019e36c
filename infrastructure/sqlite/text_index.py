"""The text index on SQLite: a separate file beside the log, `search.sqlite3` (text_index.py)."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from time import monotonic
from typing import Any

from application.reads.text_search import Sought, folded
from infrastructure.read_models.text_index import (
    Indexed,
    IndexFailed,
    TextIndex,
    Touched,
    if_of_log,
    is_of_log,
    kind_token,
    read_log,
    runs_of,
    tokens_of,
)
from infrastructure.sqlite.database import LOCK_TIMEOUT, SqliteFile, inode_of, open_file
from infrastructure.sqlite.errors import store_errors
from infrastructure.sqlite.turnstile import lock_file
from infrastructure.storage.session import Session, read_head

FILE_NAME = "search.sqlite3"
FORMAT = 1
"""Rises with each change of the tables or of the runs of a line."""
_PUNCTUATION = "".join(chr(code) for code in (*range(0x20, 0x7F), 1) if not chr(code).isalnum())
_TOKENIZER = "ascii tokenchars '{}'".format(_PUNCTUATION.replace("'", "''"))
_SCHEMA = f"""
CREATE TABLE indexed (position INTEGER NOT NULL, head INTEGER NOT NULL, digest BLOB);
INSERT INTO indexed VALUES (0, 0, NULL);
CREATE TABLE contacts (
    first INTEGER PRIMARY KEY,
    contact_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    lines TEXT NOT NULL
);
CREATE VIRTUAL TABLE runs USING fts5(
    tokens, content='', detail=none, columnsize=0, prefix='2',
    tokenize='{_TOKENIZER.replace("'", "''")}'
);
PRAGMA user_version = {FORMAT};
"""


class SqliteIndexSnapshot:
    """One snapshot of the index (see text_index.IndexSnapshot)."""

    def __init__(self, connection: sqlite3.Connection, indexed: Indexed) -> None:
        self.connection = connection
        self.indexed = indexed

    def candidates(self, sought: Sought, after: int) -> Iterator[tuple[int, str]]:
        tokens = [f"({' OR '.join(map(_query, sought.alternatives))})"]
        conditions = [f"({' OR '.join('instr(c.lines, ?)' for _ in sought.alternatives)})"]
        values: list[Any] = [*sought.alternatives]
        if sought.identifier is not None:
            line = folded(sought.identifier.value)
            tokens.append(_query(line))
            conditions.append("instr(c.lines, ?)")
            values.append(f"\n{line}\n")
        if sought.kind is not None:
            tokens.append(f'"{kind_token(sought.kind)}"')
        try:
            found = self.connection.execute(
                "SELECT r.rowid, c.contact_id FROM runs r"
                " CROSS JOIN contacts c ON c.first = r.rowid"
                f" WHERE r.runs MATCH ? AND r.rowid > ? AND {' AND '.join(conditions)}"
                " ORDER BY r.rowid",
                (" AND ".join(tokens), after, *values),
            )
            for each in found:  # noqa: UP028 - the cursor must not be closed after its connection
                yield each
        except sqlite3.Error:
            raise IndexFailed from None


class SqliteTextIndex(TextIndex):
    """The text index of one account (see text_index.TextIndex)."""

    def __init__(self, log: SqliteFile) -> None:
        self.path = log.path.with_name(FILE_NAME)
        self._log = log

    @contextmanager
    def reading(self, _: Session | None = None) -> Iterator[SqliteIndexSnapshot | None]:
        snapshot = self._snapshot()
        with nullcontext() if snapshot is None else closing(snapshot.connection):
            yield snapshot

    def _progress(self) -> tuple[Indexed | None, int]:
        with self.reading() as snapshot, self._log.reading() as log:
            indexed = None if snapshot is None else if_of_log(snapshot.indexed, log)
            return indexed, read_head(log).position

    def drop(self) -> bool:
        with store_errors(self.path), self._alone():
            there = self.path.exists()
            self._unlink()
        return there

    def _snapshot(self) -> SqliteIndexSnapshot | None:
        try:
            before = inode_of(self.path)
            connection = self._connect("ro")
            try:
                connection.execute("BEGIN")
                indexed = _read_indexed(connection)
                if inode_of(self.path) != before:
                    raise IndexFailed  # it was replaced while it was being opened
            except BaseException:
                connection.close()
                raise
        except (OSError, sqlite3.Error, IndexFailed):
            return None
        return SqliteIndexSnapshot(connection, indexed)

    def _index_some(self, batch: int) -> Indexed:
        with store_errors(self.path), self._alone():
            try:
                return self._index_batch(batch)
            except (sqlite3.DatabaseError, IndexFailed) as error:
                if isinstance(error, sqlite3.DatabaseError) and not _is_damage(error):
                    raise
                self._unlink()
                return self._index_batch(batch)

    def _index_batch(self, batch: int) -> Indexed:
        if not self.path.exists():
            self._make()
        with closing(self._connect("rw")) as connection:
            connection.execute("BEGIN IMMEDIATE")
            indexed = _read_indexed(connection)
            with self._log.reading() as log:
                if not is_of_log(indexed, log):
                    raise IndexFailed
                touched = read_log(log, indexed.position, batch)
            _write(connection, touched)
            connection.execute("COMMIT")
        return touched.indexed

    def _make(self) -> None:
        self._unlink()  # also removes a WAL whose file is gone
        with closing(self._connect("rwc")) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(f"BEGIN; {_SCHEMA} COMMIT;")

    def _connect(self, mode: str) -> sqlite3.Connection:
        connection = open_file(self.path, mode)
        connection.execute("PRAGMA synchronous = NORMAL")  # what is lost is indexed again
        connection.execute("PRAGMA trusted_schema = OFF")
        return connection

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One writer at a time, so that only one writes the WAL back (see SqliteFile)."""
        lock = lock_file(self.path.with_name("search.lock"), monotonic() + LOCK_TIMEOUT)
        try:
            yield
        finally:
            os.close(lock)

    def _unlink(self) -> None:
        for suffix in ("", "-wal", "-shm", "-journal"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in {
        sqlite3.SQLITE_ERROR,  # a table is missing, or another
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_CONSTRAINT,
        sqlite3.SQLITE_MISMATCH,
    }


def _read_indexed(connection: sqlite3.Connection) -> Indexed:
    """How far an index is. Raises IndexFailed if it is missing or of another format."""
    if connection.execute("PRAGMA user_version").fetchone() != (FORMAT,):
        raise IndexFailed
    row = connection.execute("SELECT position, head, digest FROM indexed").fetchone()
    if row is None or [type(each) for each in row[:2]] != [int, int]:
        raise IndexFailed
    return Indexed(*row)


def _write(connection: sqlite3.Connection, touched: Touched) -> None:
    known = connection.execute(
        "SELECT c.* FROM json_each(?) t CROSS JOIN contacts c ON c.first = t.value",
        (touched.numbers,),
    )
    old, new = touched.changes(known)
    connection.executemany(
        "INSERT INTO runs (runs, rowid, tokens) VALUES ('delete', ?, ?)",
        ((each.first, tokens_of(each)) for each in old),
    )
    connection.executemany("DELETE FROM contacts WHERE first = ?", ((each.first,) for each in old))
    connection.executemany("INSERT INTO contacts VALUES (?, ?, ?, ?)", new)
    connection.executemany(
        "INSERT INTO runs (rowid, tokens) VALUES (?, ?)",
        ((each.first, tokens_of(each)) for each in new),
    )
    connection.execute("UPDATE indexed SET position = ?, head = ?, digest = ?", touched.indexed)


def _query(text: str) -> str:
    """The query for contacts that may contain a text of two characters or more."""
    if len(text) == 2:
        return f"{_quoted(text)} *"
    return f"({' AND '.join(map(_quoted, runs_of(text)))})"


def _quoted(token: str) -> str:
    return '"{}"'.format(token.replace('"', '""'))
