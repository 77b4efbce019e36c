"""Delete a contact by hand: its records and identifiers go, its activities are linked again."""

from application.commands.link_activities import link_anew_if_gone
from application.contact_at import Versions, live_at
from application.ports import AccountLog, Work
from application.refusals import Conflict
from domain.edit_rule import decide_deleted
from domain.events import ContactDeleted
from domain.value import replace


def delete_contact(log: AccountLog, contact_id: str, *, versions: Versions = None, by: str) -> None:
    """Delete a contact with its records and identifiers. Raises NotFound, Conflict, Stale."""
    with log.writing() as work:
        contact = live_at(work, contact_id, versions)
        if contact.is_captured:
            raise Conflict(
                f"contact `{contact_id}` is a captured lead; "
                "it disappears once a contact has its number"
            )
        for event in decide_deleted(contact.contact_id, sent_to=contact_id, by=by):
            carry_out_deleted(work, event)


def carry_out_deleted(work: Work, event: ContactDeleted) -> None:
    """Delete the contact that an id leads to, if it is live and not a captured lead."""
    head = work.survivor(event.sent_to)
    if head is None or not head.is_live or head.is_captured:
        return
    position = work.next_position
    work.append([replace(event, stream=head.contact_id)])
    link_anew_if_gone(work, head.contact_id, position=position, by=event.by)
