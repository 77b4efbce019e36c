"""What the undo of a merge would do, before anybody asks for it. Nothing is written."""

from collections.abc import Sequence
from typing import NamedTuple

from application.history.undo_merge import Undo, difference, merge_in_force
from application.ports import WritableLog
from domain.contact import Contact
from domain.shown import union, values, whole


class Restored(NamedTuple):
    """A contact that would live again, and how many records, phones and emails it would have."""

    name: str | None
    records: int
    phones: int
    emails: int


class UndoPreview(NamedTuple):
    """What an undo would do.

    `activities`: how many calls and messages would go to another contact; `also_undone`, `made`:
    how many other merges would go or come with it.
    """

    restored: Sequence[Restored]
    activities: int
    also_undone: int
    made: int


def preview_undo(log: WritableLog, merge_id: str, *, at_most: int) -> UndoPreview:
    """Say what the undo of a merge would do. Raises NotFound, Conflict; TooMuchAtOnce."""
    with log.writing() as work, work.another() as other:
        merge_in_force(work, merge_id)
        undo = Undo(merge_id, other, at_most=at_most)
        undo.go_on(work)
        before, after = difference(work, undo.replay)
    lives = {each for each, state in before.contacts.items() if isinstance(state, Contact)}
    merges = {each.merge_id for each in before.merges.values()}
    stay = {each.merge_id for each in after.merges.values()}
    return UndoPreview(
        restored=[
            _restored(state)
            for each, state in after.contacts.items()
            if isinstance(state, Contact) and each not in lives
        ],
        activities=sum(
            before.activities[each].contact_id != linked.contact_id
            for each, linked in after.activities.items()
            if each in before.activities
        ),
        also_undone=len(merges - stay - {merge_id}),
        made=sum(each.merge_id not in merges for each in after.merges.values()),
    )


def _restored(contact: Contact) -> Restored:
    return Restored(
        values(whole(contact)).get("name"),
        len(contact.records),
        len(union(contact, "phone")),
        len(union(contact, "email")),
    )
