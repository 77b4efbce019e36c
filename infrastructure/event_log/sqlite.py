"""The event log on SQLite: one file an account, one commit for events, index and read models.

`SqliteRecorder` is the library's ApplicationRecorder with positions that are ours (previous + 1,
assigned under the account's lock and part of the digest). `SqliteRows` are the read models' rows.
Both work within the transaction of whoever uses them.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, NoReturn

from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    Notification,
    OperationalError,
    StoredEvent,
    Subscription,
)

from application.refusals import StoreUnusable
from domain.events import Recorded
from infrastructure.event_log.chain import GENESIS, SALT_BYTES, link, payload_hash
from infrastructure.event_log.codec import event_mapper
from infrastructure.event_log.turnstile import Turnstile, TurnTimeout
from infrastructure.read_models.tables import TABLES, Row, Table, from_micros

APPLICATION_ID = 0x434D4C47
"""Marks a file as an account's log of this product (SQLite's `application_id`)."""
SCHEMA_VERSION = 3
FILE_NAME = "log.sqlite3"
LOCK_TIMEOUT = 30.0
"""How many seconds a writer waits for its turn."""
_CHECKPOINT_BYTES = 256 << 20

_EVENTS = """
CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    version INTEGER NOT NULL,
    topic TEXT NOT NULL,
    at INTEGER NOT NULL,
    salt BLOB,
    payload BLOB,
    erased_hash BLOB,
    digest BLOB NOT NULL
);
CREATE UNIQUE INDEX events_by_stream ON events (stream, version);
"""

_BESIDE_THE_LOG = """
CREATE TABLE answers (
    key TEXT PRIMARY KEY,
    request BLOB NOT NULL,
    status INTEGER NOT NULL,
    headers TEXT NOT NULL,
    body BLOB NOT NULL,
    at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX answers_by_at ON answers (at);
CREATE TABLE imports (
    import_id TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    file TEXT NOT NULL,
    options TEXT NOT NULL,
    by TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    rows_total INTEGER,
    tries INTEGER NOT NULL DEFAULT 0,
    read INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL DEFAULT 0,
    merged INTEGER NOT NULL DEFAULT 0,
    updated INTEGER NOT NULL DEFAULT 0,
    unchanged INTEGER NOT NULL DEFAULT 0,
    rejected INTEGER NOT NULL DEFAULT 0,
    error TEXT
) WITHOUT ROWID;
CREATE INDEX imports_running ON imports (import_id) WHERE status = 'running';
CREATE TABLE rejected_rows (
    import_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    reason TEXT NOT NULL,
    cells TEXT NOT NULL,
    PRIMARY KEY (import_id, number)
) WITHOUT ROWID;
"""
"""Jobs and answers, which the log does not tell of: a rebuild spares them."""

Randomness = Callable[[int], bytes]


def read_model_schema(schema: str = "main") -> str:
    """The statements that make the tables of the read models, in a schema of the connection."""
    statements = []
    for table in TABLES:
        columns = ", ".join(f"{c} {t}" for c, t in zip(table.columns, table.types, strict=True))
        key = ", ".join(table.columns[: table.key])
        statements.append(
            f"CREATE TABLE {schema}.{table.name} ({columns}, PRIMARY KEY ({key})) WITHOUT ROWID;"
        )
        statements += [
            f"CREATE INDEX {schema}.{table.name}_by_{'_'.join(index.columns)} "
            f"ON {table.name} ({', '.join(index.columns)})"
            f"{f' WHERE {index.where}' if index.where else ''};"
            for index in table.indexes
        ]
    return "\n".join(statements)


@contextmanager
def store_errors(path: Path) -> Iterator[None]:
    """SQLite's errors as StoreUnusable, one clear line each."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.DatabaseError as error:
        _refuse(path, error)
    except TurnTimeout:
        raise StoreUnusable(f"{path}: another process has it locked; try again later") from None
    except PermissionError as error:
        raise StoreUnusable(f"{path}: {error.strerror}: {error.filename}") from None
    except OSError as error:
        raise StoreUnusable(f"{path}: {error.strerror}") from None


def _refuse(path: Path, error: sqlite3.DatabaseError) -> NoReturn:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    reason = {
        sqlite3.SQLITE_BUSY: "another process has it locked; try again later",
        sqlite3.SQLITE_LOCKED: "another process has it locked; try again later",
        sqlite3.SQLITE_READONLY: "it is read-only",
        sqlite3.SQLITE_FULL: "the disk is full",
        sqlite3.SQLITE_NOTADB: "it is no store of this program",
        sqlite3.SQLITE_CORRUPT: "it is damaged; restore a backup",
        sqlite3.SQLITE_CANTOPEN: "it cannot be opened; is the folder read-only or missing?",
        sqlite3.SQLITE_IOERR: "the disk failed to read or write",
    }.get(code, str(error))
    raise StoreUnusable(f"{path}: {reason}") from None


class SqliteFile:
    """One account's database file: its connections, and whose turn it is to write."""

    def __init__(self, path: Path, lock_timeout: float = LOCK_TIMEOUT) -> None:
        self.path = path
        self._lock_timeout = lock_timeout
        self.inode = inode_of(path)
        self._turnstile = Turnstile(path.parent)
        self._guard = Lock()
        self._idle: list[sqlite3.Connection] = []

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, alone; commits unless an exception leaves it."""
        with self.connection() as connection, self.writing_on(connection):
            yield connection

    @contextmanager
    def writing_on(self, connection: sqlite3.Connection) -> Iterator[None]:
        """The same on a connection that is already open."""
        with store_errors(self.path), self._turnstile.turn(self._lock_timeout):
            if self.inode != inode_of(self.path):
                raise StoreUnusable(f"{self.path}: it was removed, or replaced")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            self._checkpoint(connection)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Nobody writes meanwhile, in any process."""
        with store_errors(self.path), self._turnstile.turn(self._lock_timeout):
            yield

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One snapshot; whatever commits meanwhile is not seen."""
        with self.connection() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close idle connections. The last one out writes the log back into the file."""
        with self._guard:
            while self._idle:
                self._idle.pop().close()
        self._turnstile.close()

    def _checkpoint(self, connection: sqlite3.Connection) -> None:
        """Write the WAL back into the file, under the writer's lock.

        Before SQLite 3.51.3 two connections that do so at once can corrupt the file.
        """
        wal = self.path.with_name(self.path.name + "-wal")
        if wal.stat().st_size > _CHECKPOINT_BYTES:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """A connection of this file for one user at a time."""
        with self._guard:
            connection = self._idle.pop() if self._idle else None
        with store_errors(self.path):
            connection = connection or connect(self.path)
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
        with self._guard:
            self._idle.append(connection)


def connect(path: Path) -> sqlite3.Connection:
    """Open an account's file. Raises StoreUnusable where it is not ours, or newer."""
    connection = sqlite3.connect(
        f"file:{uri_path(path)}?mode=rw", uri=True, isolation_level=None, check_same_thread=False
    )
    try:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if application != APPLICATION_ID:
            raise StoreUnusable(f"{path}: it is no store of this program")
        if version < SCHEMA_VERSION:
            raise StoreUnusable(
                f"{path}: it was written before the first release (schema {version}, this program "
                f"needs {SCHEMA_VERSION}); import into a new store"
            )
        if version > SCHEMA_VERSION:
            raise StoreUnusable(
                f"{path}: it was written by a newer version (schema {version}, this program knows "
                f"{SCHEMA_VERSION}); upgrade to open it"
            )
        _configure(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def inode_of(path: Path) -> int | None:
    """Which file stands at a path, if one does."""
    try:
        return path.stat().st_ino
    except OSError:
        return None


def uri_path(path: Path) -> str:
    """A path as it stands in a `file:` address."""
    return str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _configure(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA busy_timeout = 5000")
    connection.execute("PRAGMA synchronous = FULL")  # what was acknowledged is on disk
    connection.execute("PRAGMA wal_autocheckpoint = 0")  # see SqliteFile._checkpoint
    connection.execute("PRAGMA journal_size_limit = 0")  # so the WAL's size tells what is in it
    connection.execute("PRAGMA cache_size = -262144")
    connection.execute("PRAGMA temp_store = FILE")
    connection.execute("PRAGMA trusted_schema = OFF")


def create_file(path: Path, begin: Callable[[sqlite3.Connection], None]) -> None:
    """Make an account's file, whole or not at all. Raises FileExistsError.

    `begin` records the first events in the transaction that makes the tables.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        connection = sqlite3.connect(new, isolation_level=None)
        try:
            connection.execute("PRAGMA page_size = 4096")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            connection.execute("PRAGMA journal_mode = WAL")
            _configure(connection)
            connection.executescript(_EVENTS + _BESIDE_THE_LOG + read_model_schema())
            connection.execute("BEGIN IMMEDIATE")
            begin(connection)
            connection.execute("COMMIT")
        finally:
            connection.close()
        os.link(new, path)  # fails if another process was first
        _sync_folder(path.parent)
    finally:
        for suffix in ("", "-wal", "-shm"):
            new.with_name(new.name + suffix).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class SqliteRows:
    """The rows of the read models, in one schema of a connection (see working_set.RowStore)."""

    def __init__(self, connection: sqlite3.Connection, schema: str = "main") -> None:
        self._connection = connection
        self._schema = schema

    def select(self, table: Table[Any], columns: int, keys: Sequence[Row]) -> Iterable[Row]:
        names = table.columns[:columns]
        name = f"{self._schema}.{table.name}"
        what, event = "t.*", ""
        if table.with_event:
            what += ", e.stream, e.version, e.topic, e.at, e.payload"
            event = " JOIN main.events e USING (position)"
        if len(keys) == 1:
            where = " AND ".join(f"t.{column} = ?" for column in names)
            return self._connection.execute(
                f"SELECT {what} FROM {name} t{event} WHERE {where}", keys[0]
            )
        found: list[Row] = []
        most = 30_000 // columns  # SQLite takes 32,766 parameters
        for start in range(0, len(keys), most):
            some = keys[start : start + most]
            one = "(" + ",".join("?" * columns) + ")"
            found += self._connection.execute(
                f"WITH wanted ({', '.join(names)}) AS (VALUES {','.join([one] * len(some))}) "
                f"SELECT {what} FROM wanted CROSS JOIN {name} t USING ({', '.join(names)}){event}",
                [value for key in some for value in key],
            )
        return found

    def upsert(self, table: Table[Any], rows: Sequence[Row]) -> None:
        marks = ",".join("?" * len(table.columns))
        self._connection.executemany(
            f"INSERT OR REPLACE INTO {self._schema}.{table.name} VALUES ({marks})", rows
        )

    def delete(self, table: Table[Any], keys: Sequence[Row]) -> None:
        where = " AND ".join(f"{column} = ?" for column in table.columns[: table.key])
        self._connection.executemany(f"DELETE FROM {self._schema}.{table.name} WHERE {where}", keys)

    def records_of(self, contact_id: str) -> list[str]:
        records = f"SELECT record_id FROM {self._schema}.records"
        rows = self._connection.execute(
            f"{records} WHERE contact_id = ?1 AND contact_id <> record_id "
            f"UNION ALL {records} WHERE record_id = ?1 AND contact_id = ?1 ORDER BY record_id",
            (contact_id,),
        )
        return [record_id for (record_id,) in rows]

    def absorbed_records_of(self, contact_id: str) -> Iterator[str]:
        rows = self._connection.execute(
            f"SELECT record_id FROM {self._schema}.records WHERE contact_id = ? "
            "AND contact_id <> record_id ORDER BY newest_at DESC, newest DESC",
            (contact_id,),
        )
        return (record_id for (record_id,) in rows)

    def keys(self, table: Table[Any], where: str, values: Sequence[Any]) -> list[Row]:
        key = ", ".join(table.columns[: table.key])
        return self._connection.execute(
            f"SELECT {key} FROM {self._schema}.{table.name} WHERE {where} ORDER BY {key}", values
        ).fetchall()

    def last_key(self, table: Table[Any]) -> Row | None:
        key = table.columns[: table.key]
        row: Row | None = self._connection.execute(
            f"SELECT {', '.join(key)} FROM {self._schema}.{table.name} "
            f"ORDER BY {', '.join(f'{column} DESC' for column in key)} LIMIT 1"
        ).fetchone()
        return row

    def leading_to(self, contact_id: str) -> list[str]:
        rows = self._connection.execute(
            f"WITH RECURSIVE leading (id) AS ("
            f"  SELECT contact_id FROM {self._schema}.contacts WHERE survivor = ?"
            f"  UNION SELECT c.contact_id FROM leading l JOIN {self._schema}.contacts c"
            f"  ON c.survivor = l.id) SELECT id FROM leading ORDER BY id",
            (contact_id,),
        )
        return [each for (each,) in rows]


class SqliteRecorder(ApplicationRecorder):
    """The library's recorder over one account's file."""

    def __init__(self, file: SqliteFile, clock: Callable[[], int], randomness: Randomness) -> None:
        self._file = file
        self._clock = clock
        self._randomness = randomness

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        if not stored_events:
            return None
        try:
            with self._file.writing() as connection:
                head = read_head(connection)
                at = max(self._clock(), head.at)
                return append(connection, head, stored_events, at, self._randomness)
        except sqlite3.IntegrityError as error:
            raise IntegrityError(error) from error
        except StoreUnusable as error:
            raise OperationalError(error) from error

    def select_events(
        self,
        originator_id: Any,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        with self._file.reading() as connection:
            rows = connection.execute(
                "SELECT stream, version, topic, payload FROM events "
                "WHERE stream = ? AND version > ? AND version <= ? "
                f"ORDER BY version {'DESC' if desc else 'ASC'} LIMIT ?",
                (
                    str(originator_id),
                    -1 if gt is None else gt,
                    (1 << 62) if lte is None else lte,
                    -1 if limit is None else limit,
                ),
            )
            return [StoredEvent(*row) for row in rows]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        after = 0 if start is None else start - 1 if inclusive_of_start else start
        only = f"AND topic IN ({','.join('?' * len(topics))}) " if topics else ""
        with self._file.reading() as connection:
            rows = connection.execute(
                "SELECT stream, version, topic, payload, position FROM events "
                f"WHERE position > ? AND position <= ? {only}ORDER BY position LIMIT ?",
                (after, (1 << 62) if stop is None else stop, *topics, limit),
            )
            return [Notification(*row) for row in rows]

    def max_notification_id(self) -> int | None:
        with self._file.reading() as connection:
            return read_head(connection).position or None

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """SQLite tells nobody of a commit: followers poll."""
        raise NotImplementedError("followers poll a SQLite log; it has no subscription")


class Head:
    """The end of the log: its last position, digest and time."""

    __slots__ = ("at", "digest", "position")

    def __init__(self, position: int, digest: bytes, at: int) -> None:
        self.position = position
        self.digest = digest
        self.at = at


def read_head(connection: sqlite3.Connection) -> Head:
    """The end of the log as this transaction sees it."""
    row = connection.execute(
        "SELECT position, digest, at FROM events ORDER BY position DESC LIMIT 1"
    ).fetchone()
    return Head(*row) if row else Head(0, GENESIS, 0)


def append(
    connection: sqlite3.Connection,
    head: Head,
    stored_events: Sequence[StoredEvent],
    at: int,
    randomness: Randomness,
) -> list[int]:
    """Append to the log within a transaction that holds the lock; returns the positions."""
    salts = randomness(SALT_BYTES * len(stored_events))
    digest, position = head.digest, head.position
    rows = []
    for index, event in enumerate(stored_events):
        position += 1
        salt = salts[index * SALT_BYTES : (index + 1) * SALT_BYTES]
        stream, version, topic = str(event.originator_id), event.originator_version, event.topic
        digest = link(
            digest,
            payload_hash(salt, event.state),
            position=position,
            stream=stream,
            version=version,
            topic=topic,
            at=at,
        )
        rows.append((position, stream, version, topic, at, salt, event.state, None, digest))
    connection.executemany("INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?)", rows)
    return [row[0] for row in rows]


def read_events(
    connection: sqlite3.Connection,
    where: str,
    values: Sequence[Any],
    limit: int | None = None,
    *,
    order: str = "position",
) -> Iterator[Recorded]:
    """Events of the log, read and validated, in the order of their position."""
    rows = connection.execute(
        "SELECT position, stream, version, topic, at, payload FROM main.events "
        f"WHERE {where} ORDER BY {order} LIMIT ?",
        (*values, -1 if limit is None else limit),
    )
    mapper = event_mapper()
    for position, stream, version, topic, at, payload in rows:
        stored = mapper.to_domain_event(StoredEvent(stream, version, topic, payload))
        yield Recorded(position, version, from_micros(at), stored.event)
