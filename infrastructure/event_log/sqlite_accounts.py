"""The accounts of a store on SQLite: a folder each, `DIR/ACCOUNT/log.sqlite3`."""

import json
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from eventsourcing.persistence import MapperDeserialisationError

from application.ports import Clock, Ids, Rebuilt, Verified
from application.refusals import Conflict, Invalid, UnknownAccount
from domain.events import AccountOpened, Recorded
from domain.settings import MergeSettings
from infrastructure.event_log.codec import event_mapper
from infrastructure.event_log.sqlite import (
    FILE_NAME,
    LOCK_TIMEOUT,
    Randomness,
    SqliteFile,
    SqliteRecorder,
    SqliteRows,
    append,
    create_file,
    inode_of,
    read_events,
    read_head,
    read_model_schema,
    store_errors,
)
from infrastructure.event_log.work import LogWork
from infrastructure.read_models.checks import (
    BATCH,
    chain_problems,
    differing_tables,
    drop_fresh,
    fold_problems,
    lead_problems,
    project_afresh,
    put_in_place,
)
from infrastructure.read_models.queries import SqliteReading
from infrastructure.read_models.search_index import SearchIndex
from infrastructure.read_models.tables import from_micros, to_micros
from infrastructure.read_models.working_set import WorkingSet

ACCOUNT_ID = re.compile(r"[a-z0-9][a-z0-9_]{0,39}")


class SqliteLog:
    """One account's log (see application.ports.AccountLog)."""

    def __init__(
        self, account: str, file: SqliteFile, clock: Clock, ids: Ids, randomness: Randomness
    ) -> None:
        self.account = account
        self.file = file
        self._clock = clock
        self._ids = ids
        self._randomness = randomness
        self._mapper = event_mapper()
        self.search = SearchIndex(file)
        self.recorder = SqliteRecorder(file, lambda: to_micros(clock()), randomness)

    def new_id(self) -> str:
        """A new id, such as an import's."""
        return self._ids()

    def is_there(self) -> bool:
        """Whether this is still the account: it may have been removed, and made anew."""
        return self.file.inode == inode_of(self.file.path)

    @contextmanager
    def writing(self) -> Iterator[LogWork]:
        with self.file.writing() as connection, self.working(connection) as work:
            yield work

    @contextmanager
    def working(self, connection: sqlite3.Connection) -> Iterator[LogWork]:
        """A unit of work within the transaction that a connection is in."""
        head = read_head(connection)
        at = max(to_micros(self._clock()), head.at)
        rows = WorkingSet(SqliteRows(connection))
        work = LogWork(
            rows,
            self._mapper,
            head=head.position,
            now=from_micros(at),
            ids=self._ids,
            events_of=partial(_events_of, connection),
            event_at=partial(_event_at, connection),
            another=partial(_another, connection),
        )
        yield work
        if work.stored:
            rows.flush()
            append(connection, head, work.stored, at, self._randomness)

    @contextmanager
    def one_commit(self) -> Iterator["SqliteCommit"]:
        """Several commands that commit together, each of them whole or not at all."""
        with self.file.writing() as connection:
            yield SqliteCommit(self, connection)

    @contextmanager
    def reading(self) -> Iterator[SqliteReading]:
        with self.file.reading() as connection:
            yield SqliteReading(connection, self.search)

    def rebuild(
        self, progress: Callable[[int], None] | None = None, *, batch: int = BATCH
    ) -> Rebuilt:
        with self.file.connection() as connection:
            try:
                # Most of the log is read beside other writers, the last of it while they wait.
                position = self._project_snapshot(connection, batch, progress)
                with self.file.writing_on(connection):
                    position = project_afresh(
                        connection, after=position, batch=batch, progress=progress
                    )
                    differences = differing_tables(connection)
                    if differences:
                        put_in_place(connection)
            finally:
                drop_fresh(connection)
        if self.search.drop():
            self.search.catch_up()
        return Rebuilt(position, differences)

    def _project_snapshot(
        self, connection: sqlite3.Connection, batch: int, progress: Callable[[int], None] | None
    ) -> int:
        connection.execute("BEGIN")
        try:
            position = project_afresh(connection, batch=batch, progress=progress)
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        return position

    def verify(
        self, progress: Callable[[int], None] | None = None, *, batch: int = BATCH
    ) -> Verified:
        with self.file.reading() as connection:
            problems = chain_problems(connection, progress)
            if not problems:
                try:
                    problems += fold_problems(connection, progress)
                    problems += lead_problems(connection)
                    project_afresh(connection, batch=batch, progress=progress)
                    problems += [
                        f"read model {name}: is not what the log says; rebuild it"
                        for name in differing_tables(connection)
                    ]
                except MapperDeserialisationError as error:
                    problems.append(str(error))
            head = read_head(connection)
            contacts = connection.execute(
                "SELECT count(*) FROM main.contacts WHERE status = 'live'"
            ).fetchone()[0]
        return Verified(head.position, head.digest.hex(), contacts, tuple(problems))


class SqliteCommit:
    """Commands that share one commit, one after the other, each seeing the ones before it."""

    def __init__(self, log: SqliteLog, connection: sqlite3.Connection) -> None:
        self._log = log
        self._connection = connection

    @contextmanager
    def part(self) -> Iterator["SqlitePart"]:
        """One command. What leaves it by an exception leaves nothing written."""
        self._connection.execute("SAVEPOINT part")
        try:
            yield SqlitePart(self._log, self._connection)
        except BaseException:
            self._connection.execute("ROLLBACK TO part")
            raise
        finally:
            self._connection.execute("RELEASE part")


class SqlitePart:
    """The log as one command sees it that shares its commit (see application.ports.AccountLog)."""

    def __init__(self, log: SqliteLog, connection: sqlite3.Connection) -> None:
        self._log = log
        self.connection = connection
        self.account = log.account

    def new_id(self) -> str:
        """A new id, such as an import's."""
        return self._log.new_id()

    @contextmanager
    def writing(self) -> Iterator[LogWork]:
        with self._log.working(self.connection) as work:
            yield work

    @contextmanager
    def reading(self) -> Iterator[SqliteReading]:
        yield SqliteReading(self.connection, self._log.search)


def _events_of(connection: sqlite3.Connection, streams: Sequence[str]) -> list[Recorded]:
    """The events of some streams, in the order of the log."""
    return list(
        read_events(
            connection, "stream IN (SELECT value FROM json_each(?))", (json.dumps(streams),)
        )
    )


def _event_at(connection: sqlite3.Connection, position: int) -> Recorded:
    """The event at a position of the log."""
    for recorded in read_events(connection, "position = ?", (position,)):
        return recorded
    raise LookupError(f"there is no event {position}")


@contextmanager
def _another(connection: sqlite3.Connection) -> Iterator[WorkingSet]:
    """The rows of an empty account, which is gone in the end."""
    try:
        for statement in read_model_schema("temp").split(";\n"):
            connection.execute(statement)
        yield WorkingSet(SqliteRows(connection, "temp"))
    finally:
        drop_fresh(connection)


class SqliteAccounts:
    """The accounts below one folder (see application.ports.Accounts)."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        ids: Ids,
        randomness: Randomness = os.urandom,
        lock_timeout: float = LOCK_TIMEOUT,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._ids = ids
        self._randomness = randomness
        self._lock_timeout = lock_timeout

    def names(self) -> list[str]:
        with store_errors(self._folder):
            if not self._folder.exists():
                return []
            return sorted(
                each.name
                for each in self._folder.iterdir()
                if ACCOUNT_ID.fullmatch(each.name) and (each / FILE_NAME).is_file()
            )

    def open(self, account: str) -> SqliteLog:
        path = self._path(account)
        with store_errors(path):
            if not path.is_file():
                raise UnknownAccount(account)
        return self._log(account, path)

    def create(
        self,
        account: str,
        settings: MergeSettings,
        by: str,
        also: Callable[[sqlite3.Connection], None] | None = None,
    ) -> SqliteLog:
        """See application.ports.Accounts; `also` is done in the commit that begins the account."""
        path = self._path(account)

        def begin(connection: sqlite3.Connection) -> None:
            now = self._clock()
            rows = WorkingSet(SqliteRows(connection))
            work = LogWork(
                rows,
                event_mapper(),
                head=0,
                now=now,
                ids=self._ids,
                events_of=partial(_events_of, connection),
                event_at=partial(_event_at, connection),
                another=partial(_another, connection),
            )
            work.append([AccountOpened(settings=settings, by=by)])
            rows.flush()
            append(connection, read_head(connection), work.stored, to_micros(now), self._randomness)
            if also is not None:
                also(connection)

        with store_errors(path):
            try:
                create_file(path, begin)
            except FileExistsError:
                raise Conflict(f"account `{account}` exists already") from None
        return self._log(account, path)

    def has_running_import(self, account: str) -> bool:
        """Whether an import of the account is not done."""
        log = self.open(account)
        with closing(log.file), log.file.reading() as connection:
            found = connection.execute("SELECT 1 FROM imports WHERE status = 'running' LIMIT 1")
            return found.fetchone() is not None

    def remove(self, account: str) -> None:
        """Remove an account with all it holds, once whoever writes to it is done.

        Raises UnknownAccount.
        """
        log = self.open(account)
        folder = log.file.path.parent
        gone = folder.with_name(f".{account}.{os.urandom(4).hex()}.removed")
        with store_errors(folder):
            with log.file.turn():
                folder.rename(gone)
            shutil.rmtree(gone)

    def copy_of(self, log: SqliteLog) -> SqliteLog:
        """A copy of another store's account in this one, by SQLite's backup, beside its writers."""
        path = self._path(log.account)
        with store_errors(path), log.file.connection() as connection:
            path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(path)) as copy:
                connection.backup(copy)
        return self._log(log.account, path)

    def _log(self, account: str, path: Path) -> SqliteLog:
        file = SqliteFile(path, self._lock_timeout)
        return SqliteLog(account, file, self._clock, self._ids, self._randomness)

    def _path(self, account: str) -> Path:
        if not ACCOUNT_ID.fullmatch(account):
            raise Invalid(
                "account",
                f"`{account[:60]}` is no id: 1 to 40 of a-z, 0-9 and _, not beginning with _",
            )
        return self._folder / account / FILE_NAME
