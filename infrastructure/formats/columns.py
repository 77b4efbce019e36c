"""The meaning of a file's columns, by its header."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from application.refusals import Refused

_PHONE = {"phone", "phones", "telephone", "tel", "mobile", "cell", "cellphone", "msisdn"}
_EMAIL = {"email", "emails", "mail", "mails"}
_WHOSE = {"business", "company", "contact", "home", "office", "personal", "private", "work"}
_WHICH = {"alternative", "default", "direct", "main", "other", "primary", "secondary"}
_FURTHER = {"address", "addresses", "e", "landline", "line", "no", "nr", "number", "numbers", "s"}
_QUALIFIERS = _WHOSE | _WHICH | _FURTHER | {"value"}
_NAMES = {
    "name": {"full name", "fullname", "contact", "contact name", "customer name", "display name"},
    "first_name": {"first name", "firstname", "given name", "forename"},
    "middle_name": {"middle name", "additional name"},
    "last_name": {"last name", "lastname", "family name", "surname"},
    "country": {"country code"},
}
"""Other names of a field."""
_ATTRIBUTES = {
    "company": {
        "company name",
        "organization",
        "organisation",
        "organization name",
        "organization 1 name",
    },
    "title": {"job title", "organization 1 title", "organization title"},
    "address": set[str](),
}
"""Other names of an attribute."""
_NAME_PARTS = ("first_name", "middle_name", "last_name")
FIELDS = ("name", *_NAME_PARTS, "phone", "email", "country", "ignore")


@dataclass(frozen=True, slots=True)
class Columns:
    """Places of the columns, from 0. `countries`: the region of phones, and also attributes."""

    header: tuple[str, ...]
    name: int | None = None
    name_parts: tuple[int, ...] = ()
    phones: tuple[int, ...] = ()
    emails: tuple[int, ...] = ()
    countries: tuple[int, ...] = ()
    attributes: Mapping[int, str] = field(default_factory=dict)


def recognise(header: Sequence[str], mapping: Mapping[str, str] | None = None) -> Columns:
    """Find name, phone and email columns by common names; every other column is an attribute.

    `mapping`: COLUMN to FIELD, which is one of FIELDS or the name of an attribute; it takes
    precedence. Raises Refused if a mapped column is missing, or no column holds phones or emails.
    """
    given = {column.strip().casefold(): field for column, field in (mapping or {}).items()}
    there = {column.strip().casefold() for column in header}
    if any("\0" in field for field in given.values()):
        raise Refused("mapping: the name of an attribute contains a NUL character")
    missing = [column for column in mapping or {} if column.strip().casefold() not in there]
    if missing:
        raise Refused(
            f"mapping: the file has no column `{missing[0]}`; it has {', '.join(header)[:500]}"
        )
    fields = [given.get(column.strip().casefold()) or _field_of(column) for column in header]
    places = {name: [place for place, each in enumerate(fields) if each == name] for name in FIELDS}
    columns = Columns(
        header=tuple(header),
        name=next(iter(places["name"]), None),
        name_parts=tuple(places[part][0] for part in _NAME_PARTS if places[part]),
        phones=tuple(places["phone"]),
        emails=tuple(places["email"]),
        countries=tuple(places["country"]),
        attributes=_attributes(header, fields),
    )
    if not columns.phones and not columns.emails:
        raise Refused(
            f"no column holds phones or emails among {', '.join(header)[:500]}; "
            "map a column to `phone` or `email`"
        )
    return columns


def _field_of(column: str) -> str | None:
    """The field of a column by its name, or None for an attribute."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column)  # PhoneNumber
    words = re.findall(r"[^\W\d_]+|\d+", apart.casefold())
    kept = [word for word in words if not word.isdigit()]
    if field := _called(" ".join(words), _NAMES):
        return field
    if set(kept) <= _PHONE | _QUALIFIERS and set(kept) & _PHONE:
        return "phone"
    if set(kept) <= _EMAIL | _QUALIFIERS and set(kept) & _EMAIL:
        return "email"
    return None


def _called(name: str, others: Mapping[str, set[str]]) -> str | None:
    """The key that has a name: its own, or one of its others."""
    return next((key for key, names in others.items() if name in {key, *names}), None)


def _attributes(header: Sequence[str], fields: Sequence[str | None]) -> dict[int, str]:
    """Names of the attribute columns: well-known ones as for all sources, others as written."""
    names: dict[int, str] = {}
    for place, (column, name) in enumerate(zip(header, fields, strict=True)):
        if name in {"phone", "email", "ignore", *_NAME_PARTS}:
            continue
        if name == "name" and name not in fields[:place]:
            continue
        words = " ".join(re.findall(r"\w+", column.casefold()))
        wanted = (
            (name if name not in FIELDS else None) or _called(words, _ATTRIBUTES) or column.strip()
        )
        if not wanted:
            continue
        taken, number = set(names.values()), 2
        attribute = "country" if name == "country" else wanted
        while attribute in taken or attribute == "name":
            attribute, number = f"{wanted} {number}", number + 1
        names[place] = attribute
    return names
