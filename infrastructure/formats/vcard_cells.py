"""A vCard as a row of a table in the form of Google's csv files: its cells by their columns."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from domain.phone_texts import MAX_LENGTH, names_a_fax
from domain.records import wrong_in
from infrastructure.formats.cells import unguarded
from infrastructure.formats.vcard_lines import Line, Property

MOST_VALUES = 50
"""The largest number of phones, and of emails, that have columns of their own."""
MOST_PLACES = 5
"""The largest number of addresses, and of websites, that have columns of their own."""

_NAME = ("Last Name", "First Name", "Middle Name", "Name Prefix", "Name Suffix")
_PLACE = (2, 1, 0, 3, 4, 5, 6)
"""The parts of an address as people write them: street, rest of it, box, city, region, …"""
_PARTS_OF_PLACE = {"City": 3, "Region": 4, "Postal Code": 5, "Country": 6}
_TEXTS = {"TITLE": "Organization Title", "ROLE": "Role", "NOTE": "Notes"}
_LISTS = {"NICKNAME": "Nickname", "CATEGORIES": "Categories"}
_HANDLES = {"X-WHATSAPP", "X-SIGNAL", "X-VIBER"}
"""Messengers whose handles may be phones."""


def _numbered(column: str, most: int) -> list[str]:
    return [column, *(f"{column} {number}" for number in range(2, most + 1))]


COLUMNS = (
    *("Name", "First Name", "Middle Name", "Last Name", "Name Prefix", "Name Suffix", "Nickname"),
    *(
        f"{kind} {number} - {what}"
        for kind in ("Phone", "E-mail")
        for number in range(1, MOST_VALUES + 1)
        for what in ("Label", "Value")
    ),
    *("Fax", "Pager", "Organization Name", "Department", "Organization Title", "Role"),
    *("Address", "City", "Region", "Postal Code", "Country"),
    *_numbered("Address", MOST_PLACES)[1:],
    *_numbered("Website", MOST_PLACES),
    *("Birthday", "Notes", "Categories"),
)
"""All columns that a file can have, in order."""
UID = "UID"
"""The cell with the id of a card, which is no column."""

_KINDS = {"KIND", "X-ADDRESSBOOKSERVER-KIND"}
_ANDROID = "X-ANDROID-CUSTOM"
READ = {
    *("VERSION", "FN", "N", "TEL", "EMAIL", "ORG", "ADR", "URL", "BDAY", "UID", "X-ABLABEL"),
    *(_TEXTS.keys() | _LISTS.keys() | _HANDLES | _KINDS),
    _ANDROID,
}
"""Names of the lines that are held until their card ends."""
_UNSAID = {"voice", "pref", "internet", "msg", "text", "video"}
"""Types that say nothing of a number or an email that its owner would say."""
_MOBILE = {"cell", "mobile"}
_HANDLE = re.compile(
    r"(?:whatsapp:)?\+?(?:[ ().-]*\d){7,15}(?:@[a-z.]+)?", re.ASCII | re.IGNORECASE
)
_SHORTEST_UID = 16
"""A shorter one may stand in the files of other programs for somebody else: some count from 1."""


def read_cells(lines: Sequence[Line], encoding: str) -> tuple[dict[str, str], bool]:
    """The cells of a card by column, without empty ones, and whether it is a group.

    A phone or an email always has both of its cells. `encoding`: that of the file.
    """
    if not lines:
        return {}, False
    old = any(line.name == "VERSION" and line.value.strip()[:1] == "2" for line in lines)
    named: dict[str, list[Property]] = {}
    for line in lines:
        named.setdefault(line.name, []).append(Property(line, encoding, old=old))
    for properties in named.values():
        properties.sort(key=lambda each: each.preference)
    written = _names(named) | _phones(named) | _emails(named) | _places(named) | _rest(named)
    cells = {column: unguarded(text) for column, text in written.items() if text or " - " in column}
    kinds = (each.text().lower() for kind in _KINDS for each in named.get(kind, ()))
    return cells, "group" in kinds


_Named = Mapping[str, Sequence[Property]]
"""The properties of a card by name, the preferred ones first."""


def _first_text(named: _Named, name: str) -> str:
    return next((text for each in named.get(name, ()) if (text := each.text())), "")


def _names(named: _Named) -> dict[str, str]:
    cells = {"Name": _first_text(named, "FN")}
    for each in named.get("N", ())[:1]:
        for column, words in zip(_NAME, each.components(), strict=False):
            between = ", " if column == "Name Suffix" else " "
            cells[column] = between.join(word for word in words if word)
    return cells


def _phones(named: _Named) -> dict[str, str]:
    """Phones with their labels, faxes and pagers."""
    labels = _labels(named)
    phones: list[tuple[str, str]] = []
    others: dict[str, list[str]] = {"Fax": [], "Pager": []}
    for each in named.get("TEL", ()):
        label = labels.get(each.group) or " ".join(_useful(each.types))
        if not (value := _without_percents(each.text())):
            continue
        if kind := _other_kind(each, labels.get(each.group, "")):
            others[kind].append(value)
        else:
            phones.append((label, value))
    for name in sorted(_HANDLES & named.keys()):
        for each in named[name]:
            if _HANDLE.fullmatch(each.text()):
                label = labels.get(each.group) or name.removeprefix("X-").lower()
                phones.append((label, each.text()))
    joined = {kind: "; ".join(values) for kind, values in others.items()}
    return _pairs("Phone", phones) | joined


def _other_kind(phone: Property, label: str) -> str | None:
    """The column of a number that is not a phone."""
    if "fax" in label.lower() or names_a_fax(label):
        return "Fax"
    if label.lower() == "pager":
        return "Pager"
    types = set(phone.types)
    if "fax" in types and not types & {"voice", *_MOBILE}:
        return "Fax"
    if "pager" in types and not types & _MOBILE:  # Outlook calls its pagers a voice
        return "Pager"
    return None


def _emails(named: _Named) -> dict[str, str]:
    labels = _labels(named)
    return _pairs(
        "E-mail",
        [
            (labels.get(each.group) or " ".join(_useful(each.types)), value)
            for each in named.get("EMAIL", ())
            if (value := _without_percents(each.text()))
        ],
    )


def _labels(named: _Named) -> dict[str, str]:
    """The labels that people gave to values themselves, by group."""
    return {
        each.group: each.text().removeprefix("_$!<").removesuffix(">!$_")
        for each in named.get("X-ABLABEL", ())
        if each.group
    }


def _useful(types: Sequence[str]) -> list[str]:
    """The words of types that label a value. A fax that is also a phone is called a phone."""
    words = ("mobile" if word == "cell" else word.removeprefix("x-") for word in types)
    return [word for word in dict.fromkeys(words) if word not in _UNSAID and word != "fax"]


def _without_percents(value: str) -> str:
    if value[:7].lower().startswith(("tel:", "mailto:")):
        return unquote(value).replace("\0", "")
    return value


def _pairs(kind: str, pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    cells: dict[str, str] = {}
    for number, (label, value) in enumerate(pairs[:MOST_VALUES], start=1):
        cells[f"{kind} {number} - Label"] = label
        cells[f"{kind} {number} - Value"] = value
    if further := [value for _, value in pairs[MOST_VALUES:]]:
        cells[f"{kind} {MOST_VALUES} - Value"] += "\n" + "\n".join(further)
    return cells


def _places(named: _Named) -> dict[str, str]:
    """Addresses, the parts of the first one, and websites."""
    addresses: list[str] = []
    cells: dict[str, str] = {}
    for each in named.get("ADR", ()):
        parts = [", ".join(part for part in parts if part) for parts in each.components()]
        parts = [", ".join(part.split("\n")) for part in parts]
        if address := ", ".join(parts[place] for place in _PLACE if parts[place:] and parts[place]):
            if not addresses:
                cells = {
                    name: parts[place] for name, place in _PARTS_OF_PLACE.items() if parts[place:]
                }
            addresses.append(address)
    websites = [text for each in named.get("URL", ()) if (text := each.text())]
    return cells | _several("Address", addresses) | _several("Website", websites)


def _several(column: str, values: Sequence[str]) -> dict[str, str]:
    """Values in columns of their own; further ones stand in the last one, in lines."""
    cells = dict(zip(_numbered(column, MOST_PLACES), values, strict=False))
    if further := values[MOST_PLACES:]:
        cells[f"{column} {MOST_PLACES}"] += "\n" + "\n".join(further)
    return cells


def _rest(named: _Named) -> dict[str, str]:
    """Organization, texts, lists, birthday and UID."""
    cells: dict[str, str] = {}
    for each in named.get("ORG", ())[:1]:
        organization, *departments = each.parts()
        cells["Organization Name"] = organization
        cells["Department"] = ", ".join(part for part in departments if part)
    for name, column in _TEXTS.items():
        between = "\n" if name == "NOTE" else "; "
        cells[column] = between.join(text for each in named.get(name, ()) if (text := each.text()))
    for name, column in _LISTS.items():
        words = [word for each in named.get(name, ()) for word in each.parts(",") if word]
        if name == "NICKNAME":
            words += _android_nicknames(named)
        cells[column] = ", ".join(words)
    cells["Birthday"] = _birthday(named)
    uid = _first_text(named, "UID")
    prefix = "urn:uuid:"
    bare = uid[len(prefix) :] if uid.lower().startswith(prefix) else uid
    if len(bare) >= _SHORTEST_UID and wrong_in(bare, MAX_LENGTH) is None:
        cells[UID] = bare
    return cells


def _android_nicknames(named: _Named) -> list[str]:
    custom = (each.parts() for each in named.get(_ANDROID, ()))
    return [parts[1] for parts in custom if parts[1:] and parts[0].endswith("/nickname")]


def _birthday(named: _Named) -> str:
    """The day as written; Apple writes a year that stands for none, and says which."""
    for each in named.get("BDAY", ())[:1]:
        day = each.text()
        none = each.parameters.get("x-apple-omit-year", [""])[0]
        return f"-{day[len(none) :]}" if none and day.startswith(f"{none}-") else day
    return ""
