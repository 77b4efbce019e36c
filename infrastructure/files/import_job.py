"""Carry out an import in a process of its own: `python -m infrastructure.files.import_job`.

A server starts it, so that a big file costs those it serves no more than a core. It may be killed
at any moment: whoever starts it again goes on after the last row that is in the log. Only one works
on an import at a time. In the end it indexes the text of what the log has told since.
"""

import fcntl
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import time

from application.import_file import ReadRow
from application.receive_records import receive_records
from application.refusals import Refused
from infrastructure.bootstrap import open_store
from infrastructure.event_log.sqlite_accounts import SqliteLog
from infrastructure.files.csv_file import CsvFile, open_csv
from infrastructure.files.garbage import garbage_collected_seldom
from infrastructure.files.import_jobs import (
    ImportJob,
    Status,
    import_ended,
    import_tried,
    rows_counted,
    rows_done,
    running_imports,
)
from infrastructure.files.read_ahead import read_batches

BATCH = 2_000
"""Rows a batch: fewer than where nobody else is served meanwhile."""


TRIES = 5
"""How often an import is begun again without a row more being done, before it is given up."""


ABANDONED_AFTER = 24 * 60 * 60
"""Seconds after which a file that no import waits for belongs to none that is still to begin."""


def upload_of(log: SqliteLog, import_id: str) -> Path:
    """Where the file of an import lies until it is done."""
    return log.file.path.parent / "imports" / f"{import_id}.csv"


def carry_out_imports(url: str, account: str) -> None:
    """Carry out the imports of an account that are not done, one after the other."""
    log = open_store(url).open(account)
    with closing(log.file), _alone(log) as alone:
        if not alone:
            return
        while True:
            with log.file.reading() as connection:
                jobs = running_imports(connection)
            if not jobs:
                break
            for job in jobs:
                _carry_out(log, job)
        _clear_up(log)
        log.search.catch_up()


@contextmanager
def _alone(log: SqliteLog) -> Iterator[bool]:
    """Whether this is the one process that carries out imports of the account."""
    folder = log.file.path.parent / "imports"
    folder.mkdir(exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def _clear_up(log: SqliteLog) -> None:
    """Remove files of imports that never began: whoever took them in was killed."""
    long_ago = time() - ABANDONED_AFTER
    for path in upload_of(log, "x").parent.glob("*.csv"):
        if path.stat().st_mtime < long_ago:
            path.unlink()


def _carry_out(log: SqliteLog, job: ImportJob) -> None:
    path = upload_of(log, job.import_id)
    status: Status = "done"
    error = None
    with log.file.writing() as connection:
        tries = import_tried(connection, job)
    try:
        if tries > TRIES:
            raise Refused(f"its process ended {TRIES} times, at row {job.read + 1} or after it")
        file = open_csv(path, job.mapping)
        with log.file.writing() as connection:
            rows_counted(connection, job.import_id, sum(1 for _ in file.rows()))
        with ExitStack() as stack:
            target = log
            if job.dry_run:
                scratch = stack.enter_context(tempfile.TemporaryDirectory())
                target = open_store(f"sqlite:{scratch}").copy_of(log)
                stack.enter_context(closing(target.file))
            _import(log, target, job, file)
    except Refused as refused:
        status, error = "failed", str(refused).removeprefix(f"{path}: ")
    with log.file.writing() as connection:
        import_ended(connection, job.import_id, status, error, datetime.now(UTC))
    path.unlink(missing_ok=True)


def _import(log: SqliteLog, target: SqliteLog, job: ImportJob, file: CsvFile) -> None:
    with log.reading() as reading:
        region = job.region or reading.settings.default_region
    skip = 0 if job.dry_run else job.read
    with garbage_collected_seldom() as collect:
        for rows in read_batches(file, region, BATCH):
            batch, skip = rows[skip:], max(0, skip - len(rows))
            if batch:
                _take(log, target, job, batch)
                collect(len(batch))


def _take(log: SqliteLog, target: SqliteLog, job: ImportJob, batch: list[ReadRow]) -> None:
    records = [row.record for row in batch]
    with target.one_commit() as commit, commit.part() as part:
        results = receive_records(part, records, by=job.by, import_id=job.import_id)
        if target is log:
            rows_done(part.connection, job.import_id, batch, results)
    if target is not log:
        with log.file.writing() as connection:
            rows_done(connection, job.import_id, batch, results)


def main(url: str, account: str) -> None:
    """Carry out an account's imports. On SIGTERM end as if killed: another goes on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which tells us
    carry_out_imports(url, account)


if __name__ == "__main__":
    main(*sys.argv[1:])
