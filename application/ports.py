"""The ports: what use cases need from a store, a clock and a source of ids."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from application.documents import ContactDocument, MergeDocument
from domain.events import Event, Recorded
from domain.identifiers import Identifier
from domain.matching import Candidate
from domain.records import HeldRecord, Record, RecordKind
from domain.settings import MergeSettings

Clock = Callable[[], datetime]
"""The time now, with time zone."""

Ids = Callable[[], str]
"""A new id, greater as text than the ones before it: the oldest of two ids is the smaller."""


class Work(Protocol):
    """One transaction over one account: what is read holds until it commits.

    Everything appended is seen by the reads that follow, and becomes durable all at once.
    """

    @property
    def now(self) -> datetime:
        """The time of this work, never before that of the log's last event."""

    @property
    def next_position(self) -> int:
        """The position that the next appended event gets."""

    @property
    def settings(self) -> MergeSettings:
        """The merge settings in force."""

    @property
    def settings_version(self) -> int:
        """How often they were set, from 1."""

    def new_id(self) -> str:
        """A new id."""

    def prepare(self, records: Sequence[tuple[Record, Sequence[Identifier]]]) -> None:
        """Hint that these records are decided next and their identifiers asked for.

        So a store can read for all at once.
        """

    def candidates(self, identifiers: Sequence[Identifier]) -> list[Candidate]:
        """The live contacts that hold any of these identifiers."""

    def record_of_source(
        self, integration: str, kind: RecordKind, external_id: str
    ) -> tuple[str, HeldRecord] | None:
        """The record that an integration sent before, with the id of its live contact."""

    def contact_with_csv_row(self, record: Record, asked: Sequence[Identifier]) -> str | None:
        """The live contact that holds a csv record of the same content, if any.

        `asked`: identifiers of the record; where nobody holds them nobody holds the same row.
        """

    def append(self, events: Sequence[Event]) -> None:
        """Record events. They and all that is read from them commit together."""


class Reading(Protocol):
    """One snapshot of an account, for reading."""

    @property
    def settings(self) -> MergeSettings:
        """The merge settings in force."""

    @property
    def settings_version(self) -> int:
        """How often they were set, from 1."""

    def count_contacts(self) -> int:
        """How many live contacts there are."""

    def survivor(self, contact_id: str) -> str | None:
        """Where an id leads: itself, or the contact that absorbed it. None if there is no such."""

    def contact(self, contact_id: str) -> ContactDocument | None:
        """A contact that is not absorbed, live or deleted, with its records."""

    def contacts(
        self,
        *,
        after: str = "",
        limit: int,
        text: str | None = None,
        identifier: Identifier | None = None,
        kind: RecordKind | None = None,
    ) -> list[ContactDocument]:
        """Live contacts in the order of their ids, after one.

        Those whose name, phones or emails contain `text`, whatever the case; that hold
        `identifier`; that are of one kind.
        """

    def path_to_survivor(self, contact_id: str) -> list[Recorded]:
        """The merges by which an id came to its survivor, first to last."""

    def history(
        self, contact_id: str, *, after: int = 0, limit: int | None = None
    ) -> list[Recorded]:
        """A contact's events and those of what it absorbed, oldest first, after a position."""

    def merges(
        self, *, before: str | None = None, limit: int, contact_id: str | None = None
    ) -> list[MergeDocument]:
        """Merges, newest first, before one: all, or those into or of one contact."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came of reading every read model anew: `differences` names those that came out other."""

    events: int
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of an account found; `problems` is empty where all holds."""

    events: int
    head: str
    contacts: int
    problems: tuple[str, ...]


class AccountLog(Protocol):
    """The event log of one account, the only truth about it."""

    @property
    def account(self) -> str:
        """The account's id."""

    def writing(self) -> AbstractContextManager[Work]:
        """Begin a transaction. Leaving it commits; leaving by an exception writes nothing.

        Raises StoreUnusable where the store cannot be written, or stays locked.
        """

    def reading(self) -> AbstractContextManager[Reading]:
        """A snapshot: whatever is committed meanwhile is not seen. Raises StoreUnusable."""

    def rebuild(self, progress: Callable[[int], None] | None = None) -> Rebuilt:
        """Read every read model anew from position 0 and put the new ones in place."""

    def verify(self, progress: Callable[[int], None] | None = None) -> Verified:
        """Check the chain, the read models, the fold and the invariants. Writes nothing."""


class Accounts(Protocol):
    """The accounts of one store."""

    def names(self) -> list[str]:
        """The ids of all accounts, sorted."""

    def open(self, account: str) -> AccountLog:
        """The log of an account. Raises UnknownAccount."""

    def create(self, account: str, settings: MergeSettings, by: str) -> AccountLog:
        """Begin an account. Raises Refused where it exists or its id is malformed."""
