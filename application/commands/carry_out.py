"""What commands by hand do: now, when they are asked for, and again when a history is replayed.

A recorded command names the id that it was sent to; it is carried out on the contact that this id
leads to, and does nothing where there is none. Those who ask for it now have been told before.
"""

from dataclasses import replace

from application.commands.link_activities import attach_leads, bring_assigned_back, link_anew
from application.ports import Work
from domain.contact import Contact, DeletedContact, union
from domain.edit_rule import decide_deleted, decide_restored
from domain.events import (
    CallAssigned,
    ContactDeleted,
    ContactEdited,
    ContactRestored,
    ContactsMerged,
)
from domain.held_records import HeldRecord
from domain.identifiers import Identifier
from domain.merge_by_hand_rule import decide_merged_by_hand
from domain.merge_rule import decide_withdrawn

ByHandEvent = ContactEdited | ContactDeleted | ContactRestored | CallAssigned


def carry_out(work: Work, event: ByHandEvent) -> bool:
    """Carry a command by hand out; whether it could be."""
    match event:
        case ContactEdited():
            return _edit(work, event)
        case ContactDeleted():
            return _delete(work, event)
        case ContactRestored():
            return _restore(work, event)
        case CallAssigned():
            return _assign(work, event)


def _edit(work: Work, event: ContactEdited) -> bool:
    head = work.survivor(event.sent_to)
    if head is None or not head.is_live:
        return False
    position = work.next_position
    work.append([replace(event, stream=head.contact_id)])
    added = [Identifier("phone", p.canonical) for p in event.phones_added if p.canonical]
    attach_leads(work, head.contact_id, added, by=event.by)
    _if_gone(work, head.contact_id, position, event.by)
    return True


def _delete(work: Work, event: ContactDeleted) -> bool:
    head = work.survivor(event.sent_to)
    if head is None or not head.is_live or head.is_captured:
        return False
    contact = work.state(head.contact_id)
    if not isinstance(contact, Contact):
        return False
    position = work.next_position
    work.append(decide_deleted(contact, sent_to=event.sent_to, by=event.by))
    _if_gone(work, head.contact_id, position, event.by)
    return True


def _if_gone(work: Work, contact_id: str, position: int, by: str) -> None:
    head = work.survivor(contact_id)
    if head is not None and not head.is_live:
        link_anew(work, contact_id, position=position, by=by)


def take_out(work: Work, contact_id: str, held: HeldRecord, *, by: str) -> None:
    """Take a record out of its contact, which may be left without any."""
    position = work.next_position
    work.append(decide_withdrawn(contact_id, held, by=by))
    _if_gone(work, contact_id, position, by)


def _restore(work: Work, event: ContactRestored) -> bool:
    head = work.survivor(event.sent_to)
    contact = work.state(head.contact_id) if head else None
    if not isinstance(contact, DeletedContact):
        return False
    superseded = [
        record_id for record_id, held in contact.records.items() if _was_sent_anew(work, held)
    ]
    events = decide_restored(contact, superseded, sent_to=event.sent_to, by=event.by)
    work.append(events)
    restored = work.state(contact.contact_id)
    if not events or not isinstance(restored, Contact):
        return False
    held_now = [Identifier("phone", each) for each in union(restored, "phone")]
    attach_leads(work, contact.contact_id, held_now, by=event.by)
    bring_assigned_back(work, contact.contact_id, by=event.by)
    return True


def _was_sent_anew(work: Work, held: HeldRecord) -> bool:
    """Whether a live contact has this record, or the same csv row, by now."""
    if held.fingerprint is not None:
        return work.contact_with_csv_row(held.fingerprint) is not None
    if held.integration is None or held.external_id is None:
        return False
    return work.record_of_source(held.integration, held.kind, held.external_id) is not None


def _assign(work: Work, event: CallAssigned) -> bool:
    head = work.survivor(event.contact_id)
    if head is None or not head.is_live or work.activity(event.stream) is None:
        return False
    work.append([event])
    return True


def merge_by_hand(
    work: Work, sent_to: tuple[str, str], *, merge_id: str, by: str
) -> ContactsMerged | None:
    """Merge the contact that the second id leads to into that of the first, if they are two."""
    heads = [work.survivor(each) for each in sent_to]
    survivor, absorbed = (work.state(head.contact_id) if head else None for head in heads)
    if not (isinstance(survivor, Contact) and isinstance(absorbed, Contact)):
        return None
    if survivor.contact_id == absorbed.contact_id:
        return None
    events = decide_merged_by_hand(
        survivor,
        absorbed,
        merge_id=merge_id,
        sent_to=sent_to,
        settings_version=work.settings_version,
        by=by,
    )
    work.append(events)
    merged = events[0]
    return merged if isinstance(merged, ContactsMerged) else None
