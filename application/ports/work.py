"""The port of a transaction: what a command reads and records."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from application.ports.account import Account, Head, ShownContact
from domain.attention_rule import Settleable
from domain.call_rule import Link, LinkedActivity
from domain.contact import State
from domain.events import ContactsMerged, Event, Recorded
from domain.held_records import HeldRecord
from domain.identifiers import Identifier
from domain.matching import Candidate, Candidates
from domain.records import Record, SourceKey
from domain.undo_rule import Merge, Touched


class Threads(Protocol):
    """What is or was connected in an account: ids of contacts and streams of activities.

    Each method takes many things and reads for all of them at once.
    """

    def events_of(self, streams: Collection[str], /) -> list[Recorded]:
        """The recorded events of some streams."""

    def events_after(self, position: int) -> Iterable[Recorded]:
        """All events after a position, in order."""

    def rows_of(self, import_id: str, *, after: int, limit: int) -> list[Recorded]:
        """The events of rows of an import after a position, in order."""

    def count_absorbed(self, contact_ids: Collection[str]) -> int:
        """How many records some contacts have besides those of their own ids."""

    def known(self, contact_ids: Iterable[str]) -> list[str]:
        """Those of some ids that belong to a contact, each once."""

    def led_to(self, contact_ids: Collection[str]) -> list[str]:
        """The contacts that one of these ids leads to or once led to, and the ids that lead to it.

        Of a lead that was captured and absorbed within one undo no other event says where it leads.
        """

    def linked_to(self, contact_ids: Collection[str]) -> list[str]:
        """The activities that are or once were linked to one of these contacts."""

    def known_as(self, keys: Collection[SourceKey]) -> list[str]:
        """The records that have or once had one of these ids in their integration."""

    def later_ids(self, ids: Collection[str]) -> list[str]:
        """The ids under which the records of some ids were sent again later."""

    def holding(self, identifiers: Collection[Identifier]) -> list[str]:
        """The contacts that hold or once held an identifier; a number also with any extension."""

    def calling(self, identifiers: Collection[Identifier]) -> list[str]:
        """The activities of one of these numbers, with any extension or without."""


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

    def activities_of(self, contact_id: str, limit: int | None) -> list[LinkedActivity]:
        """The activities of a contact that happened first, or all of them."""

    def first_activities_of(self, contact_id: str) -> list[LinkedActivity]:
        """Of a contact's activities with a number, those that arrived first.

        One of each number and contact that somebody assigned them to.
        """

    @property
    def most_linked_at_once(self) -> int | None:
        """How many activities of a contact that is gone are linked in its commit. None: all."""

    def link_later(
        self, contact_id: str, links: Mapping[str, Link], *, position: int, by: str
    ) -> None:
        """Add a job that links the other activities of a contact that is gone.

        `links`: where each number goes; `position`: of the event that removed the contact.
        """

    def is_linking(self, contact_id: str) -> bool:
        """Whether such a job is running."""

    def assigned_to(self, contact_id: str) -> list[LinkedActivity]:
        """The activities that somebody assigned to a contact, or to an id that leads to it."""

    def merge(self, merge_id: str) -> tuple[Merge, datetime | None] | None:
        """A merge, and when it was undone."""

    def touched(self, contact_ids: Collection[str], activity_ids: Collection[str]) -> Touched:
        """Those of these contacts and activities that exist, and the merges of the contacts."""

    def to_settle(self, item: str) -> Settleable | None:
        """A merge by its id, or all that an identifier joined by its canonical value."""

    def settle_job(self, job_id: str, by: str) -> bool:
        """Note, beside the log, that nothing is to be done about a job. False: there is none."""

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

    def leave_empty(self, contact_id: str) -> None:
        """Let an id that no event creates here be a deleted contact that has nothing."""

    @property
    def contacts(self) -> list[str]:
        """The ids of every contact, in order."""

    @property
    def made(self) -> Mapping[str, ContactsMerged]:
        """Every merge, by the id that it absorbed."""
