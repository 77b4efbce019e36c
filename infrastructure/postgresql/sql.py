"""Translates the product's SQL for PostgreSQL.

These are all exceptions to what it has in common with SQLite. If a new statement needs another one,
`tests/infrastructure/postgresql` fails until it is added.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import count

_IN_OTHER_WORDS = (
    # A list is one value.
    (re.compile(r"NOT IN \(SELECT value FROM json_each\((\?\d*)\)\)"), r"<> ALL(\1)"),
    (re.compile(r"IN \(SELECT value FROM json_each\((\?\d*)\)\)"), r"= ANY(\1)"),
    (re.compile(r"FROM json_each\((\?\d*)\) (\w+)"), r"FROM unnest(\1::text[]) AS \2 (value)"),
    (re.compile(r"\binstr\((\w+), (\?\d*)\)"), r"position(\2 in \1)"),
    # PostgreSQL chooses the order of a join and the index itself.
    (re.compile(r"\bCROSS JOIN\b"), "JOIN"),
    (re.compile(r" NOT INDEXED\b"), ""),
    # Its LIKE is case-sensitive.
    (re.compile(r"\bLIKE\b"), "ILIKE"),
    (re.compile(r"length\(CAST\(((?:[^()]|\([^()]*\))*) AS BLOB\)\)"), r"octet_length(\1)"),
    (re.compile(r"json_extract\(([\w.]+), '\$\.name'\)"), r"(\1::json #>> '{name}')"),
)
_OF_SCHEMAS = (
    # Ordered by bytes, as in SQLite.
    (re.compile(r"\bTEXT\b(\[\])?"), r'TEXT\1 COLLATE "C"'),
    (re.compile(r"\bINTEGER\b"), "BIGINT"),
    (re.compile(r"\bBLOB\b"), "BYTEA"),
    (re.compile(r" WITHOUT ROWID\b"), ""),
    # In PostgreSQL an index is in the schema of its table.
    (re.compile(r" INDEX (IF NOT EXISTS )?(\S+?)\.(\w+) ON (?=\w)"), r" INDEX \1\3 ON \2."),
    (re.compile(r"^CREATE TABLE pg_temp\."), "CREATE TEMP TABLE "),
)
_MARK = re.compile(r"\?(\d*)")


@lru_cache(maxsize=1_000)
def translated(statement: str) -> str:
    """A statement for PostgreSQL, with numbered values."""
    numbers = count(1)
    statement = _replaced(statement, _IN_OTHER_WORDS)
    return _MARK.sub(lambda mark: f"${mark[1] or next(numbers)}", statement)


def in_postgresql(statement: str) -> str:
    """A statement of schema.py for PostgreSQL."""
    return _replaced(statement, _OF_SCHEMAS)


def _replaced(statement: str, words: Iterable[tuple[re.Pattern[str], str]]) -> str:
    for pattern, instead in words:
        statement = pattern.sub(instead, statement)
    return statement
