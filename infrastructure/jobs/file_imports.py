"""Imports of files: making the job, and carrying it out."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from application.jobs.import_file import NOTHING_YET, import_file
from application.jobs.job import IMPORT, Job
from application.refusals import Refused, StoreUnusable
from infrastructure.account_log.log import EventLog, Log, Part
from infrastructure.formats.contact_file import ContactFile, is_workbook, open_contacts
from infrastructure.formats.read_ahead import read_batches
from infrastructure.formats.xlsx_file import check_xlsx
from infrastructure.garbage import garbage_collected_seldom
from infrastructure.jobs.running import Manner, Running
from infrastructure.storage.jobs import add_job
from infrastructure.storage.mappings import forget_mapping, remember_mapping, remembered_mapping
from infrastructure.storage.session import read_head


def import_of(
    log: Log,
    *,
    import_id: str | None = None,
    file: str,
    by: str,
    region: str | None = None,
    mapping: Mapping[str, str] | None = None,
    encoding: str | None = None,
    forget: bool = False,
    dry_run: bool = False,
) -> Job:
    """The job that imports a file of this name. `region`: None for the account's.

    `mapping`: the fields of columns; `encoding`: how the file's bytes are read; `forget`: forget
    the mapping that was given before for such a file. Its option `after` will be a position of the
    log before its first row.
    """
    return Job(
        id=import_id or log.new_id(),
        kind=IMPORT,
        by=by,
        options={
            "file": file,
            "region": region,
            "mapping": dict(mapping or {}),
            "encoding": encoding,
            "forget_mapping": forget,
            "understood": None,
            "after": None,
        },
        is_preview=dry_run,
        begun_at=log.now(),
        result=NOTHING_YET,
    )


def check_file(log: Log, job: Job, path: Path) -> None:
    """Check the file of a job before the job is begun. Raises Refused, which names the file.

    A workbook takes seconds to open. While a request waits only its directory is looked at: the job
    opens it, and fails with the reason.
    """
    if is_workbook(path):
        check_xlsx(path)
    else:
        with log.reading() as reading:
            region = job.options["region"] or reading.settings.default_region
        _open(log, job, path, region)


def carry_out_import(running: Running, log: EventLog) -> None:
    """Import the file of a job. Raises Refused if it cannot be read further."""
    with log.database.uploads.opened(running.job.id) as path:
        try:
            contents = _understand(running, path, log)
            running.expect(sum(1 for _ in contents.rows()))
            _import(running, contents)
        except StoreUnusable:
            raise
        except Refused as refused:  # an interruption keeps its type
            raise type(refused)(str(refused).removeprefix(f"{path}: ")) from None


def import_into_copy(copy: Log, job: Job, path: Path, manner: Manner) -> Job:
    """Import a file into a copy of an account, for this job alone. Returns the job at its end."""
    with copy.commit() as part:
        add_job(part.session, job)
    running = Running(job, copy, copy, manner)
    contents = _understand(running, path, copy)
    running.expect(sum(1 for _ in contents.rows()))
    _import(running, contents)
    return running.job


def _understand(running: Running, path: Path, log: Log) -> ContactFile:
    """Open the file of a job, and note what was understood of it, for this try and later ones.

    A mapping that was given is remembered for the next file like it; a dry run changes nothing.
    """
    options, region = running.job.options, _region(running)
    contents = _open(log, running.job, path, region)

    def remember(part: Part) -> None:
        header = contents.table.header
        if running.job.is_preview:
            return
        if options["forget_mapping"]:
            forget_mapping(part.session, header)
        if options["mapping"]:
            remember_mapping(part.session, header, options["mapping"], log.now())

    if options["understood"] is None:
        with log.snapshot() as session:
            after = read_head(session).position
        noted = {"region": region, "mapping": dict(contents.mapping), "after": after}
        running.note_options({**noted, "understood": contents.understood()}, remember)
    return contents


def _open(log: Log, job: Job, path: Path, region: str | None) -> ContactFile:
    options = job.options

    def remembered(headers: Sequence[Sequence[str]]) -> tuple[int, dict[str, str]] | None:
        if options["forget_mapping"] or options["understood"] is not None:
            return None
        with log.snapshot() as session:
            return remembered_mapping(session, headers)

    return open_contacts(
        path,
        options["mapping"],
        region=region,
        encoding=options["encoding"],
        remembered=remembered,
    )


def _region(running: Running) -> str | None:
    with running.target.reading() as reading:
        region: str | None = running.job.options["region"] or reading.settings.default_region
        return region


def _import(running: Running, contents: ContactFile) -> None:
    # Closed here, whatever is raised: the process that reads ahead ends with it.
    with (
        garbage_collected_seldom(),
        closing(read_batches(contents, _region(running), running.manner.batch)) as batches,
    ):
        import_file(running, batches, running.manner.told)
