"""A contact: one or more records merged, and what it says.

The fold of a contact's own stream is the definition of its state. Read models answer decisions
and pages; `verify` holds the two equal. Order of this file: states, what a contact says, evolve.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from typing import NamedTuple, assert_never

from domain.events import (
    ContactAbsorbed,
    ContactDeleted,
    ContactEdited,
    ContactEvent,
    ContactImported,
    ContactReplayed,
    ContactRestored,
    ContactsMerged,
    ContactsSeparated,
    LeadAttached,
    LeadCaptured,
    MergeUndone,
    Recorded,
    RecordUpdated,
    RecordWithdrawn,
)
from domain.hand_edits import NOTHING_BY_HAND, ByHand, HandPoint, HandValue, add_points, joined
from domain.held_records import HeldList, HeldRecord, Said, evolve_record, hide_points, hold_record
from domain.identifiers import ContactPoint, IdentifierKind
from domain.records import RecordKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A live contact.

    `updated`: the position of the last change to what the contact says, or merge into it: what
    "most recently updated" compares. `captured`: the number of a captured lead, which has no
    record and nothing written by hand.
    """

    contact_id: str
    records: Mapping[str, HeldRecord]
    by_hand: ByHand = NOTHING_BY_HAND
    captured: ContactPoint | None = None
    created_at: datetime
    updated: int
    updated_at: datetime
    version: int

    @property
    def kind(self) -> RecordKind:
        """`lead` only while it has none but lead records, or is a captured number."""
        if not self.records:
            return "lead" if self.captured else "contact"
        return "contact" if any(r.kind == "contact" for r in self.records.values()) else "lead"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedContact:
    """A contact that somebody deleted, or that was left without records and edits.

    It holds no identifier any more; what it has can be brought back.
    """

    contact_id: str
    records: Mapping[str, HeldRecord]
    by_hand: ByHand = NOTHING_BY_HAND
    created_at: datetime
    updated: int
    updated_at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsorbedContact:
    """A contact that was merged into another. Its id goes on answering, with the survivor.

    `merge_id` is None for a captured lead, and for an id that is not needed any more.
    """

    contact_id: str
    survivor: str
    merge_id: str | None
    version: int


State = Contact | DeletedContact | AbsorbedContact


class ShownPoint(NamedTuple):
    """A phone or an email of a contact: `written` as first seen, `records` in the order seen.

    `by_hand`: somebody added it. `label`: the one given by hand, else the first that came with it.
    """

    value: str
    written: str
    matchable: bool
    records: tuple[str, ...]
    by_hand: bool = False
    label: str | None = None


class ShownAttribute(NamedTuple):
    """An attribute of a contact: its newest value, the record it came from, and since when.

    `record_id` is None where somebody set it by hand.
    """

    value: str
    record_id: str | None
    since: datetime
    position: int


def listed(record: HeldRecord, kind: IdentifierKind) -> HeldList | None:
    """A record's phones, or its emails."""
    return record.phones if kind == "phone" else record.emails


def added(by_hand: ByHand, kind: IdentifierKind) -> tuple[HandPoint, ...]:
    """The phones, or the emails, that somebody added."""
    return by_hand.phones if kind == "phone" else by_hand.emails


def union(contact: Contact, kind: IdentifierKind) -> dict[str, ShownPoint]:
    """The union of a contact's phones or emails, in the order first seen, no repeats.

    Rules: "What a merged contact says".
    """
    sources: list[tuple[tuple[int, int, int], ContactPoint, str | None]] = [
        ((record.said[held.since].position, 1, place), held.point, record.record_id)
        for record in contact.records.values()
        if (known := listed(record, kind)) is not None
        for place, held in enumerate(known.points)
        if not held.hidden
    ]
    by_hand = added(contact.by_hand, kind)
    # In a replay a lead that it captures follows its call by one, where the next input may stand.
    sources += [((each.position, 0, place), each.point, None) for place, each in enumerate(by_hand)]
    shown: dict[str, ShownPoint] = {}
    if contact.captured is not None and kind == "phone":
        shown[contact.captured.key] = _shown_point(contact.captured)
    for _, point, record_id in sorted(sources, key=lambda each: each[0]):
        known_point = shown.get(point.key) or _shown_point(point)
        if point.label and known_point.label is None:
            known_point = known_point._replace(label=point.label)
        shown[point.key] = (
            known_point._replace(by_hand=True)
            if record_id is None
            else known_point._replace(records=(*known_point.records, record_id))
        )
    for key in contact.by_hand.labels.keys() & shown.keys():
        shown[key] = shown[key]._replace(label=contact.by_hand.labels[key].value)
    return shown


def _shown_point(point: ContactPoint) -> ShownPoint:
    matchable = point.canonical is not None
    return ShownPoint(point.key, point.written, matchable, (), label=point.label or None)


def newest(contact: Contact) -> dict[str, ShownAttribute]:
    """The newest value of every attribute, by the record's `updated_at`, then by arrival.

    What was set by hand is the newest until it yields.
    """
    shown = set_by_hand(contact.by_hand)
    for record in contact.records.values():
        for name in record.fields:
            candidate = shown_attribute(record, name)
            if yields_to(contact.by_hand.fields.get(name), record, candidate, name):
                shown[name] = newer(shown.get(name), candidate)
    return shown


def set_by_hand(by_hand: ByHand) -> dict[str, ShownAttribute]:
    """The attributes that somebody set, as they would show."""
    return {
        name: ShownAttribute(each.value, None, each.at, each.position)
        for name, each in by_hand.fields.items()
        if each.value is not None
    }


def newer(known: ShownAttribute | None, candidate: ShownAttribute) -> ShownAttribute:
    """The newer of two values of an attribute, by time and then by position."""
    if known is None:
        return candidate
    order = candidate.since, candidate.position
    return candidate if order > (known.since, known.position) else known


def shown_attribute(record: HeldRecord, name: str) -> ShownAttribute:
    """A record's value of an attribute as it would show, with its time."""
    held = record.fields[name]
    since, position = record.said[held.said].order
    return ShownAttribute(held.value, record.record_id, since, position)


def yields_to(
    edited: HandValue | None, record: HeldRecord, candidate: ShownAttribute, name: str
) -> bool:
    """Whether what was set by hand, if anything, yields to a record's value.

    To none but a newer one of a record first seen since, or that changed it since.
    """
    if edited is None:
        return True
    changed = record.said[record.fields[name].changed].position
    return changed > edited.position and candidate.since >= edited.at


def _says(contact: Contact) -> tuple[object, ...]:
    """What counts for "most recently updated": values alone, not where they come from."""
    return (
        set(union(contact, "phone")),
        set(union(contact, "email")),
        {name: shown.value for name, shown in newest(contact).items()},
    )


def evolve(contact: State | None, recorded: Recorded) -> State:
    """The contact after an event of its stream. Raises ValueError where the event cannot follow."""
    event = _contact_event(recorded)
    match event:
        case ContactImported() | LeadCaptured():
            if contact is not None:
                raise ValueError(f"{event.TOPIC} begins a stream")
            return _begin(recorded, event)
        case ContactReplayed():
            return _replayed(contact, recorded, event)
        case MergeUndone() | ContactsSeparated() if contact is not None:
            return replace(contact, version=recorded.version)
        case ContactsMerged(caused_by=str()) if contact is not None:
            return replace(contact, version=recorded.version)
        case ContactRestored() if isinstance(contact, DeletedContact):
            return _restored(contact, recorded, event)
        case _ if isinstance(contact, Contact):
            return _evolve_live(contact, recorded, event)
        case _:
            raise ValueError(f"{event.TOPIC} needs a live contact")


def _begin(recorded: Recorded, event: ContactImported | LeadCaptured) -> Contact:
    begun = Contact(
        contact_id=event.stream,
        records={},
        created_at=recorded.at,
        updated=recorded.position,
        updated_at=recorded.at,
        version=recorded.version,
    )
    if isinstance(event, LeadCaptured):
        return replace(begun, captured=event.number)
    record = hold_record(event.stream, event.record, _said(recorded, event.record.updated_at))
    return replace(begun, records={event.stream: record})


def _evolve_live(contact: Contact, recorded: Recorded, event: ContactEvent) -> State:
    match event:
        case ContactsMerged():
            return _merged(contact, recorded, event)
        case RecordUpdated():
            held = _record(contact, event.record_id)
            said = _said(recorded, event.record.updated_at)
            record = evolve_record(held, event.record, said)
            after = replace(contact, records={**contact.records, event.record_id: record})
            return _changed(contact, recorded, after)
        case RecordWithdrawn():
            _record(contact, event.record_id)
            left = {k: v for k, v in contact.records.items() if k != event.record_id}
            return _changed(contact, recorded, replace(contact, records=left))
        case ContactEdited():
            return _changed(contact, recorded, _edited(contact, recorded, event))
        case ContactDeleted():
            return _deleted(replace(contact, version=recorded.version), recorded)
        case ContactAbsorbed():
            return AbsorbedContact(
                contact_id=contact.contact_id,
                survivor=event.survivor,
                merge_id=event.merge_id,
                version=recorded.version,
            )
        case LeadAttached():
            return replace(contact, version=recorded.version)
        case (
            ContactImported()
            | LeadCaptured()
            | ContactRestored()
            | ContactReplayed()
            | MergeUndone()
            | ContactsSeparated()
        ):
            raise ValueError(f"{event.TOPIC} cannot follow in the stream of a live contact")
        case _ as never:
            assert_never(never)


def _merged(contact: Contact, recorded: Recorded, event: ContactsMerged) -> Contact:
    if event.record is not None:
        said = _said(recorded, event.record.updated_at)
        records = {event.absorbed: hold_record(event.absorbed, event.record, said)}
        by_hand = contact.by_hand
    elif event.brought is not None:
        records = {record.record_id: record for record in event.brought.records}
        by_hand = joined(listing_its_number(contact), event.brought.by_hand)
    else:
        raise ValueError(f"{event.TOPIC} brings nothing")
    return replace(
        contact,
        records={**contact.records, **records},
        by_hand=by_hand,
        captured=None,
        updated=recorded.position,
        updated_at=recorded.at,
        version=recorded.version,
    )


def listing_its_number(contact: Contact) -> ByHand:
    """What is written into a contact by hand, once it is no captured number any more.

    Rules: "A captured lead that somebody edits or merges by hand has become a contact that lists
    its number."
    """
    if contact.captured is None:
        return contact.by_hand
    point = HandPoint(contact.captured, contact.updated, contact.created_at)
    return replace(contact.by_hand, phones=(point, *contact.by_hand.phones))


def _edited(contact: Contact, recorded: Recorded, event: ContactEdited) -> Contact:
    before, position, at = listing_its_number(contact), recorded.position, recorded.at
    removed = {*event.phones_removed, *event.emails_removed}
    every_added = (*event.phones_added, *event.emails_added)
    added_labels = {point.key: point.label for point in every_added if point.label is not None}
    set_now: dict[str, str | None] = {**event.set, **dict.fromkeys(event.cleared)}
    by_hand = ByHand(
        fields={
            **before.fields,
            **{name: HandValue(value, position, at) for name, value in set_now.items()},
        },
        phones=add_points(before.phones, event.phones_added, event.phones_removed, position, at),
        emails=add_points(before.emails, event.emails_added, event.emails_removed, position, at),
        labels={
            **{key: label for key, label in before.labels.items() if key not in removed},
            **{
                key: HandValue(label or None, position, at)
                for key, label in {**added_labels, **event.labelled}.items()
            },
        },
    )
    records = {
        record_id: hide_points(held, phones=event.phones_removed, emails=event.emails_removed)
        for record_id, held in contact.records.items()
    }
    return replace(contact, records=records, by_hand=by_hand, captured=None)


def _changed(before: Contact, recorded: Recorded, after: Contact) -> State:
    """The contact as it is now: updated only if it says something else."""
    after = replace(after, version=recorded.version)
    if not (after.records or after.by_hand.says_something):
        return _deleted(after, recorded)
    if _says(before) == _says(after):
        return after
    return replace(after, updated=recorded.position, updated_at=recorded.at)


def _deleted(contact: Contact, recorded: Recorded) -> DeletedContact:
    return DeletedContact(
        contact_id=contact.contact_id,
        records=contact.records,
        by_hand=contact.by_hand,
        created_at=contact.created_at,
        updated=recorded.position,
        updated_at=recorded.at,
        version=recorded.version,
    )


def _restored(contact: DeletedContact, recorded: Recorded, event: ContactRestored) -> Contact:
    return Contact(
        contact_id=contact.contact_id,
        records={k: v for k, v in contact.records.items() if k not in event.superseded},
        by_hand=contact.by_hand,
        created_at=contact.created_at,
        updated=recorded.position,
        updated_at=recorded.at,
        version=recorded.version,
    )


def _replayed(contact: State | None, recorded: Recorded, event: ContactReplayed) -> State:
    if event.status == "absorbed":
        if event.survivor is None:
            raise ValueError(f"{event.TOPIC} names no survivor")
        return AbsorbedContact(
            contact_id=event.stream,
            survivor=event.survivor,
            merge_id=event.merge_id,
            version=recorded.version,
        )
    if event.created_at is None or event.updated_at is None:
        raise ValueError(f"{event.TOPIC} names no times")
    had = contact.records if isinstance(contact, Contact | DeletedContact) else {}
    records = {k: v for k, v in had.items() if k not in event.records_left}
    replayed = Contact(
        contact_id=event.stream,
        records={**records, **{record.record_id: record for record in event.records}},
        by_hand=event.by_hand,
        captured=event.captured,
        created_at=event.created_at,
        updated=event.updated,
        updated_at=event.updated_at,
        version=recorded.version,
    )
    if event.status == "live":
        return replayed
    return replace(_deleted(replayed, recorded), updated=event.updated, updated_at=event.updated_at)


def _record(contact: Contact, record_id: str) -> HeldRecord:
    held = contact.records.get(record_id)
    if held is None:
        raise ValueError(f"{record_id} is not a record of {contact.contact_id}")
    return held


def _said(recorded: Recorded, updated_at: datetime | None) -> Said:
    return Said(recorded.position, recorded.at, updated_at)


def _contact_event(recorded: Recorded) -> ContactEvent:
    if not isinstance(recorded.event, ContactEvent):
        raise ValueError(f"{recorded.event.TOPIC} is not an event of a contact")  # noqa: TRY004
    return recorded.event


def fold(stream: Iterable[Recorded]) -> State | None:
    """The state of a contact from its own events; None if it has none (absorbed as it came)."""
    return reduce(evolve, stream, None)
