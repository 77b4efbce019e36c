"""An integration takes one of its records back."""

from application.commands.link_activities import link_anew_if_gone
from application.ports import AccountLog, Work
from application.refusals import NotFound
from domain.held_records import HeldRecord
from domain.merge_rule import decide_withdrawn
from domain.records import RecordKind


def withdraw_record(
    log: AccountLog, integration: str, kind: RecordKind, external_id: str, *, by: str
) -> str:
    """Take a record out of its contact. Returns the contact's id. Raises NotFound."""
    with log.writing() as work:
        known = work.record_of_source((integration, kind, external_id))
        if known is None:
            raise NotFound("record", f"{integration}/{kind}/{external_id}")
        contact_id, held = known
        carry_out_withdrawn(work, contact_id, held, by=by)
        return contact_id


def carry_out_withdrawn(work: Work, contact_id: str, held: HeldRecord, *, by: str) -> None:
    """Take a record out of its contact, which may have no record left then."""
    position = work.next_position
    work.append(decide_withdrawn(contact_id, held, by=by))
    link_anew_if_gone(work, contact_id, position=position, by=by)
