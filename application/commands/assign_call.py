"""Assign a call to an existing contact, by hand. That wins for good."""

from application.ports import AccountLog, Work
from application.refusals import Conflict, NotFound
from domain.activities import Call, stream_of
from domain.call_rule import decide_assigned
from domain.events import CallAssigned


def assign_call(log: AccountLog, call_id: str, contact_id: str, *, by: str) -> None:
    """Assign a call to a contact.

    Raises NotFound if the call or the contact does not exist, Conflict if the contact is deleted.
    """
    with log.writing() as work:
        known = work.activity(stream_of(call_id))
        if known is None or not isinstance(known.activity, Call):
            raise NotFound("call", call_id)
        head = work.survivor(contact_id)
        if head is None:
            raise NotFound("contact", contact_id)
        if not head.is_live:
            raise Conflict(f"contact `{contact_id}` is deleted")
        for event in decide_assigned(known, contact_id, by=by):
            carry_out_assigned(work, event)


def carry_out_assigned(work: Work, event: CallAssigned) -> bool:
    """Assign a call to the contact that an id leads to in this account.

    Returns False if that is not possible.
    """
    head = work.survivor(event.contact_id)
    if head is None or not head.is_live or work.activity(event.stream) is None:
        return False
    work.append([event])
    return True
