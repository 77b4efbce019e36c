"""The port of a snapshot: what reads ask for."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol

from application.ports.account import Account, ShownContact
from application.reads.text_search import Sought
from domain.activities import ActivityType
from domain.call_rule import LinkedActivity
from domain.events import ContactsMerged, Recorded
from domain.held_records import HeldRecord
from domain.identifiers import Identifier
from domain.matching import Candidate
from domain.records import RecordKind, Source, SourceKey
from domain.settings import MergeSettings


class MergeMade(NamedTuple):
    """A merge as it was recorded, and when it was undone. `source`: None for a merge by hand."""

    event: ContactsMerged
    at: datetime
    source: Source | None
    undone_at: datetime | None


class Named(NamedTuple):
    """What a contact is called, and whether it is a contact or a lead."""

    name: str | None
    kind: RecordKind


IdKind = Literal["contact", "merge", "import"]
"""What an id may be of."""


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


class SettingsSet(NamedTuple):
    """Merge settings, their version, who set them and when, and the event's place in its stream."""

    settings: MergeSettings
    version: int
    by: str
    at: datetime
    place: int


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


class Attended(NamedTuple):
    """A merge, or an identifier with all that it joined, that somebody should look at.

    `contact_id`: the contact that it concerns, `calls`: its calls and messages; `names`: those that
    came together; `merge`: None for an identifier.
    """

    item: str
    identifier: Identifier | None
    contact_id: str
    calls: int
    at: datetime
    names: tuple[str, ...]
    merge: MergeMade | None


AttendedPlace = tuple[int, str, str, str]
"""The place of an item in its list: calls, contact id, kind of identifier ("" for a merge), id."""


class TroubledJob(NamedTuple):
    """A job that failed or rejected rows. `file`: what it imported; `error`: why it failed."""

    job_id: str
    kind: str
    file: str | None
    rejected: int
    error: str | None
    at: datetime


class DayCount(NamedTuple):
    """How often something happened on a day (UTC). `source`: "" for a person."""

    day: str
    source: str
    integration: str
    outcome: str
    number: int


class Reading(Account, Protocol):
    """One snapshot of an account, for reading.

    A method that takes many ids reads them in a few statements, however many there are.
    """

    def forget(self) -> None:
        """Forget what was read, so that a long list read to its end takes little memory."""

    def count_contacts(self) -> int:
        """How many live contacts there are."""

    def count_kinds(self) -> Mapping[Literal["contact", "lead", "deleted"], int]:
        """How many live contacts, live leads and deleted ones there are."""

    def count_merges(self) -> tuple[int, int]:
        """How many merges are in force, and how many are undone."""

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

    def deleted_ids(self, *, after: str = "", limit: int) -> list[str]:
        """The ids of deleted contacts in order, after one."""

    def contact_ids_with_text(self, sought: Sought, *, after: int) -> Generator[tuple[int, str]]:
        """Every live contact whose name, phones or emails contain a text, and perhaps others.

        Each comes with the position of its first event, in that order, after one. The caller must
        close the generator.
        """

    def ids_that_begin(self, kind: IdKind, beginning: str, *, limit: int) -> list[str]:
        """The ids of a kind that begin so, in order: contacts of every status, merges, imports."""

    def import_files(self, import_ids: Sequence[str]) -> Mapping[str, str]:
        """The names of the files of some imports."""

    def records(self, contact_id: str, *, after: str = "", limit: int) -> list[HeldRecord]:
        """A contact's records, ordered by id, after one."""

    def holder_of_record(self, key: SourceKey) -> str | None:
        """The live contact that has a record, by its id in its integration."""

    def integrations(self) -> list[str]:
        """The integrations that have sent records, by name."""

    def absorbed(self, contact_id: str) -> list[str]:
        """The ids that lead to a contact, in order."""

    def path_to_survivor(self, contact_id: str) -> list[Recorded]:
        """The merges that lead from an id to its survivor, first to last."""

    def history(
        self,
        contact_id: str,
        *,
        after: int = 0,
        before: int | None = None,
        limit: int | None = None,
    ) -> list[Recorded]:
        """The events of a contact and of those it absorbed, oldest first, after a position.

        With `before`: newest first, before a position.
        """

    def compared(self, contact_id: str, other: str) -> list[Recorded]:
        """The events that created a contact and those it absorbed, and those that name `other`."""

    def holders(self, number: Identifier) -> list[Candidate]:
        """The live contacts and leads that hold exactly a number."""

    def with_extension(self, number: Identifier) -> list[Candidate]:
        """Those that hold it with an extension."""

    def names(self, contact_ids: Sequence[str]) -> Mapping[str, Named]:
        """The names and kinds of those of these ids that are live contacts."""

    def record_names(self, record_ids: Sequence[str]) -> Mapping[str, str | None]:
        """The names that those of these ids say that are records, and None for one without."""

    def both_hold(self, a: str, b: str) -> list[Identifier]:
        """The identifiers that two contacts both hold."""

    def merge(self, merge_id: str) -> MergeMade | None:
        """A merge."""

    def merges(
        self,
        *,
        before: str | None = None,
        limit: int,
        contact_id: str | None = None,
        matched: Identifier | None = None,
    ) -> list[MergeMade]:
        """Merges, newest first, before one: all, those into or of one contact, or by a value."""

    def activity(self, activity_id: str) -> HeldActivity | None:
        """A call or message."""

    def activities(
        self, contact_id: str, *, before: tuple[int, str] | None = None, limit: int
    ) -> list[HeldActivity]:
        """A live contact's activities, newest first, before a time (microseconds) and id."""

    def newest_from(self, number: Identifier) -> datetime | None:
        """The time of the newest call or message of a number."""

    def activities_of_type(
        self, kind: ActivityType, *, before: tuple[int, str] | None = None, limit: int
    ) -> list[HeldActivity]:
        """The calls, or the messages, of the account, in the same order."""

    def exports(
        self, *, integration: str | None = None, after: int = 0, limit: int
    ) -> list[Export]:
        """The export feed after a position: of all integrations, or of one."""

    def last_position(self) -> int:
        """The position of the log's last event; 0 if there is none."""

    def streams_after(self, position: int, *, limit: int) -> list[str]:
        """Which streams have events after a position, at most so many of them."""

    def events(self, *, after: int = 0, limit: int) -> list[LoggedEvent]:
        """The log after a position."""

    def settings_set(self, *, before: int | None = None, limit: int) -> list[SettingsSet]:
        """The settings that were ever in force, newest first, before a place in their stream."""

    def conflicts(
        self, *, after: tuple[str, str, str, str] | None = None, limit: int
    ) -> list[Conflict]:
        """The conflicts, by identifier and ids, after one."""

    def separations(self, a: str, b: str) -> list[Recorded]:
        """The events that declared two live contacts separate."""

    def attended(
        self, *, before: AttendedPlace, called: bool, limit: int
    ) -> list[tuple[AttendedPlace, Attended]]:
        """What somebody should look at, by calls, most first, after a place in the list.

        `called`: only what concerns contacts with calls. The rest comes after the place with 0.
        """

    def troubled_jobs(self, *, before: str, limit: int) -> list[TroubledJob]:
        """The jobs that failed or rejected rows and are not settled, newest first, before one."""

    def days(self, *, before: tuple[str, str, str, str], limit: int) -> list[DayCount]:
        """What happened on each day, newest first, before a day, source, integration, outcome."""
