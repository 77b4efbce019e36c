"""Held records: what a record says after each message of its source, field by field.

Order of this file: the values, how a record is first held, then what a later message changes.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

from domain.identifiers import ContactPoint, Identifier, identifiers_of
from domain.records import Record, RecordKind, Source, SourceKey
from domain.value import Value, replace

MOST_GONE = 100
"""The most identifiers that a record remembers to have taken back; further ones are forgotten."""
Order = tuple[datetime, int]
"""The key that "newest" compares: an effective time and, between equal ones, a log position."""


class Said(NamedTuple):
    """When a message came: its position in the log, its arrival, and its own time of change."""

    position: int
    at: datetime
    updated_at: datetime | None

    @property
    def order(self) -> Order:
        """The record's `updated_at`, then arrival.

        A message without `updated_at`, or with one in the future, counts from when it arrived.
        """
        if self.updated_at is None or self.updated_at > self.at:
            return self.at, self.position
        return self.updated_at, self.position


class Dated(Protocol):
    """Something that can be newer or older: by its effective time, then by arrival."""

    @property
    def order(self) -> Order:
        """Its effective time and its position."""


def wins(candidate: Dated, known: Dated | None) -> bool:
    """Whether a candidate replaces a known value: the newest wins.

    Two are equal only if they come from the same message, which may be read again.
    """
    return known is None or candidate.order >= known.order


class HeldValue(NamedTuple):
    """An attribute of a record.

    `said`: the newest message that contains the field, as its place in the record's `said`;
    `changed`: the message that last changed the value; an edit by hand yields to it.
    """

    value: str
    said: int
    changed: int


class HeldPoint(NamedTuple):
    """A phone or an email of a record, and its first place in the record's `said`.

    `hidden`: somebody removed it by hand from the contact that has the record. The record still
    lists it; it is shown again after its source has taken it back and listed it again.
    """

    point: ContactPoint
    since: int
    hidden: bool = False


class HeldList(NamedTuple):
    """A record's phones, or its emails: they are one field."""

    points: tuple[HeldPoint, ...]
    said: int


class HeldRecord(Value, frozen=True, kw_only=True):
    """What a record says now, each field with its time.

    `said`: the messages that its fields come from; `first`: the position of its first event;
    `gone`: the first identifiers that it once said and took back, at most MOST_GONE.
    """

    record_id: str
    first: int
    source: Source
    kind: RecordKind
    integration: str | None = None
    external_id: str | None = None
    said: tuple[Said, ...]
    fields: Mapping[str, HeldValue]
    phones: HeldList | None = None
    emails: HeldList | None = None
    fingerprint: int | None = None
    gone: tuple[Identifier, ...] = ()

    @property
    def source_key(self) -> SourceKey | None:
        """The key by which its source sends it again; None if it has none."""
        if self.external_id is None:
            return None
        return self.integration or "", self.kind, self.external_id

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        """The identifiers that it lists: phones, then emails."""
        return _identifiers(self.phones, self.emails)

    @property
    def fingerprint_as_written(self) -> int:
        """That of a csv row with all that it says now."""
        return as_record(self).fingerprint_as_written

    @property
    def last_said(self) -> Order:
        """The time and position of the newest message."""
        return max(said.order for said in self.said)

    @property
    def updated_at(self) -> datetime:
        """The time of the newest message."""
        return self.last_said[0]


def hold_record(
    record_id: str, record: Record, said: Said, starts_from: HeldRecord | None = None
) -> HeldRecord:
    """A record that is seen for the first time. `starts_from`: what it said before, if it did."""
    if starts_from is not None:
        return _hold_again(record_id, evolve_record(starts_from, record, said), said)
    return HeldRecord(
        record_id=record_id,
        first=said.position,
        source=record.source,
        kind=record.kind,
        integration=record.integration,
        external_id=record.external_id,
        said=(said,),
        fields={name: HeldValue(value, 0, 0) for name, value in record.fields.items()},
        phones=_first_list(record.phones),
        emails=_first_list(record.emails),
        fingerprint=record.fingerprint if record.source == "csv" else None,
    )


def _first_list(points: tuple[ContactPoint, ...] | None) -> HeldList | None:
    return None if points is None else HeldList(tuple(HeldPoint(p, 0) for p in points), 0)


def _hold_again(record_id: str, held: HeldRecord, said: Said) -> HeldRecord:
    """A record that came back: its values keep their times, and are all seen for the first time."""
    sayings = held.said if said in held.said else (*held.said, said)
    now = sayings.index(said)

    def again(known: HeldList | None) -> HeldList | None:
        return known and known._replace(points=tuple(HeldPoint(p.point, now) for p in known.points))

    fields = {name: value._replace(changed=now) for name, value in held.fields.items()}
    came_back = replace(
        held,
        record_id=record_id,
        first=said.position,
        said=sayings,
        fields=fields,
        phones=again(held.phones),
        emails=again(held.emails),
        gone=(),
    )
    return _forget_old_sayings(came_back)


def as_read_before(held: HeldRecord, record: Record) -> Record:
    """A message, with the values that the record says already as they were read then.

    Rules: "A value read once stays as it was read".
    """
    phones = _as_read_before(held.phones, record.phones)
    emails = _as_read_before(held.emails, record.emails)
    if phones is record.phones and emails is record.emails:
        return record
    return replace(record, phones=phones, emails=emails)


def _as_read_before(
    known: HeldList | None, points: tuple[ContactPoint, ...] | None
) -> tuple[ContactPoint, ...] | None:
    if known is None or not points:
        return points
    then = {(h.point.written, h.point.region): h.point.canonical for h in known.points}
    if all(then.get((p.written, p.region), p.canonical) == p.canonical for p in points):
        return points
    first: dict[str, ContactPoint] = {}
    for point in points:
        canonical = then.get((point.written, point.region), point.canonical)
        as_then = replace(point, canonical=canonical)
        first.setdefault(as_then.key, as_then)
    return tuple(first.values())


def as_record(held: HeldRecord) -> Record:
    """All that a record says now, as one message."""
    fields = {name: each.value for name, each in held.fields.items()}
    return Record(
        source=held.source,
        kind=held.kind,
        integration=held.integration,
        external_id=held.external_id,
        name=fields.pop("name", None),
        phones=held.phones and tuple(each.point for each in held.phones.points),
        emails=held.emails and tuple(each.point for each in held.emails.points),
        attributes=fields,
    )


def says_another_value(held: HeldRecord, record: Record, said: Said) -> bool:
    """Whether a message makes a record say a value that it did not say.

    Rules: "Deleted by hand stays deleted".
    """
    before, after = as_record(held), as_record(evolve_record(held, record, said))
    pairs = (before.phones, after.phones), (before.emails, after.emails)
    return bool(after.fields.items() - before.fields.items()) or any(
        {each.key for each in now or ()} - {each.key for each in then or ()} for then, now in pairs
    )


def says_something_new(held: HeldRecord, record: Record, said: Said) -> bool:
    """Whether a message of a known record must be recorded.

    It must if it changes a field on which it is the newest, or repeats the same with a newer
    `updated_at` (it may win again). Rules: "What a merged contact says".
    """

    def news(known_said: int | None, *, changes: bool) -> bool:
        if known_said is None:
            return True
        known = held.said[known_said]
        if not wins(said, known):
            return False
        if changes:
            return True
        return (
            said.updated_at is not None
            and said.updated_at != known.updated_at
            and said.order[0] > known.order[0]
        )

    for name, value in record.fields.items():
        known = held.fields.get(name)
        if news(known.said if known else None, changes=known is None or known.value != value):
            return True
    for known_list, points in ((held.phones, record.phones), (held.emails, record.emails)):
        if points is not None and news(
            known_list.said if known_list else None,
            changes=known_list is None
            or _listed(h.point for h in known_list.points) != _listed(points),
        ):
            return True
    return False


def _listed(points: Iterable[ContactPoint]) -> set[tuple[str, str | None]]:
    return {(point.key, point.label) for point in points}


def evolve_record(held: HeldRecord, record: Record, said: Said) -> HeldRecord:
    """The record after a message of its source, newer or older field by field."""
    sayings = [*held.said, said]
    last = len(sayings) - 1

    fields = dict(held.fields)
    for name, value in record.fields.items():
        known = fields.get(name)
        if known is None or wins(said, held.said[known.said]):
            same = known is not None and known.value == value
            fields[name] = HeldValue(value, last, known.changed if known and same else last)

    def lists(known: HeldList | None, points: tuple[ContactPoint, ...] | None) -> HeldList | None:
        if points is None or (known is not None and not wins(said, held.said[known.said])):
            return known
        said_now = {point.key: point for point in points}
        # Known values keep the order in which they were first seen.
        kept = [
            HeldPoint(said_now.pop(h.point.key), h.since, h.hidden)
            for h in (known.points if known else ())
            if h.point.key in said_now
        ]
        return HeldList((*kept, *(HeldPoint(p, last) for p in said_now.values())), last)

    phones, emails = lists(held.phones, record.phones), lists(held.emails, record.emails)
    after = replace(
        held,
        said=tuple(sayings),
        fields=fields,
        phones=phones,
        emails=emails,
        gone=_gone(held, phones, emails),
    )
    if held.fingerprint is not None:
        after = replace(after, fingerprint=as_record(after).fingerprint)
    return _forget_old_sayings(after)


def _gone(
    held: HeldRecord, phones: HeldList | None, emails: HeldList | None
) -> tuple[Identifier, ...]:
    if len(held.gone) == MOST_GONE or (phones is held.phones and emails is held.emails):
        return held.gone
    now = {*_identifiers(phones, emails)}
    went = [each for each in held.identifiers if each not in now]
    return tuple(dict.fromkeys((*held.gone, *went)))[:MOST_GONE]


def _identifiers(phones: HeldList | None, emails: HeldList | None) -> tuple[Identifier, ...]:
    return identifiers_of(
        [each.point for each in phones.points] if phones else [],
        [each.point for each in emails.points] if emails else [],
    )


def _forget_old_sayings(held: HeldRecord) -> HeldRecord:
    """Keep only the newest message and those that a field comes from, so a record stays small."""
    lists = [each for each in (held.phones, held.emails) if each]
    used = sorted(
        {max(range(len(held.said)), key=lambda index: held.said[index].order)}
        | {place for value in held.fields.values() for place in (value.said, value.changed)}
        | {each.said for each in lists}
        | {point.since for each in lists for point in each.points}
    )
    place = {old: new for new, old in enumerate(used)}

    def moved(known: HeldList | None) -> HeldList | None:
        if known is None:
            return None
        points = tuple(HeldPoint(h.point, place[h.since], h.hidden) for h in known.points)
        return HeldList(points, place[known.said])

    return replace(
        held,
        said=tuple(held.said[old] for old in used),
        fields={
            name: HeldValue(value.value, place[value.said], place[value.changed])
            for name, value in held.fields.items()
        },
        phones=moved(held.phones),
        emails=moved(held.emails),
    )


def hide_points(
    held: HeldRecord, *, phones: Collection[str], emails: Collection[str]
) -> HeldRecord:
    """The record after phones or emails were removed by hand from the contact that has it."""

    def hide(known: HeldList | None, removed: Collection[str]) -> HeldList | None:
        if known is None or not any(each.point.key in removed for each in known.points):
            return known
        points = (
            each._replace(hidden=True) if each.point.key in removed else each
            for each in known.points
        )
        return known._replace(points=tuple(points))

    shown_phones, shown_emails = hide(held.phones, phones), hide(held.emails, emails)
    if shown_phones is held.phones and shown_emails is held.emails:
        return held
    return replace(held, phones=shown_phones, emails=shown_emails)
