"""The ports: what use cases need from a store, a clock and a source of ids."""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from application.reads.text_search import Sought
from domain.activities import ActivityType
from domain.call_rule import LinkedActivity
from domain.contact import Contact, DeletedContact, State
from domain.events import ContactsMerged, Event, Recorded
from domain.held_records import HeldRecord
from domain.identifiers import Identifier
from domain.matching import Candidate
from domain.records import Record, RecordKind, Source, SourceKey
from domain.settings import MergeSettings
from domain.undo_rule import Merge

Clock = Callable[[], datetime]
"""The time now, with time zone."""

Ids = Callable[[], str]
"""A new id, greater as text than the ones before it: the oldest of two ids is the smaller."""


class Head(NamedTuple):
    """A contact that is live or deleted, without what it says.

    `version`: of its stream, counting every event of it; `is_captured`: a captured lead.
    """

    contact_id: str
    is_live: bool
    is_captured: bool
    version: int


class Threads(Protocol):
    """What hangs together in an account, now or once: ids of contacts and streams of activities."""

    def events_of(self, streams: Sequence[str], /) -> list[Recorded]:
        """The recorded events of some streams."""

    def known(self, contact_ids: Iterable[str]) -> list[str]:
        """Those of some ids that are a contact's, each once."""

    def led_to(self, contact_id: str) -> list[str]:
        """The contacts that an id leads to, or once did."""

    def linked_to(self, contact_id: str) -> list[str]:
        """The activities that are linked to a contact, or once were."""

    def known_as(self, key: SourceKey) -> list[str]:
        """The records that an integration knows by an id, or once did."""

    def holding(self, identifier: Identifier) -> list[str]:
        """The contacts that hold an identifier, or once did; a number also with any extension."""

    def calling(self, identifier: Identifier) -> list[str]:
        """The activities of a number, with any extension or none."""


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

    def contact_with_csv_row(
        self, fingerprint: int, asked: Sequence[Identifier] = ()
    ) -> str | None:
        """The live contact that holds a csv record of this content, if any.

        `asked`: identifiers of the record; where nobody holds them nobody holds the same row.
        """

    def captured_leads(self, contact_id: str, identifiers: Iterable[Identifier]) -> list[Candidate]:
        """The captured leads of numbers among these that a contact holds."""

    def with_extension(self, number: Identifier) -> list[Candidate]:
        """The live contacts that hold a number with an extension."""

    def survivor(self, contact_id: str) -> Head | None:
        """The live or deleted contact that an id leads to."""

    def state(self, contact_id: str) -> State | None:
        """A contact with all that it has."""

    def activity(self, activity_id: str) -> LinkedActivity | None:
        """A call or message."""

    def activities_of(self, contact_id: str) -> list[LinkedActivity]:
        """The activities that a contact has, in the order they came."""

    def assigned_to(self, contact_id: str) -> list[LinkedActivity]:
        """The activities that somebody assigned to a contact, or to an id that leads to it."""

    def merge(self, merge_id: str) -> tuple[Merge, datetime | None] | None:
        """A merge, and when it was undone."""

    def merged(self, absorbed: str) -> Merge | None:
        """The merge that holds by which an id was absorbed."""

    def kept_apart(self, contact_id: str) -> frozenset[str]:
        """The ids that a separation binds never to be merged with this one by a rule."""

    @property
    def threads(self) -> Threads:
        """What hangs together in the account."""

    def another(self) -> AbstractContextManager["Sandbox"]:
        """An empty account beside this one, to replay its history in; nothing of it is kept."""

    def append(self, events: Sequence[Event]) -> None:
        """Record events. They and all that is read from them commit together."""


class Sandbox(Work, Protocol):
    """An account that only exists to be compared with the real one."""

    def turn_to(self, recorded: Recorded, ids: Sequence[str]) -> None:
        """Go to where an input stands in the log; the next new ids are these."""

    def lead_to(self, contact_id: str, survivor: str) -> None:
        """Let an id that nothing brings here lead to a contact."""

    @property
    def contacts(self) -> Mapping[str, State]:
        """Every contact, by id."""


class MergeMade(NamedTuple):
    """A merge as it was recorded, and when it was undone. `source`: None for one by hand."""

    event: ContactsMerged
    at: datetime
    source: Source | None
    undone_at: datetime | None


class HeldActivity(NamedTuple):
    """A call or message, and the live contact that has it; None where the number is withheld."""

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
    """An event of the log as it is stored; `data` is None where it was erased."""

    position: int
    topic: str
    stream: str
    version: int
    at: datetime
    data: dict[str, Any] | None


class Conflict(NamedTuple):
    """Two live contacts, the older first, that hold the same identifier and are not separate."""

    identifier: Identifier
    a: str
    b: str


class Reading(Protocol):
    """One snapshot of an account, for reading.

    What is asked for many at once is read in a few statements, however many they are.
    """

    @property
    def settings(self) -> MergeSettings:
        """The merge settings in force."""

    @property
    def settings_version(self) -> int:
        """How often they were set, from 1."""

    def count_contacts(self) -> int:
        """How many live contacts there are."""

    def survivor(self, contact_id: str) -> Head | None:
        """The live or deleted contact that an id leads to."""

    def contacts(self, contact_ids: Iterable[str]) -> Mapping[str, Contact | DeletedContact]:
        """Those of these ids that are live or deleted contacts, with all of their records."""

    def contact_ids(
        self,
        *,
        after: str = "",
        limit: int,
        identifier: Identifier | None = None,
        kind: RecordKind | None = None,
    ) -> list[str]:
        """The ids of live contacts in their order, after one.

        All, or of those that hold `identifier`, or are of one kind.
        """

    def contact_ids_with_text(
        self,
        sought: Sought,
        *,
        after: int = 0,
        identifier: Identifier | None = None,
        kind: RecordKind | None = None,
    ) -> Generator[tuple[int, str]]:
        """Every live contact whose name, phones or emails contain a text, and perhaps others.

        Each with the position of its first event, in that order, after one. To be closed.
        """

    def records(self, contact_id: str, *, after: str = "", limit: int) -> list[HeldRecord]:
        """A contact's records in the order of their ids, after one."""

    def absorbed(self, contact_id: str) -> list[str]:
        """The ids that lead to a contact, in their order."""

    def path_to_survivor(self, contact_id: str) -> list[Recorded]:
        """The merges by which an id came to its survivor, first to last."""

    def history(
        self, contact_id: str, *, after: int = 0, limit: int | None = None
    ) -> list[Recorded]:
        """A contact's events and those of what it absorbed, oldest first, after a position."""

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


class StoredLog(AccountLog, Protocol):
    """The log of an account as a store keeps it."""

    def new_id(self) -> str:
        """A new id, such as an import's."""

    def close(self) -> None:
        """Let go of what is open."""

    def rebuild(self, progress: Callable[[int], None] | None = None) -> Rebuilt:
        """Read every read model anew from position 0 and put the new ones in place."""

    def verify(self, progress: Callable[[int], None] | None = None) -> Verified:
        """Check the chain, the read models, the fold and the invariants. Writes nothing."""
