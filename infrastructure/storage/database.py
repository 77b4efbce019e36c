"""Where one account is kept: what its log asks of a store."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, TypeVar

from application.refusals import StoreUnusable
from infrastructure.storage.session import Session


class Collision(StoreUnusable):
    """Something was written meanwhile that only one may write."""


class Readable(Protocol):
    """What a file is read from."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, none at the end."""


class Uploads(Protocol):
    """Files that came in and wait for their jobs."""

    def keep(self, job_id: str, file: Readable) -> None:
        """Keep a file, read from its beginning, until it is removed. Raises StoreUnusable."""

    def opened(self, job_id: str) -> AbstractContextManager[Path]:
        """Where a file can be read meanwhile; there may be none."""

    def remove(self, job_id: str) -> None:
        """Remove a file, if it is there."""

    def remove_abandoned(self, seconds: float) -> None:
        """Remove files that are so old: who took them in was killed before the job was noted."""


S = TypeVar("S", bound=Session)
S_co = TypeVar("S_co", bound=Session, covariant=True)


class Transactions(Protocol[S_co]):
    """The tables of one account, to be read and written."""

    @property
    def failures(self) -> tuple[type[Exception], ...]:
        """The errors of the database by which the whole transaction is lost."""

    def writing(self) -> AbstractContextManager[S_co]:
        """One transaction, alone; commits unless an exception leaves it.

        Raises StoreUnusable where that fails, and UnknownAccount where the account was removed.
        """

    def reading(self) -> AbstractContextManager[S_co]:
        """One snapshot; whatever commits meanwhile is not seen. Raises as `writing` does."""

    def close(self) -> None:
        """Let go of what is open."""


class Database(Transactions[S], Protocol[S]):
    """The tables of one account as a store keeps them, and the files that belong to it."""

    @property
    def uploads(self) -> Uploads:
        """The files of jobs that are not done."""

    @property
    def rejected_folder(self) -> Path:
        """Where files of rejected rows are put."""

    def writing_on(self, session: S) -> AbstractContextManager[None]:
        """What `writing` does, on a session that is open."""

    def session(self) -> AbstractContextManager[S]:
        """A session without a transaction, for one user at a time."""

    def scanning_on(self, session: S) -> AbstractContextManager[None]:
        """A snapshot on it to read everything in, and to write what is fresh."""

    def locked(self, name: str) -> AbstractContextManager[bool]:
        """Whether this holds a lock of the account meanwhile, at once or not at all.

        It goes with the process.
        """

    def is_locked(self, name: str) -> bool:
        """Whether somebody holds it."""

    def has_work(self, session: Session, /) -> None:
        """Note within a transaction that there is a job to be carried out."""

    def has_no_work(self, session: Session, /) -> None:
        """Note within a transaction that there is none."""

    def copied(self) -> AbstractContextManager[Transactions[S]]:
        """A copy to try something in, which is gone in the end."""

    def is_there(self) -> bool:
        """Whether this is still the account: it may have been removed, and made anew."""
