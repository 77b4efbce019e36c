"""Where one account is kept: what its log needs from a store."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, TypeVar

from application.refusals import StoreUnusable
from infrastructure.storage.damage import Damage
from infrastructure.storage.session import Session


class Collision(StoreUnusable):
    """Another writer has written meanwhile what only one may write."""


class Damaged(StoreUnusable):
    """A file or table is not as it was written."""


class Readable(Protocol):
    """The source of a file's bytes."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, none at the end."""


class Uploads(Protocol):
    """Files that were received and wait for their jobs."""

    def keep(self, job_id: str, file: Readable) -> None:
        """Keep a file, read from its beginning, until it is removed. Raises StoreUnusable."""

    def opened(self, job_id: str) -> AbstractContextManager[Path]:
        """The path where a file can be read meanwhile; the file may be missing."""

    def remove(self, job_id: str) -> None:
        """Remove a file, if it is there."""

    def remove_abandoned(self, seconds: float) -> None:
        """Remove files of this age: their receiver was killed before it noted the job."""


S = TypeVar("S", bound=Session)


class Database(Protocol[S]):
    """The tables of one account as a store keeps them, and the files that belong to it.

    It can be pickled: in another process it opens the same account.
    """

    def writing(self) -> AbstractContextManager[S]:
        """One transaction, with no other writer. It commits unless an exception leaves it.

        Raises StoreUnusable if that fails, and UnknownAccount if the account was removed.
        """

    def reading(self) -> AbstractContextManager[S]:
        """One snapshot, which does not see later commits. Raises the same as `writing`."""

    def close(self) -> None:
        """Close what is open."""

    @property
    def uploads(self) -> Uploads:
        """The files of jobs that are not done."""

    @property
    def rejected_folder(self) -> Path:
        """The folder for files of rejected rows."""

    def writing_on(self, session: S, *, scans: bool = True) -> AbstractContextManager[None]:
        """The same as `writing`, on an open session. `scans`: it reads everything."""

    def session(self) -> AbstractContextManager[S]:
        """A session without a transaction, for one user at a time."""

    def looking_on(self, session: S, *, scans: bool = True) -> AbstractContextManager[None]:
        """A snapshot on a session, to read, perhaps everything, and write the fresh tables."""

    def damage(self, session: S, most: int) -> Damage:
        """What is wrong with the tables themselves, within `looking_on`."""

    def locked(self, name: str) -> AbstractContextManager[bool]:
        """Take a lock without waiting; it ends with the process. Gives whether it was free."""

    def is_locked(self, name: str) -> bool:
        """Whether this lock is held."""

    def has_work(self, session: Session, /) -> None:
        """Note within a transaction that there is a job to carry out."""

    def has_no_work(self, session: Session, /) -> None:
        """Note within a transaction that there is no job to carry out."""

    def trying(self) -> AbstractContextManager[S]:
        """A session of its own with one snapshot, over which a preview lays its changes.

        They lie in tables of the schema `overlay`, which go with the session.
        """

    def is_there(self) -> bool:
        """Whether this is still the account: it may have been removed, and made again."""
