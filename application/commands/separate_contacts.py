"""Declare two contacts separate, by hand: no rule merges them again."""

from application.contact_at import head_at
from application.ports import AccountLog
from application.refusals import Conflict
from domain.merge_by_hand_rule import decide_separated


def separate_contacts(log: AccountLog, a: str, b: str, *, by: str) -> None:
    """Declare two contacts separate: no rule merges them. Raises NotFound, Conflict."""
    with log.writing() as work:
        one, other = head_at(work, a), head_at(work, b)
        if one.contact_id == other.contact_id:
            raise Conflict(f"`{a}` and `{b}` are one contact; undo their merge to separate them")
        work.append(decide_separated(one.contact_id, a=a, b=b, by=by))
