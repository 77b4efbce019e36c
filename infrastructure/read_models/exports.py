"""The export feed: the CRM record that each activity is exported to, and its changes.

An item is written when an activity first has a target in an integration, when it moves to a contact
with another counterpart, and when its target was taken back. When another record of the same
contact becomes the most recent one, nothing is written. Rules: "Export back".
"""

from collections.abc import Iterable, Mapping

from application import ports
from domain.events import Recorded
from domain.held_records import HeldRecord
from infrastructure.read_models.working_set import WorkingSet
from infrastructure.storage.stored_rows import ActivityRow, ContactRow, ExportRow, Target

Targets = Mapping[str, Target]
"""The targets of an activity, by integration."""


class Exports:
    """Writes the feed's rows, and each activity's current targets."""

    def __init__(self, rows: WorkingSet) -> None:
        self._rows = rows
        self._last: int | None = None

    def came(self, recorded: Recorded, activity: ActivityRow) -> None:
        """An activity arrived or moved to another contact."""
        self._target(recorded, activity, {*activity.targets, *self._counterparts(activity)})

    def all_came(
        self, recorded: Recorded, contact_id: str, those: Iterable[tuple[str, Targets]]
    ) -> dict[str, Target]:
        """All activities of another contact moved to a contact. Returns their targets there.

        `those`: the id of each and its targets before.
        """
        counterparts = self._counterparts_of(contact_id)
        new = counterparts.keys()
        for activity_id, before in those:
            if before or new:
                self._note(recorded, activity_id, before, counterparts, {*before, *new})
        return {integration: counterparts[integration] for integration in sorted(new)}

    def counterparts_changed(
        self, recorded: Recorded, before: ContactRow, after: ContactRow
    ) -> None:
        """If a contact has its first record of an integration, its activities appear there."""
        new = after.shown.counterparts.keys() - before.shown.counterparts.keys()
        if new:
            for row in self._rows.activities.where("contact_id = ?", after.contact_id):
                self._target(recorded, row, new - row.targets.keys())

    def withdrawn(self, recorded: Recorded, contact_id: str, record: HeldRecord) -> None:
        """A record was taken back: its activities go to another record or nowhere."""
        if record.integration is None or record.external_id is None:
            return
        target = Target(record.record_id, record.kind, record.external_id)
        items = self._rows.exports.where(
            "integration = ? AND target = ?", record.integration, _key(target)
        )
        for activity_id in sorted({item.activity_id for item in items}):
            row = self._rows.activities.get((activity_id,))
            if row is None or row.contact_id != contact_id:
                continue
            if row.targets.get(record.integration) == target:
                self._target(recorded, row, {record.integration})

    def stayed(self, recorded: Recorded, activity: ActivityRow) -> None:
        """An undo left an activity at its contact, but may have changed the contact's records."""
        lost = {
            integration
            for integration, target in activity.targets.items()
            if not self._has(activity.contact_id, target.record_id)
        }
        new = self._counterparts(activity).keys() - activity.targets.keys()
        self._target(recorded, activity, lost | new)

    def _target(self, recorded: Recorded, activity: ActivityRow, integrations: set[str]) -> None:
        """Export an activity to its counterparts in some integrations, unless it is there."""
        counterparts = self._counterparts(activity)
        self._note(recorded, activity.activity_id, activity.targets, counterparts, integrations)
        targets = dict(activity.targets)
        for integration in sorted(integrations):
            target = counterparts.get(integration)
            if target is None:
                targets.pop(integration, None)
            else:
                targets[integration] = target
        if targets != activity.targets:
            self._rows.activities.put(activity._replace(targets=targets))

    def _note(
        self,
        recorded: Recorded,
        activity_id: str,
        before: Targets,
        after: Targets,
        integrations: set[str],
    ) -> None:
        """Write an item for each of some integrations in which an activity has another target."""
        for integration in sorted(integrations):
            to, moved_from = _key(after.get(integration)), _key(before.get(integration))
            if to != moved_from:
                if self._last is None:
                    self._last = self._rows.last_export()
                self._last += 1
                item = (integration, activity_id, to, moved_from, recorded.position)
                self._rows.exports.put(ExportRow(self._last, *item))

    def _has(self, contact_id: str | None, record_id: str) -> bool:
        record = self._rows.records.get((record_id,))
        return record is not None and record.contact_id == contact_id

    def _counterparts(self, activity: ActivityRow) -> dict[str, Target]:
        return self._counterparts_of(activity.contact_id) if activity.contact_id else {}

    def _counterparts_of(self, contact_id: str) -> dict[str, Target]:
        contact = self._rows.contacts.get((contact_id,))
        counterparts = contact.shown.counterparts if contact else {}
        return {name: Target(*each[:3]) for name, each in counterparts.items()}


def _key(target: Target | None) -> str | None:
    """The key of a target in its integration: its kind and external id."""
    return f"{target.kind} {target.external_id}" if target is not None else None


def target_of(integration: str, key: str | None) -> ports.Target | None:
    """The record that a key of the feed stands for."""
    if key is None:
        return None
    kind, _, external_id = key.partition(" ")
    return ports.Target(integration, "lead" if kind == "lead" else "contact", external_id)
