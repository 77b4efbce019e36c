"""Assign a call to an existing contact, by hand."""

from application.commands.carry_out import carry_out
from application.ports import AccountLog
from application.refusals import Conflict, NotFound
from domain.activities import (
    Call,
    stream_of,
)
from domain.call_rule import decide_assigned


def assign_call(log: AccountLog, call_id: str, contact_id: str, *, by: str) -> None:
    """Say whose call it is; that wins for good.

    Raises NotFound where there is no such call or contact, Conflict where the contact is deleted.
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
            carry_out(work, event)
