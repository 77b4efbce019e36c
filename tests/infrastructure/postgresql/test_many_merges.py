"""Verifying an account with many merges reads it once, with however little memory."""

from contextlib import closing

import pytest

from infrastructure.read_models.verify import lead_problems
from infrastructure.storage.tables import CONTACTS
from tests.infrastructure.cost import cost
from tests.stores import Behind, Place

FEW, MANY = 20_000, 80_000
AT_MOST = 3 * MANY / FEW
"""Reading something once for each contact would cost sixteen times as much."""


def fill(database: Behind, contacts: int, *, has_statistics: bool) -> None:
    """So many live contacts with a number each, half of them captured leads.

    Each has absorbed another, except one that leads nowhere. Two contacts share a few numbers.
    """
    said = {"kind": "'contact'", "merge_id": "NULL"}
    others = {"TEXT": "'{}'", "INTEGER": "1"}
    for name, status, survivor in (("l", "live", "NULL"), ("a", "absorbed", "'l' || g")):
        values = {
            **{c: others[t] for c, t in zip(CONTACTS.columns, CONTACTS.types, strict=True)},
            **said,
            "contact_id": f"'{name}' || g",
            "status": f"'{status}'",
            "survivor": survivor,
            "captured": "CASE g % 2 WHEN 0 THEN '{}' END",
        }
        database.execute(
            f"INSERT INTO contacts SELECT {', '.join(values.values())}"
            f" FROM generate_series(1, {contacts}) g"
        )
    database.execute("UPDATE contacts SET survivor = 'nobody' WHERE contact_id = 'a7'")
    database.execute(
        "INSERT INTO identifiers SELECT 'phone', 'n' || g, 'l' || g, 1"
        f" FROM generate_series(1, {contacts}) g"
    )
    database.execute("INSERT INTO identifiers VALUES ('phone', 'n8', 'l9', 1)")
    if has_statistics:
        database.execute("ANALYZE")


PROBLEMS = [
    "contact a7: leads to no live or deleted contact",
    "lead l8: was captured for n8, which l9 holds",
]


def cost_of_checking(place: Place, contacts: int, *, has_statistics: bool) -> float:
    account = f"of_{contacts}"
    with closing(place.create(account)) as log, log.database.session() as session:
        fill(place.database(account), contacts, has_statistics=has_statistics)

        def check() -> None:
            with log.database.looking_on(session):
                assert lead_problems(session) == PROBLEMS

        return min(cost(place, check) for _ in range(3))


@pytest.mark.parametrize("has_statistics", [False, True])
def test_of_four_times_the_contacts_it_is_about_four_times_as_much(
    database: Place, has_statistics: bool
) -> None:
    few, many = (
        cost_of_checking(database, contacts, has_statistics=has_statistics)
        for contacts in (FEW, MANY)
    )
    print(f"among {FEW}: {few:.3f} s, among {MANY}: {many / few:.1f} of it")  # noqa: T201 - the measure
    assert many <= AT_MOST * few
