"""WHAT A CONTACT SHOWS of the values of its records and of edits by hand.

| what                  | the rule                                                             |
| --------------------- | -------------------------------------------------------------------- |
| phones and emails     | the union over its records, in the order first seen, no repeats      |
| any other attribute   | the newest value, by the record's `updated_at`, then by arrival      |
| what was set by hand  | is shown until it yields to a record that was new or changed since   |
| counterparts          | of each integration the record that was updated most recently        |
| kind                  | `lead` only while all of its records are leads, or it is captured    |

`union` and `whole` compute it from all that a contact has. `with_record`, `with_held`, `with_edit`,
`record_changed` and `without_record` compute it from what the contact showed before, at the cost of
one record. Property tests keep the two equal. Rules: "What a merged contact says", "Export back".
"""

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import NamedTuple

from domain.contact import Contact
from domain.counterparts import Counterpart, Counterparts, counterpart, with_counterpart
from domain.hand_edits import ByHand, HandPoint, HandValue
from domain.held_records import HeldList, HeldRecord, Order, Said, wins
from domain.identifiers import ContactPoint, PointKind
from domain.records import Record, RecordKind


class ShownPoint(NamedTuple):
    """A phone or an email of a contact: `written` as first seen, `records` in the order seen.

    `by_hand`: somebody added it. `label`: the one given by hand, else the first of a record.
    """

    value: str
    written: str
    matchable: bool
    records: tuple[str, ...]
    by_hand: bool = False
    label: str | None = None


class ShownAttribute(NamedTuple):
    """An attribute of a contact: its newest value, and the record and message it came from.

    `record_id` is None if somebody set it by hand.
    """

    value: str
    record_id: str | None
    order: Order


Attributes = Mapping[str, ShownAttribute]


class Shown(NamedTuple):
    """What a contact shows besides its phones and emails, and the number of its records.

    `contact_records`: how many of them are of kind contact.
    """

    kind: RecordKind
    records: int
    contact_records: int
    attributes: Attributes
    counterparts: Counterparts


NOTHING_SHOWN = Shown("contact", 0, 0, {}, {})
"""What a contact shows before its first record."""


def listed(record: HeldRecord, kind: PointKind) -> HeldList | None:
    """A record's phones, or its emails."""
    return record.phones if kind == "phone" else record.emails


def added(by_hand: ByHand, kind: PointKind) -> tuple[HandPoint, ...]:
    """The phones, or the emails, that somebody added."""
    return by_hand.phones if kind == "phone" else by_hand.emails


Listed = tuple[int, int, ContactPoint, str | None]
"""A phone or an email that a record lists: since which position, its place in the list, what it
lists, and the id of the record; None if somebody added it by hand. A plain tuple, for a contact may
have tens of thousands.
"""


def union(contact: Contact, kind: PointKind) -> dict[str, ShownPoint]:
    """The union of a contact's phones or emails, in the order first seen, no repeats."""
    lists: list[Listed] = [
        (record.said[held.since].position, place, held.point, record.record_id)
        for record in contact.records.values()
        if (known := listed(record, kind)) is not None
        for place, held in enumerate(known.points)
        if not held.hidden
    ]
    return united(lists, kind, contact.by_hand, contact.captured)


def united(
    lists: Iterable[Listed], kind: PointKind, by_hand: ByHand, captured: ContactPoint | None
) -> dict[str, ShownPoint]:
    """The union of what records list, in any order, and what somebody added."""
    # In a replay a captured lead comes one position after its call, where the next input may be.
    # What was added by hand comes before what a record of the same position lists.
    hand: list[Listed] = [
        (each.position, place - _BEFORE, each.point, None)
        for place, each in enumerate(added(by_hand, kind))
    ]
    shown: dict[str, ShownPoint] = {}
    records: dict[str, list[str]] = {}
    if captured is not None and kind == "phone":
        shown[captured.key] = _shown_point(captured)
    for _, _, point, record_id in sorted([*lists, *hand], key=_FIRST_SEEN):
        key = point.key
        known = shown.get(key)
        if known is None:
            known = shown[key] = _shown_point(point)
            records[key] = []
        if point.label and known.label is None:
            known = shown[key] = known._replace(label=point.label)
        if record_id is not None:
            records[key].append(record_id)
        elif not known.by_hand:
            shown[key] = known._replace(by_hand=True)
    for key in by_hand.labels.keys() & shown.keys():
        shown[key] = shown[key]._replace(label=by_hand.labels[key].value)
    return {key: each._replace(records=tuple(records.get(key, ()))) for key, each in shown.items()}


_BEFORE = 1 << 40
_FIRST_SEEN = itemgetter(0, 1)


def _shown_point(point: ContactPoint) -> ShownPoint:
    return ShownPoint(point.key, point.written, point.matchable, (), label=point.label or None)


def whole(contact: Contact) -> Shown:
    """What a contact shows, from all that it has."""
    attributes, counterparts = _set_by_hand(contact.by_hand), NOTHING_SHOWN.counterparts
    for record in contact.records.values():
        attributes = _newest(attributes, _values(record, record.fields, contact.by_hand))
        counterparts = with_counterpart(counterparts, record.integration, counterpart(record))
    records = len(contact.records)
    contact_records = sum(record.kind == "contact" for record in contact.records.values())
    kind = "lead" if contact.captured is not None else _kind(records, contact_records)
    return Shown(kind, records, contact_records, attributes, counterparts)


def with_record(
    before: Shown, record_id: str, record: Record, said: Said, by_hand: ByHand
) -> Shown:
    """What a contact shows after it got one more record, seen for the first time."""
    order, edited = said.order, by_hand.fields
    attributes = {
        name: ShownAttribute(value, record_id, order)
        for name, value in record.fields.items()
        if not edited or yields(edited.get(name), said.position, order)
    }
    if before.attributes:
        attributes = _newest(before.attributes, attributes)
    counterparts = before.counterparts
    if record.integration is not None:
        there = Counterpart(record_id, record.kind, record.external_id or "", order)
        counterparts = with_counterpart(counterparts, record.integration, there)
    records, contact_records = before.records + 1, before.contact_records + _counts(record)
    kind = _kind(records, contact_records)
    return Shown(kind, records, contact_records, attributes, counterparts)


def record_changed(before: Shown, record: HeldRecord, by_hand: ByHand) -> Shown:
    """What a contact shows after a source sent one of its records again, with these values."""
    attributes = with_newest(before.attributes, record, by_hand)
    counterparts = with_counterpart(before.counterparts, record.integration, counterpart(record))
    return before._replace(attributes=attributes, counterparts=counterparts)


def with_held(before: Shown, record: HeldRecord, by_hand: ByHand) -> Shown:
    """What a contact shows after it got a record that another contact had."""
    records, contact_records = before.records + 1, before.contact_records + _counts(record)
    return record_changed(before, record, by_hand)._replace(
        kind=_kind(records, contact_records), records=records, contact_records=contact_records
    )


def with_edit(before: Shown, names: Iterable[str], by_hand: ByHand) -> Shown:
    """What a contact with records shows after somebody set or cleared these attributes.

    `by_hand`: with the edit. No record has said anything since to which its values would yield.
    """
    set_now = _set_by_hand(by_hand)
    kept = {name: each for name, each in before.attributes.items() if name not in set(names)}
    return before._replace(
        attributes={**kept, **{name: set_now[name] for name in names if name in set_now}}
    )


def with_newest(before: Attributes, record: HeldRecord, by_hand: ByHand) -> Attributes:
    """The newest values after a record is new or was sent again with these values."""
    return _newest(before, _values(record, record.fields, by_hand))


def without_record(
    before: Shown, gone: HeldRecord, left: Iterable[HeldRecord], by_hand: ByHand
) -> Shown:
    """What a contact shows after a record has left it.

    `left`: the records that it still has, newest message first. They are read only until no later
    one can be newer than what was found, so that removing one of very many costs little.
    """
    kept = {
        name: each for name, each in before.attributes.items() if each.record_id != gone.record_id
    }
    lost = before.attributes.keys() - kept.keys()
    counterparts = {
        name: each for name, each in before.counterparts.items() if each.record_id != gone.record_id
    }
    seeks_counterpart = len(counterparts) < len(before.counterparts)
    found = {name: each for name, each in _set_by_hand(by_hand).items() if name in lost}
    for record in left if lost or seeks_counterpart else ():
        newest = record.last_said
        if not seeks_counterpart and all(
            name in found and found[name].order > newest for name in lost
        ):
            break
        found = _newest(found, _values(record, lost & record.fields.keys(), by_hand))
        if seeks_counterpart and record.integration == gone.integration:
            counterparts = {**with_counterpart(counterparts, gone.integration, counterpart(record))}
            seeks_counterpart = False
    # Keep an order that is the same in every process, unlike that of a set of texts.
    found_in_order = {name: found[name] for name in before.attributes if name in found}
    records, contact_records = before.records - 1, before.contact_records - _counts(gone)
    kind = _kind(records, contact_records)
    return Shown(kind, records, contact_records, kept | found_in_order, counterparts)


def says(contact: Contact) -> tuple[object, ...]:
    """What counts for "most recently updated": only values, not where they come from."""
    return {*union(contact, "phone")}, {*union(contact, "email")}, values(whole(contact))


def values(shown: Shown) -> dict[str, str]:
    """The values of the attributes, as far as they count for "most recently updated"."""
    return {name: each.value for name, each in shown.attributes.items()}


def _kind(records: int, contact_records: int) -> RecordKind:
    """The kind of a contact that is not a captured lead: without records it lives by its edits."""
    return "contact" if contact_records or not records else "lead"


def _counts(record: Record | HeldRecord) -> int:
    return int(record.kind == "contact")


def _set_by_hand(by_hand: ByHand) -> dict[str, ShownAttribute]:
    """The attributes that somebody set, as they would show."""
    return {
        name: ShownAttribute(each.value, None, (each.at, each.position))
        for name, each in by_hand.fields.items()
        if each.value is not None
    }


def _values(record: HeldRecord, names: Iterable[str], by_hand: ByHand) -> Attributes:
    """A record's values of these attributes, as far as what was set by hand yields to them."""
    return {
        name: ShownAttribute(held.value, record.record_id, order)
        for name in names
        for held in (record.fields[name],)
        for order in (record.said[held.said].order,)
        if yields(by_hand.fields.get(name), record.said[held.changed].position, order)
    }


def _newest(shown: Attributes, news: Attributes) -> dict[str, ShownAttribute]:
    """The newest value of each attribute."""
    won = {name: each for name, each in news.items() if wins(each, shown.get(name))}
    return {**shown, **won}


def yields(edited: HandValue | None, changed: int, said: Order) -> bool:
    """Whether a value set by hand, if any, yields to a record's value.

    It yields only to a newer value, of a record that was first seen or changed it since the edit.
    `changed`: the position of that message; `said`: the order of the value, which of a record that
    came back may be older.
    """
    return edited is None or (changed > edited.position and said >= (edited.at, edited.position))
