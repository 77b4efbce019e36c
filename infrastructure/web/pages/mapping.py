"""What a column becomes, in the words of the pages and as a mapping of an import."""

import re

from infrastructure.formats.columns import FIELDS

_ATTRIBUTE = re.compile(r"attribute `(.*)`", re.DOTALL)
_OF_ANOTHER = re.compile(r"(label|extension|area code) of `.*`|country, and .*", re.DOTALL)
_LEFT_OUT = "left out"
WORDS = [_LEFT_OUT if each == "ignore" else each.replace("_", " ") for each in FIELDS]
"""What a column may become, besides an attribute of any name."""


def words_of(becomes: str) -> str:
    """What a column becomes, as a person says it: an attribute by its name."""
    attribute = _ATTRIBUTE.fullmatch(becomes)
    if attribute is None or attribute[1] in WORDS or field_of(attribute[1]) != attribute[1]:
        return becomes
    return attribute[1]


def field_of(becomes: str) -> str | None:
    """The field that some words stand for, or the name of an attribute.

    None: a column that belongs to another one, which is found again by itself.
    """
    words = becomes.strip()
    if words in WORDS:
        return FIELDS[WORDS.index(words)]
    if _OF_ANOTHER.fullmatch(words):
        return None
    attribute = _ATTRIBUTE.fullmatch(words)
    return (attribute[1] if attribute else words) or None
