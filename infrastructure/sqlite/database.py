"""An account on SQLite: one file, one commit for events, index and read models."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock
from time import time

from application.refusals import StoreUnusable
from infrastructure.sqlite.damage import damage_of
from infrastructure.sqlite.errors import store_errors
from infrastructure.sqlite.session import SqliteSession
from infrastructure.sqlite.turnstile import Turnstile, lock_file_at_once
from infrastructure.storage.damage import Damage
from infrastructure.storage.database import Damaged, Readable
from infrastructure.storage.jobs import is_job_id
from infrastructure.storage.schema import WORKS_WITH, account_schema, wrong_version
from infrastructure.storage.session import Session

APPLICATION_ID = 0x434D4C47
"""Marks a file as an account's log of this product (SQLite's `application_id`)."""
FILE_NAME = "log.sqlite3"
JOBS = "jobs"
"""The folder of an account's locks; it contains `WAITING` while there are unfinished jobs."""
WAITING = "waiting"
LOCK_TIMEOUT = 30.0
"""Seconds that a writer waits for its turn."""
_CHECKPOINT_BYTES = 256 << 20
_OVERLAY_KIB = 128 << 10
"""Memory for the changes of a preview; what is more lies in a temporary file."""


class SqliteFile:
    """One account's file, its connections and its writers' turns (see database.Database)."""

    def __init__(self, path: Path, lock_timeout: float = LOCK_TIMEOUT) -> None:
        self.path = path
        self._lock_timeout = lock_timeout
        self.inode = inode_of(path)
        self.rejected_folder = path.parent / "imports"
        self.uploads = SqliteUploads(self.rejected_folder, path)
        self._jobs = path.parent / JOBS
        self._turnstile = Turnstile(path.parent)
        self._guard = Lock()
        self._idle: list[SqliteSession] = []

    def __reduce__(self) -> tuple[type["SqliteFile"], tuple[Path, float]]:
        """The same account in another process."""
        return SqliteFile, (self.path, self._lock_timeout)

    def is_there(self) -> bool:
        return self.inode == inode_of(self.path)

    @contextmanager
    def writing(self) -> Iterator[SqliteSession]:
        with self.session() as connection, self.writing_on(connection):
            yield connection

    @contextmanager
    def writing_on(
        self,
        connection: SqliteSession,
        *,
        scans: bool = True,  # noqa: ARG002 - PostgreSQL's
    ) -> Iterator[None]:
        with self.turn():
            if not self.is_there():
                raise StoreUnusable(f"{self.path}: it was removed, or replaced")
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                _check_version(connection, self.path)
                yield
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
    def looking_on(
        self,
        session: SqliteSession,
        *,
        scans: bool = True,  # noqa: ARG002 - PostgreSQL's
    ) -> Iterator[None]:
        session.execute("BEGIN")
        with session:
            yield

    def damage(self, session: SqliteSession, most: int) -> Damage:
        return damage_of(session, most)

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
        if not (self._jobs / f"{name}.lock").exists():
            return False
        with self.locked(name) as free:
            return not free

    def has_work(self, _: Session) -> None:
        """Make a file that shows that there is work, during the turn of the writer."""
        self._jobs.mkdir(exist_ok=True)
        (self._jobs / WAITING).touch()

    def has_no_work(self, _: Session) -> None:
        (self._jobs / WAITING).unlink(missing_ok=True)

    @contextmanager
    def trying(self) -> Iterator[SqliteSession]:
        with store_errors(self.path), closing(_connect(self.path)) as connection:
            # A file without a name: it is in memory while it is small, and nobody else sees it.
            connection.execute(f"ATTACH '' AS {connection.overlay}")
            for pragma in ("journal_mode = OFF", f"cache_size = -{_OVERLAY_KIB}"):
                connection.execute(f"PRAGMA {connection.overlay}.{pragma}")
            connection.execute("BEGIN")
            yield connection

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
            connection = connection or _connect(self.path)
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
        with self._guard:
            self._idle.append(connection)


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
        if not is_job_id(job_id):
            raise ValueError(f"{job_id!r} is not the id of a job")
        return self._folder / f"{job_id}.csv"


def open_file(path: Path, mode: str) -> SqliteSession:
    """A connection to a file that any thread may use, one at a time. `mode`: ro, rw or rwc."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        factory=SqliteSession,
    )


def _connect(path: Path) -> SqliteSession:
    """Open an account's file. Raises StoreUnusable if it is not one of ours, or is newer."""
    connection = open_file(path, "rw")
    try:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        if application != APPLICATION_ID:
            raise Damaged(f"{path}: it is not a store of this program")
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
        with closing(open_file(new, "rwc")) as connection:
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
