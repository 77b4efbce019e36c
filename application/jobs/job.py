"""A job: long work on an account that any process can carry out, and go on with after another.

What a job has done and how far it is are one commit. So a job that is cut off at any moment goes on
after the last item that is in the log, whichever process goes on with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol

from application.ports import AccountLog
from application.refusals import Refused

Status = Literal["running", "done", "failed", "cancelled"]
"""A job that waits for its turn is running, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as an account keeps it.

    `is_preview`: it works on a copy of the account and changes nothing. `done` of `total` items are
    done; `total` is None until they are counted. `result`: what came of them, as JSON.
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


class RejectedItem(NamedTuple):
    """An item that could not be taken: its number, why, and what it says."""

    number: int
    reason: str
    cells: Sequence[str]


class JobCancelled(Exception):
    """Somebody cancelled the job. What it did before stays."""


class Interrupted(Refused):
    """A try ended by no fault of the job: the next one may go well."""


class JobCommit(Protocol):
    """One commit of a job."""

    @property
    def log(self) -> AccountLog:
        """What is done in it."""

    def note(
        self, items: int, result: Mapping[str, Any], rejected: Iterable[RejectedItem] = ()
    ) -> None:
        """Say how many more items are done with it, what came of all of them, and what is new."""


class RunningJob(Protocol):
    """A job that this process carries out."""

    @property
    def id(self) -> str:
        """The job's id."""

    @property
    def by(self) -> str:
        """Who it was that asked for it, in the log."""

    @property
    def done(self) -> int:
        """How many items are done, by this process or by those before it."""

    @property
    def result(self) -> Mapping[str, Any]:
        """What came of them."""

    def commit(self) -> AbstractContextManager[JobCommit]:
        """Begin a commit. Raises JobCancelled, and StoreUnusable."""
