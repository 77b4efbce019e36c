"""Assign a call to an existing contact, by hand. That wins for good."""

from application.contact_at import head_at
from application.ports import AccountLog, Work
from application.refusals import Conflict, NotFound
from domain.activities import Call, stream_of
from domain.call_rule import decide_assigned
from domain.events import CallAssigned


def assign_call(log: AccountLog, call_id: str, contact_id: str, *, by: str) -> None:
    """Assign a call to a contact. Raises NotFound; Conflict if the contact is deleted."""
    with log.writing() as work:
        known = work.activity(stream_of(call_id))
        if known is None or not isinstance(known.activity, Call):
            raise NotFound("call", call_id)
        if not head_at(work, contact_id).is_live:
            raise Conflict(f"contact `{contact_id}` is deleted")
        for event in decide_assigned(known, contact_id, by=by):
            carry_out_assigned(work, event)


def carry_out_assigned(work: Work, event: CallAssigned) -> None:
    """Assign a call to the contact that an id leads to in this account, if both are there."""
    head = work.survivor(event.contact_id)
    if head is not None and head.is_live and work.activity(event.stream) is not None:
        work.append([event])
