"""The rows of the read models, from which decisions and pages are made.

Rows are tuples in the order of the columns. Times are microseconds since 1970, UTC.
"""

from collections.abc import Mapping
from typing import NamedTuple

from eventsourcing.persistence import DataError

from domain.activities import ActivityType, LinkedBy
from domain.call_rule import LinkedActivity
from domain.events import CallLinked, MessageLinked
from domain.hand_edits import NOTHING_BY_HAND, ByHand
from domain.held_records import HeldRecord, Order, Said, hold_record
from domain.identifiers import ContactPoint
from domain.records import Record, RecordKind
from domain.settings import MergeSettings
from domain.shown import Shown


class ContactRow(NamedTuple):
    """A contact id: live, deleted, or absorbed by a survivor.

    `merge_id`: the merge that absorbed it; `version`: of its stream; `updated`: the position of the
    last change to its values; `shown`: its attributes and counterparts are few, however many
    records the contact has. `captured`: the number of a captured lead.
    """

    contact_id: str
    status: str
    survivor: str | None
    merge_id: str | None
    version: int
    created_at: int
    updated_at: int
    updated: int
    shown: Shown
    by_hand: ByHand = NOTHING_BY_HAND
    captured: ContactPoint | None = None


class RecordRow(NamedTuple):
    """A record and the contact that holds it.

    `first` is what the record first said, read from the event at `position`. `again` is what it
    says now, if that is different: a record that was sent once is stored only once, in the log.
    """

    record_id: str
    contact_id: str
    position: int
    again: HeldRecord | None
    first: tuple[Record, Said] | None

    @property
    def held(self) -> HeldRecord:
        """What the record says now."""
        if self.again is not None:
            return self.again
        if self.first is None:
            raise DataError(f"record {self.record_id} says nothing")
        return hold_record(self.record_id, *self.first)

    @property
    def last_said(self) -> Order:
        """The time and position of its newest message."""
        if self.again is None and self.first is not None:
            return self.first[1].order
        return self.held.last_said


class RecordKeyRow(NamedTuple):
    """The key of a record in its integration. The row stays when the record is taken back."""

    integration: str
    kind: RecordKind
    external_id: str
    record_id: str


class CsvRow(NamedTuple):
    """A csv record by its content. The row stays when the record's contact is deleted."""

    fingerprint: int
    record_id: str


class IdentifierRow(NamedTuple):
    """The match index: a contact holds a phone or an email.

    `kind`: phone or email; phone_text or email_text for a value that is not matchable. `holders`:
    how many of its records show it, plus one if it was added by hand. 0: a record lists it, but it
    was removed by hand; or the contact once held it, which only an undo needs.
    """

    kind: str
    value: str
    contact_id: str
    holders: int


class HeldBySeveralRow(NamedTuple):
    """A phone or an email that several contacts hold: they are in conflict unless separate."""

    kind: str
    value: str


class MergeRow(NamedTuple):
    """A merge; its decision is in the event at `position`."""

    merge_id: str
    survivor: str
    absorbed: str
    position: int
    undone_at: int | None


class Target(NamedTuple):
    """The record that an activity was exported to: its id, and its key in its integration."""

    record_id: str
    kind: str
    external_id: str


class ActivityRow(NamedTuple):
    """A call or message; its fields are in the event at `position`.

    `contact_id`: the live contact or lead that has it; `linked_to`: the id it was linked to, which
    leads there. `number`: canonical. `at`: when it happened. `kind`: call or message. `targets`: by
    integration, the record that it was last exported to.
    """

    activity_id: str
    contact_id: str | None
    linked_to: str | None
    linked_by: LinkedBy
    assigned: str | None
    number: str | None
    at: int
    position: int
    version: int
    kind: ActivityType
    targets: Mapping[str, Target]
    event: CallLinked | MessageLinked | None = None


def linked_activity(row: ActivityRow) -> LinkedActivity:
    """The activity of a row, as a value of the domain."""
    event = row.event
    if event is None:
        raise DataError(f"activity {row.activity_id} is not there")
    return LinkedActivity(
        activity_id=row.activity_id,
        activity=event.call if isinstance(event, CallLinked) else event.message,
        contact_id=row.linked_to,
        linked_by=row.linked_by,
        assigned=row.assigned,
        lead_id=event.lead_id,
        first=row.position,
        version=row.version,
    )


class PastLinkRow(NamedTuple):
    """A contact that an activity was linked to before, or is assigned to."""

    contact_id: str
    activity_id: str


class ExportRow(NamedTuple):
    """An item of the export feed: an activity's target in an integration, and the one before.

    A target is the record's kind and, after a space, its external id.
    """

    number: int
    integration: str
    activity_id: str
    target: str | None
    moved_from: str | None
    position: int


class BoundRow(NamedTuple):
    """An id that a separation binds; no rule merges it with the ids on the other `side`."""

    contact_id: str
    separation: int
    side: int


class AttentionRow(NamedTuple):
    """A merge that somebody should look at, or the names that an identifier brought together.

    `item`: the merge's id, or the identifier's value; `identifier`: its kind, "" for a merge.
    `contact_id`: the contact that it concerns while it is to be looked at, else None; "" during an
    undo, until it is known. `survivor`: the id that leads there. `position`: of the last event that
    made it. `names`: of a merge both, of an identifier at most one more than are usual. `settled`:
    the position at which somebody said that it is right.
    """

    item: str
    identifier: str
    contact_id: str | None
    survivor: str
    position: int
    names: tuple[str, ...]
    settled: int | None = None


class JoinedRow(NamedTuple):
    """A merge by an identifier, undone or not.

    `shown`, `named`: what the contact and the record that joined it were called, if that differs
    and the merge is not undone; else "".
    """

    kind: str
    value: str
    merge_id: str
    shown: str
    named: str


class CalledRow(NamedTuple):
    """A contact with `items` to look at, and the number of its calls and messages."""

    contact_id: str
    calls: int
    items: int


class DayRow(NamedTuple):
    """How often something happened on a day (UTC): `outcome`, by a source, "" for a person.

    `integration`: its name, "" for other sources.
    """

    day: str
    source: str
    integration: str
    outcome: str
    number: int


class SettingsRow(NamedTuple):
    """The merge settings in force."""

    name: str
    version: int
    body: MergeSettings
