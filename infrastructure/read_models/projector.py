"""The projector: what an event changes in the read models.

It runs in the transaction that records the event, and again from position 0 in a rebuild. It reads
the rows that the event touches, asks the domain for their new values, and writes them. So the next
record costs the same however many its contact has. `verify` compares the rows with the fold of the
contact's stream.
"""

from collections.abc import Iterable, Mapping
from typing import assert_never

from domain import events
from domain.contact import Contact, DeletedContact, State
from domain.contact_fold import edited, evolve, position_of_merge
from domain.events import Recorded
from domain.hand_edits import NOTHING_BY_HAND
from domain.held_records import HeldRecord, Said, evolve_record, hide_points
from domain.records import Record
from domain.shown import (
    NOTHING_SHOWN,
    Shown,
    record_changed,
    values,
    with_edit,
    with_held,
    with_record,
    without_record,
)
from infrastructure.read_models.activity_rows import Activities
from infrastructure.read_models.attention_rows import Attention
from infrastructure.read_models.contact_rows import (
    Held,
    absorbed_row,
    by_hand_keys,
    contact_row,
    held_by,
    holders,
    keys_of,
)
from infrastructure.read_models.days import count_by_day
from infrastructure.read_models.exports import Exports
from infrastructure.read_models.moving import Moving
from infrastructure.read_models.separation_rows import bind_two
from infrastructure.read_models.working_set import WorkingSet
from infrastructure.storage.stored_rows import (
    ContactRow,
    CsvRow,
    IdentifierRow,
    MergeRow,
    RecordKeyRow,
    RecordRow,
    SettingsRow,
)
from infrastructure.storage.times import to_micros


class Projector:
    """Applies recorded events, in order, to a working set.

    `moving`: what the projector of the events before left, if they end within a commit.
    """

    def __init__(self, rows: WorkingSet, moving: Moving | None = None) -> None:
        moving = moving or Moving()
        self._rows = rows
        self._exports = Exports(rows)
        self._activities = Activities(rows, self._exports, moving.activities)
        self._attention = Attention(rows, moving.items)

    def project(self, recorded: Recorded) -> None:  # noqa: C901, PLR0912 - one case an event
        """Change the rows that an event touches."""
        event = recorded.event
        count_by_day(self._rows.tallies, recorded.at, event)
        match event:
            case events.ContactImported():
                self._imported(recorded, event)
            case events.ContactsMerged():
                self._merged(recorded, event)
            case events.RecordUpdated():
                self._updated(recorded, event)
            case events.RecordWithdrawn():
                self._withdrawn(recorded, event)
            case events.ContactEdited():
                self._edited(recorded, event)
            case events.ContactDeleted() | events.ContactRestored() | events.LeadCaptured():
                self._evolve(recorded)
            case events.LeadAttached():
                self._count(recorded)
            case events.ContactAbsorbed():
                self._evolve(recorded)
                self._activities.go_along(recorded, event.stream, event.survivor)
                if event.merge_id is not None:  # nothing concerns a captured lead
                    self._attention.go_along(event.stream, event.survivor)
            case events.ContactReplayed():
                self._evolve(recorded)
                ids = [event.stream, *self._rows.leading_to(event.stream)]
                self._activities.replayed(event, ids)
                self._attention.replayed(ids)
            case events.MergeUndone():
                self._undone(recorded, event)
            case events.ContactsSeparated():
                bind_two(self._rows, recorded, event)
                self._count(recorded)
            case events.UndoCompleted() | events.ImportUndone():
                self._count(recorded)
                self._activities.settle(recorded)
                self._attention.undo_completed()
            case events.AttentionSettled():
                self._count(recorded)
                self._attention.settled(recorded, event)
            case events.CallLinked() | events.MessageLinked():
                self._activities.linked(recorded, event)
            case events.CallAssigned() | events.ActivityMoved():
                self._activities.moved(recorded, event)
            case events.AccountOpened():
                self._rows.settings.put(SettingsRow("merge", 1, event.settings))
            case events.MergeSettingsChanged():
                self._settings_changed(event)
            case _ as never:
                assert_never(never)

    # --- Frequent events: records. Only the rows of one record change.

    def _imported(self, recorded: Recorded, event: events.ContactImported) -> None:
        if event.starts_from is not None:
            self._evolve(recorded)
            return
        contact_id, at, record = event.stream, to_micros(recorded.at), event.record
        said = self._hold(recorded, contact_id, contact_id, record)
        # A new contact cannot have rows yet, so they are put without reading.
        for kind, value in keys_of(record):
            self._rows.identifiers.put(IdentifierRow(kind, value, contact_id, 1))
        shown = with_record(NOTHING_SHOWN, contact_id, record, said, NOTHING_BY_HAND)
        version, position = recorded.version, recorded.position
        self._rows.contacts.put(
            ContactRow(contact_id, "live", None, None, version, at, at, position, shown)
        )

    def _merged(self, recorded: Recorded, event: events.ContactsMerged) -> None:
        merge = MergeRow(event.merge_id, event.stream, event.absorbed, recorded.position, None)
        self._rows.merges.put(merge)
        # What an undo makes is known only by what its contacts are now.
        before = None if event.caused_by else self._rows.contacts.get((event.stream,))
        if event.starts_from is not None:
            self._evolve(recorded)
            row = absorbed_row(event.absorbed, event.stream, event.merge_id, 0)
            self._rows.contacts.put(row)
        elif event.record is not None:
            self._merged_at_once(recorded, event, event.record)
        elif self._only_records_come(event):
            self._merged_with(recorded, event)
        else:
            self._evolve(recorded)
        if event.decision.rule != "manual":
            self._attention.merged(recorded, event, before)

    def _merged_at_once(
        self, recorded: Recorded, event: events.ContactsMerged, record: Record
    ) -> None:
        survivor, absorbed = event.stream, event.absorbed
        contact = self._rows.contacts.known("contact", survivor)
        said = self._hold(recorded, survivor, absorbed, record)
        self._list(survivor, keys_of(record))
        shown = with_record(contact.shown, absorbed, record, said, contact.by_hand)
        self._rows.contacts.put(absorbed_row(absorbed, survivor, event.merge_id, 0))
        self._put_merged(recorded, contact, shown, recorded.position)

    def _only_records_come(self, event: events.ContactsMerged) -> bool:
        """Whether a merge by hand brings records alone, to a contact that is no captured lead."""
        brought, contact = event.brought, self._rows.contacts.known("contact", event.stream)
        return (
            brought is not None
            and event.caused_by is None
            and contact.captured is None
            and brought.by_hand == NOTHING_BY_HAND
        )

    def _merged_with(self, recorded: Recorded, event: events.ContactsMerged) -> None:
        """A contact gets the records of another one; those that it has are not read."""
        survivor = event.stream
        contact = self._rows.contacts.known("contact", survivor)
        shown = contact.shown
        for record in event.brought.records if event.brought else ():
            self._put_record(survivor, record)
            self._list(survivor, held_by(record))
            for kind, value in held_by(record, hidden=True):
                if self._rows.identifiers.get((kind, value, survivor)) is None:
                    self._rows.identifiers.put(IdentifierRow(kind, value, survivor, 0))
            shown = with_held(shown, record, contact.by_hand)
        position = position_of_merge(recorded, event)
        self._put_merged(recorded, contact, shown, position)

    def _put_merged(
        self, recorded: Recorded, contact: ContactRow, shown: Shown, position: int
    ) -> None:
        """Put what a contact shows after a merge into it, which always counts as an update."""
        merged = contact._replace(
            shown=shown,
            version=recorded.version,
            updated_at=to_micros(recorded.at),
            updated=position,
        )
        self._rows.contacts.put(merged)
        self._exports.counterparts_changed(recorded, contact, merged)

    def _edited(self, recorded: Recorded, event: events.ContactEdited) -> None:
        """An edit. Of the records only those change that list a value that it removes."""
        contact = self._rows.contacts.known("contact", event.stream)
        if contact.captured is not None or not contact.shown.records:
            self._evolve(recorded)
            return
        by_hand = edited(contact.by_hand, recorded, event)
        had, has = by_hand_keys(contact.by_hand), by_hand_keys(by_hand)
        hidden = self._hide(event)
        shrank = self._unlist(event.stream, [*hidden, *sorted(had.keys() - has.keys())])
        grew = self._list(event.stream, sorted(has.keys() - had.keys()))
        shown = with_edit(contact.shown, (*event.set, *event.cleared), by_hand)
        changed = contact._replace(by_hand=by_hand)
        self._show(recorded, changed, shown, lists_changed=grew or shrank)

    def _hide(self, event: events.ContactEdited) -> list[Held]:
        """Hide what an edit removes in every record. Returns it, once for each record."""
        hidden: list[Held] = []
        removed = {*event.phones_removed, *event.emails_removed}
        for row in self._rows.records_naming(event.stream, removed) if removed else ():
            after = hide_points(row.held, phones=event.phones_removed, emails=event.emails_removed)
            if after != row.held:
                self._rows.records.put(row._replace(again=after))
                shown = held_by(after)
                hidden += [each for each in held_by(row.held) if each not in shown]
        return hidden

    def _updated(self, recorded: Recorded, event: events.RecordUpdated) -> None:
        row = self._rows.records.known("record", event.record_id)
        before = row.held
        after = evolve_record(before, event.record, _said(recorded, event.record))
        self._rows.records.put(row._replace(again=after))
        for fingerprint in _fingerprints(before):
            self._rows.csv_rows.remove((fingerprint, event.record_id))
        self._know_as_row(event.record_id, after)
        old, new = held_by(before), held_by(after)
        grew = self._list(event.stream, [each for each in new if each not in old])
        shrank = self._unlist(event.stream, [each for each in old if each not in new])
        contact = self._rows.contacts.known("contact", event.stream)
        shown = record_changed(contact.shown, after, contact.by_hand)
        self._show(recorded, contact, shown, lists_changed=grew or shrank)

    def _withdrawn(self, recorded: Recorded, event: events.RecordWithdrawn) -> None:
        contact_id, held = event.stream, self._rows.records.known("record", event.record_id).held
        self._rows.tallies.happened(recorded.at, "withdrawn", held.source, held.integration)
        contact = self._rows.contacts.known("contact", contact_id)
        if contact.shown.records == 1:
            self._evolve(recorded)
        else:
            self._rows.records.remove((held.record_id,))
            left = self._rows.newest_first(contact_id)
            shown = without_record(contact.shown, held, left, contact.by_hand)
            shrank = self._unlist(contact_id, held_by(held))
            self._show(recorded, contact, shown, lists_changed=shrank)
        if self._rows.contacts.known("contact", contact_id).status == "live":
            self._exports.withdrawn(recorded, contact_id, held)

    def _show(
        self, recorded: Recorded, contact: ContactRow, shown: Shown, *, lists_changed: bool
    ) -> None:
        """Put what a contact shows now; "updated" changes only if its values do."""
        row = contact._replace(shown=shown, version=recorded.version)
        if lists_changed or values(shown) != values(contact.shown):
            row = row._replace(updated=recorded.position, updated_at=to_micros(recorded.at))
        self._rows.contacts.put(row)

    def _hold(self, recorded: Recorded, contact_id: str, record_id: str, record: Record) -> Said:
        """Put the rows of a record seen for the first time. Returns when it was said."""
        said = _said(recorded, record)
        self._rows.records.put(
            RecordRow(record_id, contact_id, recorded.position, None, (record, said))
        )
        self._know(record_id, record)
        return said

    def _know(self, record_id: str, record: Record | HeldRecord) -> None:
        """Put the keys by which a record is found."""
        if (key := record.source_key) is not None:
            known = [each.record_id for each in self._rows.record_keys.under(key)]
            if record_id not in known:
                self._rows.record_keys.put(RecordKeyRow(*key, record_id))
        self._know_as_row(record_id, record)

    def _know_as_row(self, record_id: str, record: Record | HeldRecord) -> None:
        """Put the fingerprints by which a csv record is found."""
        for fingerprint in _fingerprints(record):
            self._rows.csv_rows.put(CsvRow(fingerprint, record_id))

    def _list(self, contact_id: str, listed: Iterable[Held]) -> bool:
        """Count phones or emails that one more record lists. Returns whether the union grew."""
        grew = False
        for kind, value in listed:
            row = self._rows.identifiers.get((kind, value, contact_id))
            known = row.holders if row else 0
            grew |= known == 0
            self._rows.identifiers.put(IdentifierRow(kind, value, contact_id, known + 1))
        return grew

    def _unlist(self, contact_id: str, listed: Iterable[Held]) -> bool:
        """Uncount phones or emails that one record less lists. Returns whether the union shrank."""
        shrank = False
        for kind, value in listed:
            row = self._rows.identifiers.get((kind, value, contact_id))
            if row is None or row.holders == 0:
                raise LookupError(f"contact {contact_id} does not hold {kind} {value}")
            # A row without holders stays, so that an undo finds the contact that once held it.
            self._rows.identifiers.put(row._replace(holders=row.holders - 1))
            shrank |= row.holders == 1
        return shrank

    # --- Rare events: the contact is read, and its rows are put as its fold defines them.

    def _evolve(self, recorded: Recorded) -> None:
        contact_id = recorded.event.stream
        before = self._rows.state(contact_id)
        after = evolve(before, recorded)
        row_before, row = self._rows.contacts.get((contact_id,)), contact_row(after)
        self._rows.contacts.put(row)
        self._put_records(contact_id, before, after)
        held, holds = holders(before), holders(after)
        for kind, value in {**held, **holds}:
            number = holds[(kind, value)]
            if held.get((kind, value)) != number:
                self._rows.identifiers.put(IdentifierRow(kind, value, contact_id, number))
        if row_before is not None and not isinstance(recorded.event, events.ContactReplayed):
            self._exports.counterparts_changed(recorded, row_before, row)

    def _put_records(self, contact_id: str, before: State | None, after: State) -> None:
        had, has = _records(before), _records(after)
        for record_id in had:
            row = self._rows.records.get((record_id,))
            # Another contact may have the record already.
            if record_id not in has and row is not None and row.contact_id == contact_id:
                self._rows.records.remove((record_id,))
        for record_id, held in has.items():
            if had.get(record_id) != held:
                self._put_record(contact_id, held)

    def _put_record(self, contact_id: str, held: HeldRecord) -> None:
        """Put a record as a contact has it now, wherever it was before."""
        row = self._rows.records.get((held.record_id,))
        if row is None:
            self._know(held.record_id, held)
            row = RecordRow(held.record_id, contact_id, held.first, held, None)
        elif row.contact_id != contact_id:
            self._leave(row)
        same = row.held == held
        self._rows.records.put(
            row._replace(contact_id=contact_id, again=row.again if same else held)
        )

    def _leave(self, row: RecordRow) -> None:
        """A record goes to another contact: this one no longer holds what it lists."""
        if self._rows.contacts.known("contact", row.contact_id).status == "live":
            self._unlist(row.contact_id, held_by(row.held))

    def _undone(self, recorded: Recorded, event: events.MergeUndone) -> None:
        merge = self._rows.merges.known("merge", event.merge_id)
        self._rows.merges.put(merge._replace(undone_at=to_micros(recorded.at)))
        self._attention.undone(event.merge_id)
        self._count(recorded)

    def _settings_changed(self, event: events.MergeSettingsChanged) -> None:
        before = self._rows.merge_settings.body
        self._rows.settings.put(SettingsRow("merge", event.version, event.settings))
        self._attention.shared(before, event.settings)

    def _count(self, recorded: Recorded) -> None:
        """Count an event that changes only the version of its contact's stream."""
        contact = self._rows.contacts.known("contact", recorded.event.stream)
        self._rows.contacts.put(contact._replace(version=recorded.version))


def _records(state: State | None) -> Mapping[str, HeldRecord]:
    return state.records if isinstance(state, Contact | DeletedContact) else {}


def _fingerprints(record: Record | HeldRecord) -> tuple[int, ...]:
    """Those of a csv record: by its identifiers, and by its values as written."""
    if record.source != "csv" or record.fingerprint is None:
        return ()
    return record.fingerprint, record.fingerprint_as_written


def _said(recorded: Recorded, record: Record) -> Said:
    return Said(recorded.position, recorded.at, record.updated_at)
