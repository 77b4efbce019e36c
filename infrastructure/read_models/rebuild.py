"""Rebuild the read models: the same projector, from position 0 of the log, into fresh tables."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from domain.events import ContactImported, ContactsMerged, Recorded
from infrastructure.read_models.contact_rows import keys_of
from infrastructure.read_models.moving import Moving
from infrastructure.read_models.projector import Projector
from infrastructure.read_models.working_set import WorkingSet
from infrastructure.storage.session import Session, read_events
from infrastructure.storage.table import Table
from infrastructure.storage.tables import TABLES

BATCH = 10_000
"""How many events are projected together: who holds the same number is read once for all."""
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
        _read_together(rows, events)
        projector = Projector(rows, moving)
        for recorded in events:
            projector.project(recorded)
        rows.flush()
        position = events[-1].position
        if progress:
            progress(len(events))


def _read_together(rows: WorkingSet, events: Sequence[Recorded]) -> None:
    """Read what most events need, which are of records: their contacts and who holds the same."""
    records = [
        (each.event.stream, each.event.record)
        for each in events
        if isinstance(each.event, ContactImported | ContactsMerged) and each.event.record
    ]
    rows.contacts.load((contact_id,) for contact_id, _ in records)
    rows.identifiers.load(held for _, record in records for held in keys_of(record))


def differing_tables(session: Session) -> tuple[str, ...]:
    """The read models that differ, row for row, from what the log gives."""

    def differs(table: Table[Any]) -> bool:
        in_use, fresh = (f"{each}.{table.name}" for each in (session.in_use, session.fresh))
        columns = ", ".join(table.columns)
        # Each has a key, so as many rows, all of them in the other one, are the same rows.
        (is_the_same,) = session.execute(
            f"SELECT (SELECT count(*) FROM {in_use}) = (SELECT count(*) FROM {fresh})"
            " AND NOT EXISTS"
            f" (SELECT {columns} FROM {fresh} EXCEPT SELECT {columns} FROM {in_use})"
        ).fetchone()
        return not is_the_same

    return tuple(table.name for table in TABLES if differs(table))


def put_in_place(session: Session, names: Collection[str]) -> None:
    """Replace some read models in use by the fresh ones, within the caller's transaction."""
    for table in (each for each in TABLES if each.name in names):
        in_use, fresh = (f"{schema}.{table.name}" for schema in (session.in_use, session.fresh))
        columns = ", ".join(table.columns)
        session.execute(f"DELETE FROM {in_use}")
        session.execute(f"INSERT INTO {in_use} ({columns}) SELECT {columns} FROM {fresh}")
