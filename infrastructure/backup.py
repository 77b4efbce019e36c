"""A backup of an account in one file, and restoring it in any store.

The file is a SQLite database. It contains the log with its positions, salts and digests as they
are, the answers that are kept for repeated requests, and the jobs with the files of unfinished
ones. Read models are not in it: they are built from the log when it is restored.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from sqlite3 import connect
from typing import Any

from application.refusals import Refused
from infrastructure.account_log.accounts import StoredAccounts
from infrastructure.account_log.log import EventLog
from infrastructure.backup_checks import check_backup, digest_beside
from infrastructure.read_models.rebuild import project_afresh
from infrastructure.read_models.verify import UNREADABLE
from infrastructure.sqlite.database import open_file
from infrastructure.sqlite.errors import store_errors
from infrastructure.sqlite.session import SqliteSession
from infrastructure.storage.beside import COLUMNS
from infrastructure.storage.jobs import running_jobs
from infrastructure.storage.schema import (
    BESIDE_THE_LOG,
    EVENT_COLUMNS,
    LOG,
    SCHEMA_VERSION,
    statements,
    wrong_version,
)
from infrastructure.storage.session import Head, Session, read_head

APPLICATION_ID = 0x434D424B
"""Marks a file as a backup of an account (SQLite's `application_id`)."""
_SOME = 2_000
_BLOCK = 1 << 20
_BACKUP = """
CREATE TABLE backup (
    account TEXT NOT NULL, position INTEGER NOT NULL, digest BLOB NOT NULL, beside BLOB NOT NULL
);
CREATE TABLE uploads (job_id TEXT, number INTEGER, block BLOB, PRIMARY KEY (job_id, number));
"""
_BESIDE = {table: ", ".join((*columns, "checksum")) for table, columns in COLUMNS.items()}
Progress = Callable[[int], None]


def back_up(log: EventLog, path: Path, progress: Progress | None = None) -> Head:
    """Write an account to a new file, completely or not at all. Returns the end of its log.

    Writers are not blocked. Raises Refused if the file exists, StoreUnusable if it cannot be
    written.
    """
    if path.exists():
        raise Refused(f"{path}: exists already")
    while True:
        new = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
        try:
            with store_errors(path), closing(open_file(new, "rwc")) as backup:
                new.chmod(0o600)
                head = _write(log, backup, progress)
            if head is not None:
                os.link(new, path)  # fails if another process was faster
                return head
        except FileExistsError:
            raise Refused(f"{path}: exists already") from None
        finally:
            new.unlink(missing_ok=True)


def _write(log: EventLog, backup: SqliteSession, progress: Progress | None) -> Head | None:
    """Fill a new backup. Returns None if a job is done meanwhile and its file is gone."""
    backup.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    backup.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    _make_tables(backup)
    backup.execute("BEGIN")
    with log.database.session() as session, log.database.looking_on(session):
        head = read_head(session)
        _copy(session, backup, "events", EVENT_COLUMNS, progress)
        for table, columns in _BESIDE.items():
            _copy(session, backup, table, columns, None)
        waiting = [job.id for job in running_jobs(session) if job.has_file]
    if not all(_copy_upload(log, backup, job_id) for job_id in waiting):
        return None
    end = log.account, head.position, head.digest, digest_beside(backup)
    backup.execute("INSERT INTO backup VALUES (?, ?, ?, ?)", end)
    backup.execute("COMMIT")
    return head


def restore(
    accounts: StoredAccounts,
    account: str,
    path: Path,
    progress: Progress | None = None,
    expect: Progress | None = None,
) -> Head:
    """Make an account from a backup, under any id. Returns the end of its log.

    `expect`: called once with the number that `progress` will count up to. Raises Refused if the
    account exists, or the file is not a backup, damaged, or newer.
    """
    with store_errors(path), _opened(path) as backup:
        try:
            head = check_backup(backup, _schema())
        except Refused as refused:
            raise Refused(f"{path}: {refused}") from None
        if expect is not None:
            expect(2 * head.position)  # each event is copied and projected

        def begin(session: Session) -> None:
            _copy(backup, session, "events", EVENT_COLUMNS, progress)
            for table, columns in _BESIDE.items():
                _copy(backup, session, table, columns, None)
            try:
                project_afresh(session, schema=session.in_use, progress=progress)
            except UNREADABLE as error:
                reason = str(error).splitlines()[0]
                raise Refused(f"{path}: is damaged: its log cannot be read: {reason}") from None

        with closing(accounts.make(account, begin)) as log:
            try:
                for (job_id,) in backup.execute("SELECT DISTINCT job_id FROM uploads"):
                    log.database.uploads.keep(job_id, _Upload(backup, job_id))
                if running_jobs(backup):
                    with log.database.writing() as session:
                        log.database.has_work(session)
                log.text.catch_up()
            except BaseException:
                accounts.remove(account)
                raise
    return head


def _make_tables(backup: SqliteSession) -> None:
    for statement in statements(_BACKUP + LOG + BESIDE_THE_LOG, "main"):
        backup.execute(statement)


def _schema() -> frozenset[tuple[str, str, str | None]]:
    """Everything in the schema of a backup (see check_backup)."""
    with closing(connect(":memory:", factory=SqliteSession)) as backup:
        _make_tables(backup)
        return frozenset(backup.execute("SELECT type, name, sql FROM sqlite_schema"))


@contextmanager
def _opened(path: Path) -> Iterator[SqliteSession]:
    """A backup, opened for reading. Raises Refused if it is not one."""
    if not path.is_file():
        raise Refused(f"{path}: there is no such file")
    with closing(open_file(path, "ro")) as backup:
        backup.execute("PRAGMA trusted_schema = OFF")
        if backup.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
            raise Refused(f"{path}: is not a backup of this program")
        (version,) = backup.execute("PRAGMA user_version").fetchone()
        if wrong := wrong_version(version):
            raise Refused(f"{path}: {wrong}")
        yield backup


def _copy(
    source: Session, target: Session, table: str, columns: str, progress: Progress | None
) -> None:
    """Copy every row of a table."""
    rows = source.stream(f"SELECT {columns} FROM {table} ORDER BY 1")
    marks = ",".join("?" * len(columns.split(",")))
    while some := list(islice(rows, _SOME)):
        if table == "events":
            target.insert_events(some)
        else:
            target.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", some)
        if progress is not None:
            progress(len(some))


def _copy_upload(log: EventLog, backup: SqliteSession, job_id: str) -> bool:
    """Copy the file of an unfinished job. Returns False if it is gone."""
    with log.database.uploads.opened(job_id) as path:
        try:
            with path.open("rb") as file:
                blocks = iter(partial(file.read, _BLOCK), b"")
                backup.executemany(
                    "INSERT INTO uploads VALUES (?, ?, ?)",
                    ((job_id, number, block) for number, block in enumerate(blocks)),
                )
        except FileNotFoundError:
            return False
        return True


class _Upload:
    """A file in a backup, read from its beginning."""

    def __init__(self, backup: SqliteSession, job_id: str) -> None:
        self._blocks: Iterator[tuple[Any, ...]] = backup.execute(
            "SELECT block FROM uploads WHERE job_id = ? ORDER BY number", (job_id,)
        )

    def read(self, _: int, /) -> bytes:
        """The next block."""
        row = next(self._blocks, None)
        return bytes(row[0]) if row else b""
