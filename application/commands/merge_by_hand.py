"""Merge two contacts by hand: an admin says that they are one."""

from application.contact_at import Versions, live_at
from application.ports import AccountLog, Work
from application.refusals import Conflict
from domain.contact import Contact
from domain.merge_by_hand_rule import decide_merged_by_hand


def merge_contacts(
    log: AccountLog, survivor: str, absorbed: str, *, versions: Versions = None, by: str
) -> str:
    """Merge two contacts by hand. Returns the merge's id.

    `versions`: those of the survivor. Raises NotFound, Conflict, Stale.
    """
    with log.writing() as work:
        one, other = live_at(work, survivor, versions), live_at(work, absorbed)
        if one.contact_id == other.contact_id:
            raise Conflict(f"`{survivor}` and `{absorbed}` are already one contact")
        merge_id = work.new_id()
        carry_out_merged(work, (survivor, absorbed), merge_id=merge_id, by=by)
        return merge_id


def carry_out_merged(work: Work, sent_to: tuple[str, str], *, merge_id: str, by: str) -> None:
    """Merge the contact of the second id into that of the first, if both live and differ."""
    one, other = (work.survivor(each) for each in sent_to)
    if one is None or other is None or not one.is_live or one.contact_id == other.contact_id:
        return
    absorbed = work.state(other.contact_id)
    if not isinstance(absorbed, Contact):
        return
    work.append(
        decide_merged_by_hand(
            one.contact_id,
            absorbed,
            merge_id=merge_id,
            sent_to=sent_to,
            settings_version=work.settings_version,
            by=by,
        )
    )
