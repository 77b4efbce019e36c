"""An account on SQLite: one file, one commit for events, index and read models."""

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from errno import EDQUOT, EFBIG, EIO, ENOSPC
from pathlib import Path
from threading import Lock
from time import time
from typing import Any, NoReturn

from application.refusals import StoreUnusable
from infrastructure.scratch import scratch_folder
from infrastructure.sqlite.turnstile import Turnstile, TurnTimeout, lock_file_at_once
from infrastructure.storage.database import Collision, Readable
from infrastructure.storage.schema import (
    EVENT_COLUMNS,
    WORKS_WITH,
    account_schema,
    read_model_schema,
    wrong_version,
)
from infrastructure.storage.session import Session
from infrastructure.storage.table import Row, Table
from infrastructure.storage.tables import TABLES

APPLICATION_ID = 0x434D4C47
"""Marks a file as an account's log of this product (SQLite's `application_id`)."""
FILE_NAME = "log.sqlite3"
JOBS = "jobs"
"""The folder of an account's locks; `WAITING` is in it while there are jobs that are not done."""
WAITING = "waiting"
LOCK_TIMEOUT = 30.0
"""Seconds that a writer waits for its turn."""
_CHECKPOINT_BYTES = 256 << 20

sqlite3.register_adapter(list, json.dumps)  # a list is one value, for json_each


class SqliteSession(sqlite3.Connection):
    """A connection to an account's file (see session.Session)."""

    in_use = "main"
    fresh = "temp"

    @property
    def schema_version(self) -> int:
        return int(self.execute("SELECT version FROM schema_version").fetchone()[0])

    def change_schema(self, statement: str) -> None:
        self.execute(statement)

    def has_schema_version(self, version: int, works_with: int) -> None:
        self.execute("UPDATE schema_version SET version = ?, works_with = ?", (version, works_with))
        self.execute(f"PRAGMA user_version = {works_with:d}")  # checked when a file is opened

    def stream(self, statement: str, values: Sequence[Any] = ()) -> Iterator[Row]:
        return self.execute(statement, values)

    def select(
        self, table: Table[Any], schema: str, columns: int, keys: Sequence[Row]
    ) -> Iterable[Row]:
        names = table.columns[:columns]
        name = f"{schema}.{table.name}"
        what, event = ", ".join(f"t.{column}" for column in table.columns), ""
        if table.with_event:
            what += ", e.stream, e.version, e.topic, e.at, e.payload"
            event = " JOIN main.events e USING (position)"
        if len(keys) == 1:
            where = " AND ".join(f"t.{column} = ?" for column in names)
            return self.execute(f"SELECT {what} FROM {name} t{event} WHERE {where}", keys[0])
        found: list[Row] = []
        most = 30_000 // columns  # SQLite takes 32,766 parameters
        for start in range(0, len(keys), most):
            some = keys[start : start + most]
            one = "(" + ",".join("?" * columns) + ")"
            found += self.execute(
                f"WITH wanted ({', '.join(names)}) AS (VALUES {','.join([one] * len(some))}) "
                f"SELECT {what} FROM wanted CROSS JOIN {name} t USING ({', '.join(names)}){event}",
                [value for key in some for value in key],
            )
        return found

    def upsert(self, table: Table[Any], schema: str, rows: Sequence[Row]) -> None:
        marks = ",".join("?" * len(table.columns))
        into = f"{schema}.{table.name} ({', '.join(table.columns)})"
        self.executemany(f"INSERT OR REPLACE INTO {into} VALUES ({marks})", rows)

    def delete(self, table: Table[Any], schema: str, keys: Sequence[Row]) -> None:
        where = " AND ".join(f"{column} = ?" for column in table.columns[: table.key])
        self.executemany(f"DELETE FROM {schema}.{table.name} WHERE {where}", keys)

    def insert_events(self, rows: Sequence[Row]) -> None:
        self.executemany(f"INSERT INTO events ({EVENT_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?)", rows)

    def together(self) -> AbstractContextManager[object]:
        return nullcontext()

    of_whole_tables = together

    def make_fresh(self) -> None:
        for statement in read_model_schema(self.fresh):
            self.execute(statement)

    def drop_fresh(self) -> None:
        for table in TABLES:
            self.execute(f"DROP TABLE IF EXISTS {self.fresh}.{table.name}")


@contextmanager
def store_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into StoreUnusable, one clear line each."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise Collision(f"{path}: {error}") from error
    except sqlite3.DatabaseError as error:
        _refuse(path, error)
    except TurnTimeout:
        raise StoreUnusable(f"{path}: another process has it locked; try again later") from None
    except PermissionError as error:
        raise StoreUnusable(f"{path}: {error.strerror}: {error.filename}") from None
    except OSError as error:
        reason = _OF_SYSTEM.get(error.errno or 0, error.strerror)
        raise StoreUnusable(f"{path}: {reason}") from None


_DISK_FULL, _DISK_FAILED = "the disk is full", "the disk failed to read or write"
_OF_SYSTEM = {ENOSPC: _DISK_FULL, EDQUOT: _DISK_FULL, EFBIG: _DISK_FAILED, EIO: _DISK_FAILED}


def _refuse(path: Path, error: sqlite3.DatabaseError) -> NoReturn:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    reason = {
        sqlite3.SQLITE_BUSY: "another process has it locked; try again later",
        sqlite3.SQLITE_LOCKED: "another process has it locked; try again later",
        sqlite3.SQLITE_READONLY: "it is read-only",
        sqlite3.SQLITE_FULL: _DISK_FULL,
        sqlite3.SQLITE_NOTADB: "it is not a store of this program",
        sqlite3.SQLITE_CORRUPT: "it is damaged; restore a backup",
        sqlite3.SQLITE_CANTOPEN: "it cannot be opened; is the folder read-only or missing?",
        sqlite3.SQLITE_IOERR: _DISK_FAILED,
    }.get(code, str(error))
    raise StoreUnusable(f"{path}: {reason}") from None


class SqliteFile:
    """One account's database file: its connections, and the turns of its writers.

    See database.Database.
    """

    failures: tuple[type[Exception], ...] = (sqlite3.DatabaseError,)

    def __init__(self, path: Path, lock_timeout: float = LOCK_TIMEOUT) -> None:
        self.path = path
        self._lock_timeout = lock_timeout
        self.inode = inode_of(path)
        self.uploads = SqliteUploads(self.rejected_folder, path)
        self._turnstile = Turnstile(path.parent)
        self._guard = Lock()
        self._idle: list[SqliteSession] = []

    @property
    def rejected_folder(self) -> Path:
        return self.path.parent / "imports"

    @property
    def _jobs(self) -> Path:
        return self.path.parent / JOBS

    def is_there(self) -> bool:
        return self.inode == inode_of(self.path)

    @contextmanager
    def writing(self) -> Iterator[SqliteSession]:
        with self.session() as connection, self.writing_on(connection):
            yield connection

    @contextmanager
    def writing_on(self, connection: SqliteSession) -> Iterator[None]:
        with store_errors(self.path), self._turnstile.turn(self._lock_timeout):
            if not self.is_there():
                raise StoreUnusable(f"{self.path}: it was removed, or replaced")
            connection.execute("BEGIN IMMEDIATE")
            try:
                _check_version(connection, self.path)
                yield
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            self._checkpoint(connection)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """A turn in which no other thread or process writes."""
        with store_errors(self.path), self._turnstile.turn(self._lock_timeout):
            yield

    @contextmanager
    def reading(self) -> Iterator[SqliteSession]:
        with self.session() as connection:
            connection.execute("BEGIN")
            try:
                _check_version(connection, self.path)
                yield connection
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def scanning_on(self, session: SqliteSession) -> Iterator[None]:
        session.execute("BEGIN")
        try:
            yield
            session.execute("COMMIT")
        except BaseException:
            session.execute("ROLLBACK")
            raise

    @contextmanager
    def locked(self, name: str) -> Iterator[bool]:
        path = self._jobs / f"{name}.lock"
        with store_errors(path):
            path.parent.mkdir(exist_ok=True)
            lock = lock_file_at_once(path)
        try:
            yield lock is not None
        finally:
            if lock is not None:
                path.unlink(missing_ok=True)
                os.close(lock)

    def is_locked(self, name: str) -> bool:
        return (self._jobs / f"{name}.lock").exists() and self._is_held(name)

    def _is_held(self, name: str) -> bool:
        with self.locked(name) as free:
            return not free

    def has_work(self, _: Session) -> None:
        """By a file, which tells whoever looks. It comes and goes in the turn of who writes."""
        self._jobs.mkdir(exist_ok=True)
        (self._jobs / WAITING).touch()

    def has_no_work(self, _: Session) -> None:
        (self._jobs / WAITING).unlink(missing_ok=True)

    @contextmanager
    def copied(self) -> Iterator["SqliteFile"]:
        """A copy made by SQLite's backup, which does not block writers."""
        with scratch_folder() as folder:
            path = folder / FILE_NAME
            with store_errors(path), self.session() as session:
                with closing(sqlite3.connect(path)) as copy:
                    session.backup(copy)
                file = SqliteFile(path, self._lock_timeout)
            with closing(file):
                yield file

    def close(self) -> None:
        """Close idle connections. The last one writes the WAL back into the file."""
        with self._guard:
            while self._idle:
                self._idle.pop().close()
        self._turnstile.close()

    def _checkpoint(self, connection: SqliteSession) -> None:
        """Write the WAL back into the file, under the writer's lock.

        Before SQLite 3.51.3 two connections that do so at once can corrupt the file.
        """
        wal = self.path.with_name(self.path.name + "-wal")
        if wal.stat().st_size > _CHECKPOINT_BYTES:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    @contextmanager
    def session(self) -> Iterator[SqliteSession]:
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


def connect(path: Path) -> SqliteSession:
    """Open an account's file. Raises StoreUnusable if it is not one of ours, or is newer."""
    connection = sqlite3.connect(
        f"file:{uri_path(path)}?mode=rw",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        factory=SqliteSession,
    )
    try:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        if application != APPLICATION_ID:
            raise StoreUnusable(f"{path}: it is not a store of this program")
        _check_version(connection, path)
        _configure(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_version(connection: SqliteSession, path: Path) -> None:
    (works_with,) = connection.execute("PRAGMA user_version").fetchone()
    if wrong := wrong_version(works_with):
        raise StoreUnusable(f"{path}: {wrong}")


def inode_of(path: Path) -> int | None:
    """The inode of the file at a path, or None."""
    try:
        return path.stat().st_ino
    except OSError:
        return None


def uri_path(path: Path) -> str:
    """A path in the form of a `file:` address."""
    return str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _configure(connection: SqliteSession) -> None:
    connection.execute("PRAGMA busy_timeout = 5000")
    connection.execute("PRAGMA synchronous = FULL")  # what was acknowledged is on disk
    connection.execute("PRAGMA wal_autocheckpoint = 0")  # see SqliteFile._checkpoint
    connection.execute("PRAGMA journal_size_limit = 0")  # so the WAL's size is that of its content
    connection.execute("PRAGMA cache_size = -262144")
    connection.execute("PRAGMA temp_store = FILE")
    connection.execute("PRAGMA trusted_schema = OFF")


def create_file(path: Path, begin: Callable[[SqliteSession], None]) -> None:
    """Make an account's file completely or not at all. Raises FileExistsError.

    `begin` records the first events in the transaction that makes the tables.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        connection = sqlite3.connect(new, isolation_level=None, factory=SqliteSession)
        try:
            connection.execute("PRAGMA page_size = 4096")
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {WORKS_WITH}")
            connection.execute("PRAGMA journal_mode = WAL")
            _configure(connection)
            connection.execute("BEGIN IMMEDIATE")
            for statement in account_schema("main"):
                connection.execute(statement)
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


class SqliteUploads:
    """Files that wait for their jobs, in a folder of the account (see database.Uploads)."""

    def __init__(self, folder: Path, account: Path) -> None:
        self._folder = folder
        self._account = account

    def keep(self, job_id: str, file: Readable) -> None:
        path = self._path(job_id)
        with store_errors(self._folder):
            self._folder.mkdir(exist_ok=True)
        with store_errors(self._account), path.open("xb") as kept:
            path.chmod(0o600)
            while block := file.read(1 << 20):
                kept.write(block)

    @contextmanager
    def opened(self, job_id: str) -> Iterator[Path]:
        yield self._path(job_id)

    def remove(self, job_id: str) -> None:
        self._path(job_id).unlink(missing_ok=True)

    def remove_abandoned(self, seconds: float) -> None:
        long_ago = time() - seconds
        for path in self._folder.glob("*.csv"):
            if path.stat().st_mtime < long_ago:
                path.unlink()

    def _path(self, job_id: str) -> Path:
        return self._folder / f"{job_id}.csv"
