"""Which live contacts hold the same identifier, and which separations keep contacts apart."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from operator import itemgetter

from application.ports import Conflict
from domain.identifiers import Identifier, IdentifierKind
from infrastructure.read_models.separation_rows import earlier_ids
from infrastructure.read_models.working_set import WorkingSet
from infrastructure.storage.session import Session
from infrastructure.storage.table import Row


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
        if each < kind or len(found) >= limit:
            continue
        begin = (value, a, b) if each == kind else ("", "", "")
        held = session.stream(
            "SELECT value FROM held_by_several WHERE kind = ?1 AND value >= ?2"
            " AND value NOT IN (SELECT value FROM json_each(?3)) ORDER BY value",
            (each, begin[0], [*shared]),
        )
        pairs = _pairs(session, each, held, begin, limit)
        while len(found) < limit and (some := list(islice(pairs, limit))):
            found += _not_separate(session, rows, some)
    return found[:limit]


def _pairs(
    session: Session,
    kind: IdentifierKind,
    held: Iterator[Row],
    after: tuple[str, str, str],
    limit: int,
) -> Iterator[Conflict]:
    """Those who hold one of some values, two by two, in order, after a value and two ids.

    A number that thousands hold has millions of pairs: only the holders are read.
    """
    while values := [value for (value,) in islice(held, limit)]:
        holders = session.execute(
            "SELECT value, contact_id FROM identifiers WHERE kind = ?"
            " AND value IN (SELECT value FROM json_each(?)) AND holders > 0"
            " ORDER BY value, contact_id",
            (kind, values),
        ).fetchall()
        for value, of_value in groupby(holders, key=itemgetter(0)):
            ids = [contact_id for _, contact_id in of_value]
            for place, one in enumerate(ids):
                others = ids[place + 1 :] if (value, one) >= after[:2] else []
                for other in others:
                    if (value, one, other) > after:
                        yield Conflict(Identifier(kind, value), one, other)


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
