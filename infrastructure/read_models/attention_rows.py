"""The rows of what somebody should look at first (docs/rules.md, "Look at these first").

Two things make an item: a merge by a rule of two whose names share no word, and an identifier by
which more than MOST_NAMES different names came together. For the second, `joined` has a row for
each merge by the identifier, with the names of two that differ in them, and the item's row has the
names that came together so far: at most one more than MOST_NAMES, so that the next merge costs the
same after thousands.

An item concerns the contact that its survivor leads to. While an undo changes what leads where, and
which merges there are, the items that it touches wait for its end, as activities do.
"""

from collections.abc import Collection

from domain import events
from domain.attention_rule import Settleable
from domain.events import Recorded
from domain.held_records import HeldRecord
from domain.identifiers import Identifier
from domain.names import LONGEST_NAME, MOST_NAMES, differ, share_no_word, with_other_names
from domain.settings import MergeSettings
from domain.shown import Shown, without_record
from infrastructure.read_models.working_set import WorkingSet
from infrastructure.storage.stored_rows import AttentionRow, ContactRow, JoinedRow


class Attention:
    """Writes the rows of items."""

    def __init__(self, rows: WorkingSet, moving: set[str]) -> None:
        """`moving`: the items that an undo touches."""
        self._rows = rows
        self._moving = moving

    def merged(
        self, recorded: Recorded, event: events.ContactsMerged, before: ContactRow | None
    ) -> None:
        """A rule merged a record into a contact. `before`: the contact as it was; None: an undo."""
        if before is None:
            shown, named = self._names_after_undo(event)
        else:
            shown, named = name_shown(before.shown), name_of_record(self._rows, event)
        if shown is None or named is None or not differ(shown, named):
            for identifier in event.decision.matched:
                self._rows.joined.put(JoinedRow(*identifier, event.merge_id, "", ""))
            return
        names = shown[:LONGEST_NAME], named[:LONGEST_NAME]
        by_undo = before is None
        if share_no_word(*names):
            row = AttentionRow(event.merge_id, "", None, event.stream, recorded.position, names)
            if by_undo:
                self._touch(row)
            else:
                self._move(row, self._leads_to(event.stream))
        for identifier in event.decision.matched:
            self._rows.joined.put(JoinedRow(*identifier, event.merge_id, *names))
            known = self._rows.attention.get((identifier.value,)) or AttentionRow(
                identifier.value, identifier.kind, None, event.stream, recorded.position, ()
            )
            row = known._replace(settled=None)
            if by_undo:
                self._touch(row)
            else:
                self._joins_more(row, event.stream, recorded.position, names)

    def _joins_more(
        self, row: AttentionRow, survivor: str, position: int, names: Collection[str]
    ) -> None:
        """An identifier joined one more record under another name."""
        together = row.names
        if len(together) <= MOST_NAMES:
            together = with_other_names(together, names)[: MOST_NAMES + 1]
        self._put(row._replace(survivor=survivor, position=position, names=together))

    def _names_after_undo(self, event: events.ContactsMerged) -> tuple[str | None, str | None]:
        """What the contact of a merge that an undo made is called without its record, and this."""
        row = self._rows.records.get((event.absorbed,))
        contact = self._rows.survivor(event.stream)
        if row is None or contact is None or row.contact_id != contact.contact_id:
            return None, None
        held, shown = row.held, contact.shown
        shows = shown.attributes.get("name")
        if shows is not None and shows.record_id == held.record_id:
            others = (
                each
                for each in self._rows.newest_first(contact.contact_id)
                if each.record_id != held.record_id
            )
            shown = without_record(shown, held, others, contact.by_hand)
        return name_shown(shown), _name_held(held)

    def undone(self, merge_id: str) -> None:
        """A merge was undone: it is no item, and joins nothing."""
        item = self._rows.attention.get((merge_id,))
        if item is not None:
            self._remove(item)
        for joined in self._rows.joined.where("merge_id = ?", merge_id):
            self._rows.joined.put(joined._replace(shown="", named=""))
            row = self._rows.attention.get((joined.value,))
            if row is not None:
                self._touch(row)

    def settled(self, recorded: Recorded, event: events.AttentionSettled) -> None:
        """Somebody says that it is right: an identifier with all that it joined."""
        if event.merge_id is not None:
            self._settle_merge(event.merge_id)
        if event.identifier is not None:
            for joined in self._rows.joined.under(event.identifier):
                self._settle_merge(joined.merge_id)
            row = self._rows.attention.known("item", event.identifier.value)
            self._put(row._replace(settled=recorded.position))

    def _settle_merge(self, merge_id: str) -> None:
        item = self._rows.attention.get((merge_id,))
        if item is not None:
            self._remove(item)

    def shared(self, before: MergeSettings, after: MergeSettings) -> None:
        """Other identifiers are shared now: they match nothing, so they are no items."""
        changed = {*before.shared_identifiers} ^ {*after.shared_identifiers}
        for row in self._rows.attention.those([(value,) for value in sorted(changed)]):
            self._put(row)

    def go_along(self, absorbed: str, survivor: str) -> None:
        """A contact was merged into another one, with all that concerns it."""
        to = self._leads_to(survivor)
        for row in self._rows.attention.where("contact_id = ?", absorbed):
            self._move(row, to)

    def replayed(self, ids: Collection[str]) -> None:
        """An undo changes a contact, which these ids lead to."""
        among = "contact_id IS NOT NULL AND survivor IN (SELECT value FROM json_each(?))"
        for row in self._rows.attention.where(among, [*ids]):
            self._touch(row)

    def undo_completed(self) -> None:
        """An undo is complete: it is known where everything leads, and what was joined."""
        for row in self._rows.attention.those([(item,) for item in sorted(self._moving)]):
            if row.identifier:
                self._count_again(row)
            else:
                self._move(row, self._leads_to(row.survivor))
        self._moving.clear()

    def _count_again(self, row: AttentionRow) -> None:
        """Count the names that an identifier joins."""
        under = self._rows.joined.each_under((row.identifier, row.item))
        joined = [each for each in under if each.shown]
        if not joined:
            self._remove(row)
            return
        joined.sort(key=lambda each: each.merge_id)
        names = with_other_names((), (name for each in joined for name in each[3:]))
        newest = self._rows.merges.known("merge", joined[-1].merge_id)
        self._put(
            row._replace(
                survivor=newest.survivor, position=newest.position, names=names[: MOST_NAMES + 1]
            )
        )

    # --- One row

    def _put(self, row: AttentionRow) -> None:
        """Put the row of an identifier, which is an item or not."""
        identifier = Identifier(row.identifier, row.item)  # type: ignore[arg-type]  # see tables
        is_item = (
            len(row.names) > MOST_NAMES
            and row.settled is None
            and not self._rows.merge_settings.body.is_shared(identifier)
        )
        self._move(row, self._leads_to(row.survivor) if is_item else None)

    def _touch(self, row: AttentionRow) -> None:
        """An undo changes what an item concerns, or whether it is one."""
        self._rows.attention.put(row)
        self._moving.add(row.item)

    def _move(self, row: AttentionRow, contact_id: str | None) -> None:
        self._rows.tallies.item_moved(row.contact_id, contact_id)
        self._rows.attention.put(row._replace(contact_id=contact_id))

    def _remove(self, row: AttentionRow) -> None:
        self._rows.tallies.item_moved(row.contact_id, None)
        self._rows.attention.remove((row.item,))

    def _leads_to(self, survivor: str) -> str:
        contact = self._rows.survivor(survivor)
        return contact.contact_id if contact else survivor


def settleable(rows: WorkingSet, item: str) -> Settleable | None:
    """A merge by its id, or all that an identifier joined by its value."""
    row = rows.attention.get((item,))
    known = row or rows.merges.get((item,))
    contact = rows.survivor(known.survivor) if known else None
    if contact is None:
        return None
    identifier = Identifier(row.identifier, item) if row and row.identifier else None  # type: ignore[arg-type]  # see tables
    return Settleable(
        item, identifier, contact.contact_id, row is not None and row.contact_id is not None
    )


def name_of_record(rows: WorkingSet, event: events.ContactsMerged) -> str | None:
    """What the record that is merged was called when it was merged."""
    if event.brought is not None:
        return _name_held(event.brought.records[0]) if event.brought.records else None
    if event.starts_from is not None:
        return _name_held(rows.records.known("record", event.absorbed).held)
    return event.record.name if event.record is not None else None


def name_shown(shown: Shown) -> str | None:
    """What a contact is called."""
    name = shown.attributes.get("name")
    return name.value if name else None


def _name_held(held: HeldRecord) -> str | None:
    name = held.fields.get("name")
    return name.value if name else None
