"""The tables of an account on PostgreSQL."""

from collections.abc import Iterator

from infrastructure.storage.schema import account_schema, statements

BESIDE = """
CREATE TABLE {schema}.commits (at INTEGER, token BLOB, PRIMARY KEY (at, token));
CREATE TABLE {schema}.uploads (
    job_id TEXT, number INTEGER, at INTEGER NOT NULL, block BLOB NOT NULL,
    PRIMARY KEY (job_id, number)
);
CREATE INDEX {schema}.uploads_by_at ON uploads (at)
"""
"""The tables of an account that only this store has.

`commits`: the tokens of recent commits, to look them up if the answer was lost.
`uploads`: files that wait for their jobs, in blocks; any process may carry one out.
"""
TEXT_INDEX = """
CREATE TABLE {schema}.indexed (
    format INTEGER PRIMARY KEY, position INTEGER NOT NULL, head INTEGER NOT NULL, digest BLOB
);
CREATE TABLE {schema}.indexed_contacts (
    first INTEGER PRIMARY KEY,
    contact_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    lines TEXT NOT NULL,
    tokens TEXT[] NOT NULL
);
CREATE INDEX {schema}.indexed_contacts_by_tokens ON indexed_contacts USING gin (tokens)
    WITH (fastupdate = off)
"""
"""With `fastupdate` every search would read the whole list of pending entries."""


def account_tables(schema: str) -> Iterator[str]:
    """The statements that make every table of an account."""
    yield from account_schema(schema)
    yield from statements(BESIDE + ";\n" + TEXT_INDEX, schema)
