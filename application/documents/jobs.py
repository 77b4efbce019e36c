"""Documents of jobs, while they run and after they have ended."""

from datetime import datetime
from typing import Any

from pydantic import Field

from application.documents.document import Document
from application.jobs.job import Status


class ProgressDocument(Document):
    """The progress of a job. `total` is null until its items are counted."""

    done: int
    total: int | None


class JobDocument(Document):
    """A job. `result`: its outcome so far; `error`: why it failed."""

    id: str
    kind: str
    status: Status
    progress: ProgressDocument
    result: dict[str, Any] = Field(
        description="For an import: rows by what became of them; for the undo of a merge: the "
        "`restored` contacts, once it is done."
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


class ImportDocument(Document):
    """An import. `rows_total` is null until the rows are counted; `error`: why it failed."""

    id: str
    status: Status
    file: str
    dry_run: bool
    rows: RowCounts
    rows_total: int | None
    error: str | None
