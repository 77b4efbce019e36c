"""Take a merge back, whatever happened since."""

from dataclasses import replace

from application.history.replay import Replay, new_merge
from application.history.touched import History, touched
from application.ports import AccountLog, Work
from application.refusals import Conflict, NotFound
from domain.contact import Contact
from domain.undo_rule import Touched, decide_undone


def undo_merge(log: AccountLog, merge_id: str, *, separates: bool = True, by: str) -> list[str]:
    """Undo a merge: the account is as if it had never been.

    `separates`: the two contacts are declared separate. Returns the ids of the contacts that live
    again. Raises NotFound; Conflict if already undone.
    """
    with log.writing() as work:
        known = work.merge(merge_id)
        if known is None:
            raise NotFound("merge", merge_id)
        merge, undone_at = known
        if undone_at is not None:
            raise Conflict(f"merge `{merge_id}` is already undone")
        history = touched(work.threads, [merge.survivor, merge.absorbed])
        before = work.touched(sorted(history.contacts), sorted(history.activities))
        after = _as_it_would_be(work, history, merge_id)
        lost = before.contacts.keys() - after.contacts.keys()
        if lost:
            raise LookupError(f"without merge {merge_id} these would be nowhere: {sorted(lost)}")
        events = decide_undone(merge, before, after, new_id=work.new_id, separates=separates, by=by)
        work.append(events)
        return [
            contact_id
            for contact_id, state in after.contacts.items()
            if isinstance(state, Contact)
            and not isinstance(before.contacts.get(contact_id), Contact)
        ]


def _as_it_would_be(work: Work, history: History, merge_id: str) -> Touched:
    apart = work.kept_apart(sorted(history.contacts))
    with work.another() as other:
        Replay(other, history, history.undone | {merge_id}, apart).run()
        after = other.touched(other.contacts, sorted(history.activities))
    new = {
        absorbed: merge._replace(merge_id="")
        for absorbed, merge in after.merges.items()
        if merge.merge_id == new_merge(absorbed)
    }
    return replace(after, merges={**after.merges, **new})
