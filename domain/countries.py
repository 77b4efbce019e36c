"""The country that a row names, in any usual spelling: docs/rules.md, "Identifiers".

Only this module uses Babel, whose names come from Unicode's CLDR.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache

import phonenumbers

from domain.phones import is_region

LANGUAGES = tuple("en de es fr it pl pt nl sv da cs sk hu ru uk tr zh ja ar he".split())  # noqa: SIM905
"""The languages of headers and of the names of countries."""

_SAYS_NOTHING = frozenset({"", "n/a", "unknown", "other", "none"})
_SHORT_FORMS = {
    "AE": ["uae", "emirates"],
    "BA": ["bosnia"],
    "CD": ["dr congo", "democratic republic of the congo"],
    "CI": ["ivory coast", "elfenbeinkuste"],
    "CZ": ["czech republic", "tschechische republik", "republique tcheque"],
    "GB": ["uk", "great britain", "britain", "england", "scotland", "wales", "northern ireland"],
    "GR": ["el", "hellas"],
    "HK": ["hong kong", "hongkong"],
    "IR": ["islamic republic of iran"],
    "KR": ["korea", "republic of korea", "korea republic of"],
    "LA": ["lao"],
    "MD": ["republic of moldova"],
    "MK": ["macedonia"],
    "MM": ["burma"],
    "MO": ["macau", "macao"],
    "NL": ["holland", "nederlands"],
    "PS": ["palestine"],
    "RU": ["russian federation"],
    "SK": ["slovak republic"],
    "SZ": ["swaziland"],
    "TR": ["turkey"],
    "TW": ["taiwan province of china", "republic of china"],
    "TZ": ["united republic of tanzania"],
    "US": ["usa", "america", "united states of america", "vereinigte staaten von amerika"],
    "VA": ["vatican", "holy see"],
    "VN": ["viet nam"],
}
"""What people write beside the names of CLDR and the codes of ISO 3166."""
_CALLING_CODE = re.compile(r"(?:\+|00)?(\d{1,3})", re.ASCII)
_PARTS = re.compile(r"[()\[\],/|]| - ")


def region_of(countries: Iterable[str], default: str | None) -> str | None:
    """The region of a row's phones, by its country columns; `default` if none says anything.

    None if the row names a country that is not understood: then only international numbers are
    read, for another country's rules would make other numbers of them.
    """
    said = next((country for country in countries if says_something(country)), None)
    return default if said is None else region_named(said)


def says_something(country: str) -> bool:
    """Whether a cell names a country, understood or not."""
    return bool(country) and country.strip(" -\u2013\u2014?.").casefold() not in _SAYS_NOTHING


@lru_cache(maxsize=1_000)
def region_named(country: str) -> str | None:
    """The region that a text names: a code of ISO 3166, a name, or a calling code; else None."""
    text = country.strip()
    if is_region(text.upper()):
        return text.upper()
    if calling_code := _CALLING_CODE.fullmatch(text):
        region = phonenumbers.region_code_for_country_code(int(calling_code[1]))
        return region if is_region(region) else None
    if named := _names().get(_plain(text)):
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
    for language in LANGUAGES:
        for region, name in Locale.parse(language).territories.items():
            names.setdefault(_plain(name), region)
    for region, others in _SHORT_FORMS.items():
        names.update(dict.fromkeys(others, region))
    return {name: region for name, region in names.items() if is_region(region)}


def _plain(name: str) -> str:
    """A name by which it is compared: no case, accents, punctuation or article."""
    letters = unicodedata.normalize("NFKD", name.casefold().replace("&", " and "))
    kept = (" " if each in "-_" else each for each in letters if not unicodedata.combining(each))
    words = "".join(each for each in kept if each.isalnum() or each.isspace()).split()
    return " ".join(words[1:] if words[:1] == ["the"] else words)
