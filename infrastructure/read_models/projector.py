"""The projector: what an event changes in the read models.

It runs in the transaction that records the event, and again from position 0 when read models are
rebuilt. It changes only the rows that the event touches, so that the next record costs the same
however many its contact has; `verify` compares them with the fold of the contact's stream.
"""

from collections.abc import Iterable, Mapping
from typing import assert_never

from domain.contact import ShownAttribute, newest, shown_attribute
from domain.events import (
    AccountOpened,
    ContactImported,
    ContactsMerged,
    MergeSettingsChanged,
    Recorded,
    RecordUpdated,
    RecordWithdrawn,
)
from domain.identifiers import ContactPoint
from domain.records import HeldRecord, Record, Said, evolve_record
from infrastructure.read_models.tables import (
    AttributeShown,
    ContactRow,
    CsvRow,
    IdentifierRow,
    MergeRow,
    RecordKeyRow,
    RecordRow,
    SettingsRow,
    to_micros,
)
from infrastructure.read_models.working_set import WorkingSet

Held = tuple[str, str]
"""A phone or an email as the first columns of its identifier row: kind and value."""


def held_by(record: HeldRecord) -> dict[Held, None]:
    """What a record lists by now, in order."""
    return _listed(
        record.phones and [held.point for held in record.phones.points],
        record.emails and [held.point for held in record.emails.points],
    )


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


def attribute_shown(shown: ShownAttribute) -> AttributeShown:
    """An attribute's newest value as the contact's row has it."""
    return AttributeShown(shown.value, shown.record_id, to_micros(shown.since), shown.position)


class Projector:
    """Applies recorded events, in order, to a working set."""

    def __init__(self, rows: WorkingSet) -> None:
        self.rows = rows

    def project(self, recorded: Recorded) -> None:
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
            )
        )

    def _merged(self, recorded: Recorded, event: ContactsMerged) -> None:
        survivor, absorbed, at = event.stream, event.absorbed, to_micros(recorded.at)
        contact, record = self._contact(survivor), event.record
        since, order = self._hold(recorded, survivor, absorbed, record)
        self._list(survivor, _listed(record.phones, record.emails))
        contact_records = contact.contact_records + (record.kind == "contact")
        self.rows.contacts.put(
            contact._replace(
                kind="contact" if contact_records else "lead",
                version=recorded.version,
                records=contact.records + 1,
                contact_records=contact_records,
                updated_at=at,
                updated=recorded.position,
                attributes=_newest(
                    contact.attributes,
                    {
                        name: AttributeShown(value, absorbed, since, order)
                        for name, value in record.fields.items()
                    },
                ),
            )
        )
        self.rows.contacts.put(
            ContactRow(
                absorbed,
                "absorbed",
                record.kind,
                survivor,
                event.merge_id,
                0,
                0,
                0,
                at,
                at,
                0,
                {},
            )
        )
        self.rows.merges.put(MergeRow(event.merge_id, survivor, absorbed, recorded.position, None))

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
        attributes = _newest(
            contact.attributes,
            {name: attribute_shown(shown_attribute(after, name)) for name in event.record.fields},
        )
        self._touch(recorded, contact._replace(attributes=attributes), contact, changed=changed)

    def _withdrawn(self, recorded: Recorded, event: RecordWithdrawn) -> None:
        contact_id, held = event.stream, self._record(event.record_id).held
        self._forget(held)
        contact = self._contact(contact_id)
        contact_records = contact.contact_records - (held.kind == "contact")
        left = contact._replace(
            status="live" if contact.records > 1 else "deleted",
            kind="contact" if contact_records else "lead",
            records=contact.records - 1,
            contact_records=contact_records,
            attributes=self._shown_without(contact, held),
        )
        changed = self._unlist(contact_id, held_by(held)) or left.status == "deleted"
        self._touch(recorded, left, contact, changed=changed)

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

    def _forget(self, held: HeldRecord) -> None:
        self.rows.records.remove((held.record_id,))
        if held.integration is not None and held.external_id is not None:
            self.rows.record_keys.remove(
                (held.integration, held.kind, held.external_id, held.record_id)
            )
        if held.fingerprint is not None:
            self.rows.csv_rows.remove((held.fingerprint, held.record_id))

    def _list(self, contact_id: str, listed: Iterable[Held]) -> bool:
        """Add phones or emails that one more record lists; whether the union grew."""
        grew = False
        for kind, value in listed:
            row = self.rows.identifiers.get((kind, value, contact_id))
            grew |= row is None
            holders = row.holders + 1 if row else 1
            self.rows.identifiers.put(IdentifierRow(kind, value, contact_id, holders))
        return grew

    def _unlist(self, contact_id: str, listed: Iterable[Held]) -> bool:
        """Take out phones or emails that one record less lists; whether the union shrank."""
        shrank = False
        for kind, value in listed:
            row = self.rows.identifiers.get((kind, value, contact_id))
            if row is None:
                raise LookupError(f"contact {contact_id} does not hold {kind} {value}")
            if row.holders > 1:
                self.rows.identifiers.put(row._replace(holders=row.holders - 1))
            else:
                self.rows.identifiers.remove((kind, value, contact_id))
                shrank = True
        return shrank

    def _shown_without(self, contact: ContactRow, gone: HeldRecord) -> Mapping[str, AttributeShown]:
        """What a contact shows once a record has left, whose row is gone already."""
        kept = {
            name: shown
            for name, shown in contact.attributes.items()
            if shown.record_id != gone.record_id
        }
        if len(kept) == len(contact.attributes):
            return kept
        others = newest(row.held for row in self.rows.records_of(contact.contact_id))
        return {name: attribute_shown(shown) for name, shown in others.items()}

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


def _values(contact: ContactRow) -> dict[str, str]:
    return {name: shown.value for name, shown in contact.attributes.items()}


def _said(recorded: Recorded, record: Record) -> Said:
    return Said(recorded.position, recorded.at, record.updated_at)
