"""A job: long work on an account that any process can carry out, or continue after another.

The changes of a job and its progress are one commit. So a job that is interrupted at any moment
continues after the last item in the log, in whichever process.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol

from application.ports import Work, WritableLog
from application.refusals import Refused
from domain.records import Record, ValueRefused

IMPORT = "import"
"""The kind of job that imports a file."""
UNDO = "undo"
"""The kind of job that undoes a merge."""
UNDO_IMPORT = "undo_import"
"""The kind of job that undoes an import."""
LINK = "link_activities"
"""The kind of job that links the calls and messages of a contact that is gone."""
TO_LOOK_AT = ""
"""The `attention` of a job that failed or rejected rows, until somebody has settled it."""
Status = Literal["running", "done", "failed", "cancelled"]
"""A job that waits for its turn counts as running."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as an account keeps it.

    `by`: the author of its changes in the log. `is_preview`: it decides, and changes
    nothing. `done` of `total` items are done; `total` is None until they are counted.
    `result`: their outcome, as JSON. `attention`: see TO_LOOK_AT; then who settled it.
    """

    id: str
    kind: str
    by: str
    options: Mapping[str, Any]
    is_preview: bool
    begun_at: datetime
    status: Status = "running"
    done: int = 0
    total: int | None = None
    result: Mapping[str, Any]
    error: str | None = None
    ended_at: datetime | None = None
    attention: str | None = None

    @property
    def starts_over(self) -> bool:
        """Whether each try begins with the first item: nothing lasts before the job is done."""
        return self.is_preview or self.kind == UNDO

    @property
    def has_file(self) -> bool:
        """Whether a file came with it."""
        return self.kind == IMPORT


class ReadRow(NamedTuple):
    """A row of a file: its number as in a spreadsheet, and its record or why it was rejected.

    `cells` are kept for rejected rows, so that the user can correct and send them again.
    """

    number: int
    record: Record | ValueRefused
    cells: Sequence[str]


class RejectedItem(NamedTuple):
    """An item that was not valid: its number, the reason, and its content."""

    number: int
    reason: str
    cells: Sequence[str]


class JobCancelled(Exception):
    """Somebody cancelled the job. What it did before stays."""


class Interrupted(Refused):
    """A try ended through no fault of the job: the next one may succeed."""


class JobCommit:
    """One commit of a job: the log for its changes, and what was noted of its progress."""

    def __init__(self, log: WritableLog, result: Mapping[str, Any]) -> None:
        self.log = log
        self.items = 0
        self.result = result
        self.rejected: Sequence[RejectedItem] = ()
        self.is_last = False

    def note(
        self, items: int, result: Mapping[str, Any], rejected: Iterable[RejectedItem] = ()
    ) -> None:
        """Note how many more items it does, the result of all items, and the new rejections."""
        self.items, self.result, self.rejected = items, dict(result), tuple(rejected)

    def note_done(self, result: Mapping[str, Any]) -> None:
        """Note the result of the whole job, which is done with this commit."""
        self.result, self.is_last = dict(result), True


class Aside(Protocol):
    """A connection for long work: looks at the account while others write, and then one commit."""

    def looking(self) -> AbstractContextManager[Work]:
        """The account as it is now, to read. What it is replayed in lasts until the end."""

    def commit(self) -> AbstractContextManager[JobCommit]:
        """Begin the commit of the job. Raises the same as that of RunningJob."""


class RunningJob(Protocol):
    """A job that this process carries out."""

    @property
    def job(self) -> Job:
        """The job as it is after the last commit."""

    def commit(self) -> AbstractContextManager[JobCommit]:
        """Begin a commit. Raises JobCancelled, and StoreUnusable."""

    def progress(self, done: int, total: int) -> None:
        """Note how far a job is that starts over at each try. Raises JobCancelled."""

    def aside(self) -> AbstractContextManager[Aside]:
        """A connection of its own."""
