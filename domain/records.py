"""Records: what one source says of one person or company, and what it says after sending again.

Order of this file: the values, then how a record is read, then `evolve_record`.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Literal, NamedTuple

from pydantic import ConfigDict

from domain.identifiers import (
    MAX_LENGTH,
    ContactPoint,
    Identifier,
    is_blank,
    read_emails,
    read_phones,
)

Source = Literal["integration", "csv", "api", "dashboard", "phone_app"]
RecordKind = Literal["contact", "lead"]

MAX_TEXT = 32_767
"""The most characters the value of an attribute may have: what a cell of a spreadsheet holds."""
MAX_BYTES = 2 * MAX_LENGTH
"""The most bytes in UTF-8 of what may be looked up: the index of a database takes no more."""
MAX_INTEGRATION = 64
"""The most characters of an integration's name."""
MAX_VALUES = 1_000
"""The most phones, emails or attributes that one record may have."""

_EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
_LATEST = datetime(9999, 12, 30, tzinfo=UTC)


class RecordRefused(ValueError):
    """A record cannot be taken: `field` names what is wrong with it, `reason` says what."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Record:
    """One message of a source about one person or company, its phones and emails read.

    `phones` and `emails` are None where the message does not mention them: an absent field says
    nothing, an empty list says that there are none. Blank attributes are dropped: a blank value
    never overwrites.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    source: Source
    kind: RecordKind = "contact"
    integration: str | None = None
    external_id: str | None = None
    updated_at: datetime | None = None
    name: str | None = None
    phones: tuple[ContactPoint, ...] | None = None
    emails: tuple[ContactPoint, ...] | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def identifiers(self) -> tuple[Identifier, ...]:
        """What matching compares, in the order phones, emails."""
        return (
            *(Identifier("phone", p.canonical) for p in self.phones or () if p.canonical),
            *(Identifier("email", e.canonical) for e in self.emails or () if e.canonical),
        )

    @cached_property
    def fields(self) -> Mapping[str, str]:
        """The attributes by name, the name of the person or company as `name` among them."""
        if self.name is None:
            return self.attributes
        return {"name": self.name, **self.attributes}

    @cached_property
    def fingerprint(self) -> int:
        """64 bits, equal for csv rows with the same identifiers (as sets) and attributes."""
        values = [
            *sorted({identifier.value for identifier in self.identifiers}),
            "",
            *(text for pair in sorted(self.fields.items()) for text in pair),
        ]
        # No text has a NUL byte, so it tells where one ends.
        digest = hashlib.blake2b("\0".join(values).encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big", signed=True)


Written = str | tuple[str, str | None]
"""A phone or an email as it comes in: the text, or the text and its label."""


def read_record(
    *,
    source: Source,
    region: str | None,
    kind: RecordKind = "contact",
    integration: str | None = None,
    external_id: str | None = None,
    updated_at: datetime | None = None,
    name: str | None = None,
    phones: Sequence[Written] | None = None,
    emails: Sequence[Written] | None = None,
    attributes: Mapping[str, str | None] | None = None,
) -> Record:
    """Read what a source sent: phones and emails in canonical form, blank values dropped.

    `region` is the country that the record names, else the account's default region.
    Raises RecordRefused, which names the field. Rules: "Records", "Identifiers".
    """
    if (integration is not None) != (source == "integration"):
        raise RecordRefused("integration", "goes with the source `integration`, and only with it")
    if kind == "lead" and source != "integration":
        raise RecordRefused("kind", f"a record of the source `{source}` is of kind contact")
    if source == "integration" and not external_id:
        raise RecordRefused("external_id", "a record of an integration needs its id there")
    if updated_at is not None and updated_at.tzinfo is None:
        raise RecordRefused("updated_at", "needs a time zone offset")
    if updated_at is not None and not _EARLIEST <= updated_at <= _LATEST:
        raise RecordRefused("updated_at", "is out of range")
    _check_text("integration", integration, MAX_INTEGRATION)
    _check_text("external_id", external_id, MAX_LENGTH)
    _check_text("name", name, MAX_TEXT)
    given = attributes or {}
    _check_count("attributes", given)
    for attribute, value in given.items():
        if not (_is_plain(attribute) and (value is None or _is_plain(value))):
            _check_text(f"attributes.{attribute[:40]}", attribute, MAX_LENGTH)
            _check_text(f"attributes.{attribute[:40]}", value, MAX_TEXT)
    if is_blank(given.get("name") or "") is False:
        raise RecordRefused("attributes.name", "is sent as `name`")
    record = Record(
        source=source,
        kind=kind,
        integration=integration,
        external_id=external_id,
        updated_at=updated_at.astimezone(UTC) if updated_at else None,
        name=None if name is None or is_blank(name) else name.strip(),
        phones=None if phones is None else read_phones(_labelled("phones", phones), region),
        emails=None if emails is None else read_emails(_labelled("emails", emails)),
        attributes={
            attribute: value.strip()
            for attribute, value in given.items()
            if value is not None and not is_blank(value)
        },
    )
    if source == "csv" and not record.identifiers:
        raise RecordRefused("row", "has no phone and no email that can be matched")
    return record


def _labelled(field_name: str, values: Sequence[Written]) -> list[tuple[str, str | None]]:
    _check_count(field_name, values)
    pairs = [(value, None) if isinstance(value, str) else value for value in values]
    for index, (written, label) in enumerate(pairs):
        if label is None and _is_plain(written):
            continue
        _check_text(f"{field_name}[{index}]", written, MAX_LENGTH)
        _check_text(f"{field_name}[{index}].label", label, MAX_LENGTH)
    return pairs


def _check_count(field_name: str, values: Sequence[object] | Mapping[str, object]) -> None:
    if len(values) > MAX_VALUES:
        raise RecordRefused(field_name, f"has {len(values)} values, {MAX_VALUES} are the most")


def _is_plain(text: str) -> bool:
    """Whether a text passes every check at a glance, as nearly all do."""
    return len(text) <= MAX_LENGTH and text.isascii() and text.isprintable()


def _check_text(field_name: str, text: str | None, longest: int) -> None:
    wrong = check_text(text, longest)
    if wrong is not None:
        raise RecordRefused(field_name, wrong)


def check_text(text: str | None, longest: int) -> str | None:
    """What makes a text one that cannot be taken, if anything."""
    if text is None:
        return None
    if len(text) > longest:
        return f"has {len(text)} characters, {longest} are the most"
    if "\0" in text:
        return "has a NUL byte"
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "has a lone surrogate, which is no character"
    if longest <= MAX_LENGTH and not text.isascii() and len(text.encode()) > MAX_BYTES:
        return f"has {len(text.encode())} bytes in UTF-8, {MAX_BYTES} are the most"
    return None


class Said(NamedTuple):
    """When a message was said: where it stands in the log, when it came, its own time of change."""

    position: int
    at: datetime
    updated_at: datetime | None

    @property
    def order(self) -> tuple[datetime, int]:
        """What "newest" compares: the record's `updated_at`, for equal times by arrival.

        A message without `updated_at`, or with one in the future, counts from when it arrived.
        """
        if self.updated_at is None or self.updated_at > self.at:
            return self.at, self.position
        return self.updated_at, self.position


class HeldValue(NamedTuple):
    """An attribute as a record has it.

    `said`: the newest message that contains the field, as its place in the record's `said`;
    `changed`: the one that last changed the value, which is what an edit by hand yields to.
    """

    value: str
    said: int
    changed: int


class HeldPoint(NamedTuple):
    """A phone or an email as a record has it, and since which place in the record's `said`.

    `hidden`: somebody removed it by hand from the contact that has the record. The record goes on
    listing it, and it shows again once its source takes it back and lists it anew.
    """

    point: ContactPoint
    since: int
    hidden: bool = False


class HeldList(NamedTuple):
    """A record's phones, or its emails: they are one field."""

    points: tuple[HeldPoint, ...]
    said: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRecord:
    """What a record says by now, each field with its time.

    `said`: the messages it rests on; `first`: the position of the event that brought it.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

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

    @property
    def last_said(self) -> tuple[datetime, int]:
        """The time and position of the newest message."""
        return max(said.order for said in self.said)

    @property
    def updated_at(self) -> datetime:
        """The time of the newest message."""
        return self.last_said[0]


def hold_record(record_id: str, record: Record, said: Said) -> HeldRecord:
    """A record that is seen for the first time."""
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


def says_something_new(held: HeldRecord, record: Record, said: Said) -> bool:
    """Whether a message of a known record is to be recorded.

    It is where it changes a field that it is newest on, or says the same again with a newer
    `updated_at` (it may win again). Rules: "What a merged contact says".
    """

    def news(known_said: int | None, *, changes: bool) -> bool:
        if known_said is None:
            return True
        known = held.said[known_said]
        if said.order < known.order:
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
    """The record after a message of its source: newer or older field by field."""
    sayings = [*held.said, said]
    last = len(sayings) - 1

    def newest(known_said: int) -> bool:
        return said.order >= held.said[known_said].order

    fields = dict(held.fields)
    for name, value in record.fields.items():
        known = fields.get(name)
        if known is None or newest(known.said):
            same = known is not None and known.value == value
            fields[name] = HeldValue(value, last, known.changed if known and same else last)

    def lists(known: HeldList | None, points: tuple[ContactPoint, ...] | None) -> HeldList | None:
        if points is None or (known is not None and not newest(known.said)):
            return known
        said_now = {point.key: point for point in points}
        # What was there stays in the order first seen, whatever the order of the message.
        kept = [
            HeldPoint(said_now.pop(h.point.key), h.since, h.hidden)
            for h in (known.points if known else ())
            if h.point.key in said_now
        ]
        return HeldList((*kept, *(HeldPoint(p, last) for p in said_now.values())), last)

    return _forget_old_sayings(
        replace(
            held,
            said=tuple(sayings),
            fields=fields,
            phones=lists(held.phones, record.phones),
            emails=lists(held.emails, record.emails),
        )
    )


def _forget_old_sayings(held: HeldRecord) -> HeldRecord:
    """Keep the newest message and those that a field rests on: a record never grows by age."""
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
