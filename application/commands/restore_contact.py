"""Bring a deleted contact back, without the records that were sent again meanwhile."""

from application.commands.link_activities import attach_leads, bring_assigned_back
from application.contact_at import Versions, head_at
from application.ports import AccountLog, Work
from application.refusals import Conflict
from domain.contact import Contact, DeletedContact
from domain.edit_rule import decide_restored
from domain.events import ContactRestored
from domain.held_records import HeldRecord
from domain.identifiers import phone_identifier
from domain.shown import union


def restore_contact(log: AccountLog, contact_id: str, *, versions: Versions = None, by: str) -> str:
    """Bring a deleted contact back. Returns its id. Raises NotFound, Conflict, Stale."""
    with log.writing() as work:
        head = head_at(work, contact_id, versions)
        if head.is_live:
            raise Conflict(f"contact `{contact_id}` is not deleted")
        if work.is_linking(head.contact_id):
            raise Conflict(
                f"the calls of contact `{contact_id}` are still going to others; "
                "try again in a moment"
            )
        event = ContactRestored(stream=head.contact_id, sent_to=contact_id, by=by)
        if not carry_out_restored(work, event):
            raise Conflict(f"contact `{contact_id}` cannot be restored: nothing of it is left")
        return head.contact_id


def carry_out_restored(work: Work, event: ContactRestored) -> bool:
    """Bring back the contact that an id leads to. Returns False if that is not possible."""
    head = work.survivor(event.sent_to)
    contact = work.state(head.contact_id) if head else None
    if not isinstance(contact, DeletedContact):
        return False
    superseded = [
        record_id for record_id, held in contact.records.items() if _came_again(work, held)
    ]
    events = decide_restored(contact, superseded, sent_to=event.sent_to, by=event.by)
    work.append(events)
    restored = work.state(contact.contact_id)
    if not events or not isinstance(restored, Contact):
        return False
    held_now = [phone_identifier(each) for each in union(restored, "phone")]
    attach_leads(work, contact.contact_id, held_now, by=event.by)
    bring_assigned_back(work, contact.contact_id, by=event.by)
    return True


def _came_again(work: Work, held: HeldRecord) -> bool:
    """Whether a live contact now has this record."""
    return held.source_key is not None and work.record_of_source(held.source_key) is not None
