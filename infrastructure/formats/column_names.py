"""How a single column is understood: by its name, by its values, by the columns beside it."""

from collections.abc import Sequence
from typing import NamedTuple

from infrastructure.formats.contents import (
    are_area_codes,
    are_calling_codes,
    are_countries,
    are_emails,
    are_honorifics,
    are_one_for_many,
    are_phones,
    are_phones_and_emails,
    are_switchboards,
    have_letters,
    may_be_emails,
    may_be_phones,
)
from infrastructure.formats.header_words import Named

NAME_PARTS = ("first_name", "middle_name", "last_name_prefix", "last_name")
NAMES = {"name", "plain_name", *NAME_PARTS}
EXTENSION = "extension"
AREA_CODE = "area_code"
SWITCHBOARD = "switchboard"
"""What a column becomes whose numbers are a contact's with the extension beside them."""
EITHER = "phone or email"
"""What a column becomes whose values are each taken as what they are."""
PARTIES = ("orderer", "recipient")
"""Whose a column can be that is the person's only if the file names nobody else."""
LABELS = {"phone": "label of a phone", "email": "label of an email"}
"""What the columns that say which kind of phone or email another holds become."""
_FIELDS = {
    *(*NAMES, "country", EXTENSION, AREA_CODE),
    *("company", "title", "plain_title", "honorific", "address", "city", "state", "zip"),
}
"""What a name alone can say, besides phones and emails."""
_TOGETHER = {
    frozenset({"company", "plain_name"}): "company",
    frozenset({"company", "title"}): "title",
    frozenset({"company", "plain_title"}): "title",
    **{frozenset({"address", part}): part for part in ("city", "state", "zip", "country")},
    **{frozenset({"plain_name", part}): part for part in ("city", "state", "country")},
}
_BESIDE_VALUES = {"whose", "company", "address"}
"""What a phone's or an email's column may be called besides."""
_AMBIGUOUS = {("cc",)}
"""Names of columns that mean what the table says only if the values agree."""
_PERSONS = set(
    "contact contacts person kontakt contacto contatto contactpersoon kontaktperson "  # noqa: SIM905
    "ansprechpartner client customer kunde klient cliente klant kund "
    "联系人 聯絡人 клиент контакт".split()
)
"""What a column with names may be called as a whole."""
_MAIN = {"primary", "main"}
"""What may stand beside such a word."""
_BY_NAME, _BY_VALUES = "its name says so", "its values say so"


class Meant(NamedTuple):
    """What a column becomes: a field, an attribute, or None: an attribute called as written.

    `settled`: nothing is lost by this. `weak`: the name is not enough, the values must agree;
    `open`: the name says nothing, so the values decide. `whose`: somebody whom the name tells
    besides: `another`, `company`, one of PARTIES, or the role of a person, such as `owne`.
    """

    becomes: str | None
    because: str
    settled: bool = True
    weak: bool = False
    open: bool = False
    whose: str = ""


def by_name(named: Named) -> Meant:
    """What a column is by its name."""
    party = next((each for each in PARTIES if each in named.meanings), named.role)
    if party and named.meanings.isdisjoint({"another", "stop"}):
        return _of_party(named, party)
    said = named.meanings - {"whose"}
    whole = not named.has_unknown
    if "stop" in said or "another" in said:
        whose = "another" if "stop" not in said and said.isdisjoint({"phone", "email"}) else ""
        because = "its name says it is somebody else's, or about something else"
        return Meant(None, because, whose=whose)
    if said & {"phone", "email"}:
        return _of_values(named)
    field = next(iter(said)) if len(said) == 1 else _TOGETHER.get(said)
    if whole and field in _FIELDS:
        return Meant(field, _BY_NAME, weak=named.words in _AMBIGUOUS)
    if said:
        return Meant(None, "its name says it is not a name, phone or email")
    words = set(named.words)
    if words & _PERSONS and words <= _PERSONS | _MAIN:
        return Meant("name", _BY_NAME, weak=True, open=True)
    # A name of usual words alone, such as `Number` or `Work`, lets bare digits be phones.
    return Meant(None, "its name is not known", settled=False, weak=whole, open=True)


def _of_party(named: Named, party: str) -> Meant:
    """What a column of somebody is, such as the buyer's, if that is the person."""
    meanings = named.meanings - {*PARTIES, "role"}
    if meanings <= {"whose"} and not named.has_unknown:
        return Meant("name", _BY_NAME, weak=True, open=True, whose=party)
    return by_name(named._replace(meanings=meanings, role=""))._replace(whose=party)


def _of_values(named: Named) -> Meant:
    """What a column is whose name speaks of phones or emails."""
    said = named.meanings
    if {"phone", "email"} <= said <= {"phone", "email", *_BESIDE_VALUES}:
        return Meant(EITHER, _BY_NAME, weak=True)
    field = "phone" if "phone" in said else "email"
    if "label" in said:
        return Meant(LABELS[field], _BY_NAME)
    if said & {"other", *NAMES}:
        return Meant(None, "its name says it is not a name, phone or email", settled=False)
    if EXTENSION in said and "phone" in said:
        return Meant(EXTENSION, _BY_NAME)
    if "area_code" in said and "phone" in said:
        return Meant(AREA_CODE, _BY_NAME)
    if "country" in said and "phone" in said:
        return Meant("country", _BY_NAME)
    is_clear = not named.has_unknown and said <= {field, *_BESIDE_VALUES}
    whose = "company" if "company" in said else ""
    return Meant(field, _BY_NAME, weak=not is_clear, whose=whose)


def by_values(
    meant: Meant, values: Sequence[str], region: str | None, *, has_phone: bool = False
) -> Meant:
    """What a column is once its values are looked at, where its name is not enough.

    `has_phone`: another column holds phones by its name, so bare digits here are some other number.
    """
    if meant.becomes in {"phone", "email", EITHER}:
        if meant.weak and not _may_be(meant.becomes, values, region):
            return Meant(None, f"its values are not {meant.becomes}s", settled=False)
        if (meant.weak or meant.whose == "company") and are_one_for_many(values):
            return Meant(None, "many rows have the same value", settled=False)
        return meant
    if not any(value.strip() for value in values):
        return meant
    if meant.becomes == "country" and meant.weak and not are_countries(values):
        return Meant(None, "its values are not countries")
    if meant.becomes == "honorific" and are_area_codes(values):
        return Meant(AREA_CODE, _BY_VALUES)
    if meant.becomes == AREA_CODE and are_calling_codes(values):
        return Meant("country", _BY_VALUES)
    found = _found(meant, values, region, bare=meant.weak and not has_phone) if meant.open else None
    if found is None and meant.becomes in NAMES and not have_letters(values):
        return Meant(None, "its values are not names", settled=False)
    return found or meant


def _found(meant: Meant, values: Sequence[str], region: str | None, *, bare: bool) -> Meant | None:
    """What the values alone say, if they are phones or emails. `bare`: digits are enough."""
    if are_phones_and_emails(values, region):
        return Meant(EITHER, _BY_VALUES, whose=meant.whose)
    for field, are in (
        ("phone", are_phones(values, region, bare=bare)),
        ("email", are_emails(values)),
    ):
        if are and are_one_for_many(values):
            return Meant(None, "many rows have the same value", settled=bool(meant.whose))
        if are:
            return Meant(field, _BY_VALUES, whose=meant.whose)
    return None


def _may_be(field: str, values: Sequence[str], region: str | None) -> bool:
    if field == EITHER:
        return may_be_phones(values, region) or may_be_emails(values)
    return may_be_phones(values, region) if field == "phone" else may_be_emails(values)


def by_partners(meant: Sequence[Meant], values: Sequence[Sequence[str]]) -> list[Meant]:
    """What `Name`, `Title` and a switchboard are beside other columns."""
    fields = {each.becomes for each in meant}
    decided = list(meant)
    for place, each in enumerate(meant):
        if each.becomes == "plain_name":
            decided[place] = _plain_name(place, meant, values)
        if each.becomes == "name" and each.open and fields & {"first_name", "last_name"}:
            decided[place] = Meant(None, "it stands beside a first or last name")
        before = meant[place - 1] if place else each
        if each.becomes == EXTENSION and not before.becomes and are_switchboards(values[place - 1]):
            decided[place - 1] = Meant(SWITCHBOARD, "it stands before an extension")
        if each.becomes == "plain_title":
            is_honorific = "title" in fields or are_honorifics(values[place])
            decided[place] = each._replace(becomes="honorific" if is_honorific else "title")
    return decided


def _plain_name(place: int, meant: Sequence[Meant], values: Sequence[Sequence[str]]) -> Meant:
    """What `Name` is: a whole name, or the part whose partner stands beside it."""
    fields = [each.becomes for each in meant]
    has = {part: part in fields for part in NAME_PARTS}
    if has["first_name"] == has["last_name"] or "name" in fields:
        return meant[place]._replace(becomes="name")
    partner = "first_name" if has["first_name"] else "last_name"
    part = "last_name" if has["first_name"] else "first_name"
    pairs = [
        (whole.casefold(), other.strip().casefold())
        for whole, other in zip(values[place], values[fields.index(partner)], strict=False)
        if whole.strip() and other.strip()
    ]
    contains = sum(other in whole and other != whole for whole, other in pairs)
    is_whole = bool(pairs) and contains > len(pairs) / 2
    because = f"it stands beside the {partner.replace('_', ' ')}"
    return Meant("name", _BY_NAME) if is_whole else Meant(part, because)
