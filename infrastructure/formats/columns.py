"""The meaning of a file's columns, by its header."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from application.refusals import Refused

_PHONE = {"phone", "phones", "telephone", "tel", "mobile", "cell", "cellphone", "msisdn"}
_EMAIL = {"email", "emails", "mail", "mails"}
_QUALIFIERS = {
    "address",
    "addresses",
    "alternative",
    "business",
    "company",
    "contact",
    "default",
    "direct",
    "e",
    "home",
    "landline",
    "line",
    "main",
    "no",
    "nr",
    "number",
    "numbers",
    "office",
    "other",
    "personal",
    "primary",
    "private",
    "s",
    "secondary",
    "value",
    "work",
}
_NAMES = {
    "name": "name",
    "full name": "name",
    "fullname": "name",
    "contact": "name",
    "contact name": "name",
    "customer name": "name",
    "display name": "name",
    "first name": "first_name",
    "firstname": "first_name",
    "given name": "first_name",
    "forename": "first_name",
    "middle name": "middle_name",
    "additional name": "middle_name",
    "last name": "last_name",
    "lastname": "last_name",
    "family name": "last_name",
    "surname": "last_name",
    "country": "country",
    "country code": "country",
}
_ATTRIBUTES = {
    "company": "company",
    "company name": "company",
    "organization": "company",
    "organisation": "company",
    "organization name": "company",
    "organization 1 name": "company",
    "title": "title",
    "job title": "title",
    "organization 1 title": "title",
    "organization title": "title",
    "address": "address",
}
FIELDS = ("name", "first_name", "middle_name", "last_name", "phone", "email", "country", "ignore")


@dataclass(frozen=True, slots=True)
class Columns:
    """Places of the columns by their meaning, from 0.

    `country` is the region of a row's phones; it is an attribute too.
    """

    header: tuple[str, ...]
    name: int | None = None
    name_parts: tuple[int, ...] = ()
    phones: tuple[int, ...] = ()
    emails: tuple[int, ...] = ()
    country: int | None = None
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
    columns = Columns(
        header=tuple(header),
        name=_first(fields, "name"),
        name_parts=tuple(
            place
            for part in ("first_name", "middle_name", "last_name")
            if (place := _first(fields, part)) is not None
        ),
        phones=_all(fields, "phone"),
        emails=_all(fields, "email"),
        country=_first(fields, "country"),
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
    named = " ".join(words)
    if named in _NAMES:
        return _NAMES[named]
    if set(kept) <= _PHONE | _QUALIFIERS and set(kept) & _PHONE:
        return "phone"
    if set(kept) <= _EMAIL | _QUALIFIERS and set(kept) & _EMAIL:
        return "email"
    return None


def _first(fields: Sequence[str | None], wanted: str) -> int | None:
    return next((place for place, name in enumerate(fields) if name == wanted), None)


def _all(fields: Sequence[str | None], wanted: str) -> tuple[int, ...]:
    return tuple(place for place, name in enumerate(fields) if name == wanted)


def _attributes(header: Sequence[str], fields: Sequence[str | None]) -> dict[int, str]:
    """Names of the attribute columns: well-known ones as for all sources, others as written."""
    names: dict[int, str] = {}
    once = {name for name in ("name", "country") if _first(fields, name) is not None}
    for place, (column, name) in enumerate(zip(header, fields, strict=True)):
        if name in {"phone", "email", "ignore", "first_name", "middle_name", "last_name"}:
            continue
        if name == "name" and "name" in once:
            once.discard("name")
            continue
        words = " ".join(re.findall(r"\w+", column.casefold()))
        wanted = (name if name not in FIELDS else None) or _ATTRIBUTES.get(words) or column.strip()
        if not wanted:
            continue
        taken, number = set(names.values()), 2
        attribute = "country" if name == "country" else wanted
        while attribute in taken or attribute == "name":
            attribute, number = f"{wanted} {number}", number + 1
        names[place] = attribute
    return names
