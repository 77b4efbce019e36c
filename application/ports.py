"""The ports: what use cases need from a store, a clock and a source of ids."""

from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from application.reads.text_search import Sought
from domain.activities import ActivityType
from domain.call_rule import LinkedActivity
from domain.contact import State
from domain.events import ContactsMerged, Event, Recorded
from domain.held_records import HeldRecord
from domain.identifiers import Identifier
from domain.matching import Candidate, Candidates
from domain.records import Record, RecordKind, Source, SourceKey
from domain.settings import MergeSettings
from domain.shown import Shown, ShownPoint
from domain.undo_rule import Merge, Touched

Clock = Callable[[], datetime]
"""The time now, with time zone."""

Ids = Callable[[], str]
"""A new id, greater as text than the ones before it: the oldest of two ids is the smaller."""


class Head(NamedTuple):
    """A live or deleted contact without its values.

    `version`: of its stream, which counts every event; `is_captured`: it is a captured lead.
    """

    contact_id: str
    is_live: bool
    is_captured: bool
    version: int


class Account(Protocol):
    """What a transaction and a snapshot of an account both say."""

    @property
    def settings(self) -> MergeSettings:
        """The merge settings in force."""

    @property
    def settings_version(self) -> int:
        """How often they were set, from 1."""

    def survivor(self, contact_id: str) -> Head | None:
        """The live or deleted contact that an id leads to."""


class Threads(Protocol):
    """What is or was connected in an account: ids of contacts and streams of activities.

    Each method takes many things and reads for all of them at once.
    """

    def events_of(self, streams: Collection[str], /) -> list[Recorded]:
        """The recorded events of some streams."""

    def events_after(self, position: int) -> Iterable[Recorded]:
        """All events after a position, in order."""

    def count_absorbed(self, contact_ids: Collection[str]) -> int:
        """How many records some contacts have besides those of their own ids."""

    def known(self, contact_ids: Iterable[str]) -> list[str]:
        """Those of some ids that belong to a contact, each once."""

    def led_to(self, contact_ids: Collection[str]) -> list[str]:
        """The contacts that one of these ids leads to or once led to."""

    def linked_to(self, contact_ids: Collection[str]) -> list[str]:
        """The activities that are or once were linked to one of these contacts."""

    def known_as(self, keys: Collection[SourceKey]) -> list[str]:
        """The records that have or once had one of these ids in their integration."""

    def holding(self, identifiers: Collection[Identifier]) -> list[str]:
        """The contacts that hold or once held an identifier; a number also with any extension."""

    def calling(self, identifiers: Collection[Identifier]) -> list[str]:
        """The activities of one of these numbers, with any extension or without."""


class ShownContact(NamedTuple):
    """What a live or deleted contact shows, without its records. A deleted one shows nothing."""

    contact_id: str
    is_live: bool
    shown: Shown
    phones: Mapping[str, ShownPoint]
    emails: Mapping[str, ShownPoint]
    version: int
    created_at: datetime
    updated_at: datetime


class Work(Account, Protocol):
    """One transaction over one account: nothing that it reads changes until it commits.

    Later reads see everything that was appended. It all becomes durable at once.
    """

    @property
    def now(self) -> datetime:
        """The time of this work, never earlier than the log's last event."""

    @property
    def next_position(self) -> int:
        """The position that the next appended event gets."""

    def new_id(self) -> str:
        """A new id."""

    def new_merge_id(self, brings: str) -> str | None:
        """The id of a merge by a rule; None if a replay leaves this merge out.

        `brings`: the id that comes with the message that is merged.
        """

    def prepare(self, records: Sequence[tuple[Record, Sequence[Identifier]]]) -> None:
        """Announce the records that are decided next, so that a store can read for all at once.

        With each record come the identifiers that its rule compares.
        """

    def candidates(
        self, asked: Sequence[Identifier], said: Sequence[Identifier], *, every: bool = False
    ) -> Candidates:
        """The live contacts that hold any identifier of `asked`, with all of `said` that they hold.

        If there are very many, only those that may win or be named; all of them with `every`.
        """

    def record_of_source(self, key: SourceKey) -> tuple[str, HeldRecord] | None:
        """The record that an integration sent before, with the id of its live contact."""

    def deleted_record(self, key: SourceKey) -> tuple[str, HeldRecord] | None:
        """The last record that an integration sent and whose contact somebody deleted.

        With the contact's id.
        """

    def contact_with_csv_row(self, row: Record, asked: Sequence[Identifier] = ()) -> Head | None:
        """The contact that holds the same csv row: a live one, else a deleted one.

        The same has the same values, as identifiers or as written. `asked`: identifiers that it
        lists; if no contact has a record that lists the first of them, none has the same.
        """

    def captured_leads(self, contact_id: str, identifiers: Iterable[Identifier]) -> list[Candidate]:
        """The captured leads of those numbers among these that a contact holds."""

    def with_extension(self, number: Identifier) -> Sequence[Candidate]:
        """The live contacts that hold a number with an extension."""

    def state(self, contact_id: str) -> State | None:
        """A contact with all that it has."""

    def count_records(self, contact_id: str) -> int:
        """How many records a live contact has."""

    def leading_to(self, contact_id: str) -> list[str]:
        """Every id that leads to a contact, without its own."""

    def shown(self, contact_id: str, *, lists: bool) -> ShownContact:
        """What a live contact showed before this transaction.

        `lists`: with its phones and emails, which cost more the more records it has.
        """

    def activity(self, activity_id: str) -> LinkedActivity | None:
        """A call or message."""

    def activities_of(self, contact_id: str) -> list[LinkedActivity]:
        """The activities of a contact, in the order of arrival."""

    def assigned_to(self, contact_id: str) -> list[LinkedActivity]:
        """The activities that somebody assigned to a contact, or to an id that leads to it."""

    def merge(self, merge_id: str) -> tuple[Merge, datetime | None] | None:
        """A merge, and when it was undone."""

    def touched(self, contact_ids: Collection[str], activity_ids: Collection[str]) -> Touched:
        """Those of these contacts and activities that exist, and the merges of the contacts."""

    def kept_apart(self, contact_ids: Collection[str]) -> dict[str, frozenset[str]]:
        """For each id the ids that no rule may merge with it, because of a separation."""

    @property
    def threads(self) -> Threads:
        """What is connected in the account."""

    def another(self) -> AbstractContextManager["Sandbox"]:
        """An empty account beside this one to replay its history in, discarded afterwards."""

    def append(self, events: Sequence[Event]) -> None:
        """Record events. They and everything derived from them commit together."""


class Sandbox(Work, Protocol):
    """A temporary account that is compared with the real one."""

    def leave_out(self, merge_ids: Mapping[str, str], without: AbstractSet[str]) -> None:
        """Give merges by a rule their ids, by what their messages bring; leave some of them out."""

    def turn_to(self, recorded: Recorded, brings: str = "") -> None:
        """Go to the position and time of an input in the log; `brings`: the next new id."""

    def lead_to(self, contact_id: str, survivor: str) -> None:
        """Let an id that no event creates here lead to a contact."""

    @property
    def contacts(self) -> list[str]:
        """The ids of every contact, in order."""

    @property
    def made(self) -> Mapping[str, ContactsMerged]:
        """Every merge, by the id that it absorbed."""


class MergeMade(NamedTuple):
    """A merge as it was recorded, and when it was undone. `source`: None for a merge by hand."""

    event: ContactsMerged
    at: datetime
    source: Source | None
    undone_at: datetime | None


class HeldActivity(NamedTuple):
    """A call or message, and the live contact that has it; None if the number is withheld."""

    linked: LinkedActivity
    contact_id: str | None
    contact_kind: RecordKind | None


class Target(NamedTuple):
    """A record of an integration that an activity is exported to."""

    integration: str
    kind: RecordKind
    external_id: str


class Export(NamedTuple):
    """An item of the export feed, by its number; a lost target is None."""

    position: int
    activity: HeldActivity
    target: Target | None
    moved_from: Target | None


class LoggedEvent(NamedTuple):
    """An event of the log as it is stored; `data` is None if it was erased."""

    position: int
    type: str
    stream: str
    version: int
    at: datetime
    data: dict[str, Any] | None


class Conflict(NamedTuple):
    """Two live contacts, the older first, that hold the same identifier and are not separate."""

    identifier: Identifier
    a: str
    b: str


class Reading(Account, Protocol):
    """One snapshot of an account, for reading.

    A method that takes many ids reads them in a few statements, however many there are.
    """

    def count_contacts(self) -> int:
        """How many live contacts there are."""

    def contacts(self, contact_ids: Iterable[str]) -> Mapping[str, ShownContact]:
        """Those of these ids that are live or deleted contacts."""

    def contact_ids(
        self,
        *,
        after: str = "",
        limit: int,
        identifier: Identifier | None = None,
        kind: RecordKind | None = None,
    ) -> list[str]:
        """The ids of live contacts in order, after one: all, or by identifier, by kind."""

    def contact_ids_with_text(self, sought: Sought, *, after: int) -> Generator[tuple[int, str]]:
        """Every live contact whose name, phones or emails contain a text, and perhaps others.

        Each comes with the position of its first event, in that order, after one. The caller must
        close the generator.
        """

    def records(self, contact_id: str, *, after: str = "", limit: int) -> list[HeldRecord]:
        """A contact's records, ordered by id, after one."""

    def absorbed(self, contact_id: str) -> list[str]:
        """The ids that lead to a contact, in order."""

    def path_to_survivor(self, contact_id: str) -> list[Recorded]:
        """The merges that lead from an id to its survivor, first to last."""

    def history(
        self, contact_id: str, *, after: int = 0, limit: int | None = None
    ) -> list[Recorded]:
        """The events of a contact and of those it absorbed, oldest first, after a position."""

    def compared(self, contact_id: str, other: str) -> list[Recorded]:
        """The events that created a contact and those it absorbed, and those that name `other`."""

    def both_hold(self, a: str, b: str) -> list[Identifier]:
        """The identifiers that two contacts both hold."""

    def merge(self, merge_id: str) -> MergeMade | None:
        """A merge."""

    def merges(
        self, *, before: str | None = None, limit: int, contact_id: str | None = None
    ) -> list[MergeMade]:
        """Merges, newest first, before one: all, or those into or of one contact."""

    def activity(self, activity_id: str) -> HeldActivity | None:
        """A call or message."""

    def activities(
        self, contact_id: str, *, before: tuple[int, str] | None = None, limit: int
    ) -> list[HeldActivity]:
        """A live contact's activities, newest first, before a time (microseconds) and id."""

    def activities_of_type(
        self, kind: ActivityType, *, before: tuple[int, str] | None = None, limit: int
    ) -> list[HeldActivity]:
        """The calls, or the messages, of the account, in the same order."""

    def exports(
        self, *, integration: str | None = None, after: int = 0, limit: int
    ) -> list[Export]:
        """The export feed after a position: of all integrations, or of one."""

    def events(self, *, after: int = 0, limit: int) -> list[LoggedEvent]:
        """The log after a position."""

    def conflicts(
        self, *, after: tuple[str, str, str, str] | None = None, limit: int
    ) -> list[Conflict]:
        """The conflicts, by identifier and ids, after one."""

    def separations(self, a: str, b: str) -> list[Recorded]:
        """The events that declared two live contacts separate."""


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


class AccountLog(Protocol):
    """The event log of one account, the only truth about it."""

    @property
    def account(self) -> str:
        """The account's id."""

    def writing(self) -> AbstractContextManager[Work]:
        """Begin a transaction. Leaving it commits; leaving by an exception writes nothing.

        Raises StoreUnusable if the store cannot be written or stays locked.
        """

    def reading(self) -> AbstractContextManager[Reading]:
        """A snapshot, which does not see later commits. Raises StoreUnusable."""
