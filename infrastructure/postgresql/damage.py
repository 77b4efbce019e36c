"""The check of an account's schema itself: its tables, its version and its indexes."""

import os

import psycopg

from infrastructure.postgresql.session import PostgresSession
from infrastructure.postgresql.tables import account_tables
from infrastructure.storage.damage import Damage, schema_problems, version_problems

_AMCHECK = (
    "SELECT quote_ident(n.nspname) FROM pg_extension e"
    " JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'amcheck'"
)
_NOT_CHECKED = "indexes: not compared with their tables, since the extension amcheck is not there"


def damage_of(session: PostgresSession, schema: str, most: int) -> Damage:
    """What is wrong with an account's schema, apart from what its rows say."""
    fresh = f"fresh_{os.urandom(8).hex()}"
    session.plainly(f"SAVEPOINT fresh; CREATE SCHEMA {fresh}")
    for statement in account_tables(fresh):
        session.change_schema(statement)
    expected = _schema(session, fresh)
    session.plainly("ROLLBACK TO SAVEPOINT fresh; RELEASE SAVEPOINT fresh")
    problems = schema_problems(expected, _schema(session, schema))
    if problems:
        return Damage(problems[:most], [], readable=False)
    problems = version_problems(session)
    amcheck = session.execute(_AMCHECK).fetchone()
    if amcheck is None:
        return Damage(problems[:most], [_NOT_CHECKED])
    for number, name in session.execute(_INDEXES, (schema,)).fetchall():
        session.plainly("SAVEPOINT index_check")
        try:
            session.execute(
                f"SELECT {amcheck[0]}.bt_index_check(?::oid::regclass, true)", (number,)
            )
        except (psycopg.errors.DataCorrupted, psycopg.errors.IndexCorrupted) as error:
            session.plainly("ROLLBACK TO SAVEPOINT index_check")
            problems.append(f"index {name}: {str(error).splitlines()[0]}")
        session.plainly("RELEASE SAVEPOINT index_check")
    return Damage(problems[:most], [])


_INDEXES = (
    "SELECT i.indexrelid::bigint, c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    " JOIN pg_am a ON a.oid = c.relam WHERE c.relnamespace = ?::regnamespace"
    " AND a.amname = 'btree' ORDER BY 2"
)
_THINGS = (
    "SELECT CASE relkind WHEN 'r' THEN 'table ' WHEN 'i' THEN 'index ' ELSE 'object ' END"
    " || relname FROM pg_class WHERE relnamespace = ?::regnamespace AND relkind <> 't'"
)
_COLUMNS = (
    "SELECT 'column ' || c.relname || '.' || a.attname || ' ' || a.atttypid::regtype"
    " || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END"
    " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
    " WHERE c.relnamespace = ?::regnamespace AND c.relkind = 'r' AND a.attnum > 0"
    " AND NOT a.attisdropped"
)
_DEFINITIONS = (
    "SELECT 'index ' || replace(pg_get_indexdef(i.indexrelid), c.relnamespace::regnamespace"
    " || '.', '') || CASE WHEN i.indisvalid THEN '' ELSE ' (not valid)' END"
    " FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
    " WHERE c.relnamespace = ?::regnamespace AND c.relkind = 'r'"
)
_TRIGGERS = (
    "SELECT 'trigger ' || t.tgname || ' of ' || c.relname FROM pg_trigger t"
    " JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = ?::regnamespace"
)


def _schema(session: PostgresSession, schema: str) -> set[str]:
    """Every table, column, index and trigger, each as a line."""
    return {
        line
        for query in (_THINGS, _COLUMNS, _DEFINITIONS, _TRIGGERS)
        for (line,) in session.execute(query, (schema,)).fetchall()
    }
