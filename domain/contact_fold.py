"""The fold of a contact: its state from the events of its own stream.

The fold is the definition. Read models serve decisions and pages; `verify` compares the two.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

from domain import events
from domain.contact import AbsorbedContact, Contact, DeletedContact, State, listing_its_number
from domain.events import ContactEvent, Recorded
from domain.hand_edits import NOTHING_BY_HAND, ByHand, HandValue, add_points, joined
from domain.held_records import HeldRecord, Said, evolve_record, hide_points, hold_record
from domain.saying import Saying
from domain.shown import says
from domain.value import replace


def evolve(contact: State | None, recorded: Recorded, saying: Saying | None = None) -> State:
    """The contact after an event of its stream. Raises ValueError if the event cannot follow.

    `saying`: that of the same stream, if all of it is folded; it only saves time.
    """
    event = recorded.event
    if not isinstance(event, ContactEvent):
        raise ValueError(f"{event.TOPIC} is not an event of a contact")  # noqa: TRY004
    match event:
        case events.ContactImported() | events.LeadCaptured():
            if contact is not None:
                raise ValueError(f"{event.TOPIC} begins a stream")
            return _begin(recorded, event)
        case events.ContactReplayed():
            return _replayed(contact, recorded, event)
        case (
            events.MergeUndone()
            | events.ContactsSeparated()
            | events.UndoCompleted()
            | events.ImportUndone()
            | events.AttentionSettled()
        ) if contact is not None:
            return replace(contact, version=recorded.version)
        case events.ContactsMerged(caused_by=str()) if contact is not None:
            return replace(contact, version=recorded.version)
        case events.ContactRestored() if isinstance(contact, DeletedContact):
            return _restored(contact, recorded, event)
        case _ if isinstance(contact, Contact):
            return _evolve_live(contact, recorded, event, saying or Saying())
        case _:
            raise ValueError(f"{event.TOPIC} needs a live contact")


def _begin(recorded: Recorded, event: events.ContactImported | events.LeadCaptured) -> Contact:
    begun = Contact(
        contact_id=event.stream,
        records={},
        created_at=recorded.at,
        updated=recorded.position,
        updated_at=recorded.at,
        version=recorded.version,
    )
    if isinstance(event, events.LeadCaptured):
        return replace(begun, captured=event.number)
    said = _said(recorded, event.record.updated_at)
    record = hold_record(event.stream, event.record, said, event.starts_from)
    return replace(begun, records={event.stream: record})


def _evolve_live(
    contact: Contact, recorded: Recorded, event: ContactEvent, saying: Saying
) -> State:
    match event:
        case events.ContactsMerged():
            merged = _merged(contact, recorded, event)
            if event.record is not None and contact.captured is None:
                saying.follow(contact, merged, event.absorbed)
            return merged
        case events.RecordUpdated():
            held = _record(contact, event.record_id)
            said = _said(recorded, event.record.updated_at)
            records = {**contact.records, event.record_id: evolve_record(held, event.record, said)}
            after = replace(contact, records=records, version=recorded.version)
            says_else = saying.changes(contact, after, event.record_id)
            return _updated(after, recorded) if says_else else after
        case events.RecordWithdrawn():
            _record(contact, event.record_id)
            left = {k: v for k, v in contact.records.items() if k != event.record_id}
            return _changed(contact, recorded, replace(contact, records=left))
        case events.ContactEdited():
            return _changed(contact, recorded, _edited(contact, recorded, event))
        case events.ContactDeleted():
            return _deleted(contact, recorded)
        case events.ContactAbsorbed():
            return _absorbed(recorded, event.survivor, event.merge_id)
        case events.LeadAttached():
            return replace(contact, version=recorded.version)
        case (
            events.ContactImported()
            | events.LeadCaptured()
            | events.ContactRestored()
            | events.ContactReplayed()
            | events.MergeUndone()
            | events.ContactsSeparated()
            | events.UndoCompleted()
            | events.ImportUndone()
            | events.AttentionSettled()
        ):
            raise ValueError(f"{event.TOPIC} cannot follow in the stream of a live contact")
        case _ as never:
            assert_never(never)


def _merged(contact: Contact, recorded: Recorded, event: events.ContactsMerged) -> Contact:
    if event.record is not None:
        said = _said(recorded, event.record.updated_at)
        records = {
            event.absorbed: hold_record(event.absorbed, event.record, said, event.starts_from)
        }
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
        updated=position_of_merge(recorded, event),
        updated_at=recorded.at,
        version=recorded.version,
    )


def position_of_merge(recorded: Recorded, event: events.ContactsMerged) -> int:
    """The position from which a merge counts as an update.

    One by a first identifier counts from its message, which is the event before it. In a replay the
    message may cause a merge that it did not cause in the log, where that position is another's.
    """
    return recorded.position - (event.brings is not None)


def edited(before: ByHand, recorded: Recorded, event: events.ContactEdited) -> ByHand:
    """What a contact says by hand after an edit."""
    position, at = recorded.position, recorded.at
    removed = {*event.phones_removed, *event.emails_removed}
    every_added = (*event.phones_added, *event.emails_added)
    added_labels = {point.key: point.label for point in every_added if point.label is not None}
    set_now: dict[str, str | None] = {**event.set, **dict.fromkeys(event.cleared)}
    after = ByHand(
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
    return NOTHING_BY_HAND if after == NOTHING_BY_HAND else after


def _edited(contact: Contact, recorded: Recorded, event: events.ContactEdited) -> Contact:
    by_hand = edited(listing_its_number(contact), recorded, event)
    records = {
        record_id: hide_points(held, phones=event.phones_removed, emails=event.emails_removed)
        for record_id, held in contact.records.items()
    }
    return replace(contact, records=records, by_hand=by_hand, captured=None)


def _changed(before: Contact, recorded: Recorded, after: Contact) -> State:
    """The contact after a change: "updated" only if its values are different."""
    after = replace(after, version=recorded.version)
    if not (after.records or after.by_hand.says_something):
        return _deleted(after, recorded)
    return _updated(after, recorded) if says(before) != says(after) else after


def _updated(contact: Contact, recorded: Recorded) -> Contact:
    return replace(contact, updated=recorded.position, updated_at=recorded.at)


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


def _absorbed(recorded: Recorded, survivor: str, merge_id: str | None) -> AbsorbedContact:
    return AbsorbedContact(
        contact_id=recorded.event.stream,
        survivor=survivor,
        merge_id=merge_id,
        version=recorded.version,
    )


def _restored(
    contact: DeletedContact, recorded: Recorded, event: events.ContactRestored
) -> Contact:
    return Contact(
        contact_id=contact.contact_id,
        records={k: v for k, v in contact.records.items() if k not in event.superseded},
        by_hand=contact.by_hand,
        created_at=contact.created_at,
        updated=recorded.position,
        updated_at=recorded.at,
        version=recorded.version,
    )


def _replayed(contact: State | None, recorded: Recorded, event: events.ContactReplayed) -> State:
    if event.status == "absorbed":
        if event.survivor is None:
            raise ValueError(f"{event.TOPIC} names no survivor")
        return _absorbed(recorded, event.survivor, event.merge_id)
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


def fold(stream: Iterable[Recorded]) -> State | None:
    """The state of a contact from its own events; None if it has none (absorbed when it came)."""
    state: State | None = None
    saying = Saying()
    for recorded in stream:
        state = evolve(state, recorded, saying)
    return state
