"""The projector: what an event changes in the read models.

It runs in the transaction that records the event, and again from position 0 when read models are
rebuilt. It changes only the rows that the event touches, so that the next record costs the same
however many its contact has; `verify` compares them with the fold of the contact's stream.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import assert_never

from domain.activities import LinkedBy, called
from domain.contact import (
    AbsorbedContact,
    Contact,
    DeletedContact,
    ShownAttribute,
    State,
    evolve,
    newer,
    newest,
    set_by_hand,
    shown_attribute,
    yields_to,
)
from domain.counterparts import counterparts
from domain.events import (
    AccountOpened,
    ActivityMoved,
    CallAssigned,
    CallLinked,
    ContactAbsorbed,
    ContactDeleted,
    ContactEdited,
    ContactImported,
    ContactReplayed,
    ContactRestored,
    ContactsMerged,
    ContactsSeparated,
    LeadAttached,
    LeadCaptured,
    MergeSettingsChanged,
    MergeUndone,
    MessageLinked,
    Recorded,
    RecordUpdated,
    RecordWithdrawn,
)
from domain.held_records import HeldList, HeldRecord, Said, evolve_record
from domain.identifiers import ContactPoint
from domain.records import Record
from infrastructure.read_models.exports import Exports
from infrastructure.read_models.working_set import WorkingSet
from infrastructure.storage.stored_rows import (
    ActivityRow,
    AttributeShown,
    BoundRow,
    ContactRow,
    CounterpartShown,
    CsvRow,
    IdentifierRow,
    MergeRow,
    PastLinkRow,
    RecordKeyRow,
    RecordRow,
    SettingsRow,
)
from infrastructure.storage.times import to_micros

Held = tuple[str, str]
"""A phone or an email as the first columns of its identifier row: kind and value."""


def held_by(record: HeldRecord) -> dict[Held, None]:
    """What a record shows by now, in order."""
    return _listed(_shown(record.phones), _shown(record.emails))


def _shown(known: HeldList | None) -> list[ContactPoint]:
    return [held.point for held in known.points if not held.hidden] if known else []


def _listed(
    phones: Iterable[ContactPoint] | None, emails: Iterable[ContactPoint] | None
) -> dict[Held, None]:
    """A value that is not matchable is of a kind of its own, for it must match nothing."""
    held: dict[Held, None] = {}
    for point in phones or ():
        held[("phone" if point.canonical is not None else "phone_text", point.key)] = None
    for point in emails or ():
        held[("email" if point.canonical is not None else "email_text", point.key)] = None
    return held


def holders(state: State | None) -> Counter[Held]:
    """What a contact holds, and by how many: its records, and whoever added it by hand."""
    counted: Counter[Held] = Counter()
    if not isinstance(state, Contact):
        return counted
    for record in state.records.values():
        counted.update(held_by(record).keys())
    by_hand = state.by_hand
    added = _listed((p.point for p in by_hand.phones), (e.point for e in by_hand.emails))
    captured = _listed((state.captured,) if state.captured else (), ())
    counted.update([*added, *captured])
    return counted


def contact_row(state: State) -> ContactRow:
    """The row of a contact, whole. Of an absorbed one but where it leads."""
    if isinstance(state, AbsorbedContact):
        return ContactRow(
            state.contact_id,
            "absorbed",
            "contact",
            state.survivor,
            state.merge_id,
            state.version,
            0,
            0,
            0,
            0,
            0,
            {},
        )
    shown: Mapping[str, ShownAttribute] = {}
    records = state.records.values()
    kind, captured = "contact", None
    if isinstance(state, Contact):
        shown, kind, captured = newest(state), state.kind, state.captured
    return ContactRow(
        state.contact_id,
        "live" if isinstance(state, Contact) else "deleted",
        kind,
        None,
        None,
        state.version,
        len(records),
        sum(record.kind == "contact" for record in records),
        to_micros(state.created_at),
        to_micros(state.updated_at),
        state.updated,
        {name: attribute_shown(each) for name, each in shown.items()},
        {name: _counterpart(each) for name, each in counterparts(records).items()}
        if isinstance(state, Contact)
        else {},
        state.by_hand,
        captured,
    )


def attribute_shown(shown: ShownAttribute) -> AttributeShown:
    """An attribute's newest value as the contact's row has it."""
    return AttributeShown(shown.value, shown.record_id, to_micros(shown.since), shown.position)


class Projector:
    """Applies recorded events, in order, to a working set."""

    def __init__(self, rows: WorkingSet) -> None:
        self.rows = rows
        self._exports = Exports(rows)

    def project(self, recorded: Recorded) -> None:  # noqa: C901, PLR0912 - one case an event
        """Change the rows that an event touches."""
        event = recorded.event
        match event:
            case ContactImported():
                self._imported(recorded, event)
            case ContactsMerged():
                self._merged(recorded, event)
            case RecordUpdated():
                self._updated(recorded, event)
            case RecordWithdrawn():
                self._withdrawn(recorded, event)
            case ContactEdited() | ContactDeleted() | ContactRestored() | LeadCaptured():
                self._evolve(recorded, event.stream)
            case LeadAttached():
                self._count(recorded, event.stream)
            case ContactAbsorbed():
                self._evolve(recorded, event.stream)
                self._activities_go_along(recorded, event.stream, event.survivor)
            case ContactReplayed():
                self._evolve(recorded, event.stream)
                self._lead_elsewhere(event.stream)
                self._other_records(event)
            case MergeUndone():
                self._undone(recorded, event)
            case ContactsSeparated():
                self._separated(recorded, event)
            case CallLinked() | MessageLinked():
                self._linked(recorded, event)
            case CallAssigned():
                self._moved(recorded, event.stream, event.contact_id, "assigned", event.contact_id)
            case ActivityMoved():
                self._moved(
                    recorded,
                    event.stream,
                    event.contact_id,
                    event.linked_by,
                    event.assigned,
                    by_undo=event.caused_by is not None,
                )
            case AccountOpened():
                self.rows.settings.put(SettingsRow("merge", 1, event.settings))
            case MergeSettingsChanged():
                self.rows.settings.put(SettingsRow("merge", event.version, event.settings))
            case _ as never:
                assert_never(never)

    def _imported(self, recorded: Recorded, event: ContactImported) -> None:
        contact_id, at, record = event.stream, to_micros(recorded.at), event.record
        since, order = self._hold(recorded, contact_id, contact_id, record)
        # Nothing of a new contact can be there yet: its rows are put without a look.
        for kind, value in _listed(record.phones, record.emails):
            self.rows.identifiers.put(IdentifierRow(kind, value, contact_id, 1))
        self.rows.contacts.put(
            ContactRow(
                contact_id,
                "live",
                record.kind,
                None,
                None,
                recorded.version,
                1,
                int(record.kind == "contact"),
                at,
                at,
                recorded.position,
                {
                    name: AttributeShown(value, contact_id, since, order)
                    for name, value in record.fields.items()
                },
                _first_counterpart({}, contact_id, record, since, order),
            )
        )

    def _merged(self, recorded: Recorded, event: ContactsMerged) -> None:
        merge = MergeRow(event.merge_id, event.stream, event.absorbed, recorded.position, None)
        self.rows.merges.put(merge)
        if event.record is not None:
            self._merged_at_once(recorded, event, event.record)
        else:
            self._evolve(recorded, event.stream)

    def _merged_at_once(self, recorded: Recorded, event: ContactsMerged, record: Record) -> None:
        survivor, absorbed, at = event.stream, event.absorbed, to_micros(recorded.at)
        contact = self._contact(survivor)
        since, order = self._hold(recorded, survivor, absorbed, record)
        self._list(survivor, _listed(record.phones, record.emails))
        contact_records = contact.contact_records + (record.kind == "contact")
        said = _said(recorded, record)
        news = {
            name: AttributeShown(value, absorbed, since, order)
            for name, value in record.fields.items()
            if (edited := contact.by_hand.fields.get(name)) is None or said.order[0] >= edited.at
        }
        merged = contact._replace(
            kind="contact" if contact_records else "lead",
            version=recorded.version,
            records=contact.records + 1,
            contact_records=contact_records,
            updated_at=at,
            updated=recorded.position,
            attributes=_newest(contact.attributes, news),
            counterparts=_first_counterpart(contact.counterparts, absorbed, record, since, order),
        )
        self.rows.contacts.put(merged)
        self.rows.contacts.put(
            ContactRow(
                absorbed,
                "absorbed",
                "contact",
                survivor,
                event.merge_id,
                0,
                0,
                0,
                0,
                0,
                0,
                {},
            )
        )
        self._exports.counterparts_changed(recorded, contact, merged)

    def _updated(self, recorded: Recorded, event: RecordUpdated) -> None:
        contact_id, record_id = event.stream, event.record_id
        row = self._record(record_id)
        before, said = row.held, _said(recorded, event.record)
        after = evolve_record(before, event.record, said)
        self.rows.records.put(row._replace(again=after))
        old, new = held_by(before), held_by(after)
        changed = self._list(contact_id, [each for each in new if each not in old])
        changed |= self._unlist(contact_id, [each for each in old if each not in new])
        contact = self._contact(contact_id)
        shown = {name: shown_attribute(after, name) for name in event.record.fields}
        by_hand = contact.by_hand.fields
        news = {
            name: attribute_shown(each)
            for name, each in shown.items()
            if yields_to(by_hand.get(name), after, each, name)
        }
        updated = contact._replace(
            attributes=_newest(contact.attributes, news),
            counterparts=_newest_counterpart(contact.counterparts, after),
        )
        self._touch(recorded, updated, contact, changed=changed)

    def _withdrawn(self, recorded: Recorded, event: RecordWithdrawn) -> None:
        contact_id, held = event.stream, self._record(event.record_id).held
        self.rows.records.remove((held.record_id,))
        contact = self._contact(contact_id)
        contact_records = contact.contact_records - (held.kind == "contact")
        if contact.records == 1:
            self._put_state(self._with(contact_id, held), recorded, contact_id)
            if self._contact(contact_id).status == "live":  # by what was edited
                self._exports.withdrawn(recorded, contact_id, held)
            return
        left = contact._replace(
            kind="contact" if contact_records else "lead",
            records=contact.records - 1,
            contact_records=contact_records,
            attributes=self._shown_without(contact, held),
            counterparts=self._counterparts_without(contact, held),
        )
        changed = self._unlist(contact_id, held_by(held))
        self._touch(recorded, left, contact, changed=changed)
        self._exports.withdrawn(recorded, contact_id, held)

    def _with(self, contact_id: str, held: HeldRecord) -> Contact:
        """A live contact with a record whose row is gone already."""
        state = self.rows.state(contact_id)
        if not isinstance(state, Contact):
            raise LookupError(f"contact {contact_id} is not live")  # noqa: TRY004 - damage
        return replace(state, records={**state.records, held.record_id: held})

    def _evolve(self, recorded: Recorded, contact_id: str) -> None:
        """Put the rows of a contact as its fold has them, after an event that comes seldom."""
        self._put_state(self.rows.state(contact_id), recorded, contact_id)

    def _put_state(self, before: State | None, recorded: Recorded, contact_id: str) -> None:
        after = evolve(before, recorded)
        row_before, row = self.rows.contacts.get((contact_id,)), contact_row(after)
        self.rows.contacts.put(row)
        self._put_records(contact_id, before, after)
        held, holds = holders(before), holders(after)
        for kind, value in {**held, **holds}:
            number = holds[(kind, value)]
            if held[(kind, value)] != number:
                self.rows.identifiers.put(IdentifierRow(kind, value, contact_id, number))
        if row_before is not None and not isinstance(recorded.event, ContactReplayed):
            self._exports.counterparts_changed(recorded, row_before, row)

    def _put_records(self, contact_id: str, before: State | None, after: State) -> None:
        had, has = _records(before), _records(after)
        for record_id in had:
            row = self.rows.records.get((record_id,))
            # Another contact may have it already.
            if record_id not in has and row is not None and row.contact_id == contact_id:
                self.rows.records.remove((record_id,))
        for record_id, held in has.items():
            if had.get(record_id) == held:
                continue
            row = self.rows.records.get((record_id,))
            if row is None:
                self._know(held)
                row = RecordRow(record_id, contact_id, held.first, held, None)
            else:
                self._leave(row, contact_id)
            same = row.held == held
            self.rows.records.put(
                row._replace(contact_id=contact_id, again=row.again if same else held)
            )

    def _leave(self, row: RecordRow, contact_id: str) -> None:
        """A record comes to a contact: whoever had it holds what it lists no more."""
        other = self._contact(row.contact_id)
        if row.contact_id != contact_id and other.status == "live":
            self._unlist(row.contact_id, held_by(row.held))

    def _know(self, held: HeldRecord) -> None:
        """Put the keys that a record is found by."""
        if held.integration is not None and held.external_id is not None:
            self.rows.record_keys.put(
                RecordKeyRow(held.integration, held.kind, held.external_id, held.record_id)
            )
        if held.fingerprint is not None:
            self.rows.csv_rows.put(CsvRow(held.fingerprint, held.record_id))

    def _undone(self, recorded: Recorded, event: MergeUndone) -> None:
        merge = self.rows.merges.get((event.merge_id,))
        if merge is None:
            raise LookupError(f"merge {event.merge_id} is not in the read models")
        self.rows.merges.put(merge._replace(undone_at=to_micros(recorded.at)))
        self._count(recorded, event.stream)

    def _separated(self, recorded: Recorded, event: ContactsSeparated) -> None:
        for side, contact_id in enumerate((event.a, event.b)):
            contact = self.rows.survivor(contact_id)
            if contact is not None:
                for bound in (contact.contact_id, *self.rows.leading_to(contact.contact_id)):
                    self.rows.bound.put(BoundRow(bound, recorded.position, side))
        self._count(recorded, event.stream)
        if event.because_of is not None:
            self._settle(recorded)

    def _count(self, recorded: Recorded, contact_id: str) -> None:
        """An event that changes nothing of its contact but the version of its stream."""
        contact = self._contact(contact_id)
        self.rows.contacts.put(contact._replace(version=recorded.version))

    def _linked(self, recorded: Recorded, event: CallLinked | MessageLinked) -> None:
        activity = event.call if isinstance(event, CallLinked) else event.message
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
            "call" if isinstance(event, CallLinked) else "message",
            {},
            None,
            event,
        )
        self.rows.activities.put(row)
        self._exports.came(recorded, row)

    def _moved(
        self,
        recorded: Recorded,
        activity_id: str,
        contact_id: str | None,
        linked_by: LinkedBy,
        assigned: str | None,
        *,
        by_undo: bool = False,
    ) -> None:
        row = self.rows.activities.get((activity_id,))
        if row is None:
            raise LookupError(f"activity {activity_id} is not in the read models")
        for past in {row.linked_to, row.assigned, assigned} - {None}:
            self.rows.past_links.put(PastLinkRow(str(past), activity_id))
        moved = row._replace(
            contact_id=self._leads_to(contact_id),
            linked_to=contact_id,
            linked_by=linked_by,
            assigned=assigned,
            version=recorded.version,
        )
        if by_undo:
            moved = _moving(row, moved)
        self.rows.activities.put(moved)
        if not by_undo and moved.contact_id != row.contact_id:
            self._exports.came(recorded, moved)

    def _activities_go_along(self, recorded: Recorded, absorbed: str, survivor: str) -> None:
        to = self._leads_to(survivor)
        for row in self.rows.activities.where("contact_id = ?", absorbed):
            gone = row._replace(contact_id=to)
            self.rows.activities.put(gone)
            self._exports.came(recorded, gone)

    def _lead_elsewhere(self, contact_id: str) -> None:
        """An undo changes whom a contact leads to: the activities linked to it may move.

        Where to is only known once it has changed all contacts: in between they may lead in a ring.
        """
        for linked_to in (contact_id, *self.rows.leading_to(contact_id)):
            for row in self.rows.activities.where("linked_to = ?", linked_to):
                self.rows.activities.put(_moving(row, row))

    def _settle(self, recorded: Recorded) -> None:
        """An undo has changed all that it changes."""
        for row in self.rows.activities.where("moving IS NOT NULL"):
            self.rows.activities.put(row._replace(contact_id=self._leads_to(row.linked_to)))
        self._exports.undo_is_done(recorded)

    def _other_records(self, event: ContactReplayed) -> None:
        """After an undo changed the records of a contact: its activities may have other targets."""
        if event.records or event.records_left:
            for row in self.rows.activities.where("contact_id = ?", event.stream):
                self.rows.activities.put(_moving(row, row))

    def _leads_to(self, contact_id: str | None) -> str | None:
        """The contact that an id leads to; itself where it is only about to be captured."""
        if contact_id is None:
            return None
        contact = self.rows.survivor(contact_id)
        return contact.contact_id if contact else contact_id

    def _touch(
        self, recorded: Recorded, contact: ContactRow, before: ContactRow, *, changed: bool
    ) -> None:
        """Put a contact's row, "updated" only if it says something else now."""
        contact = contact._replace(version=recorded.version)
        if changed or _values(contact) != _values(before):
            at = to_micros(recorded.at)
            contact = contact._replace(updated=recorded.position, updated_at=at)
        self.rows.contacts.put(contact)

    def _hold(
        self, recorded: Recorded, contact_id: str, record_id: str, record: Record
    ) -> tuple[int, int]:
        """Put the rows of a record seen for the first time; returns its time and position."""
        said = _said(recorded, record)
        self.rows.records.put(
            RecordRow(record_id, contact_id, recorded.position, None, (record, said))
        )
        if record.integration is not None and record.external_id is not None:
            self.rows.record_keys.put(
                RecordKeyRow(record.integration, record.kind, record.external_id, record_id)
            )
        if record.source == "csv":
            self.rows.csv_rows.put(CsvRow(record.fingerprint, record_id))
        since, position = said.order
        return to_micros(since), position

    def _list(self, contact_id: str, listed: Iterable[Held]) -> bool:
        """Add phones or emails that one more record lists; whether the union grew."""
        grew = False
        for kind, value in listed:
            row = self.rows.identifiers.get((kind, value, contact_id))
            known = row.holders if row else 0
            grew |= known == 0
            self.rows.identifiers.put(IdentifierRow(kind, value, contact_id, known + 1))
        return grew

    def _unlist(self, contact_id: str, listed: Iterable[Held]) -> bool:
        """Take out phones or emails that one record less lists; whether the union shrank."""
        shrank = False
        for kind, value in listed:
            row = self.rows.identifiers.get((kind, value, contact_id))
            if row is None or row.holders == 0:
                raise LookupError(f"contact {contact_id} does not hold {kind} {value}")
            # A row that nobody holds stays: an undo finds by it who once did.
            self.rows.identifiers.put(row._replace(holders=row.holders - 1))
            shrank |= row.holders == 1
        return shrank

    def _shown_without(self, contact: ContactRow, gone: HeldRecord) -> Mapping[str, AttributeShown]:
        """What a contact shows once a record has left, whose row is gone already."""
        kept = {
            name: shown
            for name, shown in contact.attributes.items()
            if shown.record_id != gone.record_id
        }
        lost = contact.attributes.keys() - kept.keys()
        by_hand = set_by_hand(contact.by_hand)
        found = {name: by_hand[name] for name in lost & by_hand.keys()}
        for record in self.rows.newest_first(contact.contact_id) if lost else ():
            # Its own record comes first, however old: what follows may be newer.
            if record.record_id != contact.contact_id and all(
                name in found and (found[name].since, found[name].position) > record.last_said
                for name in lost
            ):
                break
            for name in lost & record.fields.keys():
                candidate = shown_attribute(record, name)
                if yields_to(contact.by_hand.fields.get(name), record, candidate, name):
                    found[name] = newer(found.get(name), candidate)
        # In an order that every process has: a set of texts is in another one in each.
        shown_now = {name: found[name] for name in contact.attributes if name in found}
        return kept | {name: attribute_shown(shown) for name, shown in shown_now.items()}

    def _counterparts_without(
        self, contact: ContactRow, gone: HeldRecord
    ) -> Mapping[str, CounterpartShown]:
        """Its counterparts once a record has left, whose row is gone already."""
        known = contact.counterparts.get(gone.integration or "")
        if known is None or known.record_id != gone.record_id:
            return contact.counterparts
        left = {name: each for name, each in contact.counterparts.items() if each != known}
        best: HeldRecord | None = None
        for record in self.rows.newest_first(contact.contact_id):
            if best is not None and best.last_said > record.last_said:
                break
            if record.integration == gone.integration:
                best = record
        return left if best is None else _newest_counterpart(left, best)

    def _contact(self, contact_id: str) -> ContactRow:
        row = self.rows.contacts.get((contact_id,))
        if row is None:
            raise LookupError(f"contact {contact_id} is not in the read models")
        return row

    def _record(self, record_id: str) -> RecordRow:
        row = self.rows.records.get((record_id,))
        if row is None:
            raise LookupError(f"record {record_id} is not in the read models")
        return row


def _newest(
    shown: Mapping[str, AttributeShown], news: Mapping[str, AttributeShown]
) -> Mapping[str, AttributeShown]:
    """The newer of each attribute, by time and then by position."""
    newest = dict(shown)
    for name, value in news.items():
        known = newest.get(name)
        if known is None or (value.since, value.position) >= (known.since, known.position):
            newest[name] = value
    return newest


def _moving(before: ActivityRow, after: ActivityRow) -> ActivityRow:
    """An activity that an undo moves; where it was is remembered until the undo is done."""
    return after._replace(
        moving=before.contact_id or "" if before.moving is None else before.moving
    )


def _counterpart(record: HeldRecord) -> CounterpartShown:
    updated_at, position = record.last_said
    return CounterpartShown(
        record.record_id, record.kind, record.external_id or "", to_micros(updated_at), position
    )


def _newest_counterpart(
    known: Mapping[str, CounterpartShown], record: HeldRecord
) -> Mapping[str, CounterpartShown]:
    if record.integration is None:
        return known
    return _most_recent(known, record.integration, _counterpart(record))


def _first_counterpart(
    known: Mapping[str, CounterpartShown], record_id: str, record: Record, since: int, position: int
) -> Mapping[str, CounterpartShown]:
    if record.integration is None:
        return known
    shown = CounterpartShown(record_id, record.kind, record.external_id or "", since, position)
    return _most_recent(known, record.integration, shown)


def _most_recent(
    known: Mapping[str, CounterpartShown], integration: str, candidate: CounterpartShown
) -> Mapping[str, CounterpartShown]:
    """The counterparts with one more candidate, sorted by integration."""
    current = known.get(integration)
    if current is not None and candidate[3:] < current[3:]:
        return known
    return dict(sorted({**known, integration: candidate}.items()))


def _records(state: State | None) -> Mapping[str, HeldRecord]:
    return state.records if isinstance(state, Contact | DeletedContact) else {}


def _values(contact: ContactRow) -> dict[str, str]:
    return {name: shown.value for name, shown in contact.attributes.items()}


def _said(recorded: Recorded, record: Record) -> Said:
    return Said(recorded.position, recorded.at, record.updated_at)
