"""A text search finds what reading all contacts finds: with an index, behind it, without one."""

from collections.abc import Iterator
from itertools import chain
from random import Random
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.records import RecordKind
from infrastructure.postgresql import text_index as postgresql_text_index
from infrastructure.read_models import text_index, text_search
from infrastructure.sqlite.text_index import SqliteTextIndex
from tests.infrastructure.search.life import (
    COMMANDS,
    Life,
    life,
    oracle,
    pages,
    some_query,
)
from tests.normal_run import examples
from tests.stores import Kind, Place, new_place

KINDS_OF_CONTACT: tuple[RecordKind | None, ...] = (None, None, "contact", "lead")
PHONES = (None, None, "+13195550100")
MOMENTS = (*COMMANDS, "contact", "row", "lead", *["index", "search"] * 4, "damage", "rebuild")

OF_ANOTHER_LOG = (
    "DELETE FROM indexed",
    "UPDATE indexed SET format = 0",
    "UPDATE indexed SET digest = 'x'",
    "UPDATE indexed SET head = 1000000",
)

moments = st.lists(st.sampled_from(MOMENTS), min_size=5, max_size=40)
seeds = st.integers(0, 1 << 32)
looked_at = st.sampled_from([1, 3, postgresql_text_index.LOOKED_AT])
"""How many contacts PostgreSQL looks at one by one before it asks its index."""


@pytest.fixture(scope="module")
def store(kind: Kind) -> Iterator[Place]:
    """A store in which every example has its own account."""
    with new_place(kind) as place:
        yield place


def search(life: Life) -> None:
    random = life.random
    q, kind, phone = some_query(life), random.choice(KINDS_OF_CONTACT), random.choice(PHONES)
    expected = oracle(life.contacts(), life.first_events(), q, kind, phone)
    found = chain.from_iterable(pages(life.log, q, random.randrange(1, 9), kind, phone))
    assert list(found) == expected, (q, kind, phone)


def live_on(life: Life, moment: str) -> None:
    match moment:
        case "index":
            life.log.text.catch_up(batch=life.random.choice((1, 3, 1_000)))
        case "search":
            search(life)
        case "damage":
            _damage(life)
        case "rebuild":
            assert life.log.rebuild().differences == ()
        case _:
            life.happen(moment)


def _damage(life: Life) -> None:
    if not isinstance(life.log.text, SqliteTextIndex):
        life.place.index(life.account).execute(life.random.choice(OF_ANOTHER_LOG))
    elif life.log.text.path.exists():
        _damage_file(life.log.text, life.random)


def _damage_file(index: SqliteTextIndex, random: Random) -> None:
    content = bytearray(index.path.read_bytes())
    start = random.randrange(2) * random.randrange(len(content))
    content[start : start + 100] = b"\xff" * len(content[start : start + 100])
    # If it were written in place, a part of it might be read unnoticed. So a new file is made.
    index.drop()
    index.path.write_bytes(content[: start + 100])


@pytest.mark.parametrize("a_contact_in_rows", [0, text_index.A_CONTACT_IN_ROWS, 1 << 20])
@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(moments, seeds, looked_at)
def test_whatever_happens_and_whenever_it_is_indexed(
    store: Place, a_contact_in_rows: int, moments: list[str], seed: int, looked_at: int
) -> None:
    with (
        patch.object(postgresql_text_index, "LOOKED_AT", looked_at),
        patch.object(text_search, "A_CONTACT_IN_ROWS", a_contact_in_rows),
        patch.object(text_index, "A_CONTACT_IN_ROWS", a_contact_in_rows),
        life(store, seed) as one,
    ):
        for moment in moments:
            live_on(one, moment)
        for moment in ("search", "index", "search", "search"):
            live_on(one, moment)


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.sampled_from(["row", "contact", "lead"]), min_size=10), moments, seeds, looked_at
)
def test_who_matches_throughout_is_on_one_page_whatever_is_written_meanwhile(
    store: Place, before: list[str], moments: list[str], seed: int, looked_at: int
) -> None:
    with (
        patch.object(postgresql_text_index, "LOOKED_AT", looked_at),
        patch.object(text_search, "A_CONTACT_IN_ROWS", 0),
        life(store, seed) as one,
    ):
        for moment in (*before, "index"):
            live_on(one, moment)
        q = some_query(one)
        throughout = set(oracle(one.contacts(), one.first_events(), q))
        found: list[str] = []
        ever = set(throughout)
        todo = iter(moments)
        for page in pages(one.log, q, 2):
            found += page
            for moment in (next(todo, "index"), next(todo, "index")):
                live_on(one, moment)
                matching = oracle(one.contacts(), one.first_events(), q)
                throughout &= set(matching)
                ever |= set(matching)
        assert len(found) == len(set(found))
        assert throughout <= set(found) <= ever
