"""What a merge touches, transitively: the part of an account's history that an undo replays.

Contacts hang together by what they ever held (rows of the match index that nobody holds any more
stay for this), by the merges and moves that their streams tell of, by the ids that sources know
their records by, and by calls and messages from or to the same numbers.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from application.ports import History
from domain.activities import called
from domain.events import (
    ActivityMoved,
    CallAssigned,
    CallLinked,
    ContactAbsorbed,
    ContactDeleted,
    ContactEdited,
    ContactEvent,
    ContactImported,
    ContactReplayed,
    ContactRestored,
    ContactsMerged,
    LeadAttached,
    LeadCaptured,
    MergeUndone,
    MessageLinked,
    Recorded,
    RecordUpdated,
    RecordWithdrawn,
)
from domain.hand_edits import ByHand
from domain.held_records import HeldRecord
from domain.identifiers import ContactPoint, Identifier
from domain.records import Record
from infrastructure.read_models.working_set import WorkingSet

EventsOf = Callable[[Sequence[str]], list[Recorded]]
"""The recorded events of some streams."""

EventAt = Callable[[int], Recorded]
"""The event at a position of the log."""

SourceKey = tuple[str, str, str]


def touched(rows: WorkingSet, events_of: EventsOf, contact_ids: Iterable[str]) -> History:
    """The history of all that hangs together with some contacts."""
    search = _Search(rows, events_of)
    search.follow(contact_ids)
    return search.history()


class _Search:
    def __init__(self, rows: WorkingSet, events_of: EventsOf) -> None:
        self._rows = rows
        self._events_of = events_of
        self._contacts: set[str] = set()
        self._activities: set[str] = set()
        self._numbers: set[str] = set()
        self._identifiers: set[Identifier] = set()
        self._keys: set[SourceKey] = set()
        self._to_do: list[str] = []
        self._events: list[Recorded] = []

    def follow(self, contact_ids: Iterable[str]) -> None:
        """Follow every thread from these contacts, to the end."""
        self._contact(contact_ids)
        while self._to_do:
            streams, self._to_do = self._to_do, []
            events = self._events_of(streams)
            self._events += events
            for contact_id in streams:
                self._leads(contact_id)
            for recorded in events:
                self._read(recorded)

    def history(self) -> History:
        """What was found, in the order of the log."""
        self._events.sort(key=lambda recorded: recorded.position)
        events = [recorded.event for recorded in self._events]
        merges = [event for event in events if isinstance(event, ContactsMerged)]
        brought = {e.lead_id: e.stream for e in events if isinstance(e, CallLinked | MessageLinked)}
        return History(
            inputs=[recorded for recorded in self._events if _is_input(recorded)],
            contacts=frozenset(self._contacts),
            activities=frozenset(self._activities),
            leads={
                contact_id: brought[lead_id]
                for contact_id in self._contacts
                # Of a lead that was captured anew the id begins with the one that the call brought.
                if (lead_id := contact_id.partition(".")[0]) in brought
            },
            merge_ids={
                event.absorbed: event.merge_id
                for event in merges
                if event.decision.rule != "manual"
            },
            undone=frozenset(
                event.merge_id
                for event in events
                if isinstance(event, MergeUndone) and event.caused_by is None
            ),
        )

    def _contact(self, contact_ids: Iterable[str | None]) -> None:
        for contact_id in contact_ids:
            if contact_id is None or contact_id in self._contacts:
                continue
            if self._rows.contacts.get((contact_id,)) is not None:
                self._contacts.add(contact_id)
                self._to_do.append(contact_id)

    def _leads(self, contact_id: str) -> None:
        """Whom an id leads to, or once did, and who had its activities."""
        row = self._rows.contacts.get((contact_id,))
        if row is not None:
            self._contact([row.survivor])
        merges = self._rows.merges.where("absorbed = ?", contact_id)
        self._contact(merge.survivor for merge in merges)
        for past in self._rows.past_links.under((contact_id,)):
            self._activity(past.activity_id)
        for activity in self._rows.activities.where("linked_to = ?", contact_id):
            self._activity(activity.activity_id)

    def _activity(self, activity_id: str) -> None:
        if activity_id not in self._activities:
            self._activities.add(activity_id)
            self._to_do.append(activity_id)

    def _read(self, recorded: Recorded) -> None:
        event = recorded.event
        if isinstance(event, ContactEvent):
            self._contact(_named(event))
            for record in _said(event):
                self._say(record)
            for kind, point in _added(event):
                self._hold(point, kind)
        elif isinstance(event, CallLinked | MessageLinked):
            self._contact([event.contact_id, event.lead_id])
            number = called(event.call if isinstance(event, CallLinked) else event.message)
            if number is not None:
                self._number(number.value)
        elif isinstance(event, CallAssigned | ActivityMoved):
            self._contact([event.contact_id])

    def _say(self, record: Record | HeldRecord) -> None:
        for kind, point in _points(record):
            self._hold(point, kind)
        if record.integration is not None and record.external_id is not None:
            key = (record.integration, record.kind, record.external_id)
            if key not in self._keys:
                self._keys.add(key)
                self._contact(row.record_id for row in self._rows.record_keys.under(key))

    def _hold(self, point: ContactPoint, kind: str) -> None:
        if point.canonical is None:
            return
        if kind == "phone":
            self._number(point.canonical)
        else:
            self._identifier(Identifier("email", point.canonical))

    def _number(self, number: str) -> None:
        """A number touches those with an extension, and the other way round."""
        plain = number.partition(";")[0]
        if plain in self._numbers:
            return
        self._numbers.add(plain)
        rows = self._rows.identifiers.where(
            "kind = 'phone' AND value >= ? AND value < ?", plain, f"{plain};f"
        )
        self._contact(row.contact_id for row in rows if row.value.partition(";")[0] == plain)
        for activity in self._rows.activities.where(
            "number >= ? AND number < ?", plain, f"{plain};f"
        ):
            if activity.number and activity.number.partition(";")[0] == plain:
                self._activity(activity.activity_id)

    def _identifier(self, identifier: Identifier) -> None:
        if identifier not in self._identifiers:
            self._identifiers.add(identifier)
            self._contact(row.contact_id for row in self._rows.identifiers.under(identifier))


def _is_input(recorded: Recorded) -> bool:
    """Whether somebody or some source did it, rather than that it follows from what they did."""
    event = recorded.event
    if isinstance(event, ContactsMerged):
        return event.caused_by is None
    return isinstance(
        event,
        ContactImported
        | RecordUpdated
        | RecordWithdrawn
        | ContactEdited
        | ContactDeleted
        | ContactRestored
        | CallLinked
        | MessageLinked
        | CallAssigned,
    )


def _named(event: ContactEvent) -> Iterator[str | None]:
    """The contacts that an event names beside its own."""
    match event:
        case ContactsMerged():
            yield event.absorbed
            yield from event.sent_to or ()
        case RecordUpdated():
            yield event.brings
            yield event.record_id
        case RecordWithdrawn():
            yield event.record_id
        case ContactAbsorbed():
            yield event.survivor
        case ContactReplayed():
            yield event.survivor
            yield from event.records_left
            yield from (record.record_id for record in event.records)
        case ContactEdited() | ContactDeleted() | ContactRestored():
            yield event.sent_to
        case LeadAttached():
            yield event.lead
        case MergeUndone():
            yield event.absorbed
        case _:
            return


def _said(event: ContactEvent) -> Iterator[Record | HeldRecord]:
    match event:
        case ContactImported() | RecordUpdated():
            yield event.record
        case ContactsMerged(record=Record() as record):
            yield record
        case ContactsMerged(brought=brought) if brought is not None:
            yield from brought.records
        case ContactReplayed():
            yield from event.records
        case _:
            return


def _points(record: Record | HeldRecord) -> Iterator[tuple[str, ContactPoint]]:
    if isinstance(record, Record):
        yield from (("phone", point) for point in record.phones or ())
        yield from (("email", point) for point in record.emails or ())
        return
    yield from (("phone", held.point) for held in (record.phones.points if record.phones else ()))
    yield from (("email", held.point) for held in (record.emails.points if record.emails else ()))


def _added(event: ContactEvent) -> Iterator[tuple[str, ContactPoint]]:
    """What was added by hand, or captured."""
    match event:
        case ContactEdited():
            yield from (("phone", point) for point in event.phones_added)
            yield from (("email", point) for point in event.emails_added)
        case LeadCaptured():
            yield "phone", event.number
        case ContactReplayed():
            yield from _by_hand(event.by_hand)
            if event.captured is not None:
                yield "phone", event.captured
        case ContactsMerged(brought=brought) if brought is not None:
            yield from _by_hand(brought.by_hand)
        case _:
            return


def _by_hand(by_hand: ByHand) -> Iterator[tuple[str, ContactPoint]]:
    yield from (("phone", each.point) for each in by_hand.phones)
    yield from (("email", each.point) for each in by_hand.emails)
