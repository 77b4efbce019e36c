"""Take a merge back, whatever happened since."""

from application.history.replay import Replay, Told
from application.history.touched import Search
from application.ports import Sandbox, Work, WritableLog
from application.refusals import Conflict, NotFound
from domain.contact import Contact
from domain.undo_rule import Merge, Touched, decide_undone

AT_ONCE = 1_000
"""The most contacts, records, calls and messages that are replayed while other writers wait."""


def undo_merge(
    log: WritableLog, merge_id: str, *, separates: bool = True, by: str, at_most: int | None = None
) -> list[str]:
    """Undo a merge: the account is as if it had never been.

    `separates`: the two contacts are declared separate. Returns the ids of the contacts that live
    again. Raises NotFound; Conflict if already undone; TooMuchAtOnce if the merge touches more than
    `at_most` contacts, records, calls and messages.
    """
    with log.writing() as work:
        merge_in_force(work, merge_id)
        with work.another() as other:
            undo = Undo(merge_id, other, at_most=at_most)
            undo.go_on(work)
            return undo.complete(work, separates=separates, by=by)


class Undo:
    """A merge that is being undone: `other` becomes the account as if it had never been."""

    def __init__(self, merge_id: str, other: Sandbox, *, at_most: int | None = None) -> None:
        self._merge_id = merge_id
        self._other = other
        self._search = Search(at_most)
        self.replay = Replay(other)

    def go_on(self, work: Work, told: Told = lambda _, __: None) -> None:
        """Replay what was recorded up to now. `told`: called with the inputs done and all inputs.

        Raises NotFound, Conflict, TooMuchAtOnce and Outdated (see touched.Search).
        """
        merge = merge_in_force(work, self._merge_id)
        contact_ids = merge.survivor, merge.absorbed
        if self._search.go_on(contact_ids, work.threads, work.next_position - 1):
            history = self._search.history()
            apart = work.kept_apart(sorted(history.contacts))
            self.replay.go_on(history, {*history.undone, self._merge_id}, apart, told)

    def complete(self, work: Work, *, separates: bool = True, by: str) -> list[str]:
        """Change the account to the result of the replay.

        Returns the ids of the contacts that live again.
        """
        merge = merge_in_force(work, self._merge_id)
        before, after = difference(work, self.replay)
        work.append(
            decide_undone(
                merge,
                before,
                after,
                self._other.made,
                new_id=work.new_id,
                separates=separates,
                by=by,
            )
        )
        return [
            contact_id
            for contact_id, state in after.contacts.items()
            if isinstance(state, Contact)
            and not isinstance(before.contacts.get(contact_id), Contact)
        ]


def difference(work: Work, replay: Replay) -> tuple[Touched, Touched]:
    """What everything is that a history touches, and what it would be."""
    history = replay.history
    before = work.touched(sorted(history.contacts), sorted(history.activities))
    after = replay.result()
    if lost := before.contacts.keys() - after.contacts.keys():
        raise LookupError(f"these contacts would be nowhere: {sorted(lost)}")
    return before, after


def merge_in_force(work: Work, merge_id: str) -> Merge:
    """A merge that nobody has undone. Raises NotFound, and Conflict if somebody has."""
    known = work.merge(merge_id)
    if known is None:
        raise NotFound("merge", merge_id)
    merge, undone_at = known
    if undone_at is not None:
        raise Conflict(f"merge `{merge_id}` is already undone")
    return merge
