"""Identifiers: phones and emails in canonical form, which is what matching compares.

Only this module uses phonenumbers and email-validator. Number metadata changes from release to
release, so a value is read once, when it arrives. Events keep the value as written beside its
canonical form, and nothing is read a second time.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import email_validator
import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult
from pydantic import ConfigDict

IdentifierKind = Literal["phone", "email"]

# Only the form of an address counts, so `.test` and `.local` are as good as `.com`. The library
# documents this list as the way to allow them.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

MAX_LENGTH = 1_000
"""The largest number of characters of a phone or an email as written; longer ones are invalid."""

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)
_SCIENTIFIC = re.compile(r"\d+(?:[.,]\d+)?[eE]\+?\d+")
_DIGITS_ONLY = re.compile(
    r"[\d\s().\-/]+(?:(?:;ext=|\s*(?:ext(?:ensio)?n?\.?|x|\#)\s*)\d{1,7})?", re.IGNORECASE
)
_BEFORE_EXTENSION, _AFTER_EXTENSIONS = ";ext=", ";f"
"""The text before the extension in a canonical phone, and one that sorts after all of these."""
_EXTENSION = re.compile(r"\s*;\s*ext\s*=\s*", re.IGNORECASE)
_NO_EXTENSION = re.compile(r";ext=(?!\d)")
_SUBADDRESS = re.compile(r"\s*;\s*isub\s*=[^;]*", re.IGNORECASE)
_NO_DIGIT = re.compile(r"\D")
_MAIN_REGIONS = {regions[0] for regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.values()}
"""The region of each country code whose rules read an international number."""
_SEPARATORS = re.compile(r";|,| ::: |[\r\n\x0b\x0c\x85\u2028\u2029]+")
_BELONGS_BEFORE = re.compile(r"(?:(ext|isub)\s*=.*|\d{1,6})", re.IGNORECASE)
# Nearly all addresses of an address book: every mail system takes them, and email-validator accepts
# them after fifteen times the work. A property test keeps the two equal.
_PLAIN_ADDRESS = re.compile(
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
)
_NAME_AND_ADDRESS = re.compile(r"[^<>]*<([^<>]*)>")


class Identifier(NamedTuple):
    """A phone or an email in canonical form: `+13195555677`, `+13195555677;ext=12`, `a@b.c`."""

    kind: IdentifierKind
    value: str


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """A phone or an email as a source wrote it, with its canonical form beside it.

    `canonical` is None if the value is not an identifier: it is kept and shown as "not matchable".
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    written: str
    canonical: str | None = None
    label: str | None = None

    @property
    def key(self) -> str:
        """The key by which values are compared: the canonical form, else the value as written."""
        return self.canonical if self.canonical is not None else self.written


def is_region(region: str) -> bool:
    """Whether phonenumbers knows this two-letter region (`US`, `GB`)."""
    return region in phonenumbers.SUPPORTED_REGIONS


def canonical_phone(written: str, region: str | None) -> str | None:
    """The canonical form of a phone, or None if it is not an identifier.

    `region` is the record's country, else the account's default region; with None only an
    international number (`+…`, `00…`) is read. Rules: "Identifiers".
    """
    text = _INVISIBLE.sub("", written).strip()
    if not text or len(text) > MAX_LENGTH or _SCIENTIFIC.fullmatch(text):
        return None
    if ";" in text:
        text = _NO_EXTENSION.sub("", _EXTENSION.sub(";ext=", _SUBADDRESS.sub("", text)))
    canonical = _read_phone(text, region)
    if canonical is None:
        return None
    if (text[0] in "+\uff0b" or region in _MAIN_REGIONS) and _ends_with(canonical, text):
        return canonical
    return _settled(canonical)


def _settled(canonical: str) -> str | None:
    """The canonical form that stays the same when it is read again, or None.

    After a national prefix was dropped, as in 020…, the rest may begin with one again; and a region
    that shares its country code may have its own prefix.
    """
    for _ in range(5):
        again = _read_phone(canonical, None)
        if again is None or again == canonical:
            return again
        canonical = again
    return None


def _ends_with(canonical: str, text: str) -> bool:
    """Whether no digit of the text was dropped on the way to its canonical form."""
    return _NO_DIGIT.sub("", canonical).endswith(_NO_DIGIT.sub("", text))


def _read_phone(text: str, region: str | None) -> str | None:
    number = _parse(text, region)
    if text[0] in "+\uff0b":
        return _format_possible(number)
    if number is not None and _is_valid(number, region):
        return _format_possible(number)
    if _DIGITS_ONLY.fullmatch(text) is None:
        return _format_possible(number)
    # A number that is not valid in the region may be an international one without its `+`.
    after_00 = text.startswith("00")
    international = _parse("+" + (text[2:] if after_00 else text), None)
    if after_00 and (number is None or region is None):
        return _format_possible(international)
    if region is not None and international is not None and _is_valid(international, None):
        return _format_possible(international)
    return _format_possible(number)


def _parse(text: str, region: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except NumberParseException:
        return None


def _is_valid(number: PhoneNumber, region: str | None) -> bool:
    """Whether a number is valid anywhere; its own region is tried first, since that is faster."""
    return (
        region is not None and phonenumbers.is_valid_number_for_region(number, region)
    ) or phonenumbers.is_valid_number(number)


def _format_possible(number: PhoneNumber | None) -> str | None:
    if number is None or number.national_number == 0:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return f"{e164}{_BEFORE_EXTENSION}{number.extension}" if number.extension else e164


def without_extension(phone: str) -> str:
    """A canonical phone without its extension, if it has one."""
    return phone.partition(_BEFORE_EXTENSION)[0]


def with_extensions(number: str) -> tuple[str, str]:
    """Two texts between which exactly the phones of a number with an extension are sorted."""
    return f"{number}{_BEFORE_EXTENSION}", f"{number}{_AFTER_EXTENSIONS}"


def canonical_email(written: str) -> str | None:
    """The canonical form of an email, or None if it has no plausible form.

    Case is ignored, plus tags and dots are kept. The domain is in its IDNA form.
    """
    lower = written.strip().lower()
    if len(lower) <= 64 and _PLAIN_ADDRESS.fullmatch(lower):
        return lower
    text = _INVISIBLE.sub("", written).strip()
    wrapped = _NAME_AND_ADDRESS.fullmatch(text)
    if wrapped:
        text = wrapped.group(1).strip()
    if len(text) > MAX_LENGTH:
        return None
    try:
        address = email_validator.validate_email(text, check_deliverability=False)
    except email_validator.EmailNotValidError:
        return None
    local = unicodedata.normalize("NFC", address.local_part.casefold())
    return f"{local}@{address.ascii_domain.lower()}"


def read_phones(
    values: Iterable[tuple[str, str | None]], region: str | None
) -> tuple[ContactPoint, ...]:
    """Phones from (value as written, label) pairs, blank ones and repeats dropped."""
    return _points(values, lambda written: canonical_phone(written, region))


def read_emails(values: Iterable[tuple[str, str | None]]) -> tuple[ContactPoint, ...]:
    """Emails from such pairs."""
    return _points(values, canonical_email)


def _points(
    values: Iterable[tuple[str, str | None]], canonical: Callable[[str], str | None]
) -> tuple[ContactPoint, ...]:
    first: dict[str, ContactPoint] = {}
    for written, label in values:
        if not is_blank(written):
            point = ContactPoint(written, canonical(written), label)
            first.setdefault(point.key, point)
    return tuple(first.values())


def identifiers_of(
    phones: Iterable[ContactPoint], emails: Iterable[ContactPoint] = ()
) -> tuple[Identifier, ...]:
    """The identifiers among them: values that can be matched, phones first."""
    return (
        *[Identifier("phone", phone.canonical) for phone in phones if phone.canonical],
        *[Identifier("email", email.canonical) for email in emails if email.canonical],
    )


def is_blank(text: str) -> bool:
    """Whether a value is empty or has only white space and invisible characters."""
    if not text or text.isspace():
        return True
    return not text.isascii() and not _INVISIBLE.sub("", text).strip()


def split_cell(cell: str) -> list[str]:
    """The values of one cell, which may hold several.

    Split at `;`, `,`, ` ::: ` and line breaks. After `;`, a part that is `ext=…`, `isub=…` or at
    most six digits belongs to the number before it: six digits are an extension.
    """
    if _SEPARATORS.search(cell) is None:
        return [cell.strip()] if cell.strip() else []
    values: list[str] = []
    separator = ""
    start = 0
    for match in [*_SEPARATORS.finditer(cell), None]:
        part = cell[start : match.start() if match else len(cell)].strip()
        after_number = separator == ";" and values and "@" not in values[-1]
        belongs = _BELONGS_BEFORE.fullmatch(part) if after_number else None
        if belongs:
            values[-1] += f";{part}" if belongs.group(1) else f";ext={part}"
        elif part:
            values.append(part)
        if match:
            separator, start = match.group(), match.end()
    return values
