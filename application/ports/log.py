"""The port of an account's log, and what its upkeep finds."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from application.ports.reading import Reading
from application.ports.work import Work


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The result of a rebuild: `differences` names the read models that were different."""

    events: int
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of an account found; `problems` is empty if everything is right.

    `head`: the digest of the last event. `unchecked`: what could not be checked here.
    """

    events: int
    head: str
    contacts: int
    problems: tuple[str, ...]
    unchecked: tuple[str, ...] = ()


class NotedHead(NamedTuple):
    """The head of a log at an earlier moment: the log must still pass through it.

    `position`: of its event; None: any. `digest`: 64 hexadecimal digits.
    """

    position: int | None
    digest: str


class WritableLog(Protocol):
    """The event log of one account, as commands need it."""

    @property
    def account(self) -> str:
        """The account's id."""

    def writing(self) -> AbstractContextManager[Work]:
        """Begin a transaction. Leaving it commits; leaving by an exception writes nothing.

        Raises StoreUnusable if the store cannot be written or stays locked.
        """


class AccountLog(WritableLog, Protocol):
    """The event log of one account, the only truth about it."""

    def reading(self) -> AbstractContextManager[Reading]:
        """A snapshot, which does not see later commits. Raises StoreUnusable."""
