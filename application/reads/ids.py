"""Find the id that a person means by its beginning.

Programs give whole ids. A person may give the beginning of an id that no other id of its kind
shares.
"""

from collections.abc import Callable, Mapping, Sequence

from application.ports import IdKind, Reading
from application.reads.merges import show_merge
from application.reads.names import names_of
from application.refusals import NotFound, Refused
from domain.events import ContactsMerged

SHORTEST = 4
"""The smallest number of characters of a beginning."""
MOST_NAMED = 5
"""How many of those that begin alike an error names."""


def contact_id(reading: Reading, given: str) -> str:
    """The id of a contact that begins so; it may be absorbed or deleted. Raises Refused."""
    return _find(reading, "contact", given)


def merge_id(reading: Reading, given: str) -> str:
    """The id of a merge that begins so. Raises Refused."""
    return _find(reading, "merge", given)


def import_id(reading: Reading, given: str) -> str:
    """The id of an import that begins so. Raises Refused."""
    return _find(reading, "import", given)


def _find(reading: Reading, kind: IdKind, given: str) -> str:
    found = _that_begin(reading, kind, given)
    if len(found) == 1 or given in found:
        return given if given in found else found[0]
    if found:
        described = _DESCRIBED[kind](reading, found[:MOST_NAMED])
        named = ", ".join(f"{each} ({text})" for each, text in described.items())
        more = " and more" if len(found) > MOST_NAMED else ""
        raise Refused(f"more than one {kind} begins with `{given}`: {named}{more}; give more of it")
    for other in _DESCRIBED:
        of_other = _that_begin(reading, other, given)
        if other != kind and len(of_other) == 1:
            raise Refused(_other_kind(reading, kind, other, of_other[0]))
    raise NotFound(kind, given)


def _that_begin(reading: Reading, kind: IdKind, given: str) -> list[str]:
    """The ids of a kind that begin so, at most one more than an error names."""
    found = reading.ids_that_begin(kind, given, limit=MOST_NAMED + 1)
    return found if len(given) >= SHORTEST else [each for each in found if each == given]


def _other_kind(reading: Reading, kind: IdKind, other: IdKind, found: str) -> str:
    """What an id is that was given for something else, and what to give instead."""
    (described,) = _DESCRIBED[other](reading, [found]).values()
    article, not_this = ("an" if each == "import" else "a" for each in (other, kind))
    said = f"`{found}` is {article} {other} ({described}), not {not_this} {kind}"
    if other == "merge" and kind == "contact":
        merge = show_merge(reading, found)
        return f"{said}; its contacts are {merge.survivor} and {merge.absorbed}"
    if other == "contact" and kind == "merge":
        path = reading.path_to_survivor(found)
        made = path[0].event if path else None
        if isinstance(made, ContactsMerged):
            return f"{said}; the merge that absorbed it is {made.merge_id}"
        return f"{said}; `merges --contact {found}` lists its merges"
    return said


def _contacts(reading: Reading, ids: Sequence[str]) -> Mapping[str, str]:
    names = names_of(reading, ids)
    return {each: names.get(each) or "no name" for each in ids}


def _merges(reading: Reading, ids: Sequence[str]) -> Mapping[str, str]:
    merges = (show_merge(reading, each) for each in ids)
    return {
        each.id: f"{each.absorbed_name or each.absorbed} into {each.survivor_name or each.survivor}"
        for each in merges
    }


_DESCRIBED: Mapping[IdKind, Callable[[Reading, Sequence[str]], Mapping[str, str]]] = {
    "contact": _contacts,
    "merge": _merges,
    "import": lambda reading, ids: reading.import_files(ids),
}
