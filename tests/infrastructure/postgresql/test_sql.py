"""Each construct that is translated for PostgreSQL means the same on both stores."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from application.commands.receive_records import receive_records
from infrastructure.account_log.log import EventLog
from infrastructure.postgresql.sql import translated
from tests.messages import ADMIN, JOHN, hubspot_contact
from tests.stores import Place

NUMBERS = "SELECT column1 FROM (VALUES (1), (2), (3)) AS v WHERE column1"
TEXTS = "SELECT column1 FROM (VALUES ('a'), ('B'), ('\u00e9')) AS v WHERE column1"
NAME = "json_extract(attributes, '$.name')"
BYTES = f"SELECT length(CAST({NAME} AS BLOB)) FROM contacts WHERE"
OF_A_LIST = "SELECT t.value FROM json_each(?) t"

SAID: list[tuple[str, list[Any], list[Any]]] = [
    (f"{NUMBERS} IN (SELECT value FROM json_each(?))", [[1, 3, 4]], [1, 3]),
    (f"{NUMBERS} IN (SELECT value FROM json_each(?))", [[]], []),
    (f"{NUMBERS} NOT IN (SELECT value FROM json_each(?))", [[1, 3, 4]], [2]),
    (f"{NUMBERS} NOT IN (SELECT value FROM json_each(?))", [[]], [1, 2, 3]),
    (f"{NUMBERS} > ?2 AND column1 IN (SELECT value FROM json_each(?1))", [[1, 3], 1], [3]),
    (f"{TEXTS} IN (SELECT value FROM json_each(?))", [["B", "\u00e9", "A"]], ["B", "\u00e9"]),
    (f"{TEXTS} NOT IN (SELECT value FROM json_each(?))", [["B"]], ["a", "\u00e9"]),
    (
        f"{TEXTS} NOT IN (SELECT value FROM json_each(?)) OR column1 = ?",
        [["a", "B"], "B"],
        list("B\u00e9"),
    ),
    (
        OF_A_LIST,
        [["x", "", 'a"b\\', "\u00e9", "{}", "NULL"]],
        ["x", "", 'a"b\\', "\u00e9", "{}", "NULL"],
    ),
    (OF_A_LIST, [[]], []),
    (f"{OF_A_LIST} CROSS JOIN contacts c ON c.kind = t.value", [["contact", "lead"]], ["contact"]),
    ("SELECT topic FROM events NOT INDEXED WHERE position > ?", [1], ["ContactImported"]),
    (f"{TEXTS} LIKE ? ESCAPE '\\'", ["b%"], ["B"]),
    (f"{TEXTS} LIKE ? ESCAPE '\\'", ["\\%"], []),
    (f"{TEXTS} LIKE ? ESCAPE '\\'", ["_"], ["a", "B", "\u00e9"]),
    (f"{BYTES} {NAME} = ?", ["J\u00f3n"], [4]),
    (f"{BYTES} length({NAME}) <> length(CAST({NAME} AS BLOB))", [], [4]),
    ("SELECT length(CAST(kind AS BLOB)) FROM contacts", [], [7]),
    (f"SELECT {NAME} FROM contacts", [], ["J\u00f3n"]),
    ("SELECT json_extract(c.attributes, '$.name') FROM contacts c", [], ["J\u00f3n"]),
]
"""A query, its values, and the answer."""


@pytest.fixture
def log(place: Place) -> Iterator[EventLog]:
    """An account with one contact, J\u00f3n."""
    with closing(place.create("default")) as log:
        receive_records(log, [hubspot_contact("1", "J\u00f3n", [JOHN])], by=ADMIN)
        yield log


def test_both_stores_answer_the_same(log: EventLog) -> None:
    with log.database.reading() as session:
        for statement, values, expected in SAID:
            found = [each for (each,) in session.execute(statement, values)]
            assert sorted(found) == sorted(expected), (statement, values)
            streamed = [each for (each,) in session.stream(statement, values)]
            assert sorted(streamed) == sorted(expected), (statement, values)


@pytest.mark.parametrize(
    ("statement", "in_other_words"),
    [
        ("x = ? AND y > ? LIMIT ?", "x = $1 AND y > $2 LIMIT $3"),
        ("x = ?2 AND y > ?1 OR x = ?2", "x = $2 AND y > $1 OR x = $2"),
        ("x IN (SELECT value FROM json_each(?)) AND y = ?", "x = ANY($1) AND y = $2"),
        ("x IN (SELECT value FROM json_each(?3))", "x = ANY($3)"),
        ("x NOT IN (SELECT value FROM json_each(?5))", "x <> ALL($5)"),
        ("FROM json_each(?) t JOIN u", "FROM unnest($1::text[]) AS t (value) JOIN u"),
        ("FROM a CROSS JOIN b ON a.x = b.x", "FROM a JOIN b ON a.x = b.x"),
        ("FROM events NOT INDEXED WHERE", "FROM events WHERE"),
        ("x LIKE ? ESCAPE '\\'", "x ILIKE $1 ESCAPE '\\'"),
        ("length(CAST(value AS BLOB))", "octet_length(value)"),
        ("length(CAST(f(a, b) AS BLOB))", "octet_length(f(a, b))"),
        ("json_extract(c.attributes, '$.name')", "(c.attributes::json #>> '{name}')"),
        ("SELECT * FROM contacts WHERE likeness = 1", "SELECT * FROM contacts WHERE likeness = 1"),
    ],
)
def test_it_is_put_in_other_words(statement: str, in_other_words: str) -> None:
    assert translated(statement) == in_other_words
