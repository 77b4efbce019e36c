"""Take a merge back, whatever happened since."""

from application.history.replay import Replay, new_merge
from application.history.touched import History, touched
from application.ports import AccountLog, Work
from application.refusals import Conflict, NotFound
from domain.call_rule import LinkedActivity
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
        before = _as_it_is(work, history)
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


def _as_it_is(work: Work, history: History) -> Touched:
    contacts = {each: state for each in history.contacts if (state := work.state(each))}
    return Touched(
        contacts=contacts,
        merges={each: merge for each in contacts if (merge := work.merged(each))},
        activities=_activities(work, history),
    )


def _as_it_would_be(work: Work, history: History, merge_id: str) -> Touched:
    apart = {each: ids for each in history.contacts if (ids := work.kept_apart(each))}
    with work.another() as other:
        Replay(other, history, history.undone | {merge_id}, apart).run()
        contacts = other.contacts
        return Touched(
            contacts=dict(sorted(contacts.items())),
            merges={
                each: merge if merge.merge_id != new_merge(each) else merge._replace(merge_id="")
                for each in contacts
                if (merge := other.merged(each))
            },
            activities=_activities(other, history),
        )


def _activities(work: Work, history: History) -> dict[str, LinkedActivity]:
    return {
        each: activity for each in sorted(history.activities) if (activity := work.activity(each))
    }
