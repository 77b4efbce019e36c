"""The tables of an account: the log, the tables beside it, and the read models.

They are written for SQLite; PostgreSQL has the same tables with its own types.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from infrastructure.storage.table import Table
from infrastructure.storage.tables import TABLES

EVENT_COLUMNS = "position, stream, version, topic, at, salt, payload, erased_hash, digest"

LOG = """
CREATE TABLE {schema}.events (
    position INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    version INTEGER NOT NULL,
    topic TEXT NOT NULL,
    at INTEGER NOT NULL,
    salt BLOB,
    payload BLOB,
    erased_hash BLOB,
    digest BLOB NOT NULL
);
CREATE UNIQUE INDEX {schema}.events_by_stream ON events (stream, version);
"""

INCARNATION = """
CREATE TABLE {schema}.incarnation (incarnation TEXT PRIMARY KEY)
"""
"""What keys name an account by: another account under the same id has another one."""

BESIDE_THE_LOG = """
CREATE TABLE {schema}.answers (
    key TEXT PRIMARY KEY,
    request BLOB NOT NULL,
    status INTEGER NOT NULL,
    headers TEXT NOT NULL,
    body BLOB NOT NULL,
    at INTEGER NOT NULL,
    checksum BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX {schema}.answers_by_at ON answers (at);
CREATE TABLE {schema}.jobs (
    job_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    by TEXT NOT NULL,
    options TEXT NOT NULL,
    preview INTEGER NOT NULL,
    begun_at INTEGER NOT NULL,
    status TEXT NOT NULL,
    tries INTEGER NOT NULL,
    done INTEGER NOT NULL,
    total INTEGER,
    result TEXT NOT NULL,
    error TEXT,
    ended_at INTEGER,
    attention TEXT,
    checksum BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX {schema}.jobs_imports ON jobs (job_id) WHERE kind = 'import';
CREATE INDEX {schema}.jobs_import_undos ON jobs (job_id) WHERE kind = 'undo_import';
CREATE INDEX {schema}.jobs_running ON jobs (job_id) WHERE status = 'running';
CREATE INDEX {schema}.jobs_to_look_at ON jobs (job_id) WHERE attention = '';
CREATE TABLE {schema}.rejected_rows (
    job_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    reason TEXT NOT NULL,
    cells TEXT NOT NULL,
    checksum BLOB NOT NULL,
    PRIMARY KEY (job_id, number)
) WITHOUT ROWID;
CREATE TABLE {schema}.findings (
    job_id TEXT NOT NULL,
    list TEXT NOT NULL,
    number INTEGER NOT NULL,
    found TEXT NOT NULL,
    checksum BLOB NOT NULL,
    PRIMARY KEY (job_id, list, number)
) WITHOUT ROWID;
CREATE TABLE {schema}.mappings (
    header TEXT PRIMARY KEY,
    mapping TEXT NOT NULL,
    at INTEGER NOT NULL,
    checksum BLOB NOT NULL
) WITHOUT ROWID;
"""
"""Answers, jobs and mappings, which are not in the log: a rebuild keeps them (see beside.py)."""


KEYS = """
CREATE TABLE IF NOT EXISTS {schema}.keys (
    hash BLOB PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account TEXT,
    incarnation TEXT,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    integration TEXT,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS {schema}.keys_by_incarnation ON keys (incarnation, id);
CREATE INDEX IF NOT EXISTS {schema}.keys_by_role ON keys (role);
CREATE TABLE IF NOT EXISTS {schema}.used_for_accounts (
    key TEXT PRIMARY KEY,
    request BLOB NOT NULL,
    at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS {schema}.sign_ins (
    hash BLOB PRIMARY KEY,
    key BLOB NOT NULL,
    is_link BOOLEAN NOT NULL,
    until INTEGER NOT NULL
) WITHOUT ROWID;
"""
"""The keys of a store, beside its accounts."""


class Step(NamedTuple):
    """A change of the tables from the version before to this one.

    `works_with`: the oldest version of the program that may go on using an account, so that old and
    new processes can serve side by side while a release is rolled out. `rebuilds`: the read models
    are rebuilt from the log. A step that only adds tables, or columns that may be null, works with
    the version before. A step that does more must come in a later release than the one that
    prepares it.
    """

    version: int
    works_with: int
    statements: str = ""
    rebuilds: bool = False


VERSIONS = """
CREATE TABLE {schema}.schema_version (version INTEGER PRIMARY KEY, works_with INTEGER NOT NULL)
"""
FIRST_VERSION = 17
"""The oldest version that can be brought up to date. Earlier ones were drafts, never released."""
STEPS: tuple[Step, ...] = ()
SCHEMA_VERSION = STEPS[-1].version if STEPS else FIRST_VERSION
WORKS_WITH = STEPS[-1].works_with if STEPS else FIRST_VERSION


def account_schema(schema: str) -> Iterator[str]:
    """The statements that make every table of an account."""
    yield from statements(LOG + BESIDE_THE_LOG + INCARNATION + ";\n" + VERSIONS, schema)
    yield from read_model_schema(schema)
    yield f"INSERT INTO {schema}.schema_version VALUES ({SCHEMA_VERSION}, {WORKS_WITH})"


def read_model_schema(schema: str) -> Iterator[str]:
    """The statements that make the tables of the read models."""
    for table in TABLES:
        yield create_table(schema, table)
        yield from create_indexes(schema, table)


def create_indexes(schema: str, table: Table[Any]) -> Iterator[str]:
    """The statements that make the indexes of a table."""
    for index in table.indexes:
        name = f"{schema}.{table.name}_by_{'_'.join(index.columns)}"
        some = f" WHERE {index.where}" if index.where else ""
        yield f"CREATE INDEX {name} ON {table.name} ({', '.join(index.columns)}){some}"


def create_table(schema: str, table: Table[Any]) -> str:
    """The statement that makes a table, without its indexes."""
    columns = ", ".join(f"{c} {t}" for c, t in zip(table.columns, table.types, strict=True))
    key = ", ".join(table.columns[: table.key])
    return f"CREATE TABLE {schema}.{table.name} ({columns}, PRIMARY KEY ({key})) WITHOUT ROWID"


def wrong_version(works_with: int) -> str | None:
    """What is wrong with an account or a backup of this version; None if nothing is wrong."""
    if works_with > SCHEMA_VERSION:
        return (
            f"it was written by a newer version (schema {works_with}, this program knows "
            f"{SCHEMA_VERSION}); upgrade to open it"
        )
    if works_with < FIRST_VERSION:
        return (
            f"it was written before the first release (schema {works_with}, this program "
            f"needs {FIRST_VERSION} at least); import into a new store"
        )
    return None


def statements(script: str, schema: str) -> Iterator[str]:
    """The statements of a script, for a schema."""
    for statement in script.format(schema=schema).split(";\n"):
        if statement.strip():
            yield statement.strip()
