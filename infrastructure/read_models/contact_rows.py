"""The rows of a contact, made from its state, as the fold of its stream defines them."""

from collections import Counter
from collections.abc import Iterable

from domain.contact import AbsorbedContact, Contact, DeletedContact, State
from domain.hand_edits import ByHand
from domain.held_records import HeldRecord
from domain.identifiers import ContactPoint, phone_identifier
from domain.records import Record
from domain.shown import NOTHING_SHOWN, Shown, whole
from infrastructure.storage.stored_rows import ContactRow, RecordRow
from infrastructure.storage.times import from_micros, to_micros

Held = tuple[str, str]
"""A phone or an email as the first columns of its identifier row: kind and value."""


def held_by(record: HeldRecord, *, hidden: bool = False) -> dict[Held, None]:
    """What a record shows now, in order; with `hidden`, what it lists but does not show."""
    phones, emails = (
        [held.point for held in known.points if held.hidden == hidden] if known else []
        for known in (record.phones, record.emails)
    )
    return index_keys(phones, emails)


def index_keys(
    phones: Iterable[ContactPoint] | None, emails: Iterable[ContactPoint] | None
) -> dict[Held, None]:
    """The keys of identifier rows. Values that are not matchable have a kind of their own."""
    held: dict[Held, None] = {}
    for point in phones or ():
        canonical = point.canonical
        held[phone_identifier(canonical) if canonical else ("phone_text", point.key)] = None
    for point in emails or ():
        held[("email" if point.canonical is not None else "email_text", point.key)] = None
    return held


def keys_of(record: Record) -> Iterable[Held]:
    """The keys of a record; its identifiers are known already, and mostly are all that it says."""
    if len(record.identifiers) == len(record.phones or ()) + len(record.emails or ()):
        return record.identifiers
    return index_keys(record.phones, record.emails)


def holders(state: State | None) -> Counter[Held]:
    """What a contact holds, and how often: once for each record, and once if added by hand.

    A value that a record lists and somebody removed by hand counts 0. It still has a row of the
    match index, since a csv row is looked up by the values that it lists.
    """
    counted: Counter[Held] = Counter()
    if not isinstance(state, Contact):
        return counted
    for record in state.records.values():
        counted.update(dict.fromkeys(held_by(record, hidden=True), 0))
        counted.update(held_by(record).keys())
    captured = index_keys((state.captured,) if state.captured else (), ())
    counted.update([*by_hand_keys(state.by_hand), *captured])
    return counted


def by_hand_keys(by_hand: ByHand) -> dict[Held, None]:
    """The phones and emails that somebody added."""
    return index_keys((p.point for p in by_hand.phones), (e.point for e in by_hand.emails))


def contact_row(state: State) -> ContactRow:
    """The complete row of a contact."""
    if isinstance(state, AbsorbedContact):
        return absorbed_row(state.contact_id, state.survivor, state.merge_id, state.version)
    captured = state.captured if isinstance(state, Contact) else None
    shown = whole(state) if isinstance(state, Contact) else _hidden(state)
    return ContactRow(
        state.contact_id,
        "live" if isinstance(state, Contact) else "deleted",
        None,
        None,
        state.version,
        to_micros(state.created_at),
        to_micros(state.updated_at),
        state.updated,
        shown,
        state.by_hand,
        captured,
    )


def absorbed_row(contact_id: str, survivor: str, merge_id: str | None, version: int) -> ContactRow:
    """The row of an absorbed contact, which only says where it leads."""
    return ContactRow(contact_id, "absorbed", survivor, merge_id, version, 0, 0, 0, NOTHING_SHOWN)


def _hidden(state: DeletedContact) -> Shown:
    """A deleted contact shows nothing, and still has its records."""
    contact_records = sum(record.kind == "contact" for record in state.records.values())
    return NOTHING_SHOWN._replace(records=len(state.records), contact_records=contact_records)


def state_of(row: ContactRow, records: Iterable[RecordRow]) -> State:
    """A contact as a value of the domain, from its row and those of its records."""
    if row.survivor is not None:
        return AbsorbedContact(
            contact_id=row.contact_id,
            survivor=row.survivor,
            merge_id=row.merge_id,
            version=row.version,
        )
    held = {each.record_id: each.held for each in records}
    if row.status == "deleted":
        return DeletedContact(
            contact_id=row.contact_id,
            records=held,
            by_hand=row.by_hand,
            created_at=from_micros(row.created_at),
            updated=row.updated,
            updated_at=from_micros(row.updated_at),
            version=row.version,
        )
    return Contact(
        contact_id=row.contact_id,
        records=held,
        by_hand=row.by_hand,
        captured=row.captured,
        created_at=from_micros(row.created_at),
        updated=row.updated,
        updated_at=from_micros(row.updated_at),
        version=row.version,
    )
