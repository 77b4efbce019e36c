"""Settle what somebody should look at: it is right, or nothing is to be done about it."""

from application.ports import AccountLog, Work
from application.refusals import NotFound
from domain.attention_rule import Settleable, decide_settled
from domain.emails import canonical_email
from domain.phones import canonical_phone


def settle_attention(log: AccountLog, item: str, *, by: str) -> str:
    """Settle a merge or a job by its id, or a phone or an email, in any spelling, that joins many.

    What is settled already stays so, and nothing is recorded. Returns the item's id. Raises
    NotFound.
    """
    with log.writing() as work:
        found = work.to_settle(item) or _identifier_to_settle(work, item)
        if found is not None:
            work.append(decide_settled(found, by=by))
            return found.item
        if not work.settle_job(item, by):
            raise NotFound("merge, phone, email or job to look at", item[:60])
        return item


def _identifier_to_settle(work: Work, written: str) -> Settleable | None:
    if "@" in written:
        canonical = canonical_email(written)
    else:
        canonical = canonical_phone(written, work.settings.default_region)
    return None if canonical is None else work.to_settle(canonical)
