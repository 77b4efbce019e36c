"""An integration takes one of its records back."""

from application.commands.carry_out import take_out
from application.ports import AccountLog
from application.refusals import NotFound
from domain.records import RecordKind


def withdraw_record(
    log: AccountLog, integration: str, kind: RecordKind, external_id: str, *, by: str
) -> str:
    """Take a record out of its contact; returns the contact's id. Raises NotFound."""
    with log.writing() as work:
        known = work.record_of_source(integration, kind, external_id)
        if known is None:
            raise NotFound("record", f"{integration}/{kind}/{external_id}")
        contact_id, held = known
        take_out(work, contact_id, held, by=by)
        return contact_id
