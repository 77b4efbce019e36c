"""What the values of a column look like, where its name does not say what they are."""

import re
from collections import Counter
from collections.abc import Callable, Sequence

from domain.cells import split_cell
from domain.countries import region_named
from domain.emails import canonical_email
from domain.phones import is_valid_phone

_MOST = 0.9
"""Nine values in ten decide."""
_HALF = 0.5
_LOOKED_AT = 200
"""How many values of a column are looked at."""
_OFTEN = 0.2
"""The share of rows with one and the same value from which on it is nobody's own."""
_FEW_ROWS = 5
_DIGITS = re.compile(r"\d")
_FEWEST, _MOST_DIGITS = 7, 19
_SIGNS = re.compile(r"^\s*(\+|0|\()|[\d)][\s()/.\-]+[\d(]", re.ASCII)
"""How phones are written and other numbers are not: a `+` or a 0 in front, signs between."""
_AREA_CODE = re.compile(r"\s*\(?0?\d{1,5}\)?\s*", re.ASCII)
_CALLING_CODE = re.compile(r"\s*(?:\+|00)\s?[1-9]\d{0,2}\s*", re.ASCII)
_LONGEST_NUMBER = 40
_SWITCHBOARD = re.compile(r"([+(]?\d[\d ()/]*\d\s?[\-\u2013]\s?)0", re.ASCII)
_HONORIFICS = set(
    "mr mrs ms miss mx dr prof sir madam herr frau fr hr mme mlle m monsieur madame "  # noqa: SIM905
    "sr sra srta dott dottssa sig sigra pan pani ing mgr bc dhr mevr".split()
)


def are_phones(values: Sequence[str], region: str | None, *, bare: bool = True) -> bool:
    """Whether nine in ten values are phones. `bare`: also those that are only digits."""
    return _share(values, lambda value: _is_phone(value, region, bare=bare), _MOST)


def may_be_phones(values: Sequence[str], region: str | None) -> bool:
    """Whether half of the values are phones."""
    return _share(values, lambda value: _is_phone(value, region, bare=True), _HALF)


def are_emails(values: Sequence[str]) -> bool:
    """Whether nine in ten values are emails."""
    return _share(values, _is_email, _MOST)


def may_be_emails(values: Sequence[str]) -> bool:
    """Whether half of the values are emails."""
    return _share(values, _is_email, _HALF)


def are_honorifics(values: Sequence[str]) -> bool:
    """Whether nine in ten values are forms of address, such as `Ms.` and `Dr.`."""
    return _share(values, _is_honorific, _MOST)


def are_phones_and_emails(values: Sequence[str], region: str | None) -> bool:
    """Whether nine in ten values are phones or emails, and both kinds are there."""
    emails = sum("@" in value for value in values[:_LOOKED_AT])
    parts = [part for value in values[:_LOOKED_AT] for part in split_cell(value, region)[:3]]
    has_phone = any("@" not in part and _is_phone(part, region, bare=False) for part in parts)
    return (
        bool(emails) and has_phone and _share(parts, lambda part: _is_either(part, region), _MOST)
    )


def have_letters(values: Sequence[str]) -> bool:
    """Whether half of the values have letters, as names do. `#1001` is no name."""
    return _share(values, lambda value: any(map(str.isalpha, value)), _HALF)


def are_countries(values: Sequence[str]) -> bool:
    """Whether nine in ten values are countries."""
    return _share(values, lambda value: region_named(value) is not None, _MOST)


def are_area_codes(values: Sequence[str]) -> bool:
    """Whether nine in ten values are digits that may be dialled before a number."""
    return _share(values, lambda value: _AREA_CODE.fullmatch(value) is not None, _MOST)


def are_calling_codes(values: Sequence[str]) -> bool:
    """Whether nine in ten values are calling codes of countries: `+49`, `0049`."""
    return _share(values, lambda value: _CALLING_CODE.fullmatch(value) is not None, _MOST)


def are_switchboards(values: Sequence[str]) -> bool:
    """Whether nine in ten values end in `-0`, which a direct line stands in place of."""
    return _share(values, lambda value: before_direct_line(value) is not None, _MOST)


def before_direct_line(value: str) -> str | None:
    """What stands before the `0` of a switchboard: `030 5550-` of `030 5550-0`; else None."""
    found = _SWITCHBOARD.fullmatch(value.strip()[:_LONGEST_NUMBER])
    return found and found[1]


def are_one_for_many(values: Sequence[str]) -> bool:
    """Whether one value stands in so many rows that it is nobody's own: a switchboard's."""
    said = [value.strip() for value in values if value.strip()]
    if len(said) < _FEW_ROWS:
        return False
    return Counter(said).most_common(1)[0][1] > max(1, _OFTEN * len(said))


def _share(values: Sequence[str], test: Callable[[str], bool], least: float) -> bool:
    """Whether a share of the first values passes a test; blank ones do not count."""
    said = [value for value in values if value.strip()][:_LOOKED_AT]
    may_fail = len(said) - least * len(said)
    failed = 0
    for value in said:
        failed += not test(value)
        if failed > may_fail:
            return False
    return bool(said)


def _is_phone(value: str, region: str | None, *, bare: bool) -> bool:
    digits = len(_DIGITS.findall(value[:200]))
    if not digits >= _FEWEST or "@" in value or len(value) > 2 * _MOST_DIGITS + 3 * digits:
        return False
    if not bare and _SIGNS.search(value) is None:
        return False
    return any(is_valid_phone(each, region) for each in split_cell(value, region)[:3])


def _is_email(value: str) -> bool:
    return "@" in value and any(canonical_email(each) for each in split_cell(value, None)[:3])


def _is_either(value: str, region: str | None) -> bool:
    return _is_email(value) if "@" in value else _is_phone(value, region, bare=False)


def _is_honorific(value: str) -> bool:
    words = value.casefold().replace(".", " ").split()
    return 0 < len(words) < 4 and all(word in _HONORIFICS for word in words)
