"""Every event. These are the storage format: stable names, versions, upcasts (docs/events.md).

An event contains facts: values as written and canonical, who, from which import, and the decision
record if there was a decision. It contains nothing that can be derived. Its position in the
account's log, its time and its place in its stream belong to the log and come with it as
`Recorded`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Literal, NamedTuple

from msgspec import field

from domain.activities import Call, LinkedBy, Message
from domain.decisions import Decision
from domain.hand_edits import NOTHING_BY_HAND, ByHand
from domain.held_records import HeldRecord
from domain.identifiers import ContactPoint, Identifier
from domain.records import Record
from domain.settings import MergeSettings
from domain.value import Value

IMPORT = "import:"
"""What comes before the id of an import in `caused_by`, which otherwise is the id of a merge."""
ACCOUNT_STREAM = "account"
"""The stream of events that concern the account, not a contact or an activity."""


class Fact(Value, frozen=True, kw_only=True):
    """What every event has: the stream that it belongs to."""

    stream: str


class AccountOpened(Fact, frozen=True, kw_only=True, omit_defaults=False):
    """The account begins, with these settings as version 1."""

    TOPIC: ClassVar[str] = "AccountOpened"
    stream: str = ACCOUNT_STREAM
    settings: MergeSettings
    by: str


class MergeSettingsChanged(Fact, frozen=True, kw_only=True, omit_defaults=False):
    """An admin changed the merge settings. They apply to what comes later only."""

    TOPIC: ClassVar[str] = "MergeSettingsChanged"
    stream: str = ACCOUNT_STREAM
    settings: MergeSettings
    version: int
    by: str


class ContactImported(Fact, frozen=True, kw_only=True):
    """A record was seen for the first time and not merged: it became a contact.

    Stream: the contact, whose id is also the record's. `starts_from`: what it said when somebody
    deleted its contact, if its source sent it before; it counts as seen for the first time.
    """

    TOPIC: ClassVar[str] = "ContactImported"
    record: Record
    starts_from: HeldRecord | None = None
    decision: Decision
    by: str
    import_id: str | None = None


class Brought(Value, frozen=True, kw_only=True):
    """All that a contact brings into another: its records and its edits by hand."""

    records: tuple[HeldRecord, ...] = ()
    by_hand: ByHand = NOTHING_BY_HAND


class ContactsMerged(Fact, frozen=True, kw_only=True):
    """Two contacts became one. Stream: the survivor.

    There are three forms. `record`: a record seen for the first time that was merged at once, with
    `starts_from` as in ContactImported; its record id is `absorbed`, the contact id that it
    brought. `brought`: all that a contact brings that was merged by hand, with `sent_to`, the ids
    that were given, survivor first; or whose only record said its first identifier, with `brings`
    as in the RecordUpdated before. `caused_by`: the merge whose undo caused this one; the contacts'
    values are then in their `ContactReplayed`.
    """

    TOPIC: ClassVar[str] = "ContactsMerged"
    merge_id: str
    absorbed: str
    record: Record | None = None
    starts_from: HeldRecord | None = None
    brought: Brought | None = None
    sent_to: tuple[str, str] | None = None
    brings: str | None = None
    decision: Decision
    by: str
    import_id: str | None = None
    caused_by: str | None = None


class RecordUpdated(Fact, frozen=True, kw_only=True):
    """A source sent a record again, with something new. Stream: the contact that holds it.

    `brings`: the id that it would have got as a record seen for the first time. `decision`: why it
    was not merged, if this message says its first identifier.
    """

    TOPIC: ClassVar[str] = "RecordUpdated"
    record_id: str
    record: Record
    decision: Decision | None = None
    by: str
    import_id: str | None = None
    brings: str | None = None


class RecordWithdrawn(Fact, frozen=True, kw_only=True):
    """A source took a record back. Stream: the contact that held it."""

    TOPIC: ClassVar[str] = "RecordWithdrawn"
    record_id: str
    by: str


class ContactAbsorbed(Fact, frozen=True, kw_only=True):
    """A contact that had a stream leads to a survivor from now on. Stream: the absorbed one.

    `merge_id` is None for a captured lead whose number a contact now holds.
    """

    TOPIC: ClassVar[str] = "ContactAbsorbed"
    survivor: str
    merge_id: str | None = None
    by: str


class ContactEdited(Fact, frozen=True, kw_only=True):
    """Somebody edited a contact. Stream: the contact; `sent_to`: the id that was given.

    `set` and `cleared` are attributes, including `name`; lists are what was added and removed.
    `labelled`: phones and emails that were shown already, with their new label, empty for none.
    """

    TOPIC: ClassVar[str] = "ContactEdited"
    sent_to: str
    set: Mapping[str, str] = field(default_factory=dict)
    cleared: tuple[str, ...] = ()
    phones_added: tuple[ContactPoint, ...] = ()
    phones_removed: tuple[str, ...] = ()
    emails_added: tuple[ContactPoint, ...] = ()
    emails_removed: tuple[str, ...] = ()
    labelled: Mapping[str, str] = field(default_factory=dict)
    by: str


class ContactDeleted(Fact, frozen=True, kw_only=True):
    """Somebody deleted a contact, with its records and identifiers."""

    TOPIC: ClassVar[str] = "ContactDeleted"
    sent_to: str
    by: str


class ContactRestored(Fact, frozen=True, kw_only=True):
    """Somebody brought a deleted contact back.

    `superseded`: its records that were sent again, or rows that were imported again, since then;
    they do not come back.
    """

    TOPIC: ClassVar[str] = "ContactRestored"
    sent_to: str
    superseded: tuple[str, ...] = ()
    by: str


class MergeUndone(Fact, frozen=True, kw_only=True):
    """A merge was taken back. Stream: its survivor.

    `caused_by`: the merge, or import, whose undo also undid this one; None: somebody asked for this
    one.
    """

    TOPIC: ClassVar[str] = "MergeUndone"
    merge_id: str
    absorbed: str
    by: str
    caused_by: str | None = None


class ContactReplayed(Fact, frozen=True, kw_only=True):
    """A contact after an undo, as what came and what left.

    `records` came or changed; `records_left` are elsewhere now. `survivor` and `merge_id` are set
    if it is absorbed; otherwise `by_hand` and `captured` are complete, and `updated` is the
    position of the last change to its values.
    """

    TOPIC: ClassVar[str] = "ContactReplayed"
    caused_by: str
    status: Literal["live", "deleted", "absorbed"]
    survivor: str | None = None
    merge_id: str | None = None
    records: tuple[HeldRecord, ...] = ()
    records_left: tuple[str, ...] = ()
    by_hand: ByHand = NOTHING_BY_HAND
    captured: ContactPoint | None = None
    created_at: datetime | None = None
    updated: int = 0
    updated_at: datetime | None = None
    by: str


class ContactsSeparated(Fact, frozen=True, kw_only=True):
    """No rule merges two contacts again. Stream: the contact that `a` leads to.

    It binds every id that leads to one to every id that leads to the other. `because_of`: the merge
    whose undo caused it.
    """

    TOPIC: ClassVar[str] = "ContactsSeparated"
    a: str
    b: str
    because_of: str | None = None
    by: str


class UndoCompleted(Fact, frozen=True, kw_only=True):
    """The undo of a merge has recorded all that it changes. Stream: the merge's survivor.

    It is the last event of an undo: where everything belongs is known from here on.
    """

    TOPIC: ClassVar[str] = "UndoCompleted"
    merge_id: str
    by: str


KeptBecause = Literal["edited", "merged_by_hand", "call_assigned"]
"""What somebody did to a contact that would be gone without a row of an import."""


class ImportUndone(Fact, frozen=True, kw_only=True):
    """Rows of an import were taken out. Stream: the contact that they were recorded in.

    `rows`: by the id that each row brought, the contact that the id leads to from now on; None if
    nothing is left. `kept`: rows that stay, and why. What it causes comes before it.
    """

    TOPIC: ClassVar[str] = "ImportUndone"
    import_id: str
    rows: Mapping[str, str | None] = field(default_factory=dict)
    kept: Mapping[str, KeptBecause] = field(default_factory=dict)
    by: str


class AttentionSettled(Fact, frozen=True, kw_only=True):
    """Somebody looked at a merge, or at all that an identifier joined, and says that it is right.

    Stream: the contact that it concerns. One of the two is set: `merge_id`, or `identifier`.
    """

    TOPIC: ClassVar[str] = "AttentionSettled"
    merge_id: str | None = None
    identifier: Identifier | None = None
    by: str


class LeadCaptured(Fact, frozen=True, kw_only=True):
    """The number of an `activity` belongs to nobody: it became a lead. Stream: the lead."""

    TOPIC: ClassVar[str] = "LeadCaptured"
    number: ContactPoint
    activity: str
    by: str


class LeadAttached(Fact, frozen=True, kw_only=True):
    """A contact now holds a captured number and gets the lead's activities. Stream: the contact."""

    TOPIC: ClassVar[str] = "LeadAttached"
    lead: str
    by: str


class CallLinked(Fact, frozen=True, kw_only=True):
    """A call arrived and was linked. Stream: the call.

    `contact_id` is None if its number is withheld. `lead_id`: for the lead that it might need.
    """

    TOPIC: ClassVar[str] = "CallLinked"
    call: Call
    contact_id: str | None = None
    linked_by: LinkedBy
    lead_id: str
    by: str


class MessageLinked(Fact, frozen=True, kw_only=True):
    """A message arrived and was linked. Stream: the message; otherwise like a call."""

    TOPIC: ClassVar[str] = "MessageLinked"
    message: Message
    contact_id: str | None = None
    linked_by: LinkedBy
    lead_id: str
    by: str


class CallAssigned(Fact, frozen=True, kw_only=True):
    """Somebody assigned a call for good. Stream: the call; `contact_id`: as it was given."""

    TOPIC: ClassVar[str] = "CallAssigned"
    contact_id: str
    by: str


class ActivityMoved(Fact, frozen=True, kw_only=True):
    """An activity moved because its contact was deleted or restored, or by an undo.

    Stream: the activity. `assigned`: the contact that somebody assigned it to, if any.
    """

    TOPIC: ClassVar[str] = "ActivityMoved"
    contact_id: str | None = None
    linked_by: LinkedBy
    assigned: str | None = None
    caused_by: str | None = None
    by: str


ContactEvent = (
    ContactImported
    | ContactsMerged
    | RecordUpdated
    | RecordWithdrawn
    | ContactAbsorbed
    | ContactEdited
    | ContactDeleted
    | ContactRestored
    | MergeUndone
    | ContactReplayed
    | ContactsSeparated
    | UndoCompleted
    | ImportUndone
    | AttentionSettled
    | LeadCaptured
    | LeadAttached
)
ActivityEvent = CallLinked | MessageLinked | CallAssigned | ActivityMoved
AccountEvent = AccountOpened | MergeSettingsChanged
Event = ContactEvent | ActivityEvent | AccountEvent


class Recorded(NamedTuple):
    """An event with its place in the log.

    `position`: in the account's log, from 1, without gaps; `version`: in its stream, from 1;
    `at`: when it was recorded, never earlier than the event before it.
    """

    position: int
    version: int
    at: datetime
    event: Event
