"""Imports of files: making the job, and carrying it out."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from application.commands.change_settings import change_settings
from application.commands.receive_records import KeptApart
from application.jobs.import_file import NOTHING_YET, import_file
from application.jobs.job import IMPORT, Job
from application.refusals import Refused, StoreUnusable
from domain.records import Record
from infrastructure.account_log.log import EventLog, Part
from infrastructure.formats.contact_file import ContactFile, is_workbook, open_contacts
from infrastructure.formats.read_ahead import read_as_record, read_batches
from infrastructure.formats.xlsx_file import check_xlsx
from infrastructure.garbage import garbage_collected_seldom
from infrastructure.jobs.previews import NOT_PREVIEWED, Previewed, telling
from infrastructure.jobs.running import Running
from infrastructure.storage.mappings import forget_mapping, remember_mapping, remembered_mapping
from infrastructure.storage.session import read_head


def import_of(
    log: EventLog,
    *,
    import_id: str | None = None,
    file: str,
    by: str,
    region: str | None = None,
    mapping: Mapping[str, str] | None = None,
    encoding: str | None = None,
    header_row: int | None = None,
    forget: bool = False,
    dry_run: bool = False,
    previewed: Previewed | None = None,
    mends: str | None = None,
) -> Job:
    """The job that imports a file of this name. `region`: None for the account's.

    `mapping`: the fields of columns; `encoding`: how the file's bytes are read; `header_row`: which
    row names the columns, 0 for none; `forget`: forget the mapping of such files; `previewed`: what
    somebody decided by a preview of it; `mends`: the import whose rejected rows these are. Its
    option `after` will be a position of the log before its first row, `begun` the time when it was
    opened.
    """
    previewed = previewed or NOT_PREVIEWED
    return Job(
        id=import_id or log.new_id(),
        kind=IMPORT,
        by=by,
        options={
            "file": file,
            "region": region,
            "mapping": dict(mapping or {}),
            "encoding": encoding,
            "header_row": header_row,
            "forget_mapping": forget,
            "understood": None,
            "after": None,
            "begun": None,
            **({} if mends is None else {"mends": mends}),
            **previewed._asdict(),
        },
        is_preview=dry_run,
        begun_at=log.now(),
        result=NOTHING_YET,
    )


def check_file(log: EventLog, job: Job, path: Path) -> None:
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
            import_rows(running, path, log)
        except StoreUnusable:
            raise
        except Refused as refused:  # an interruption keeps its type
            raise type(refused)(str(refused).removeprefix(f"{path}: ")) from None


def import_rows(running: Running, path: Path, log: EventLog) -> None:
    """Import a file, or preview it. `log`: that of the account, which may not have the job."""
    contents = _understand(running, path, log)
    options = running.job.options
    region = options["region"]
    if options["share"]:
        with running.commit() as commit:
            change_settings(commit.log, {}, share=options["share"], by=running.job.by)
    running.expect(sum(1 for _ in contents.rows()))
    keep_apart = _kept_apart(options["keep_apart"], contents, region)
    # Closed here, whatever is raised: the process that reads ahead ends with it.
    with (
        garbage_collected_seldom(),
        closing(read_batches(contents, region, running.manner.batch)) as batches,
        telling(running) as told,
    ):
        import_file(running, batches, told, keep_apart)


def _understand(running: Running, path: Path, log: EventLog) -> ContactFile:
    """Open the file of a job, and note what was understood of it, for this try and later ones.

    A mapping that was given is remembered for the next file like it; a dry run changes nothing.
    """
    options = running.job.options
    with log.reading() as reading:
        region = options["region"] or reading.settings.default_region
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
        noted["begun"] = log.now().isoformat()
        running.note_options({**noted, "understood": contents.understood()}, remember)
    return contents


def _open(log: EventLog, job: Job, path: Path, region: str | None) -> ContactFile:
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
        header_row=options.get("header_row"),  # older programs do not say it
        remembered=remembered,
    )


def _kept_apart(
    decided: Mapping[str, Sequence[Any]], contents: ContactFile, region: str | None
) -> dict[int, KeptApart]:
    """By the number of a row, whom it must not join: a contact, or that of another row."""
    others = {with_row for _, with_row in decided.values() if with_row is not None}
    records: dict[int, Record] = {}
    for row in contents.rows() if others else ():
        if row.number in others:
            record = read_as_record(row, contents, region).record
            if isinstance(record, Record):
                records[row.number] = record
    return {
        int(row): KeptApart(contact_id, records.get(with_row))
        for row, (contact_id, with_row) in decided.items()
    }
