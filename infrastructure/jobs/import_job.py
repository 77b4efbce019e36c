"""Carry out an import in a process of its own: `python -m infrastructure.jobs.import_job`.

A server starts it, so that a big file costs those it serves no more than a core. It may be killed
at any moment: whoever starts it again goes on after the last row that is in the log. Only one works
on an import at a time. In the end it indexes the text of what the log has told since.
"""

import logging
import os
import signal
import sys
from contextlib import closing, nullcontext, suppress
from datetime import UTC, datetime

from application.commands.import_file import ReadRow
from application.commands.receive_records import receive_records
from application.refusals import Refused, StoreUnusable
from infrastructure.account_log.log import EventLog, Log
from infrastructure.bootstrap import STORE_VARIABLE, open_store
from infrastructure.formats.csv_file import CsvFile, open_csv
from infrastructure.formats.garbage import garbage_collected_seldom
from infrastructure.formats.read_ahead import ReaderEnded, read_batches
from infrastructure.jobs.import_jobs import (
    ImportJob,
    Status,
    import_ended,
    import_not_tried,
    import_tried,
    rows_counted,
    rows_done,
    running_imports,
)
from infrastructure.json_logs import configure_logs

_log = logging.getLogger("contact_merging.imports")

BATCH = 2_000
"""Rows a batch: fewer than where nobody else is served meanwhile."""


TRIES = 5
"""How often an import is begun again without a row more being done, before it is given up."""


ABANDONED_AFTER = 24 * 60 * 60
"""Seconds after which a file that no import waits for belongs to none that is still to begin."""


def carry_out_imports(url: str, account: str) -> None:
    """Carry out the imports of an account that are not done, one after the other."""
    log = open_store(url).open(account)
    with closing(log), log.database.alone() as alone:
        if not alone:
            return
        while jobs := _jobs(log):
            for job in jobs:
                _carry_out(log, job)
        log.database.uploads.remove_abandoned(ABANDONED_AFTER)
        log.text.catch_up()


def _jobs(log: EventLog) -> list[ImportJob]:
    """The imports that are not done; where there are none, it is noted that nobody has to look."""
    with log.database.writing() as session:
        jobs = running_imports(session)
        if not jobs:
            log.database.has_no_work(session)
        return jobs


def _carry_out(log: EventLog, job: ImportJob) -> None:
    database = log.database
    status: Status = "done"
    error = None
    with database.writing() as session:
        tries = import_tried(session, job)
    with database.uploads.opened(job.import_id) as path:
        try:
            if tries > TRIES:
                raise Refused(f"its process ended {TRIES} times, at row {job.read + 1} or after it")
            file = open_csv(path, job.mapping)
            with database.writing() as session:
                rows_counted(session, job.import_id, sum(1 for _ in file.rows()))
            with log.copied() if job.dry_run else nullcontext(log) as target:
                _import(log, target, job, file)
        except StoreUnusable:
            # The file is as good as it was. A disk may be full for hours: that is no try of it.
            with suppress(StoreUnusable), database.writing() as session:
                import_not_tried(session, job.import_id)
            raise
        except ReaderEnded:
            raise  # another try may go well
        except Refused as refused:
            status, error = "failed", str(refused).removeprefix(f"{path}: ")
    with database.writing() as session:
        import_ended(session, job.import_id, status, error, datetime.now(UTC))
    database.uploads.remove(job.import_id)


def _import(log: EventLog, target: Log, job: ImportJob, file: CsvFile) -> None:
    with log.reading() as reading:
        region = job.region or reading.settings.default_region
    skip = read = 0 if job.dry_run else job.read
    with garbage_collected_seldom() as collect:
        for rows in read_batches(file, region, BATCH):
            batch, skip = rows[skip:], max(0, skip - len(rows))
            if batch:
                _take(log, target, job, batch, read)
                read += len(batch)
                collect(len(batch))


def _take(log: EventLog, target: Log, job: ImportJob, batch: list[ReadRow], read: int) -> None:
    records = [row.record for row in batch]
    with target.one_commit() as commit, commit.part() as part:
        results = receive_records(part, records, by=job.by, import_id=job.import_id)
        if target is log:
            rows_done(part.session, job.import_id, batch, results, read=read)
    if target is not log:
        with log.database.writing() as session:
            rows_done(session, job.import_id, batch, results, read=read)


def main(account: str) -> None:
    """Carry out an account's imports. On SIGTERM end as if killed: another goes on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which tells us
    configure_logs(os.environ.get("CONTACT_MERGING_LOG_LEVEL") or "info")
    try:
        carry_out_imports(os.environ[STORE_VARIABLE], account)
    except StoreUnusable as error:
        _log.warning("interrupted", extra={"account": account, "reason": str(error)})
        sys.exit(1)
    except Exception:  # noqa: BLE001 -- whoever started this process starts the next one
        _log.exception("interrupted", extra={"account": account})
        sys.exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
