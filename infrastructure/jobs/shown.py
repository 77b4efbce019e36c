"""Documents of jobs, and the rows that an import rejected."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from application.cursors import id_from_cursor, to_cursor
from application.documents.document import Page
from application.documents.jobs import ImportDocument, JobDocument, ProgressDocument, RowCounts
from application.jobs.import_file import NOTHING_YET
from application.jobs.job import Job
from application.refusals import NotFound
from infrastructure.account_log.log import Log
from infrastructure.formats.cells import guarded
from infrastructure.jobs.file_imports import KIND
from infrastructure.storage.jobs import find_job, newest_jobs, rejected_items
from infrastructure.storage.session import Session

_SOME = 1_000


def show_job(log: Log, job_id: str) -> JobDocument:
    """A job with its progress. Raises NotFound."""
    with log.snapshot() as session:
        return _document(find_job(session, job_id))


def list_jobs(log: Log, *, limit: int, cursor: str | None) -> Page[JobDocument]:
    """Jobs, newest first. Raises Refused if the cursor is not of this list."""
    with log.snapshot() as session:
        jobs = newest_jobs(session, id_from_cursor("jobs", cursor), limit + 1)
    following = to_cursor("jobs", jobs[limit - 1].id) if len(jobs) > limit else None
    return Page(items=[_document(job) for job in jobs[:limit]], next=following)


def _document(job: Job) -> JobDocument:
    return JobDocument(
        id=job.id,
        kind=job.kind,
        status=job.status,
        progress=ProgressDocument(done=job.done, total=job.total),
        result=dict(job.result),
        error=job.error,
        by=job.by,
        begun_at=job.begun_at,
        ended_at=job.ended_at,
    )


def show_import(log: Log, import_id: str) -> ImportDocument:
    """An import with its progress. Raises NotFound."""
    with log.snapshot() as session:
        job = _import(session, import_id)
    return ImportDocument(
        id=job.id,
        status=job.status,
        file=job.options["file"],
        dry_run=job.is_preview,
        rows=RowCounts(read=job.done, **{**NOTHING_YET, **job.result}),
        rows_total=job.total,
        understood=job.options["understood"],
        error=job.error,
    )


def rejected_csv(log: Log, import_id: str) -> Iterator[str]:
    """The rejected rows as a csv file, with row number and reason. Raises NotFound."""
    with log.snapshot() as session:
        understood = _import(session, import_id).options["understood"] or {"columns": []}
        yield _csv([["row", "reason", *(each["column"] for each in understood["columns"])]])
        after = 0
        while rows := rejected_items(session, import_id, after, _SOME):
            yield _csv([str(number), reason, *cells] for number, reason, cells in rows)
            after = rows[-1].number


def _csv(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(map(guarded, row) for row in rows)
    return text.getvalue()


def _import(session: Session, import_id: str) -> Job:
    with suppress(NotFound):
        job = find_job(session, import_id)
        if job.kind == KIND:
            return job
    raise NotFound("import", import_id)
