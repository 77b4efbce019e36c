"""A page takes a constant number of statements, however much it shows."""

import asyncio
from collections.abc import Mapping

import pytest

from tests.infrastructure.statements import Statements
from tests.pages.in_this_process import visited
from tests.pages.things import filled, paths
from tests.web.service import Account

MARY = "+13195554929"
"""The number of the contact that pages of one contact are about."""
FEW, MANY = 12, 40
MOST = 40
"""Statements of a page, with those of who is signed in and those around its snapshot."""


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Statements:
    return Statements(monkeypatch)


def test_a_page_of_much_takes_no_more_statements_than_one_of_little(
    account: Account, statements: Statements
) -> None:
    things = paths(filled(account))
    _grow(account, 0, FEW)
    few = asyncio.run(_of_each(account, things, statements))
    _grow(account, FEW, MANY)
    many = asyncio.run(_of_each(account, things, statements))
    assert {name: (few[name], many[name]) for name in things if few[name] < many[name]} == {}
    # What undoing a merge would do is found by doing it in memory.
    assert {name for name, each in many.items() if each > MOST} == {"merge"}


def _grow(account: Account, first: int, last: int) -> None:
    """More of everything that a page lists."""
    rows = ["Name,Phone,Email"]
    for n in range(first, last):
        own = f"+1319556{n:04}"
        rows += [f"Person {n},{own},p{n}@x.test", f"Somebody {n},{own},", f"Mary {n},{MARY},"]
        rows += [f"Desk {n} {k},+1319557{n:04}," for k in "abcdefg"]  # a switchboard
        rows += [f"No number {n},n/a,"]
    account.ended(f"/imports/{account.imported(chr(10).join(rows))}")
    account.preview("\n".join(rows).replace("Person", "Another"))
    for n in range(first, last):
        for name in ("One", "Other"):
            account.contact_named(f"{name} West {n}", f"+1319558{n:04}")
        account.call(f"+1319556{n:04}")
        account.call(MARY)
        account.call(f"+1319559{n:04}")  # captures a lead
        account.message(MARY)
        account.deleted()
        account.key("agent")
    with account.opened() as log:
        log.text.catch_up()


async def _of_each(
    account: Account, pages: Mapping[str, str], statements: Statements
) -> dict[str, int]:
    """The statements of each page, opened for the second time by an admin in this process.

    Rows that an undo which is only looked at writes to tables in memory are not counted.
    """
    found = {}
    async with visited(account) as client:
        for name, path in pages.items():
            for _ in range(2):
                statements.clear()
                answer = await client.get(f"/accounts/{account.name}{path}")
                assert answer.status_code == 200, name
            found[name] = sum(" INTO temp." not in each for each in statements)
    return found
