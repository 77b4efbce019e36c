"""Documents of what previews of imports found."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from application.cursors import POSITION, from_cursor, to_cursor
from application.documents.document import Document, Page
from application.documents.previews import (
    FirstRowDocument,
    JoinDocument,
    OtherwiseDocument,
    OtherwiseRowsDocument,
    PreviewDocument,
    RejectedRowsDocument,
    SharedCandidateDocument,
)
from application.jobs.job import Job
from application.jobs.preview import ALIKE, ListName
from application.reads.paging import PAGE, page_of
from application.refusals import Conflict, Invalid
from infrastructure.account_log.log import EventLog
from infrastructure.formats.csv_writer import csv_line
from infrastructure.jobs.previews import Previewed
from infrastructure.storage.findings import findings, findings_of_each, read_join
from infrastructure.storage.jobs import find_import
from infrastructure.storage.session import Session

D = TypeVar("D", bound=Document)
_AT_ONCE = 1_000
"""How many items of a list are read together for a file."""


def list_joins(
    log: EventLog, import_id: str, *, limit: int, cursor: str | None
) -> Page[JoinDocument]:
    """Rows that would join contacts; first those whose names share no word with theirs.

    Raises NotFound; Conflict if the import is no dry run; Refused for the cursor.
    """
    return _page(
        log, import_id, "joins", lambda text: read_join(text).document(), limit=limit, cursor=cursor
    )


def joins_csv(log: EventLog, import_id: str) -> Iterator[str]:
    """All of these rows as a csv file, in the same order. Raises NotFound, Conflict."""
    yield csv_line(["row", "name", "joins", "contact", "by", "names share no word"])
    cursor: str | None = ""
    while cursor is not None:
        page = list_joins(log, import_id, limit=_AT_ONCE, cursor=cursor or None)
        yield "".join(map(csv_line, map(_cells, page.items)))
        cursor = page.next


def _cells(join: JoinDocument) -> list[str]:
    return [
        str(join.row),
        join.name or "",
        join.contact_name or "",
        join.contact_id or f"row {join.with_row}",
        ", ".join(each.value for each in join.matched),
        "yes" if join.names_share_no_word else "",
    ]


def list_shared_candidates(
    log: EventLog, import_id: str, *, limit: int, cursor: str | None
) -> Page[SharedCandidateDocument]:
    """Phones and emails that would join many names, those with most rows first.

    Raises the same as `list_joins`.
    """
    return _page(
        log,
        import_id,
        "shared",
        SharedCandidateDocument.model_validate_json,
        limit=limit,
        cursor=cursor,
    )


def list_rejected(
    log: EventLog, import_id: str, *, limit: int, cursor: str | None
) -> Page[RejectedRowsDocument]:
    """Rows that would be rejected, grouped by the reason, those with most rows first.

    Raises the same as `list_joins`.
    """
    return _page(
        log,
        import_id,
        "rejected",
        RejectedRowsDocument.model_validate_json,
        limit=limit,
        cursor=cursor,
    )


def _page(
    log: EventLog,
    import_id: str,
    name: ListName,
    read: Callable[[str], D],
    *,
    limit: int,
    cursor: str | None,
) -> Page[D]:
    after = -1 if cursor is None else from_cursor(name, cursor, POSITION)[0]
    with log.snapshot() as session:
        if not find_import(session, import_id).is_preview:
            raise Conflict(f"import `{import_id}` is not a dry run")
        found = findings(session, import_id, name, read, after=after, limit=limit + 1)
    return page_of(found, limit, lambda item: item[1], lambda item: to_cursor(name, item[0]))


def first_rows(session: Session, jobs: Iterable[Job]) -> dict[str, list[FirstRowDocument]]:
    """The first rows of the previews among some jobs, as they are read, by their ids."""
    previews = [job.id for job in jobs if job.is_preview]
    return findings_of_each(session, previews, "first", FirstRowDocument.model_validate_json)


def preview_of(log: EventLog, import_id: str) -> PreviewDocument:
    """The first of what a preview found. Raises NotFound."""
    with log.snapshot() as session:
        job = find_import(session, import_id)
        rows = first_rows(session, [job]).get(job.id, [])
    joins = list_joins(log, job.id, limit=PAGE, cursor=None)
    shared = list_shared_candidates(log, job.id, limit=PAGE, cursor=None)
    rejected = list_rejected(log, job.id, limit=PAGE, cursor=None)
    return PreviewDocument(
        first_rows=rows,
        joins=joins.items,
        shared_candidates=shared.items,
        rejected=rejected.items,
    )


def otherwise_of(session: Session, jobs: Iterable[Job]) -> dict[str, OtherwiseRowsDocument]:
    """For imports that were made from a preview: what came out otherwise, by their ids."""
    counts = {
        job.id: job.result.get("otherwise", 0)
        for job in jobs
        if not job.is_preview and job.options["preview"] is not None
    }
    found = findings_of_each(session, counts, "otherwise", OtherwiseDocument.model_validate_json)
    return {
        job_id: OtherwiseRowsDocument(count=counts[job_id], examples=examples)
        for job_id, examples in found.items()
    }


def decided_by_preview(
    log: EventLog, preview_id: str, keep_apart: Sequence[int], share: Sequence[str]
) -> tuple[Job, Previewed]:
    """A preview, and the options of an import after it. Raises NotFound, Conflict, Invalid.

    `keep_apart`: the numbers of rows that must not join whom they would join.
    """
    with log.snapshot() as session:
        preview = find_import(session, preview_id)
        return preview, _decided(session, preview, keep_apart, share)


def _decided(
    session: Session, preview: Job, keep_apart: Sequence[int], share: Sequence[str]
) -> Previewed:
    if not preview.is_preview:
        raise Conflict(f"import `{preview.id}` is not a dry run")
    if preview.status != "done":
        raise Conflict(f"the dry run `{preview.id}` is not done: it is {preview.status}")
    apart: dict[str, tuple[str | None, int | None]] = {}
    for place, row in enumerate(keep_apart):
        joins = [
            join
            for number in (row, row + ALIKE)
            for _, join in findings(
                session, preview.id, "joins", read_join, after=number - 1, limit=1
            )
            if join.row == row
        ]
        if not joins:
            raise Invalid(f"keep_apart[{place}]", f"row {row} would not join a contact")
        apart[str(row)] = (joins[0].contact_id, joins[0].with_row)
    return Previewed(preview.id, apart, share)
