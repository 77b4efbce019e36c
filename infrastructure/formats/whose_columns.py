"""Whose phones, emails and names columns hold, by the columns beside them.

A file may tell of several people in a row: the contact, an assistant, a buyer, a company. One that
is left out has to be mapped; one that is taken in too much merges people who are not one.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from infrastructure.formats.column_names import EITHER, NAMES, PARTIES, Meant

_VALUES = {"phone", "email", EITHER}
_OWN = {"", "company", "another"}
"""Whose a column is that is not a party's: the person's, or not what the person has."""
_NUMBERED = re.compile(r"\.\d+$")
"""What some programs add to the second of two columns with the same name: `Phone.1`."""
_SECOND = re.compile(r"[^\d\s][^\d]*\d+(?=\W*[^\W\d])")
"""How the names of columns of one of several people begin: `Contact 2`."""
_SHARED = 0.1
"""The share of values beside several names from which on a doubtful column is nobody's own."""


def of_the_person(
    header: Sequence[str],
    meant: Sequence[Meant],
    given: Sequence[str | None],
    values: Sequence[Sequence[str]],
) -> list[Meant]:
    """What columns are, without the phones, emails and names of others than the person.

    `given`: what somebody said a column is, which stands.
    """
    decided = _without_other_parties(meant)
    decided = _without_neighbours(header, decided)
    decided = _without_numbered(header, decided)
    decided = _without_shared(decided, values)
    return [
        before if said else after for said, before, after in zip(given, meant, decided, strict=True)
    ]


def _kind(each: Meant) -> str | None:
    """Which of the things that a person has a column holds, if any."""
    if each.becomes in NAMES:
        return "name"
    return each.becomes if each.becomes in _VALUES else None


def _without_other_parties(meant: Sequence[Meant]) -> list[Meant]:
    """A buyer, or whom a file tells of besides, is the person if it names nobody else.

    That is if no other column has a name, and either the buyer has one, or there is no other phone
    or email. Of somebody in a role, such as an owner, only if there is none of the three.
    """
    own = {_kind(each) for each in meant if each.whose in _OWN} - {None}
    kinds: dict[str, set[str | None]] = {party: set() for party in PARTIES}
    for each in meant:
        if each.whose not in _OWN and _kind(each):
            kinds.setdefault(each.whose, set()).add(_kind(each))
    person = _person(own, kinds)
    has_country = any(each.becomes == "country" and not each.whose for each in meant)
    return [_of_party(each, person, has_country=has_country) for each in meant]


def _person(own: set[str | None], kinds: Mapping[str, set[str | None]]) -> str | None:
    """The party that is the person, by what the columns of each hold, if one is."""
    if own == {"name"} and kinds["orderer"] and "name" not in kinds["orderer"]:
        return "orderer"  # `Name, Billing Email`: there is no other way to reach who is named
    if "name" in own:
        return None
    for party, held in kinds.items():
        if party in PARTIES and held and (not own or "name" in held):
            return party
    # A name beside phones of nobody in particular may be that of who looks after the contact.
    roles = [] if own else [role for role, held in kinds.items() if held]
    return next((role for role in roles if len(kinds[role]) > 1), next(iter(roles), None))


def _of_party(each: Meant, person: str | None, *, has_country: bool) -> Meant:
    """What a column of a party becomes. The country of a bill is that of the person's phones."""
    if each.whose in {*_OWN, person}:
        return each
    if each.becomes == "country" and each.whose == "orderer" and not has_country:
        return each
    if _kind(each):
        settled = each.whose not in PARTIES and person is None
        return Meant(None, "its name says it may be somebody else's", settled, whose="another")
    return Meant(None, "its name says it may be somebody else's")


def _without_neighbours(header: Sequence[str], meant: Sequence[Meant]) -> list[Meant]:
    """A column whose name stands there a second time, after somebody else's, is that one's.

    Such as the second phone of `Name, Phone, Assistant, Phone` and all that follows the second
    name of `Name, Phone, Email, Name, Phone, Email`.
    """
    seen: set[str] = set()
    decided, is_other = [], False
    for column, each in zip(header, meant, strict=True):
        name = _NUMBERED.sub("", column.strip().casefold())
        kind, repeats = _kind(each), name in seen
        seen.add(name)
        if each.whose == "another" or each.becomes == "company" or (kind == "name" and repeats):
            is_other = True
        elif kind and not repeats:
            is_other = False
        if is_other and repeats and kind:
            because = "it follows somebody else's column and has the name of an earlier one"
            decided.append(Meant(None, because, settled=False))
        else:
            decided.append(each)
    return decided


def _without_numbered(header: Sequence[str], meant: Sequence[Meant]) -> list[Meant]:
    """What begins like the name of a second person is that person's.

    Such as `Contact 2 Phone` beside `Contact 1 Name` and `Contact 2 Name`.
    """
    begins = [found[0].casefold() if (found := _SECOND.match(each)) else "" for each in header]
    names = [begin for begin, each in zip(begins, meant, strict=True) if _kind(each) == "name"]
    others = set(names[1:]) - {"", *names[:1]}
    because = "its name begins like another person's"
    return [
        Meant(None, because, settled=False) if begin in others and _kind(each) else each
        for begin, each in zip(begins, meant, strict=True)
    ]


def _without_shared(meant: Sequence[Meant], values: Sequence[Sequence[str]]) -> list[Meant]:
    """A company's number beside a phone is no person's; nor is a doubtful one of several people.

    Doubtful is a column beside a clear one whose name has words that are not known.
    """
    clear = {each.becomes for each in meant if not each.weak and each.whose != "company"}
    first = {each.becomes: place for place, each in reversed(list(enumerate(meant)))}
    names = [values[place] for becomes, place in first.items() if becomes in NAMES]
    decided = []
    for each, column in zip(meant, values, strict=True):
        is_companys = each.whose == "company"
        if each.becomes == "phone" and is_companys and "phone" in clear:
            because = "it is the company's, beside the person's own"
            decided.append(Meant(None, because, settled=False))
        elif (
            each.becomes in _VALUES
            and (is_companys or (each.weak and each.becomes in clear))
            and _is_shared(column, names, 0 if is_companys else _SHARED)
        ):
            because = "the same value stands beside several names"
            decided.append(Meant(None, because, settled=False))
        else:
            decided.append(each)
    return decided


def _is_shared(values: Sequence[str], names: Sequence[Sequence[str]], most: float) -> bool:
    """Whether more than a share of the rows have a value that stands beside another name, too."""
    beside: Mapping[str, list[tuple[str, ...]]] = defaultdict(list)
    for value, *name in zip(values, *names, strict=False):
        if value.strip() and any(part.strip() for part in name):
            beside[value.strip()].append(tuple(part.strip().casefold() for part in name))
    rows = sum(map(len, beside.values()))
    shared = sum(len(each) for each in beside.values() if len(set(each)) > 1)
    return shared > most * rows
