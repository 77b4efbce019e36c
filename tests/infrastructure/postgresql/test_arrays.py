"""Columns of rows, and lists, arrive at a real server as they were sent."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from infrastructure.postgresql.arrays import KINDS
from infrastructure.postgresql.pool import Pool
from infrastructure.postgresql.session import PostgresSession
from tests.stores import new_place

LEAST, MOST = -(1 << 63), (1 << 63) - 1
ARRAYS = {"INTEGER": "bigint[]", "TEXT": "text[]", "BLOB": "bytea[]"}

integers = st.integers(LEAST, MOST) | st.sampled_from([LEAST, MOST, -1, 0])
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
blobs = st.binary()
OF_KIND: dict[str, st.SearchStrategy[Any]] = {"INTEGER": integers, "TEXT": texts, "BLOB": blobs}
rows = st.lists(st.tuples(*(st.none() | each for each in OF_KIND.values())))


@pytest.fixture(scope="module")
def session() -> Iterator[PostgresSession]:
    with new_place("postgresql") as place:
        session = Pool(place.url).connect()
        yield session
        session.connection.close()


@settings(deadline=None)
@given(rows)
@example([])
@example([(None, None, None)])
@example([(LEAST, "", b""), (MOST, 'NULL {}," \\', b"\0\xff"), (0, "\U0010ffff", None)])
@example([(number, str(number), bytes(8)) for number in range(50_000)])
def test_rows_arrive_as_they_were_sent(
    session: PostgresSession, rows: list[tuple[int | None, str | None, bytes | None]]
) -> None:
    columns = [*zip(*rows, strict=True)] or [()] * len(KINDS)
    sent = [KINDS[kind](column) for kind, column in zip(OF_KIND, columns, strict=True)]
    unnested = ", ".join(f"?::{ARRAYS[kind]}" for kind in OF_KIND)
    assert session.execute(f"SELECT * FROM unnest({unnested})", sent).fetchall() == rows


@settings(deadline=None)
@given(st.lists(integers) | st.lists(texts))
@example([])
def test_a_list_is_one_value(session: PostgresSession, values: list[int] | list[str]) -> None:
    kind = "bigint" if values and isinstance(values[0], int) else "text"
    others = f"SELECT x FROM unnest(?1::{kind}[]) AS x WHERE x"
    listed = f"{others} IN (SELECT value FROM json_each(?1))"
    assert [x for (x,) in session.execute(listed, [values])] == values
    unlisted = f"{others} NOT IN (SELECT value FROM json_each(?1))"
    assert session.execute(unlisted, [values]).fetchall() == []


@pytest.mark.parametrize("kind", ["bigint", "text"])
def test_a_list_of_nothing_is_of_whatever_it_is_compared_with(
    session: PostgresSession, kind: str
) -> None:
    one = f"SELECT 1 FROM (SELECT 1::{kind} AS x) AS one WHERE x"
    for words, found in (("IN", []), ("NOT IN", [(1,)])):
        statement = f"{one} {words} (SELECT value FROM json_each(?))"
        assert session.execute(statement, [[]]).fetchall() == found


@settings(deadline=None)
@given(integers, texts, blobs)
def test_single_values_arrive_as_they_were_sent(
    session: PostgresSession, number: int, text: str, blob: bytes
) -> None:
    asked = "SELECT ?::bigint, ?::text, ?::bytea, ?::text"
    assert session.execute(asked, [number, text, blob, None]).fetchone() == (
        number,
        text,
        blob,
        None,
    )
