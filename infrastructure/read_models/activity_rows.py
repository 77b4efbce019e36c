"""The rows of calls and messages: the contact of each, through merges, deletions and undos."""

from collections.abc import Collection

from domain import events
from domain.activities import LinkedBy, called
from domain.events import Recorded
from infrastructure.read_models.exports import Exports
from infrastructure.read_models.working_set import WorkingSet
from infrastructure.storage.stored_rows import ActivityRow, PastLinkRow
from infrastructure.storage.times import to_micros


class Activities:
    """Writes the rows of activities, and the exports that follow from their changes."""

    def __init__(self, rows: WorkingSet, exports: Exports, moving: dict[str, str | None]) -> None:
        """`moving`: the activities that an undo moves, with the contact that had each before."""
        self._rows = rows
        self._exports = exports
        self._moving = moving

    def linked(self, recorded: Recorded, event: events.CallLinked | events.MessageLinked) -> None:
        """An activity arrived."""
        activity = event.call if isinstance(event, events.CallLinked) else event.message
        number = called(activity)
        row = ActivityRow(
            event.stream,
            self._leads_to(event.contact_id),
            event.contact_id,
            event.linked_by,
            None,
            number.value if number else None,
            to_micros(activity.at),
            recorded.position,
            recorded.version,
            "call" if isinstance(event, events.CallLinked) else "message",
            {},
            event,
        )
        self._rows.activities.put(row)
        self._rows.tallies.call_moved(None, row.contact_id)
        self._exports.came(recorded, row)

    def moved(self, recorded: Recorded, event: events.CallAssigned | events.ActivityMoved) -> None:
        """An activity moved to another contact."""
        row = self._rows.activities.known("activity", event.stream)
        by: LinkedBy = "assigned"
        assigned, by_undo = event.contact_id, False
        if isinstance(event, events.ActivityMoved):
            by, assigned, by_undo = event.linked_by, event.assigned, event.caused_by is not None
        for past in {row.linked_to, row.assigned, assigned} - {None}:
            self._rows.past_links.put(PastLinkRow(str(past), event.stream))
        moved = row._replace(
            contact_id=self._leads_to(event.contact_id),
            linked_to=event.contact_id,
            linked_by=by,
            assigned=assigned,
            version=recorded.version,
        )
        self._rows.activities.put(moved)
        if by_undo:
            self._moving.setdefault(row.activity_id, row.contact_id)
            return
        self._rows.tallies.call_moved(row.contact_id, moved.contact_id)
        if moved.contact_id != row.contact_id:
            self._exports.came(recorded, moved)

    def go_along(self, recorded: Recorded, absorbed: str, survivor: str) -> None:
        """A contact was absorbed: its activities go to the survivor."""
        those = self._rows.activities.targets_of(absorbed)
        to = self._leads_to(survivor)
        if not those or to is None:
            return
        targets = self._exports.all_came(recorded, to, those)
        self._rows.activities.move_all([each for each, _ in those], absorbed, to, targets)
        self._rows.tallies.call_moved(absorbed, to, len(those))

    def replayed(self, event: events.ContactReplayed, ids: Collection[str]) -> None:
        """An undo changes where some ids lead to, so the activities linked to them may move.

        Their destination is known only after the undo has changed all contacts: before that, ids
        may lead in a circle. If it changes the records of a contact, targets may change too.
        """
        touched = self._rows.activities.where_in("linked_to", ids)
        if event.records or event.records_left:
            touched += self._rows.activities.where("contact_id = ?", event.stream)
        for row in touched:
            self._moving.setdefault(row.activity_id, row.contact_id)

    def settle(self, recorded: Recorded) -> None:
        """An undo is complete: move its activities to the contacts that have them now."""
        for row in self._rows.activities.those([(each,) for each in sorted(self._moving)]):
            settled = row._replace(contact_id=self._leads_to(row.linked_to))
            before = self._moving[row.activity_id]
            self._rows.activities.put(settled)
            self._rows.tallies.call_moved(before, settled.contact_id)
            if before != settled.contact_id:
                self._exports.came(recorded, settled)
            else:
                self._exports.stayed(recorded, settled)
        self._moving.clear()

    def _leads_to(self, contact_id: str | None) -> str | None:
        """The contact that an id leads to; the id itself for a lead that is captured next."""
        if contact_id is None:
            return None
        contact = self._rows.survivor(contact_id)
        return contact.contact_id if contact else contact_id
