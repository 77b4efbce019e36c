"""The text index of an account: which contacts may contain a text, found without reading them all.

A file of its own beside the log, `search.sqlite3`, written after the commit, never within it, so
that no command waits for it. It says up to where in the log it was made; whoever reads looks at
the contacts that were touched since by themselves (text_search.py). All of it is derived: a file
that is lost, damaged or of another format is made anew.

A contact's number in it is the position of its first event, which no later event changes. Its
lines (application/text_search.py) are indexed by all their runs of three characters, and the last
two: so any two characters are the beginning of a run, and a longer text is all of its runs.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from time import monotonic
from typing import Any, NamedTuple

from application.text_search import Sought, folded, lines_of_phone
from domain.identifiers import Identifier
from domain.records import RecordKind
from infrastructure.event_log.sqlite import (
    LOCK_TIMEOUT,
    SqliteFile,
    SqliteRows,
    read_head,
    store_errors,
    uri_path,
)
from infrastructure.event_log.turnstile import lock_file
from infrastructure.read_models.projector import Held, holders
from infrastructure.read_models.working_set import WorkingSet

FILE_NAME = "search.sqlite3"
FORMAT = 1
"""Counts up whenever the tables, or the runs of a line, become others."""
BATCH = 20_000
"""Events a commit of the index: a fraction of a second."""
A_CONTACT_IN_ROWS = 100
"""Reading one contact by its records takes as long as so many rows of a scan."""

_LONGEST_QUERY = 40
"""Runs of a text that are looked up; what is found is compared with all of it."""
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


class Indexed(NamedTuple):
    """How far an index is: every event up to `position` is in it.

    Contacts were read as of the log's event `head`, whose digest this is; it tells whether the log
    is still the one that was read.
    """

    position: int
    head: int
    digest: bytes | None


class IndexedContact(NamedTuple):
    """A contact as it is indexed: the position of its first event, and the lines it contains."""

    first: int
    contact_id: str
    kind: str
    lines: str


class _Touched(NamedTuple):
    """What events of the log did to contacts: those that are live, and the others' numbers."""

    indexed: Indexed
    live: list[IndexedContact]
    gone: list[int]


class _Damage(Exception):
    """The file is none that can be used."""


class IndexSnapshot:
    """One snapshot of the index. Its methods raise sqlite3.Error where the file is damaged."""

    def __init__(self, connection: sqlite3.Connection, indexed: Indexed) -> None:
        self._connection = connection
        self.indexed = indexed

    def candidates(
        self, sought: Sought, *, after: int, identifier: Identifier | None, kind: RecordKind | None
    ) -> Iterator[tuple[int, str]]:
        """The contacts that contained a text when they were indexed, by their first event."""
        tokens = [f"({' OR '.join(map(_query, sought.alternatives))})"]
        conditions = [f"({' OR '.join('instr(c.lines, ?)' for _ in sought.alternatives)})"]
        values: list[Any] = [*sought.alternatives]
        if identifier is not None:
            line = folded(identifier.value)
            tokens.append(_query(line))
            conditions.append("instr(c.lines, ?)")
            values.append(f"\n{line}\n")
        if kind is not None:
            tokens.append(f'"{_kind_token(kind)}"')
        return self._connection.execute(
            "SELECT r.rowid, c.contact_id FROM runs r CROSS JOIN contacts c ON c.first = r.rowid "
            f"WHERE r.runs MATCH ? AND r.rowid > ? AND {' AND '.join(conditions)} "
            "ORDER BY r.rowid",
            (" AND ".join(tokens), after, *values),
        )


class SearchIndex:
    """The text index of one account."""

    def __init__(self, log: SqliteFile) -> None:
        self.path = log.path.with_name(FILE_NAME)
        self._log = log

    @contextmanager
    def reading(self) -> Iterator[IndexSnapshot | None]:
        """A snapshot of the index; None where there is none that can be used."""
        snapshot = self._snapshot()
        try:
            yield snapshot
        finally:
            if snapshot is not None:
                snapshot._connection.close()  # noqa: SLF001 - opened here

    def catch_up(
        self, *, batch: int = BATCH, stop: Callable[[], bool] = lambda: False
    ) -> Indexed | None:
        """Index what was recorded since; returns how far the index is, None if there is none.

        In its own file alone, a commit for so many events, asking `stop` before each. Any number of
        threads and processes may do it at once. Raises StoreUnusable where it cannot be written.
        """
        indexed = self._up_to_date()
        if indexed is not None:
            return indexed
        while not stop():
            indexed = self._index_some(batch)
            if indexed.position == indexed.head:
                break
        return indexed

    def behind(self) -> int:
        """How many events of the log are not indexed."""
        with self.reading() as snapshot, self._log.reading() as log:
            head = read_head(log).position
            if snapshot is None or not is_of_log(snapshot.indexed, log):
                return head
            return head - snapshot.indexed.position

    def _up_to_date(self) -> Indexed | None:
        with self.reading() as snapshot, self._log.reading() as log:
            if snapshot is None or snapshot.indexed.position != read_head(log).position:
                return None
            return snapshot.indexed if is_of_log(snapshot.indexed, log) else None

    def drop(self) -> bool:
        """Remove the index, with everything it says of anybody; whether there was one."""
        with store_errors(self.path), self._alone():
            there = self.path.exists()
            self._unlink()
        return there

    def _snapshot(self) -> IndexSnapshot | None:
        try:
            before = _identity(self.path.stat())
            connection = self._connect("ro")
            try:
                connection.execute("BEGIN")
                indexed = _read_indexed(connection)
                if _identity(self.path.stat()) != before:
                    raise _Damage  # it was replaced while it was being opened
            except BaseException:
                connection.close()
                raise
        except (OSError, sqlite3.Error, _Damage):
            return None
        return IndexSnapshot(connection, indexed)

    def _index_some(self, batch: int) -> Indexed:
        with store_errors(self.path), self._alone():
            try:
                return self._index_batch(batch)
            except (sqlite3.DatabaseError, _Damage) as error:
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
                    raise _Damage
                touched = _read_log(log, indexed.position, batch)
            _write(connection, touched)
            connection.execute("COMMIT")
        return touched.indexed

    def _make(self) -> None:
        self._unlink()  # a write-ahead log that was left alone belongs to no file
        with closing(self._connect("rwc")) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(f"BEGIN; {_SCHEMA} COMMIT;")

    def _connect(self, mode: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"file:{uri_path(self.path)}?mode={mode}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.execute("PRAGMA synchronous = NORMAL")  # what is lost is indexed again
        connection.execute("PRAGMA trusted_schema = OFF")
        return connection

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One writer at a time, who is then the only one to write the WAL back (see SqliteFile)."""
        lock = lock_file(self.path.with_name("search.lock"), monotonic() + LOCK_TIMEOUT)
        try:
            yield
        finally:
            os.close(lock)

    def _unlink(self) -> None:
        for suffix in ("", "-wal", "-shm", "-journal"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)


def is_of_log(indexed: Indexed, log: sqlite3.Connection) -> bool:
    """Whether an index was made from this log, as far as this snapshot of it goes."""
    if indexed.head == 0:
        return True
    row = log.execute("SELECT digest FROM events WHERE position = ?", (indexed.head,)).fetchone()
    return row is not None and row[0] == indexed.digest


def _identity(stat: os.stat_result) -> tuple[int, int]:
    return stat.st_dev, stat.st_ino


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in {
        sqlite3.SQLITE_ERROR,  # a table is missing, or another
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_CONSTRAINT,
        sqlite3.SQLITE_MISMATCH,
    }


def _read_indexed(connection: sqlite3.Connection) -> Indexed:
    """How far an index is. Raises _Damage where it is of another format, or none."""
    if connection.execute("PRAGMA user_version").fetchone() != (FORMAT,):
        raise _Damage
    row = connection.execute("SELECT position, head, digest FROM indexed").fetchone()
    if row is None or [type(each) for each in row[:2]] != [int, int]:
        raise _Damage
    return Indexed(*row)


def _read_log(log: sqlite3.Connection, after: int, limit: int) -> _Touched:
    """The contacts that some events after a position touched, as they are now."""
    head = read_head(log)
    events = log.execute(
        "SELECT position, stream FROM events WHERE position > ? ORDER BY position LIMIT ?",
        (after, limit),
    ).fetchall()
    streams = json.dumps(list(dict.fromkeys(stream for _, stream in events)))
    rows = log.execute(
        "SELECT f.position, c.contact_id, c.kind, c.records, c.status = 'live',"
        " json_extract(c.attributes, '$.name[0]')"
        " FROM json_each(?) t CROSS JOIN contacts c ON c.contact_id = t.value"
        " CROSS JOIN events f ON f.stream = c.contact_id AND f.version = 1",
        (streams,),
    ).fetchall()
    live = [row for row in rows if row[4]]
    held = _held(log, [row[1] for row in live], sum(row[3] for row in live), head.position)
    return _Touched(
        Indexed(events[-1][0] if events else after, head.position, head.digest),
        [
            IndexedContact(first, contact_id, kind, _lines(name, held.get(contact_id, ())))
            for first, contact_id, kind, _, _, name in live
        ],
        [row[0] for row in rows if not row[4]],
    )


def _held(
    log: sqlite3.Connection, contact_ids: Sequence[str], records: int, events: int
) -> dict[str, list[Held]]:
    """What live contacts hold: by their records, or where these are many from the match index."""
    held: dict[str, list[Held]] = {}
    if records * A_CONTACT_IN_ROWS < events:
        rows = WorkingSet(SqliteRows(log))
        for contact_id in contact_ids:
            held[contact_id] = list(holders(rows.state(contact_id)))
        return held
    found = log.execute(
        "SELECT contact_id, kind, value FROM identifiers WHERE holders > 0"
        " AND contact_id IN (SELECT value FROM json_each(?))",
        (json.dumps(contact_ids),),
    )
    for contact_id, kind, value in found:
        held.setdefault(contact_id, []).append((kind, value))
    return held


def _lines(name: str | None, held: Iterable[Held]) -> str:
    """The lines of a contact, each once and between line breaks."""
    lines = [] if name is None else [folded(name)]
    for kind, value in sorted(held):
        lines += lines_of_phone(value) if kind.startswith("phone") else [folded(value)]
    return "\n".join(["", *dict.fromkeys(lines), ""])


def _write(connection: sqlite3.Connection, touched: _Touched) -> None:
    numbers = json.dumps([*touched.gone, *(each.first for each in touched.live)])
    known = {
        row[0]: IndexedContact(*row)
        for row in connection.execute(
            "SELECT c.* FROM json_each(?) t CROSS JOIN contacts c ON c.first = t.value", (numbers,)
        )
    }
    same = {each for each in touched.live if known.get(each.first) == each}
    new = [each for each in touched.live if each not in same]
    old = [each for each in known.values() if each not in same]
    connection.executemany(
        "INSERT INTO runs (runs, rowid, tokens) VALUES ('delete', ?, ?)",
        ((each.first, _tokens(each)) for each in old),
    )
    connection.executemany("DELETE FROM contacts WHERE first = ?", ((each.first,) for each in old))
    connection.executemany("INSERT INTO contacts VALUES (?, ?, ?, ?)", new)
    connection.executemany(
        "INSERT INTO runs (rowid, tokens) VALUES (?, ?)",
        ((each.first, _tokens(each)) for each in new),
    )
    connection.execute("UPDATE indexed SET position = ?, head = ?, digest = ?", touched.indexed)


def _tokens(contact: IndexedContact) -> str:
    """What a contact is indexed by, one token a line."""
    runs = {line[at : at + 3] for line in contact.lines.split("\n") for at in range(len(line) - 1)}
    return "\n".join([_kind_token(contact.kind), *sorted(runs)])


def _kind_token(kind: str) -> str:
    """The token of a contact's kind; no text that is looked for has this character."""
    return f"\x01{kind}"


def _query(text: str) -> str:
    """The query for contacts that may contain a text of two characters or more."""
    if len(text) == 2:
        return f"{_quoted(text)} *"
    runs = dict.fromkeys(text[at : at + 3] for at in range(len(text) - 2))
    return f"({' AND '.join(_quoted(run) for run in list(runs)[:_LONGEST_QUERY])})"


def _quoted(token: str) -> str:
    return '"{}"'.format(token.replace('"', '""'))
