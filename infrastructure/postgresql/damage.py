"""The check of an account's schema itself: its tables, its version and its indexes."""

import psycopg

from infrastructure.postgresql.session import PostgresSession
from infrastructure.postgresql.tables import account_tables
from infrastructure.storage.damage import Damage, damage_of_schema

_AMCHECK = (
    "SELECT quote_ident(n.nspname) FROM pg_extension e"
    " JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'amcheck'"
)
_NOT_CHECKED = "indexes: not compared with their tables, since the extension amcheck is not there"


def damage_of(session: PostgresSession, schema: str) -> Damage:
    """What is wrong with an account's schema, apart from what its rows say."""
    session.plainly("SAVEPOINT fresh")
    for statement in account_tables("pg_temp"):
        session.change_schema(statement)
    expected = _schema(session, "pg_temp")
    session.plainly("ROLLBACK TO SAVEPOINT fresh; RELEASE SAVEPOINT fresh")
    damage = damage_of_schema(session, expected, _schema(session, schema))
    if not damage.readable:
        return damage
    amcheck = session.execute(_AMCHECK).fetchone()
    if amcheck is None:
        damage.unchecked.append(_NOT_CHECKED)
        return damage
    for number, name in session.execute(_INDEXES, (schema,)).fetchall():
        session.plainly("SAVEPOINT index_check")
        try:
            session.execute(
                f"SELECT {amcheck[0]}.bt_index_check(?::oid::regclass, true)", (number,)
            )
        except (psycopg.errors.DataCorrupted, psycopg.errors.IndexCorrupted) as error:
            session.plainly("ROLLBACK TO SAVEPOINT index_check")
            damage.problems.append(f"index {name}: {str(error).splitlines()[0]}")
        session.plainly("RELEASE SAVEPOINT index_check")
    return damage


_INDEXES = (
    "SELECT i.indexrelid::bigint, c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    " JOIN pg_am a ON a.oid = c.relam WHERE c.relnamespace = ?::regnamespace"
    " AND a.amname = 'btree' ORDER BY 2"
)
_THINGS = (
    "SELECT CASE relkind WHEN 'r' THEN 'table ' WHEN 'i' THEN 'index ' ELSE 'object ' END"
    " || relname FROM pg_class WHERE relnamespace = {schema} AND relkind <> 't'"
)
_COLUMNS = (
    "SELECT 'column ' || c.relname || '.' || a.attname || ' ' || a.atttypid::regtype"
    " || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END"
    " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
    " WHERE c.relnamespace = {schema} AND c.relkind = 'r' AND a.attnum > 0"
    " AND NOT a.attisdropped"
)
_DEFINITIONS = (
    "SELECT 'index ' || pg_get_indexdef(i.indexrelid)"
    " || CASE WHEN i.indisvalid THEN '' ELSE ' (not valid)' END"
    " FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
    " WHERE c.relnamespace = {schema} AND c.relkind = 'r'"
)
_TRIGGERS = (
    "SELECT 'trigger ' || t.tgname || ' of ' || c.relname FROM pg_trigger t"
    " JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = {schema}"
)


def _schema(session: PostgresSession, schema: str) -> set[str]:
    """Every table, column, index and trigger, each as a line."""
    named = "pg_my_temp_schema()" if schema == "pg_temp" else f"'{schema}'::regnamespace"
    return {
        line.replace(f" ON {schema}.", " ON ")
        for query in (_THINGS, _COLUMNS, _DEFINITIONS, _TRIGGERS)
        for (line,) in session.execute(query.format(schema=named)).fetchall()
    }
