"""The check of an account's file itself: its schema, its version, its pages and its indexes."""

from contextlib import closing
from sqlite3 import connect

from infrastructure.sqlite.session import SqliteSession
from infrastructure.storage.damage import Damage, damage_of_schema
from infrastructure.storage.schema import WORKS_WITH, account_schema


def damage_of(session: SqliteSession, most: int) -> Damage:
    """What is wrong with an account's file, apart from what its rows say."""
    with closing(connect(":memory:", factory=SqliteSession)) as fresh:
        for statement in account_schema("main"):
            fresh.execute(statement)
        damage = damage_of_schema(session, _schema(fresh), _schema(session))
    if not damage.readable:
        return damage
    problems = damage.problems
    (works_with,) = session.execute("PRAGMA user_version").fetchone()
    if works_with != WORKS_WITH and not damage.unchecked:
        problems.append(f"user_version: says {works_with}, not {WORKS_WITH}")
    for (wrong,) in session.execute(f"PRAGMA main.integrity_check({most:d})"):
        if wrong != "ok":
            problems += [f"file: {line}" for line in wrong.splitlines()]
    return damage


_COLUMNS = (
    'SELECT s.name, c.name, c.type, c."notnull", c.dflt_value, c.pk FROM main.sqlite_schema s'
    " JOIN pragma_table_info(s.name, 'main') c WHERE s.type IN ('table', 'view')"
)
_INDEXES = (
    "SELECT s.name, l.name, l.\"unique\", l.partial, group_concat(i.name, ', ')"
    " FROM main.sqlite_schema s JOIN pragma_index_list(s.name, 'main') l"
    " JOIN pragma_index_info(l.name, 'main') i"
    " WHERE s.type = 'table' GROUP BY s.name, l.name, l.\"unique\", l.partial"
)


def _schema(session: SqliteSession) -> set[str]:
    """Every table, column, index, view and trigger, each as a line."""
    found = {
        f"{kind} {name}"
        for kind, name in session.execute("SELECT type, name FROM main.sqlite_schema")
    }
    for table, name, kind, filled, default, key in session.execute(_COLUMNS):
        found.add(f"column {table}.{name} ({kind}, {filled}, {default}, {key})")
    for table, name, unique, partial, columns in session.execute(_INDEXES):
        found.add(f"index {name} of {table} ({columns}; {unique}, {partial})")
    return found
