"""Imports of files: making the job, and carrying it out."""

from collections.abc import Mapping, Sequence
from contextlib import closing

from application.jobs.import_file import NOTHING_YET, import_file
from application.jobs.job import Job
from application.refusals import Refused, StoreUnusable
from infrastructure.account_log.log import EventLog, Log
from infrastructure.formats.csv_file import CsvFile, open_csv
from infrastructure.formats.read_ahead import read_batches
from infrastructure.garbage import garbage_collected_seldom
from infrastructure.jobs.running import Manner, Running
from infrastructure.storage.jobs import add_job

KIND = "import"


def import_of(
    log: Log,
    header: Sequence[str],
    *,
    import_id: str | None = None,
    file: str,
    by: str,
    region: str | None = None,
    mapping: Mapping[str, str] | None = None,
    dry_run: bool = False,
) -> Job:
    """The job that imports a file of this name. `region`: None for the account's.

    `header`: the names of the file's columns; `mapping`: the fields of columns.
    """
    return Job(
        id=import_id or log.new_id(),
        kind=KIND,
        by=by,
        options={
            "file": file,
            "region": region,
            "mapping": dict(mapping or {}),
            "header": list(header),
        },
        is_preview=dry_run,
        begun_at=log.now(),
        result=NOTHING_YET,
    )


def carry_out_import(running: Running, log: EventLog) -> None:
    """Import the file of a job. Raises Refused if it cannot be read further."""
    with log.database.uploads.opened(running.job.id) as file:
        try:
            contents = open_csv(file, running.job.options["mapping"])
            running.expect(sum(1 for _ in contents.rows()))
            import_contents(running, contents)
        except StoreUnusable:
            raise
        except Refused as refused:  # an interruption keeps its type
            raise type(refused)(str(refused).removeprefix(f"{file}: ")) from None


def import_contents(running: Running, contents: CsvFile) -> None:
    """Import the rows of a file. Raises Refused if it cannot be read further."""
    with running.target.reading() as reading:
        region = running.job.options["region"] or reading.settings.default_region
    # Closed here, whatever is raised: the process that reads ahead ends with it.
    with (
        garbage_collected_seldom(),
        closing(read_batches(contents, region, running.manner.batch)) as batches,
    ):
        import_file(running, batches, running.manner.told)


def import_into_copy(copy: Log, job: Job, contents: CsvFile, manner: Manner) -> Job:
    """Import a file into a copy of an account, for this job alone. Returns the job at its end."""
    with copy.commit() as part:
        add_job(part.session, job)
    running = Running(job, copy, copy, manner)
    import_contents(running, contents)
    return running.job
