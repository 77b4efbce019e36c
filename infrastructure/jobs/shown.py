"""Documents of jobs, and the rows that an import rejected."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from application.cursors import POSITION, from_cursor, id_from_cursor, to_cursor
from application.documents.document import Page
from application.documents.jobs import (
    NOT_KNOWN,
    ImportDocument,
    JobDocument,
    KeptDocument,
    ProgressDocument,
    RowCounts,
    SpeedDocument,
    speed_document,
)
from application.jobs.import_file import NOTHING_YET
from application.jobs.job import Job
from application.reads.paging import page_of
from application.wording import kept_text
from infrastructure.account_log.log import EventLog
from infrastructure.formats.csv_writer import csv_line
from infrastructure.jobs.import_undos import undo_of, undo_of_each
from infrastructure.jobs.shown_previews import first_rows, otherwise_of
from infrastructure.storage.jobs import (
    find_import,
    find_job,
    mending_imports,
    newest_imports,
    newest_jobs,
    rejected_items,
)
from infrastructure.storage.session import Session

_SOME = 1_000


def show_job(log: EventLog, job_id: str) -> JobDocument:
    """A job with its progress. Raises NotFound."""
    with log.snapshot() as session:
        return _document(find_job(session, job_id), log.now())


def list_jobs(log: EventLog, *, limit: int, cursor: str | None) -> Page[JobDocument]:
    """Jobs, newest first. Raises Refused if the cursor is not of this list."""
    with log.snapshot() as session:
        jobs = newest_jobs(session, id_from_cursor("jobs", cursor), limit + 1)
    now = log.now()
    return page_of(
        jobs, limit, lambda job: _document(job, now), lambda job: to_cursor("jobs", job.id)
    )


def _speed(job: Job, now: datetime) -> SpeedDocument:
    if job.status != "running" or not job.done:
        return NOT_KNOWN
    begun = job.options.get("begun")
    seconds = (now - (datetime.fromisoformat(begun) if begun else job.begun_at)).total_seconds()
    return speed_document(job.done, job.total, seconds)


def _document(job: Job, now: datetime) -> JobDocument:
    speed = _speed(job, now)
    return JobDocument(
        id=job.id,
        kind=job.kind,
        status=job.status,
        progress=ProgressDocument(done=job.done, total=job.total, **speed.model_dump()),
        result=dict(job.result),
        error=job.error,
        by=job.by,
        begun_at=job.begun_at,
        ended_at=job.ended_at,
    )


def show_import(log: EventLog, import_id: str) -> ImportDocument:
    """An import with its progress. Raises NotFound."""
    with log.snapshot() as session:
        return _import_documents(session, [find_import(session, import_id)], log.now())[0]


def list_imports(log: EventLog, *, limit: int, cursor: str | None) -> Page[ImportDocument]:
    """Imports, newest first. Raises Refused if the cursor is not of this list."""
    with log.snapshot() as session:
        before, now = id_from_cursor("imports", cursor), log.now()
        documents = _import_documents(session, newest_imports(session, before, limit + 1), now)
    return page_of(documents, limit, lambda each: each, lambda each: to_cursor("imports", each.id))


def list_kept(
    log: EventLog, import_id: str, *, limit: int, cursor: str | None
) -> Page[KeptDocument]:
    """The rows that the undo of an import kept. Raises NotFound, and Refused for the cursor."""
    after = 0 if cursor is None else from_cursor("kept", cursor, POSITION)[0]
    with log.snapshot() as session:
        find_import(session, import_id)
        undo = undo_of(session, import_id)
        kept = rejected_items(session, undo.id, after, limit + 1) if undo else []
    return page_of(
        kept,
        limit,
        lambda row: KeptDocument(contact_id=row.cells[0], reason=kept_text(row.reason)),
        lambda row: to_cursor("kept", row.number),
    )


def _import_documents(session: Session, jobs: Sequence[Job], now: datetime) -> list[ImportDocument]:
    undos, firsts = undo_of_each(session), first_rows(session, jobs)
    otherwise = otherwise_of(session, jobs)
    return [
        ImportDocument(
            id=job.id,
            status=job.status,
            undo=undos[job.id].id if job.id in undos else None,
            file=job.options["file"],
            by=job.by,
            begun_at=job.begun_at,
            ended_at=job.ended_at,
            dry_run=job.is_preview,
            rows=RowCounts(
                read=job.done, **{each: job.result.get(each, 0) for each in NOTHING_YET}
            ),
            rows_total=job.total,
            speed=_speed(job, now),
            understood=job.options["understood"],
            first_rows=firsts.get(job.id),
            preview=job.options["preview"],
            otherwise=otherwise.get(job.id),
            error=job.error,
        )
        for job in jobs
    ]


class Rejected(NamedTuple):
    """A rejected row: its number, the reason, and its cells, one for each column."""

    number: int
    reason: str
    cells: list[str]


def rejected_rows(log: EventLog, import_id: str, limit: int) -> tuple[list[str], list[Rejected]]:
    """The names of the columns of an import, and its first rejected rows. Raises NotFound."""
    with log.snapshot() as session:
        understood = find_import(session, import_id).options["understood"] or {"columns": []}
        columns = [str(each["column"]) for each in understood["columns"]]
        items = rejected_items(session, import_id, 0, limit)
    blank = [""] * len(columns)
    return columns, [
        Rejected(number, reason, [*map(str, cells), *blank][: len(columns)])
        for number, reason, cells in items
    ]


def region_of_import(log: EventLog, import_id: str) -> str | None:
    """The region that was given with an import; None: the account's. Raises NotFound."""
    with log.snapshot() as session:
        region: str | None = find_import(session, import_id).options["region"]
    return region


def mended(log: EventLog, import_id: str) -> tuple[str | None, list[str]]:
    """The import that this one mends, and those that mend it, by their ids. Raises NotFound."""
    with log.snapshot() as session:
        mends = find_import(session, import_id).options.get("mends")
        return mends, [each.id for each in mending_imports(session, import_id)]


def rejected_csv(log: EventLog, import_id: str) -> Iterator[str]:
    """The rejected rows as a csv file, with row number and reason. Raises NotFound."""
    with log.snapshot() as session:
        understood = find_import(session, import_id).options["understood"] or {"columns": []}
        yield csv_line(["row", "reason", *(each["column"] for each in understood["columns"])])
        after = 0
        while rows := rejected_items(session, import_id, after, _SOME):
            yield "".join(csv_line([str(number), why, *cells]) for number, why, cells in rows)
            after = rows[-1].number
