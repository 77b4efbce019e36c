"""Imports that go on in the background: how far each has come, kept in the account's own file.

The counts are written in the commit of the rows that they count. So an import that was cut off at
any moment goes on after the last row that is in the log.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from application.commands.import_file import ReadRow
from application.commands.receive_records import Received
from application.documents.decisions import Outcome
from application.documents.document import Document
from application.refusals import NotFound
from infrastructure.storage.database import Collision
from infrastructure.storage.session import Session
from infrastructure.storage.times import to_micros

Status = Literal["running", "done", "failed", "cancelled"]
_OUTCOMES: tuple[Outcome, ...] = ("created", "merged", "updated", "unchanged", "rejected")


class RowCounts(Document):
    """The rows read, and what became of them."""

    read: int
    created: int
    merged: int
    updated: int
    unchanged: int
    rejected: int


class ImportDocument(Document):
    """An import. `rows_total` is null until the rows are counted; `error` says why it failed."""

    id: str
    status: Status
    file: str
    dry_run: bool
    rows: RowCounts
    rows_total: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class ImportJob:
    """An import that is to be carried out. `region`: None for the account's.

    `header`: the names of the file's columns; `read`: how many rows are done.
    """

    import_id: str
    file: str
    by: str
    region: str | None
    mapping: Mapping[str, str]
    header: Sequence[str]
    dry_run: bool
    read: int = 0


def begin_import(session: Session, job: ImportJob, now: datetime) -> None:
    """Note that an import is to be carried out."""
    options = {
        "region": job.region,
        "mapping": dict(job.mapping),
        "header": list(job.header),
        "dry_run": job.dry_run,
    }
    session.execute(
        "INSERT INTO imports (import_id, status, file, options, by, started_at) "
        "VALUES (?, 'running', ?, ?, ?, ?)",
        (job.import_id, job.file, json.dumps(options), job.by, to_micros(now)),
    )


def import_document(session: Session, import_id: str) -> ImportDocument:
    """How far an import has come. Raises NotFound."""
    row = session.execute(
        "SELECT status, file, options, read, created, merged, updated, unchanged, rejected, "
        "rows_total, error FROM imports WHERE import_id = ?",
        (import_id,),
    ).fetchone()
    if row is None:
        raise NotFound("import", import_id)
    status, file, options, *counts, rows_total, error = row
    return ImportDocument(
        id=import_id,
        status=status,
        file=file,
        dry_run=json.loads(options)["dry_run"],
        rows=RowCounts(**dict(zip(("read", *_OUTCOMES), counts, strict=True))),
        rows_total=rows_total,
        error=error,
    )


def running_imports(session: Session) -> list[ImportJob]:
    """The imports that are not done, oldest first."""
    rows = session.execute(
        "SELECT import_id, file, by, options, read FROM imports WHERE status = 'running' "
        "ORDER BY import_id"
    )
    return [
        ImportJob(import_id, file, by, read=read, **json.loads(options))
        for import_id, file, by, options, read in rows
    ]


def import_tried(session: Session, job: ImportJob) -> int:
    """Note that an import is begun, or gone on with; how often since its last row.

    What is only counted begins anew: the copy that it was counted in is gone.
    """
    if job.dry_run:
        counts = ", ".join(f"{name} = 0" for name in ("read", *_OUTCOMES))
        session.execute(f"UPDATE imports SET {counts} WHERE import_id = ?", (job.import_id,))  # noqa: S608 -- names of ours
        session.execute("DELETE FROM rejected_rows WHERE import_id = ?", (job.import_id,))
    (tries,) = session.execute(
        "UPDATE imports SET tries = tries + 1 WHERE import_id = ? RETURNING tries", (job.import_id,)
    ).fetchone()
    return int(tries)


def import_not_tried(session: Session, import_id: str) -> None:
    """Take a try back that ended by no fault of the file."""
    session.execute(
        "UPDATE imports SET tries = tries - 1 WHERE import_id = ? AND tries > 0", (import_id,)
    )


def rows_counted(session: Session, import_id: str, rows: int) -> None:
    """Note how many rows the file has."""
    session.execute("UPDATE imports SET rows_total = ? WHERE import_id = ?", (rows, import_id))


def rows_done(
    session: Session,
    import_id: str,
    batch: Sequence[ReadRow],
    results: Sequence[Received],
    *,
    read: int,
) -> None:
    """Note a batch: how many rows of each outcome, and those that were rejected.

    `read`: the rows before it. Raises Collision where another process has noted other ones since:
    the lock that keeps two apart goes with its connection.
    """
    counts = Counter(result.outcome for result in results)
    counted = ", ".join(f"{name} = {name} + ?" for name in _OUTCOMES)
    noted = session.execute(
        f"UPDATE imports SET tries = 0, read = read + ?, {counted}"  # noqa: S608 -- names of ours
        " WHERE import_id = ? AND read = ?",
        (len(batch), *(counts[name] for name in _OUTCOMES), import_id, read),
    )
    if noted.rowcount == 0:
        raise Collision("another process carries it out")
    session.executemany(
        "INSERT INTO rejected_rows VALUES (?,?,?,?)",
        [
            (import_id, row.number, str(result.error), json.dumps(list(row.cells)))
            for row, result in zip(batch, results, strict=True)
            if result.error is not None
        ],
    )


def import_ended(
    session: Session,
    import_id: str,
    status: Status,
    error: str | None,
    now: datetime,
) -> None:
    """Note how an import ended."""
    session.execute(
        "UPDATE imports SET status = ?, error = ?, ended_at = ? WHERE import_id = ?",
        (status, error, to_micros(now), import_id),
    )


def rejected_csv(session: Session, import_id: str) -> Iterator[str]:
    """The rejected rows as a csv file, with row number and reason. Raises NotFound."""
    import_document(session, import_id)
    (options,) = session.execute(
        "SELECT options FROM imports WHERE import_id = ?", (import_id,)
    ).fetchone()
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["row", "reason", *json.loads(options)["header"]])
    after = 0
    while rows := _rejected_rows(session, import_id, after, 1_000):
        writer.writerows([number, reason, *cells] for number, reason, cells in rows)
        after = rows[-1][0]
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    yield text.getvalue()


def _rejected_rows(
    session: Session, import_id: str, after: int, limit: int
) -> list[tuple[int, str, list[Any]]]:
    rows = session.execute(
        "SELECT number, reason, cells FROM rejected_rows "
        "WHERE import_id = ? AND number > ? ORDER BY number LIMIT ?",
        (import_id, after, limit),
    )
    return [(number, reason, json.loads(cells)) for number, reason, cells in rows]
