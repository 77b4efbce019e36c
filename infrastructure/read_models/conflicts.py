"""Which live contacts hold the same identifier, and which separations keep contacts apart."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import islice

from application.ports import Conflict
from domain.identifiers import Identifier, IdentifierKind
from infrastructure.read_models.separation_rows import earlier_ids
from infrastructure.read_models.working_set import WorkingSet
from infrastructure.storage.session import Session


def conflicts(
    session: Session,
    rows: WorkingSet,
    shared: Sequence[str],
    *,
    after: tuple[str, str, str, str] | None,
    limit: int,
) -> list[Conflict]:
    """Conflicts by identifier and ids, after one. `shared`: identifiers that never match."""
    kind, value, a, b = after or ("", "", "", "")
    found: list[Conflict] = []
    kinds: tuple[IdentifierKind, ...] = ("email", "phone")
    for each in kinds:
        if each < kind:
            continue
        begin = (value, a, b) if each == kind else ("", "", "")
        stored = session.stream(
            "SELECT a.value, a.contact_id, b.contact_id FROM identifiers a"
            " JOIN identifiers b ON b.kind = a.kind AND b.value = a.value"
            " AND b.contact_id > a.contact_id AND b.holders > 0"
            " WHERE a.kind = ?1 AND (a.value, a.contact_id) >= (?2, ?3) AND a.holders > 0"
            " AND (a.value, a.contact_id, b.contact_id) > (?2, ?3, ?4)"
            " AND a.value NOT IN (SELECT value FROM json_each(?5))"
            " ORDER BY a.value, a.contact_id, b.contact_id",
            (each, *begin, [*shared]),
        )
        pairs = (Conflict(Identifier(each, row[0]), *row[1:]) for row in stored)
        while len(found) < limit and (some := list(islice(pairs, limit))):
            found += _not_separate(session, rows, some)
    return found[:limit]


def _not_separate(session: Session, rows: WorkingSet, pairs: Sequence[Conflict]) -> list[Conflict]:
    sides = _sides(session, rows, list({each for pair in pairs for each in (pair.a, pair.b)}))
    return [
        pair
        for pair in pairs
        if not any((place, 1 - side) in sides[pair.b] for place, side in sides[pair.a])
    ]


def separations(session: Session, rows: WorkingSet, a: str, b: str) -> list[int]:
    """The positions of the events that declared two live contacts separate."""
    sides = _sides(session, rows, [a, b])
    return [place for place, side in sides[a] if (place, 1 - side) in sides[b]]


def _sides(
    session: Session, rows: WorkingSet, contact_ids: Sequence[str]
) -> dict[str, set[tuple[int, int]]]:
    """The separations that bind some live contacts, each with the contact's side."""
    own = {led: contact_id for contact_id, led in rows.leading_to_each(contact_ids)}
    own |= {each: each for each in contact_ids}
    of_contacts = defaultdict[str, set[str]](set)
    for each, contact_id in own.items():
        of_contacts[each].add(contact_id)
    for each, earlier in earlier_ids(rows, own):
        of_contacts[earlier].add(own[each])
    sides: dict[str, set[tuple[int, int]]] = {each: set() for each in contact_ids}
    for each, separation, side in session.execute(
        "SELECT contact_id, separation, side FROM bound"
        " WHERE contact_id IN (SELECT value FROM json_each(?))",
        ([*of_contacts],),
    ):
        for contact_id in of_contacts[each]:
            sides[contact_id].add((separation, side))
    return sides
