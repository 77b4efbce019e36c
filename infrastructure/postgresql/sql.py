"""The SQL of this product in PostgreSQL's words.

Statements are written once, in what SQLite and PostgreSQL have in common, but for what is listed
here. Whoever writes one that needs more adds a line, and `tests/infrastructure/postgresql` tells.
"""

import re
from functools import lru_cache
from itertools import count

_IN_OTHER_WORDS = (
    # A list is one value.
    (re.compile(r"NOT IN \(SELECT value FROM json_each\((\?\d*)\)\)"), r"<> ALL(\1)"),
    (re.compile(r"IN \(SELECT value FROM json_each\((\?\d*)\)\)"), r"= ANY(\1)"),
    (re.compile(r"FROM json_each\((\?\d*)\) (\w+)"), r"FROM unnest(\1::text[]) AS \2 (value)"),
    # PostgreSQL finds the order of a join, and the index, by itself.
    (re.compile(r"\bCROSS JOIN\b"), "JOIN"),
    (re.compile(r" NOT INDEXED\b"), ""),
    # Its LIKE tells upper case from lower.
    (re.compile(r"\bLIKE\b"), "ILIKE"),
    (re.compile(r"length\(CAST\(((?:[^()]|\([^()]*\))*) AS BLOB\)\)"), r"octet_length(\1)"),
    (re.compile(r"json_extract\(([\w.]+), '\$\.name\[0\]'\)"), r"(\1::json #>> '{name,0}')"),
)
_MARK = re.compile(r"\?(\d*)")


@lru_cache(maxsize=1_000)
def translated(statement: str) -> str:
    """A statement as PostgreSQL has it, its values numbered."""
    for pattern, instead in _IN_OTHER_WORDS:
        statement = pattern.sub(instead, statement)
    numbers = count(1)
    return _MARK.sub(lambda mark: f"${mark[1] or next(numbers)}", statement)
