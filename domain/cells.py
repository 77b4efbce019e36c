"""Cells of files that hold several phones or emails: docs/rules.md, "Identifiers"."""

import re
from itertools import pairwise

from domain.emails import canonical_email
from domain.phone_texts import MARKS, MAX_LENGTH, apart_at_labels, as_no_fax
from domain.phones import is_valid_phone

_LINES = r"[\r\n\x0b\x0c\x85\u2028\u2029]+"
_COMMAS = r"(?!(?<=\b\d),\d{1,15}E\+?\d),+(?:\s*,)*"
"""Several commas are one, a pause before an extension; that of `4,93E+11` is a decimal sign."""
_STRONG = re.compile(rf"[;؛；،、，]|{_COMMAS}|\|| ::: |{_LINES}", re.IGNORECASE)  # noqa: RUF001
"""What always separates."""
_OR_AND = """
    or and oder und bzw bzw. u. ou et o u y e lub oraz i of en eller och og nebo či a alebo vagy és
    или и або чи та veya ve أو و או または 或
"""  # noqa: RUF001
_WORDS = "|".join(map(re.escape, _OR_AND.split()))
_WEAK = re.compile(rf" (?:/|&|{_WORDS}) |(?<=[\d)]) (?=\+\d)", re.IGNORECASE)
"""What separates if there is a number or an email on each side."""
_CLOSE = re.compile(r"(?:\d\D{0,3}){5}\d[)\]]?(?:/| ?[ (\[][^\W\d_])|@[^\s@]*\s|@[^\s@/]*/")
"""What separates if it stands so close: a slash, a label between two numbers, a space."""
_SEVERAL = re.compile(rf"{_STRONG.pattern}|{_WEAK.pattern}|{_CLOSE.pattern}", re.IGNORECASE)
_ONE = re.compile(r"\(?\+?[\d().\-][\d().\- ]*[\d)]|[\w.+\-]+@[\w.\-]+", re.ASCII)
"""How nearly all cells are written: one number or one email."""
_NAME_AND_ADDRESS = re.compile(r"(?<![^@<>;|\r\n])[^@<>;|\r\n]*+(?P<address><[^<>@]*+@[^<>]*+>)")
"""It can begin at only a few places, so that a long cell without one is looked at once."""
_EXTENSION = re.compile(rf"\(?(?:(?:{MARKS})[ .:=]*\d{{1,9}}|isub\s*=.*)\)?", re.IGNORECASE)
_SHORT = re.compile(r"\d{1,6}")
_AREA_CODE = 7
"""A number with fewer digits may be an area code, the rest of which stands after a ` / `."""
_MOST_SLASHES = 5


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
    values = [value for text in _WEAK.split(part) for value in _split_closely(text.strip(), region)]
    if len(values) == 1 or not all(_is_value(value, region) for value in values):
        return [part]
    for left, right in pairwise(values):
        if _digits(left) < _AREA_CODE and is_valid_phone(f"{left} {right}", region):
            return [part]
    return values


def _split_closely(text: str, region: str | None) -> list[str]:
    """The values with only a slash or a label between them; the whole text if it is one value."""
    if len(text) > MAX_LENGTH:
        return [text]
    if "/" in text and ("@" in text or _digits(text) >= 2 * _AREA_CODE - 2):
        values = _split_at_slashes(text, region)
        if len(values) > 1:
            return values
    return _split_at_labels(text, region)


def _split_at_slashes(text: str, region: str | None) -> list[str]:
    """`030 5550174/030 5550175`: each side is a value, and both together are none."""
    if text.count("/") > _MOST_SLASHES or _is_value(text, region):
        return [text]
    slashes = [place for place, each in enumerate(text) if each == "/"]
    ways = [text.split("/"), *([text[:place], text[place + 1 :]] for place in slashes)]
    return next((way for way in ways if all(_is_value(each, region) for each in way)), [text])


def _split_at_labels(text: str, region: str | None) -> list[str]:
    """`H: 202-555-0134 C: 202-555-0156`: each label begins or ends a value."""
    parts = apart_at_labels(text)
    are_values = len(parts) > 1 and all(_is_value(each, region) for each in parts)
    return parts if are_values else [text]


def _digits(text: str) -> int:
    return sum(character.isdecimal() for character in text)


def _is_value(text: str, region: str | None) -> bool:
    """Whether a text is a plausible email or a valid number, if only that of a fax."""
    if "@" in text:
        return canonical_email(text) is not None
    return is_valid_phone(as_no_fax(text), region)
