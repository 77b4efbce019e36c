"""Taking a merge or an import back: the account as if it had never been.

The history is replayed without it (application/history/replay.py), through the same decisions. This
module decides which events then turn the present state into that of the replay. Order of this file:
the part of an account that it touches; then the decisions.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from domain.call_rule import LinkedActivity
from domain.contact import AbsorbedContact, Contact, DeletedContact, State
from domain.events import (
    IMPORT,
    ActivityMoved,
    ContactReplayed,
    ContactsMerged,
    ContactsSeparated,
    Event,
    ImportUndone,
    MergeUndone,
    UndoCompleted,
)
from domain.value import Value, replace


class Merge(NamedTuple):
    """A merge in force. `merge_id` is empty for one that the history does not have yet."""

    merge_id: str
    survivor: str
    absorbed: str


def placeholder(absorbed: str) -> str:
    """The id, in a replay, of a merge that the history does not have."""
    return f"?{absorbed}"


class Touched(Value, frozen=True, kw_only=True):
    """The part of an account that a merge touches; merges by the id that they absorbed."""

    contacts: Mapping[str, State]
    merges: Mapping[str, Merge]
    activities: Mapping[str, LinkedActivity]


def decide_undone(
    merge: Merge,
    is_so: Touched,
    would_be: Touched,
    made: Mapping[str, ContactsMerged],
    *,
    new_id: Callable[[], str],
    separates: bool = True,
    by: str,
) -> list[Event]:
    """Decide the events that give the account the state it would have without a merge.

    Other merges that this makes or undoes name it as their cause. The two sides are declared
    separate, unless the undo comes from applied settings. The last event closes the undo.
    `made`: the merges that would be, by the ids that they absorbed; `new_id`: makes the ids of new
    merges.
    """
    events: list[Event] = [
        MergeUndone(stream=merge.survivor, merge_id=merge.merge_id, absorbed=merge.absorbed, by=by),
        *_changes(merge.merge_id, is_so, would_be, made, new_id=new_id, by=by),
    ]
    if separates:
        events.append(
            ContactsSeparated(
                stream=_live(would_be, merge.survivor),
                a=merge.survivor,
                b=merge.absorbed,
                because_of=merge.merge_id,
                by=by,
            )
        )
    events.append(UndoCompleted(stream=merge.survivor, merge_id=merge.merge_id, by=by))
    return events


def decide_import_undone(
    undone: Sequence[ImportUndone],
    is_so: Touched,
    would_be: Touched,
    made: Mapping[str, ContactsMerged],
    *,
    new_id: Callable[[], str],
) -> list[Event]:
    """Decide the events that give the account the state it would have without some rows.

    `undone`: the rows, in the events that close the undo; `made`, `new_id`: as in `decide_undone`.
    It separates nobody.
    """
    cause, by = f"{IMPORT}{undone[0].import_id}", undone[0].by
    return [*_changes(cause, is_so, would_be, made, new_id=new_id, by=by), *undone]


def _changes(
    cause: str,
    is_so: Touched,
    would_be: Touched,
    made: Mapping[str, ContactsMerged],
    *,
    new_id: Callable[[], str],
    by: str,
) -> list[Event]:
    """What changes the present state into another one. `cause`: a merge, or an import."""
    events: list[Event] = []
    lost, gained = _merges_lost(cause, is_so, would_be), _merges_gained(is_so, would_be, new_id)
    merge_ids = {each.absorbed: each.merge_id for each in gained}
    notes: list[MergeUndone | ContactsMerged] = [
        *(
            MergeUndone(
                stream=each.survivor,
                merge_id=each.merge_id,
                absorbed=each.absorbed,
                caused_by=cause,
                by=by,
            )
            for each in lost
        ),
        *(
            ContactsMerged(
                stream=each.survivor,
                merge_id=each.merge_id,
                absorbed=each.absorbed,
                brings=made[each.absorbed].brings,
                decision=made[each.absorbed].decision,
                caused_by=cause,
                by=by,
            )
            for each in gained
        ),
    ]
    noted = {note.stream for note in notes}
    for contact_id, after in would_be.contacts.items():
        before = is_so.contacts.get(contact_id)
        state = after
        if isinstance(state, AbsorbedContact) and state.merge_id is not None:
            state = replace(state, merge_id=merge_ids.get(contact_id, state.merge_id))
        if _differ(before, state) or (contact_id in noted and _has_no_stream(before)):
            events.append(_replayed(before, state, cause, by))
    events += notes
    for activity_id, activity in would_be.activities.items():
        if _link(activity) != _link(is_so.activities[activity_id]):
            events.append(
                ActivityMoved(
                    stream=activity_id,
                    contact_id=activity.contact_id,
                    linked_by=activity.linked_by,
                    assigned=activity.assigned,
                    caused_by=cause,
                    by=by,
                )
            )
    return events


def _merges_lost(cause: str, is_so: Touched, would_be: Touched) -> list[Merge]:
    """Merges in force that the replay lacks or has with another survivor, except the undone one."""
    return [
        each
        for absorbed, each in is_so.merges.items()
        if each.merge_id != cause and not _same(would_be.merges.get(absorbed), each)
    ]


def _merges_gained(is_so: Touched, would_be: Touched, new_id: Callable[[], str]) -> list[Merge]:
    """Merges of the replay that are not in force, or have another survivor now.

    A merge that comes from the same record or command keeps its id, whichever contact survives.
    """
    return [
        each if each.merge_id else each._replace(merge_id=new_id())
        for absorbed, each in would_be.merges.items()
        if not _same(is_so.merges.get(absorbed), each)
    ]


def _same(one: Merge | None, other: Merge) -> bool:
    return one is not None and one[:2] == other[:2]


def _differ(before: State | None, after: State) -> bool:
    """Whether a contact must change; the version of its stream does not count."""
    return before is None or replace(before, version=0) != replace(after, version=0)


def _has_no_stream(before: State | None) -> bool:
    return before is None or before.version == 0


def _replayed(before: State | None, after: State, caused_by: str, by: str) -> ContactReplayed:
    """The event with what came to a contact and what left it."""
    had = before.records if isinstance(before, Contact | DeletedContact) else {}
    if isinstance(after, AbsorbedContact):
        return ContactReplayed(
            stream=after.contact_id,
            caused_by=caused_by,
            status="absorbed",
            survivor=after.survivor,
            merge_id=after.merge_id,
            records_left=tuple(had),
            by=by,
        )
    return ContactReplayed(
        stream=after.contact_id,
        caused_by=caused_by,
        status="live" if isinstance(after, Contact) else "deleted",
        records=tuple(
            record for record_id, record in after.records.items() if had.get(record_id) != record
        ),
        records_left=tuple(record_id for record_id in had if record_id not in after.records),
        by_hand=after.by_hand,
        captured=after.captured if isinstance(after, Contact) else None,
        created_at=after.created_at,
        updated=after.updated,
        updated_at=after.updated_at,
        by=by,
    )


def _link(activity: LinkedActivity) -> tuple[str | None, str, str | None]:
    return activity.contact_id, activity.linked_by, activity.assigned


def _live(touched: Touched, contact_id: str) -> str:
    """The contact that an id leads to."""
    state = touched.contacts[contact_id]
    while isinstance(state, AbsorbedContact):
        state = touched.contacts[state.survivor]
    return state.contact_id
