"""An account on PostgreSQL: its own schema, on connections that the accounts of a process share.

A writer takes its turn by an advisory lock, which PostgreSQL grants first come, first served and
frees when the connection of a dead process closes. Safety does not depend on it: a position of the
log can be written only once.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from functools import partial
from itertools import count
from pathlib import Path
from time import monotonic, sleep, time
from zlib import crc32

import psycopg
from psycopg.pq import TransactionStatus

from infrastructure.postgresql.damage import damage_of
from infrastructure.postgresql.errors import BEGINS_WITH, database_errors
from infrastructure.postgresql.pool import Pool
from infrastructure.postgresql.session import (
    SCANNING,
    UNHURRIED,
    PostgresSession,
    committing,
)
from infrastructure.scratch import scratch_folder
from infrastructure.storage.damage import Damage
from infrastructure.storage.database import Readable
from infrastructure.storage.schema import (
    SCHEMA_VERSION,
)
from infrastructure.storage.session import Session

_UNCERTAIN = 10.0
"""Seconds to find out whether a commit was done if its answer was lost."""
_KEPT_COMMITS = 3_600
_BLOCK = 1 << 20

_WRITING, _NAMED, _INDEXING = 0x434D5752, 0x434D4A4F, 0x434D4958
"""The kinds of advisory locks; the other half of a lock's key is the account's number.

For a named lock it is a checksum of number and name. Two names with one checksum share a lock.
"""


class PostgresDatabase:
    """The schema of one account (see database.Database)."""

    def __init__(self, pool: Pool, account: str, number: int) -> None:
        self._pool = pool
        self._account = account
        self.number = number
        self.schema = schema_of(account, number)
        self.uploads = PostgresUploads(self.session)

    def __reduce__(self) -> tuple[type["PostgresDatabase"], tuple[Pool, str, int]]:
        """The same account in another process."""
        return PostgresDatabase, (self._pool, self._account, self.number)

    @property
    def rejected_folder(self) -> Path:
        return Path.cwd()

    @contextmanager
    def writing(self) -> Iterator[PostgresSession]:
        with (
            database_errors(self._account),
            self._pool.session(self.schema, self.begin_writing) as session,
            self._committing(session),
        ):
            yield session

    @contextmanager
    def writing_on(self, session: PostgresSession, *, scans: bool = True) -> Iterator[None]:
        with database_errors(self._account):
            session.begin(self.begin_writing)
            session.plainly(SCANNING if scans else UNHURRIED)
            with self._committing(session):
                yield

    @property
    def begin_writing(self) -> str:
        """The statements that begin a transaction once no other writer has one."""
        return f"BEGIN; SELECT {self._locking(_WRITING)}; {_WORKS_WITH}"

    @property
    def begin_alone(self) -> str:
        """The same for a writer that does not read the account's tables."""
        return f"BEGIN; SELECT {SCHEMA_VERSION} FROM {self._locking(_WRITING)}"

    def _locking(self, kind: int) -> str:
        return f"pg_advisory_xact_lock({kind}, {self.number})"

    @contextmanager
    def _committing(self, session: PostgresSession) -> Iterator[None]:
        token, now = os.urandom(16), int(time())
        try:
            yield
            session.execute("INSERT INTO commits VALUES (?, ?)", (now, token))
            if token[0] == 0:  # one time in 256
                old = (now - _KEPT_COMMITS,)
                session.execute("DELETE FROM commits WHERE at < ?", old)
        except BaseException:
            with suppress(psycopg.Error):
                session.plainly("ROLLBACK")
            raise
        try:
            session.commit()
        except psycopg.OperationalError:
            if not self._has_committed(now, token):
                raise

    def _has_committed(self, at: int, token: bytes) -> bool:
        """Whether a commit was done if its answer was lost with the connection.

        The check takes a turn of its own, so the backend that was committing has finished. Raises
        psycopg.Error if the database does not answer in time: then it is not known.
        """
        deadline = monotonic() + _UNCERTAIN
        while True:
            try:
                return self._finds_commit(at, token)
            except psycopg.Error:
                if monotonic() > deadline:
                    raise
                sleep(0.1)

    def _finds_commit(self, at: int, token: bytes) -> bool:
        # A connection in place of the lost one: if many lost theirs at once, all of them would
        # wait for one of the pool's.
        with closing(self._pool.connect()) as session:
            session.turn_to(self.schema)
            session.begin(self.begin_writing)
            found = "SELECT 1 FROM commits WHERE at = ? AND token = ?"
            return session.execute(found, (at, token)).fetchone() is not None

    @contextmanager
    def reading(self) -> Iterator[PostgresSession]:
        with (
            database_errors(self._account),
            self._pool.session(self.schema, _BEGIN_READING) as session,
        ):
            try:
                yield session
            finally:
                if session.connection.info.transaction_status == TransactionStatus.INTRANS:
                    session.plainly("COMMIT")

    @contextmanager
    def session(self) -> Iterator[PostgresSession]:
        with database_errors(self._account), self._pool.session(self.schema) as session:
            yield session

    @contextmanager
    def looking_on(self, session: PostgresSession, *, scans: bool = True) -> Iterator[None]:
        session.begin(f"BEGIN ISOLATION LEVEL REPEATABLE READ; {_WORKS_WITH}")
        with committing(session):
            session.plainly(SCANNING if scans else UNHURRIED)
            # It may wait long for another process that checks the account with it.
            session.plainly("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield

    def damage(self, session: PostgresSession, most: int) -> Damage:  # noqa: ARG002 - SQLite's
        return damage_of(session, self.schema)

    @contextmanager
    def locked(self, name: str) -> Iterator[bool]:
        """By a lock of the connection, which goes when the process does."""
        with database_errors(self._account), closing(self._pool.connect()) as session:
            try:
                (got,) = session.execute(
                    "SELECT pg_try_advisory_lock(?::int, ?::int)", (_NAMED, self._number_of(name))
                ).fetchone()
                yield got
            finally:
                with suppress(psycopg.Error):  # at once, not when the server sees us gone
                    session.plainly("SELECT pg_advisory_unlock_all()")

    def is_locked(self, name: str) -> bool:
        with self.session() as session:
            return session.execute(_HELD, (_NAMED, self._number_of(name))).fetchone() is not None

    def _number_of(self, name: str) -> int:
        return crc32(f"{self.number} {name}".encode()) >> 1

    def has_work(self, session: Session) -> None:
        session.execute(
            f"INSERT INTO {DIRECTORY}.at_work VALUES (?) ON CONFLICT DO NOTHING", (self.number,)
        )

    def has_no_work(self, session: Session) -> None:
        session.execute(f"DELETE FROM {DIRECTORY}.at_work WHERE number = ?", (self.number,))

    @contextmanager
    def indexing(self) -> Iterator[PostgresSession]:
        """A transaction to write the text index, one at a time."""
        begin = f"BEGIN; SELECT {self._locking(_INDEXING)}; {_WORKS_WITH}"
        with (
            database_errors(self._account),
            self._pool.session(self.schema, begin) as session,
            committing(session),
        ):
            session.plainly(SCANNING)
            yield session

    @contextmanager
    def trying(self) -> Iterator[PostgresSession]:
        with database_errors(self._account), closing(self._pool.connect()) as session:
            session.turn_to(self.schema)
            session.begin(f"BEGIN ISOLATION LEVEL REPEATABLE READ; {_WORKS_WITH}")
            session.plainly(UNHURRIED)
            yield session

    def is_there(self) -> bool:
        found = "SELECT 1 FROM accounts WHERE account = ? AND number = ?"
        with database_errors(), self._pool.session(DIRECTORY) as session:
            return session.execute(found, (self._account, self.number)).fetchone() is not None

    def close(self) -> None:
        """Do nothing: the connections belong to all accounts."""


class PostgresUploads:
    """Files that wait for their jobs, in blocks (see database.Uploads)."""

    def __init__(self, session: Callable[[], AbstractContextManager[PostgresSession]]) -> None:
        self._session = session

    def keep(self, job_id: str, file: Readable) -> None:
        now = int(time())
        with self._session() as session:
            for number, block in enumerate(iter(partial(file.read, _BLOCK), b"")):
                session.execute(
                    "INSERT INTO uploads VALUES (?, ?, ?, ?)", (job_id, number, now, block)
                )

    @contextmanager
    def opened(self, job_id: str) -> Iterator[Path]:
        with scratch_folder() as folder:
            path = folder / f"{job_id}.csv"
            with path.open("xb") as file, self._session() as session:
                for number in count():
                    row = session.execute(
                        "SELECT block FROM uploads WHERE job_id = ? AND number = ?",
                        (job_id, number),
                    ).fetchone()
                    if row is None:
                        break
                    file.write(row[0])
            yield path

    def remove(self, job_id: str) -> None:
        with self._session() as session:
            session.execute("DELETE FROM uploads WHERE job_id = ?", (job_id,))

    def remove_abandoned(self, seconds: float) -> None:
        with self._session() as session:
            session.execute("DELETE FROM uploads WHERE at < ?", (int(time() - seconds),))


DIRECTORY = "contact_merging"
"""The schema that lists the accounts and their keys."""
_WORKS_WITH = f"SELECT works_with FROM {BEGINS_WITH}"
_BEGIN_READING = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {_WORKS_WITH}"


_HELD = (
    "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"
    " AND classid::bigint = ? AND objid::bigint = ?"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def schema_of(account: str, number: int) -> str:
    """The schema of an account; a new account under the same id gets another number."""
    return f"account_{account}_{number}"
