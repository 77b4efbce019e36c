"""Records: what one source says about one person or company, and how it is read.

What a record says after its source sent it again: domain/held_records.py.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Literal

from msgspec import field

from domain.identifiers import ContactPoint, Identifier, identifiers_of, read_emails, read_phones
from domain.phone_texts import MAX_LENGTH, is_blank
from domain.value import Value, computed_once

Source = Literal["integration", "csv", "api", "dashboard", "phone_app"]
RecordKind = Literal["contact", "lead"]
SourceKey = tuple[str, RecordKind, str]
"""The key of a record in its source: the integration, the record's kind, its id there.

Of a csv record with an id, the card of a vCard file, the integration is "".
"""

MAX_TEXT = 32_767
"""The largest number of characters of an attribute's value: what a spreadsheet's cell can hold."""
MAX_BYTES = 2 * MAX_LENGTH
"""The largest number of UTF-8 bytes of a value that is looked up: the limit of database indexes."""
MAX_INTEGRATION = 64
"""The largest number of characters of an integration's name."""
MAX_VALUES = 1_000
"""The largest number of phones, of emails, and of attributes of one record."""
NO_IDENTIFIER = "has no phone and no email that can be matched"

RESERVED_NAME = "must be sent as `name`"
OUT_OF_RANGE = "is out of range"
_EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
_LATEST = datetime(9999, 12, 30, tzinfo=UTC)


class ValueRefused(ValueError):
    """What was sent is not valid: `field` names what is wrong, `reason` says why.

    `others`: what else is wrong with it, as far as it is known.
    """

    def __init__(self, field: str, reason: str, others: Sequence["ValueRefused"] = ()) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
        self.others = others


class Record(Value, frozen=True, kw_only=True, dict=True):
    """One message of a source about one person or company, its phones and emails read.

    `phones` and `emails` are None if the message does not mention them: an absent field says
    nothing, an empty list says that there are none. Blank attributes are dropped: a blank value
    never overwrites.
    """

    source: Source
    kind: RecordKind = "contact"
    integration: str | None = None
    external_id: str | None = None
    updated_at: datetime | None = None
    name: str | None = None
    phones: tuple[ContactPoint, ...] | None = None
    emails: tuple[ContactPoint, ...] | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)

    @computed_once
    def identifiers(self) -> tuple[Identifier, ...]:
        """The identifiers that it says: phones, then emails."""
        return identifiers_of(self.phones or (), self.emails or ())

    @computed_once
    def matchable(self) -> tuple[Identifier, ...]:
        """Those that matching compares: a placeholder matches nobody."""
        if all(each.kind != "phone_placeholder" for each in self.identifiers):
            return self.identifiers
        return tuple(each for each in self.identifiers if each.kind != "phone_placeholder")

    @property
    def source_key(self) -> SourceKey | None:
        """The key by which its source sends it again; None if it has none."""
        if self.external_id is None:
            return None
        return self.integration or "", self.kind, self.external_id

    @computed_once
    def fields(self) -> Mapping[str, str]:
        """The attributes by name, including the name of the person or company as `name`."""
        if self.name is None:
            return self.attributes
        return {"name": self.name, **self.attributes}

    @computed_once
    def fingerprint(self) -> int:
        """64 bits, equal for csv rows with the same identifiers (as sets) and attributes."""
        return _digest([*sorted({each.value for each in self.matchable}), self._all_fields])

    @computed_once
    def fingerprint_as_written(self) -> int:
        """64 bits, equal for csv rows with the same values, as written, and attributes.

        Rules: "A value read once stays as it was read".
        """
        points = (*(self.phones or ()), *(self.emails or ()))
        written = {f"{point.written}\0{point.region or ''}" for point in points}
        return _digest(["", *sorted(written), self._all_fields])

    @computed_once
    def _all_fields(self) -> str:
        return "\0".join(["", *chain.from_iterable(sorted(self.fields.items()))])


def _digest(texts: list[str]) -> int:
    # No text contains a NUL character, so it can separate them.
    digest = hashlib.blake2b("\0".join(texts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


Written = str | tuple[str, str | None]
"""A phone or an email as it arrives: the text, or the text and its label."""


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
    Raises ValueRefused, which names the field. Rules: "Records", "Identifiers".
    """
    _check_source(source, kind, integration, external_id)
    if updated_at is not None and updated_at.tzinfo is None:
        raise ValueRefused("updated_at", "needs a time zone offset")
    if updated_at is not None and not is_in_range(updated_at):
        raise ValueRefused("updated_at", OUT_OF_RANGE)
    check_text("integration", integration, MAX_INTEGRATION)
    check_text("external_id", external_id, MAX_LENGTH)
    check_text("name", name, MAX_TEXT)
    given = attributes or {}
    _check_count("attributes", given)
    are_plain = _is_plain("".join([*given, *(value for value in given.values() if value)]))
    for attribute, value in () if are_plain else given.items():
        if not (_is_plain(attribute) and (value is None or _is_plain(value))):
            check_text(f"attributes.{attribute[:40]}", attribute, MAX_LENGTH)
            check_text(f"attributes.{attribute[:40]}", value, MAX_TEXT)
    if is_blank(given.get("name") or "") is False:
        raise ValueRefused("attributes.name", RESERVED_NAME)
    record = Record(
        source=source,
        kind="lead" if kind == "lead" else "contact",  # the default itself (see value.py)
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
    if source == "csv" and not record.matchable:
        raise ValueRefused("row", NO_IDENTIFIER)
    return record


def is_in_range(updated_at: datetime) -> bool:
    """Whether a time, with its offset, is one that can be stored in any time zone."""
    return _EARLIEST <= updated_at <= _LATEST


def _check_source(
    source: Source, kind: RecordKind, integration: str | None, external_id: str | None
) -> None:
    if (integration is not None) != (source == "integration"):
        raise ValueRefused(
            "integration", "must be given for the source `integration`, and only then"
        )
    if kind == "lead" and source != "integration":
        raise ValueRefused("kind", f"must be `contact` for a record of the source `{source}`")
    if source == "integration" and not external_id:
        raise ValueRefused(
            "external_id", "is missing: a record of an integration needs its id in that system"
        )
    if external_id is not None and source not in ("integration", "csv"):
        raise ValueRefused("external_id", f"a record of the source `{source}` has none")


def _labelled(field_name: str, values: Sequence[Written]) -> list[tuple[str, str | None]]:
    _check_count(field_name, values)
    pairs = [(value, None) if isinstance(value, str) else value for value in values]
    for index, (written, label) in enumerate(pairs):
        if label is None and _is_plain(written):
            continue
        check_text(f"{field_name}[{index}]", written, MAX_LENGTH)
        check_text(f"{field_name}[{index}].label", label, MAX_LENGTH)
    return pairs


def _check_count(field_name: str, values: Sequence[object] | Mapping[str, object]) -> None:
    if len(values) > MAX_VALUES:
        raise ValueRefused(
            field_name, f"has too many values: {len(values)}, the limit is {MAX_VALUES}"
        )


def _is_plain(text: str) -> bool:
    """Whether a quick test shows that a text passes every check, as nearly all texts do."""
    return len(text) <= MAX_LENGTH and text.isascii() and text.isprintable()


def check_text(field_name: str, text: str | None, longest: int) -> None:
    """Raise ValueRefused if a text is not valid."""
    wrong = wrong_in(text, longest)
    if wrong is not None:
        raise ValueRefused(field_name, wrong)


def wrong_in(text: str | None, longest: int) -> str | None:
    """The reason why a text is not valid, or None."""
    if text is None or (len(text) <= longest and text.isascii() and "\0" not in text):
        return None
    if len(text) > longest:
        return f"is too long: {len(text)} characters, the limit is {longest}"
    if "\0" in text:
        return "contains a NUL character"
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "contains an invalid character (a lone surrogate)"
    if longest <= MAX_LENGTH and not text.isascii() and len(text.encode()) > MAX_BYTES:
        return f"is too long: {len(text.encode())} bytes in UTF-8, the limit is {MAX_BYTES}"
    return None
