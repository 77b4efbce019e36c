"""Phones: from what people write to the canonical form that matching compares.

Number metadata changes from release to release, so a phone is read once, when it arrives. Events
keep it as written beside its canonical form, and nothing is read a second time. Each rule of
docs/rules.md, "Identifiers", is one function.
"""

import re
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult

from domain.phone_plans import REGIONS, as_planned, code_of
from domain.phone_texts import (
    MAX_LENGTH,
    WITHHELD_WORDS,
    before_remark,
    extension_apart,
    is_masked,
    names_a_fax,
    normalised,
    on_keys,
    unlabelled,
    unwrapped,
    vanity_digits,
    visible,
    without_signs,
)

_PLAIN = re.compile(r"\+?(?:[\d \-/()]|\.(?!\.|0$))*[\d)]", re.ASCII)
"""How nearly all phones of an address book are written: nothing to take off."""
_NUMBER = re.compile(r"\(?\+?[\d .\-/()]*\d[\d .\-/()]*", re.ASCII)
_BRACKETED_ZERO = re.compile(r"\( ?0 ?\)")
_CODE_AND_ZERO = re.compile(
    r"\(? ?(\+|00)? ?(\d{1,3})(?: ?\))?[ .\-/]*\( ?0 ?\)(.*)", re.ASCII | re.DOTALL
)
_RANGE = re.compile(r"(.*?)( ?[/\-] ?)(\d{1,4})", re.ASCII)
_SHORTEST_OF_RANGE = 7
_WITHHELD = re.compile(f"1?({'|'.join(map(on_keys, WITHHELD_WORDS))})")
_SHORTEST_WITHHELD = 7
_BEFORE_EXTENSION, _AFTER_EXTENSIONS = ";ext=", ";f"
"""The text before the extension in a canonical phone, and one that sorts after all of these."""
_NO_DIGIT = re.compile(r"\D")
_MAIN_REGIONS = {regions[0] for regions in REGIONS.values()}
_ONE_DIGIT = re.compile(r"(\d)\1*")
_COUNTING = "1234567890"
_SHORTEST_COUNTING = 7

_RENUMBERED = {
    # Mexico dropped the 1 before mobiles on 2019-08-03 (IFT, Plan Técnico Fundamental de
    # Numeración, 2018).
    52: (re.compile(r"1(\d{10})"), r"\1"),
    # Brazil put a 9 before mobiles from 2012 to 2016 (Anatel, Resolução 553/2010). Some old numbers
    # that begin with 7 were valid, so these stay apart.
    55: (re.compile(r"(\d\d)([689]\d{7})"), r"\g<1>9\2"),
    # Benin put 01 before all numbers on 2024-11-30 (ITU, Operational Bulletin 1299).
    229: (re.compile(r"(\d{8})"), r"01\1"),
}
"""By country code, an old form of a number and what it became. Only what is certain."""
CHANGED_CODES = frozenset(map(str, _RENUMBERED))


class Phone(NamedTuple):
    """A phone as it was read: its canonical form, if it is an identifier; the label within it."""

    canonical: str | None = None
    label: str | None = None


_NO_PHONE = Phone()


def is_region(region: str) -> bool:
    """Whether phonenumbers knows this two-letter region (`US`, `GB`)."""
    return region in phonenumbers.SUPPORTED_REGIONS


def canonical_phone(written: str, region: str | None) -> str | None:
    """The canonical form of a phone, or None. See `read_phone`."""
    return read_phone(written, region).canonical


def read_phone(written: str, region: str | None) -> Phone:
    """Read a phone as people write it.

    `region` is the record's country, else the account's default region; with None only an
    international number (`+…`, `00…`) is read. Rules: "Identifiers".
    """
    if _PLAIN.fullmatch(written) and "/" not in written and len(written) <= MAX_LENGTH:
        return Phone(_read_number(written, region))
    text = " ".join(written.split())
    if len(text) > MAX_LENGTH:
        return _NO_PHONE
    if _PLAIN.fullmatch(text):
        return Phone(_read_number(text, region))
    text = unwrapped(normalised(text))
    if names_a_fax(text):
        return _NO_PHONE
    vanity = vanity_digits(text, calling_code_1=_calling_code(region) == 1)
    if vanity:
        return Phone(_read_number(vanity, None))
    label, text = unlabelled(text)
    number, extension = extension_apart(text)
    if is_masked(number):
        return Phone(None, label)
    before = before_remark(number)
    must_be_valid = before != number
    number = without_signs(before)
    if not _NUMBER.fullmatch(number):
        return Phone(None, label)
    canonical = _read_number(number, region)
    if canonical and must_be_valid and not is_valid_phone(canonical, None):
        canonical = None
    return Phone(canonical and _with_extension(canonical, extension), label)


def international(phone: str) -> str:
    """A phone as people write it: `+1 319-555-5677 ext. 12`; any other text as it is."""
    number, _, extension = phone.partition(_BEFORE_EXTENSION)
    if not number.startswith("+"):
        return phone
    try:
        parsed = phonenumbers.parse(number)
    except NumberParseException:
        return phone
    spelled = phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)
    return f"{spelled} ext. {extension}" if extension else spelled


def spells_a_word(written: str, region: str | None) -> bool:
    """Whether bare digits spell, on the keys of a telephone, that a caller's number is withheld.

    Seven digits do not if they are a valid number of the region.
    """
    digits = visible(written)
    found = _WITHHELD.fullmatch(digits)
    if found is None:
        return False
    return len(found[1]) > _SHORTEST_WITHHELD or not is_valid_phone(digits, region)


def is_valid_phone(written: str, region: str | None) -> bool:
    """Whether a phone is a valid number, one that its country's plan has."""
    canonical = canonical_phone(written, region)
    return canonical is not None and _is_valid(_parse(canonical, None), None)


def read_caller(written: str, region: str | None) -> str | None:
    """The canonical form of a caller's number, or None. A placeholder must be a valid number."""
    canonical = canonical_phone(written, region)
    if canonical and is_placeholder(canonical) and not is_valid_phone(canonical, None):
        return None
    return canonical


def _read_number(text: str, region: str | None) -> str | None:
    """The canonical form of a number that is written in digits and signs alone."""
    if " / " in text:
        text = _first_of_range(text, region) or text
    if not ("(" in text and _BRACKETED_ZERO.search(text)):
        planned = as_planned(text, region, CHANGED_CODES)
        if planned is not None:
            return planned
    canonical = _canonical(_number(text, region), text, region)
    if canonical is None and (first := _first_of_range(text, region)):
        return _canonical(_number(first, region), first, region)
    return canonical


def _first_of_range(text: str, region: str | None) -> str | None:
    """The first number before a short one that could replace its last digits: 5550174 / 75."""
    found = _RANGE.fullmatch(text)
    number = _number(found[1], region) if found else None
    if found and number and len(str(number.national_number)) >= _SHORTEST_OF_RANGE:
        return found[1] if found[2] == " / " or _is_valid(number, region) else None
    return None


def _number(text: str, region: str | None) -> PhoneNumber | None:
    """Read a number that is written in digits and signs alone."""
    if "(" in text and _BRACKETED_ZERO.search(text):
        number = _after_code_and_zero(text)
        if number:
            return number
    digits = _NO_DIGIT.sub("", text)
    if "+" in text:
        return _international(digits)
    if digits.startswith("00"):
        return _after_00(digits, region)
    if region is None:
        return None
    national = _renumbered(_parse(digits, region))
    if _is_valid(national, region) or _is_local_part(national):
        return national
    # A number that is not valid in the region may be an international one without its `+`.
    international = _international(digits)
    return international if _is_valid(international, None) else national


def _after_code_and_zero(text: str) -> PhoneNumber | None:
    """A number with `(0)` after its country code, if it is valid with this zero or without."""
    found = _CODE_AND_ZERO.fullmatch(text)
    if not found or int(found[2]) not in REGIONS:
        return None
    rest = _NO_DIGIT.sub("", found[3])
    both = (_international(f"{found[2]}{zero}{rest}") for zero in ("0", ""))
    return next((number for number in both if _is_valid(number, None)), None)


def _after_00(digits: str, region: str | None) -> PhoneNumber | None:
    """Read a number that begins with 00: in the region if it is valid there, else as after `+`."""
    national = _renumbered(_parse(digits, region)) if region else None
    if _is_valid(national, region):
        return national
    international = _international(digits[2:])
    return international if national is None or _is_valid(international, None) else national


def _international(digits: str) -> PhoneNumber | None:
    return _renumbered(_parse(f"+{digits}", None))


def _parse(text: str, region: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except NumberParseException:
        return None


def _renumbered(number: PhoneNumber | None) -> PhoneNumber | None:
    """What a number became when its country changed its plan; itself if it is still valid."""
    if number is None or number.country_code not in _RENUMBERED or _is_valid(number, None):
        return number
    old, new = _RENUMBERED[number.country_code]
    found = old.fullmatch(phonenumbers.national_significant_number(number))
    became = found and _parse(f"+{number.country_code}{found.expand(new)}", None)
    return became if became and _is_valid(became, None) else number


def _is_valid(number: PhoneNumber | None, region: str | None) -> bool:
    """Whether a number is valid anywhere; its own region is tried first, since that is faster."""
    return number is not None and (
        (region is not None and phonenumbers.is_valid_number_for_region(number, region))
        or phonenumbers.is_valid_number(number)
    )


def _is_local_part(number: PhoneNumber | None) -> bool:
    """Whether a number is possible only within its area: 493-0000 in the US."""
    if number is None:
        return False
    reason = phonenumbers.is_possible_number_with_reason(number)
    return reason == ValidationResult.IS_POSSIBLE_LOCAL_ONLY


def _canonical(number: PhoneNumber | None, text: str, region: str | None) -> str | None:
    """The canonical form of a possible number, the same if it is read again in any region."""
    canonical = _format_possible(number)
    if canonical is None:
        return None
    if ("+" in text or region in _MAIN_REGIONS) and canonical.endswith(_NO_DIGIT.sub("", text)):
        return canonical
    return _settled(canonical)


def _format_possible(number: PhoneNumber | None) -> str | None:
    if number is None or number.national_number == 0:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _settled(canonical: str) -> str | None:
    """The canonical form that stays the same when it is read again, or None.

    After a national prefix was dropped, as in 020…, the rest may begin with one again; and a region
    that shares its country code may have its own prefix.
    """
    for _ in range(5):
        again = _format_possible(_international(canonical[1:]))
        if again is None or again == canonical:
            return again
        canonical = again
    return None


def _calling_code(region: str | None) -> int:
    return phonenumbers.country_code_for_region(region) if region else 0


def is_placeholder(phone: str) -> bool:
    """Whether a canonical phone was typed for want of one: `1111111111`, `1234567`.

    Leading zeros apart, its national number is one digit repeated, or counts from 1.
    """
    if phone[-1:] != phone[-2:-1] and phone[-2:] not in _COUNTING and ";" not in phone:
        return False  # As most numbers end.
    digits = without_extension(phone)[1:]
    if not digits.isdecimal():
        return False
    code = code_of(digits)
    national = digits[len(code) :].lstrip("0") if code else ""
    counts = len(national) >= _SHORTEST_COUNTING and _COUNTING.startswith(national)
    return counts or _ONE_DIGIT.fullmatch(national) is not None


def _with_extension(canonical: str, extension: str) -> str:
    return f"{canonical}{_BEFORE_EXTENSION}{extension}" if extension else canonical


def without_extension(phone: str) -> str:
    """A canonical phone without its extension, if it has one."""
    return phone.partition(_BEFORE_EXTENSION)[0]


def with_extensions(number: str) -> tuple[str, str]:
    """Two texts between which exactly the phones of a number with an extension are sorted."""
    return f"{number}{_BEFORE_EXTENSION}", f"{number}{_AFTER_EXTENSIONS}"
