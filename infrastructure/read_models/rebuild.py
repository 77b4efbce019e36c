"""Rebuild the read models: the same projector, from position 0 of the log, into fresh tables."""

from collections.abc import Callable, Collection
from typing import Any

from infrastructure.read_models.moving import Moving
from infrastructure.read_models.projector import Projector
from infrastructure.read_models.working_set import WorkingSet
from infrastructure.storage.session import Session, read_events
from infrastructure.storage.table import Table
from infrastructure.storage.tables import TABLES

BATCH = 2_000
Progress = Callable[[int], None]


def project_afresh(
    session: Session,
    *,
    after: int = 0,
    batch: int = BATCH,
    progress: Progress | None = None,
    schema: str | None = None,
) -> int:
    """Project the events after a position into the fresh tables. Returns the last position.

    `schema`: the schema of other tables to use instead, which must not contain these events.
    """
    position, moving = after, Moving()
    while True:
        events = list(read_events(session, "position > ?", (position,), batch))
        if not events:
            return position
        rows = WorkingSet(session, schema or session.fresh)
        projector = Projector(rows, moving)
        for recorded in events:
            projector.project(recorded)
        rows.flush()
        position = events[-1].position
        if progress:
            progress(len(events))


def differing_tables(session: Session) -> tuple[str, ...]:
    """The read models that differ, row for row, from what the log gives."""

    def differs(table: Table[Any]) -> bool:
        of = f"SELECT {', '.join(table.columns)} FROM {{}}.{table.name}"
        in_use, fresh = of.format(session.in_use), of.format(session.fresh)
        return any(
            session.execute(f"SELECT 1 FROM ({one} EXCEPT {other}) AS d LIMIT 1").fetchone()
            for one, other in ((in_use, fresh), (fresh, in_use))
        )

    return tuple(table.name for table in TABLES if differs(table))


def put_in_place(session: Session, names: Collection[str]) -> None:
    """Replace some read models in use by the fresh ones, within the caller's transaction."""
    for table in (each for each in TABLES if each.name in names):
        in_use, fresh = (f"{schema}.{table.name}" for schema in (session.in_use, session.fresh))
        columns = ", ".join(table.columns)
        session.execute(f"DELETE FROM {in_use}")
        session.execute(f"INSERT INTO {in_use} ({columns}) SELECT {columns} FROM {fresh}")
