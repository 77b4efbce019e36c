"""Documents of jobs, while they run and after they have ended."""

import math
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from application.documents.document import Document
from application.documents.previews import FirstRowDocument, OtherwiseRowsDocument
from application.jobs.job import Status


class SpeedDocument(Document):
    """How fast a job goes, and how long it takes still; null unless it is known.

    `rate`: items a second since it was begun. Of a job that waits for its turn neither is known.
    """

    rate: float | None
    seconds_left: int | None


class ProgressDocument(SpeedDocument):
    """The progress of a job. `total` is null until its items are counted."""

    done: int
    total: int | None


NOT_KNOWN = SpeedDocument(rate=None, seconds_left=None)


def speed_document(done: int, total: int | None, seconds: float) -> SpeedDocument:
    """How fast a job goes that has done some items in some seconds."""
    if not done or seconds <= 0:
        return NOT_KNOWN
    rate = done / seconds
    left = None if total is None else math.ceil((total - done) / rate)
    return SpeedDocument(rate=round(rate, 1), seconds_left=left)


class JobDocument(Document):
    """A job. `result`: its outcome so far; `error`: why it failed."""

    id: str
    kind: str
    status: Status
    progress: ProgressDocument
    result: dict[str, Any] = Field(
        description="For an import: rows by what became of them, and how many came out "
        "`otherwise` than in the dry run that it was made from; for the undo of a merge: the "
        "`restored` contacts, once it is done; for the undo of an import: rows `reversed`, `kept` "
        "and `not_possible`; for `link_activities` nothing."
    )
    error: str | None
    by: str
    begun_at: datetime
    ended_at: datetime | None


class JobAccepted(Document):
    """A job that goes on in the background; `Location` says how far."""

    id: str
    status: Status


class RowCounts(Document):
    """The rows read, and what became of them."""

    read: int
    created: int
    merged: int
    updated: int
    unchanged: int
    rejected: int


class ColumnDocument(Document):
    """A column of a file: what it becomes, and why, in words."""

    column: str
    becomes: str
    because: str


class UnderstoodDocument(Document):
    """What was understood of a file.

    `encoding`: of a text file; `header_row`: the number of the row with the names of the columns,
    null if there is none; `preset`: the product that exports such files; `mapping`: `given` with
    this import, or `remembered` from an earlier one. `notes` and `warnings` are whole sentences.
    """

    format: Literal["csv", "xlsx", "vcard"]
    encoding: str | None
    header_row: int | None
    preset: str | None
    mapping: Literal["given", "remembered"] | None
    columns: list[ColumnDocument]
    notes: list[str]
    warnings: list[str]


class ImportDocument(Document):
    """An import. `rows_total` is null until the rows are counted; `error`: why it failed.

    `speed`: in rows.

    `understood` is null until the file is opened. `undo`: the job that undid it, or is undoing it.
    `first_rows`: of a dry run, how its first rows are read. `preview`: the dry run that the import
    was made from, and `otherwise`: which rows came out otherwise than in it.
    """

    id: str
    status: Status
    undo: str | None
    file: str
    by: str
    begun_at: datetime
    ended_at: datetime | None
    dry_run: bool
    rows: RowCounts
    rows_total: int | None
    speed: SpeedDocument
    understood: UnderstoodDocument | None
    first_rows: list[FirstRowDocument] | None
    preview: str | None
    otherwise: OtherwiseRowsDocument | None
    error: str | None


class KeptDocument(Document):
    """A row that the undo of an import kept: its contact, and why."""

    contact_id: str
    reason: str
