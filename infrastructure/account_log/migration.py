"""Brings the tables of an account that an earlier version of the program made up to date.

The first process that opens an account does it, in one transaction: an account has one version or
the next. The steps are in schema.py.
"""

from typing import Any

from eventsourcing.persistence import DataError

from infrastructure.read_models.rebuild import differing_tables, project_afresh, put_in_place
from infrastructure.storage.database import Database
from infrastructure.storage.schema import STEPS, Step, statements
from infrastructure.storage.session import Session


def bring_up_to_date(database: Database[Any]) -> None:
    """Take the steps that an account lacks. Raises StoreUnusable."""
    with database.reading() as session:
        if not _lacking(session):
            return
    with database.session() as session, session.fresh_tables(), database.writing_on(session):
        _take_steps(session)


def _take_steps(session: Session) -> None:
    steps = _lacking(session)  # another process may have been faster
    for step in steps:
        for statement in statements(step.statements, session.in_use):
            session.change_schema(statement)
    if any(step.rebuilds for step in steps):
        project_afresh(session)
        put_in_place(session, differing_tables(session))
    if steps:
        session.has_schema_version(steps[-1].version, steps[-1].works_with)


def _lacking(session: Session) -> list[Step]:
    row = session.execute("SELECT version FROM schema_version").fetchone()
    version = row[0] if row else None
    if not isinstance(version, int):
        raise DataError("schema_version has no version")
    return [step for step in STEPS if step.version > version]
