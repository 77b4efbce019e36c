"""The country that a row names, in any usual spelling: docs/rules.md, "Identifiers".

Only this module uses Babel, whose names come from Unicode's CLDR.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache

import phonenumbers

from domain.country_names import other_names
from domain.phones import is_region

LANGUAGES = tuple("en de es fr it pl pt nl sv da cs sk hu ru uk tr zh ja ar he".split())  # noqa: SIM905
"""The languages of headers and of the names of countries."""
_OTHER_LOCALES = (
    "zh_Hant pt_PT sr_Latn bg el et fi hr id ko lt lv ms nb ro sl th vi".split()  # noqa: SIM905
)
"""Other spellings of these languages, and those in which countries name themselves."""

_SAYS_NOTHING = frozenset({"", "n/a", "unknown", "other", "none"})
_CALLING_CODE = re.compile(r"(?:\+|00)?(\d{1,3})", re.ASCII)
_FORMAL = re.compile(
    r"(?P<before>.+? )??(?:(?:federal|federative|islamic|united|socialist) )*"
    r"(?:republic|kingdom) of(?: the)?(?P<after> .+)?"
)
"""The formal name of a country in English, in either order: `Republic of Poland`."""
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "\u0131": "i", "æ": "ae", "œ": "oe"})
"""Letters that Unicode does not take apart, and what stands for them where they are not typed."""
_CONJUNCTIONS = frozenset({"and", "und", "et", "y", "e", "ed", "och", "og", "en", "и"})
_WORDS = {"saint": "st", "sankt": "st", "islands": "is", "isl": "is"}
_PARTS = re.compile(r"[()\[\],/|]| - ")


def region_of(countries: Iterable[str], default: str | None) -> str | None:
    """The region of a row's phones, by its country columns; `default` if none says anything.

    None if the row names a country that is not understood: then only international numbers are
    read, for another country's rules would make other numbers of them.
    """
    said = _said(countries)
    return default if said is None else region_named(said)


def not_understood(countries: Iterable[str]) -> str | None:
    """The country that a row names, if it is not understood."""
    said = _said(countries)
    return said if said is not None and region_named(said) is None else None


def _said(countries: Iterable[str]) -> str | None:
    return next((country for country in countries if says_something(country)), None)


def says_something(country: str) -> bool:
    """Whether a cell names a country, understood or not."""
    return bool(country) and country.strip(" -\u2013\u2014?.").casefold() not in _SAYS_NOTHING


@lru_cache(maxsize=1_000)
def region_named(country: str) -> str | None:
    """The region that a text names: a code of ISO 3166, a name, or a calling code; else None."""
    text = country.strip()
    code = text.replace(".", "").upper()
    if is_region(code):
        return code
    if calling_code := _CALLING_CODE.fullmatch(text):
        region = phonenumbers.region_code_for_country_code(int(calling_code[1]))
        return region if is_region(region) else None
    plain = _plain(text)
    named = _names().get(plain) or _names().get(_informal(plain))
    if named:
        return named
    parts = [part.strip() for part in _PARTS.split(text) if part.strip()]
    regions = {region_named(part) for part in parts} if len(parts) > 1 else {None}
    return regions.pop() if len(regions) == 1 else None


@cache
def _names() -> Mapping[str, str]:
    # Few programs read a name, and to import Babel takes as long as to read a thousand rows.
    from babel import Locale  # noqa: PLC0415
    from babel.core import get_global  # noqa: PLC0415

    names = {
        code.casefold(): regions[0]
        for code, regions in get_global("territory_aliases").items()
        if len(code) == 3 and code.isalpha()
    }
    ambiguous = set()
    for locale in (*LANGUAGES, *_OTHER_LOCALES):
        for region, name in Locale.parse(locale).territories.items():
            if not is_region(region):
                continue
            spellings = {name, name.translate(_UMLAUTS)} if locale == "de" else {name}
            for plain in map(_plain, spellings):
                if names.setdefault(plain, region) != region:
                    ambiguous.add(plain)
    names = {name: region for name, region in names.items() if name not in ambiguous}
    for region, others in other_names():
        names.update(dict.fromkeys(map(_plain, others), region))
    return {name: region for name, region in names.items() if is_region(region)}


def _informal(plain: str) -> str:
    """What is left of a formal name: `poland` of `republic of poland` and of its inverse."""
    found = _FORMAL.fullmatch(plain)
    if found is None or (found["before"] and found["after"]):
        return plain
    return (found["before"] or found["after"] or plain).strip()


def _plain(name: str) -> str:
    """A name by which it is compared: no case, accents, punctuation, article or `and`."""
    letters = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    kept = (" " if each in "-_" else each for each in letters if not unicodedata.combining(each))
    words = "".join(each for each in kept if each.isalnum() or each.isspace()).split()
    if words[:1] == ["the"]:
        words = words[1:]
    return " ".join(_WORDS.get(word, word) for word in words if word not in _CONJUNCTIONS)
