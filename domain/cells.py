"""Cells of files that hold several phones or emails: docs/rules.md, "Identifiers"."""

import re
from itertools import pairwise

from domain.emails import canonical_email
from domain.phone_texts import MARKS, MAX_LENGTH
from domain.phones import is_valid_phone

_LINES = r"[\r\n\x0b\x0c\x85\u2028\u2029]+"
_STRONG = re.compile(rf";|,+(?:\s*,)*|\|| ::: |{_LINES}")
"""What always separates. Several commas are one: a pause before an extension."""
_WEAK = re.compile(r" / | or | & | and ", re.IGNORECASE)
"""What separates if there is a number or an email on each side."""
_SEVERAL = re.compile(rf"{_STRONG.pattern}|{_WEAK.pattern}|@[^\s@]*\s", re.IGNORECASE)
_ONE = re.compile(r"[\d()+.\-][\d()+.\- ]*[\d)]|[\w.+\-]+@[\w.\-]+", re.ASCII)
"""How nearly all cells are written: one number or one email."""
_NAME_AND_ADDRESS = re.compile(r"(?<![^@<>;|\r\n])[^@<>;|\r\n]*+(?P<address><[^<>@]*+@[^<>]*+>)")
"""It can begin at only a few places, so that a long cell without one is looked at once."""
_EXTENSION = re.compile(rf"\(?(?:(?:{MARKS})[ .:=]*\d{{1,9}}|isub\s*=.*)\)?", re.IGNORECASE)
_SHORT = re.compile(r"\d{1,6}")
_AREA_CODE = 7
"""A number with fewer digits may be an area code, the rest of which stands after a ` / `."""


def split_cell(cell: str, region: str | None) -> list[str]:
    """The values of one cell, as written. `region`: that of its numbers without a country code."""
    if _ONE.fullmatch(cell):
        return [cell]
    if _SEVERAL.search(cell) is None:
        return [cell.strip()] if cell.strip() else []
    return [value for part in _separated(cell) for value in _split_weakly(part, region)]


def _separated(cell: str) -> list[str]:
    """The parts between strong separators; an extension stays with the number before it."""
    parts: list[str] = []
    separator, place = "", 0
    addresses = _NAME_AND_ADDRESS.finditer(cell)
    address = next(addresses, None)
    while place < len(cell):
        while address and address.start("address") < place:
            address = next(addresses, None)
        is_named = address is not None and address.start() <= place
        found = _STRONG.search(cell, address.end() if address and is_named else place)
        part = cell[place : found.start() if found else len(cell)].strip()
        if parts and _may_be_extended(parts[-1]) and _is_extension(part, separator):
            between = separator if separator.strip(" :|\r\n") else " "
            parts[-1] += f"{between}{part}"
        elif part:
            parts.append(part)
        separator, place = (found.group(), found.end()) if found else ("", len(cell))
    return parts


def _may_be_extended(part: str) -> bool:
    """Whether a part may be a number; those that are too long are invalid, however they go on."""
    return len(part) <= MAX_LENGTH and "@" not in part


def _is_extension(part: str, separator: str) -> bool:
    """Whether a part is only an extension: it is marked as one, or short after `;` or a pause."""
    if _EXTENSION.fullmatch(part):
        return True
    return (separator == ";" or separator.count(",") > 1) and _SHORT.fullmatch(part) is not None


def _split_weakly(part: str, region: str | None) -> list[str]:
    """The values in a part, if all of them are numbers or emails; else the whole part."""
    words = part.split()
    if len(words) > 1 and all("@" in word and canonical_email(word) for word in words):
        return words
    values = [value.strip() for value in _WEAK.split(part)]
    if len(values) == 1 or not all(_is_value(value, region) for value in values):
        return [part]
    for left, right in pairwise(values):
        short = sum(character.isdecimal() for character in left) < _AREA_CODE
        if short and is_valid_phone(f"{left} {right}", region):
            return [part]
    return values


def _is_value(text: str, region: str | None) -> bool:
    return canonical_email(text) is not None if "@" in text else is_valid_phone(text, region)
