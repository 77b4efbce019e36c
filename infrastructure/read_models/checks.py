"""Reading the read models anew from the log, and checking them against it.

Rebuild and verify are one thing: project every event from position 0 into fresh tables and compare
them, row for row, with those in use. Rebuild then puts the fresh ones in place.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any

from eventsourcing.persistence import DataError

from domain.activity_rule import LinkedActivity, evolve_activity
from domain.contact import AbsorbedContact, State, evolve
from domain.events import ACCOUNT_STREAM, ActivityEvent, Recorded
from infrastructure.event_log.chain import GENESIS, link, payload_hash
from infrastructure.event_log.sqlite import SqliteRows, read_events, read_model_schema
from infrastructure.read_models.projector import Projector, contact_row, holders
from infrastructure.read_models.tables import (
    TABLES,
    IdentifierRow,
    Table,
    linked_activity,
)
from infrastructure.read_models.working_set import WorkingSet

BATCH = 2_000
MAX_PROBLEMS = 20
Progress = Callable[[int], None]


def project_afresh(
    connection: sqlite3.Connection,
    *,
    after: int = 0,
    batch: int = BATCH,
    progress: Progress | None = None,
) -> int:
    """Project the events after a position into the `temp` schema; returns the last position.

    With `after` 0 the tables are made there first.
    """
    if after == 0:
        for statement in read_model_schema("temp").split(";\n"):
            connection.execute(statement)
    position = after
    while True:
        events = list(read_events(connection, "position > ?", (position,), batch))
        if not events:
            return position
        rows = WorkingSet(SqliteRows(connection, "temp"))
        projector = Projector(rows)
        for recorded in events:
            projector.project(recorded)
        rows.flush()
        position = events[-1].position
        if progress:
            progress(len(events))


def drop_fresh(connection: sqlite3.Connection) -> None:
    """Drop the tables that `project_afresh` made."""
    for table in TABLES:
        connection.execute(f"DROP TABLE IF EXISTS temp.{table.name}")


def differing_tables(connection: sqlite3.Connection) -> tuple[str, ...]:
    """The read models that are not, row for row, what the log says."""

    def differs(table: Table[Any]) -> bool:
        query = "SELECT 1 FROM (SELECT * FROM {}.{} EXCEPT SELECT * FROM {}.{}) LIMIT 1"
        return any(
            connection.execute(query.format(one, table.name, other, table.name)).fetchone()
            for one, other in (("main", "temp"), ("temp", "main"))
        )

    return tuple(table.name for table in TABLES if differs(table))


def put_in_place(connection: sqlite3.Connection) -> None:
    """Replace the read models in use by the fresh ones, within the caller's transaction."""
    for table in TABLES:
        connection.execute(f"DELETE FROM main.{table.name}")
        connection.execute(f"INSERT INTO main.{table.name} SELECT * FROM temp.{table.name}")


def chain_problems(connection: sqlite3.Connection, progress: Progress | None) -> list[str]:
    """Where the log is not what was once recorded."""
    previous, expected, problems = GENESIS, 1, []
    events = connection.execute(
        "SELECT position, stream, version, topic, at, salt, payload, erased_hash, digest "
        "FROM events ORDER BY position"
    )
    for position, stream, version, topic, at, salt, payload, erased, digest in events:
        if position != expected:
            problems.append(f"event {expected}: is missing from the log")
        hashed = _hash_in_chain(salt, payload, erased)
        computed = hashed and link(
            previous,
            hashed,
            position=position,
            stream=stream,
            version=version,
            topic=topic,
            at=at,
        )
        if computed != digest:
            problems.append(f"event {position}: is not what was recorded, or follows other events")
        if len(problems) >= MAX_PROBLEMS:
            return problems
        previous, expected = digest, position + 1
        if progress and position % BATCH == 0:
            progress(BATCH)
    return problems


def _hash_in_chain(salt: object, payload: object, erased: object) -> bytes | None:
    """What the chain took in of a payload: there, or erased with its hash kept; else None."""
    if isinstance(salt, bytes) and isinstance(payload, bytes) and erased is None:
        return payload_hash(salt, payload)
    if salt is None and payload is None and isinstance(erased, bytes):
        return erased
    return None


def fold_problems(connection: sqlite3.Connection, progress: Progress | None) -> list[str]:
    """Contacts whose rows are not the fold of their stream."""
    problems: list[str] = []
    held = 0
    events = _counted(read_events(connection, "true", (), order="stream, version"), progress)
    for stream, group in groupby(events, key=lambda recorded: recorded.event.stream):
        if stream == ACCOUNT_STREAM:
            continue
        state: State | LinkedActivity | None = None
        try:
            for recorded in group:
                if recorded.version != (state.version if state else 0) + 1:
                    problems.append(f"stream {stream}: version {recorded.version} is out of order")
                state = _evolved(state, recorded)
        except (ValueError, LookupError) as error:
            problems.append(f"stream {stream}: {error}")
            continue
        if state is not None:
            problems += _problems_of_rows(connection, state)
        if not isinstance(state, LinkedActivity):
            held += holders(state).total()
        if len(problems) >= MAX_PROBLEMS:
            return problems
    indexed = connection.execute("SELECT total(holders) FROM main.identifiers").fetchone()[0]
    if indexed != held:
        problems.append(f"match index: holds {indexed:.0f} values, the contacts have {held}")
    return problems


def _counted(events: Iterable[Recorded], progress: Progress | None) -> Iterator[Recorded]:
    for done, recorded in enumerate(events, start=1):
        if progress and done % BATCH == 0:
            progress(BATCH)
        yield recorded


def _evolved(state: State | LinkedActivity | None, recorded: Recorded) -> State | LinkedActivity:
    """The next state of a stream, which is a contact's or an activity's."""
    if isinstance(recorded.event, ActivityEvent):
        if isinstance(state, State):
            raise ValueError(f"{recorded.event.TOPIC} is no event of a contact")  # noqa: TRY004
        return evolve_activity(state, recorded)
    if isinstance(state, LinkedActivity):
        raise ValueError(f"{recorded.event.TOPIC} is no event of an activity")  # noqa: TRY004
    return evolve(state, recorded)


def lead_problems(connection: sqlite3.Connection) -> list[str]:
    """Absorbed ids that lead nowhere, and records that belong to no contact."""
    problems = [
        f"contact {contact_id}: leads to no live or deleted contact"
        for (contact_id,) in connection.execute(
            "WITH RECURSIVE leads (contact_id, survivor, hops) AS ("
            "  SELECT contact_id, survivor, 1 FROM main.contacts WHERE status = 'absorbed'"
            "  UNION ALL SELECT l.contact_id, c.survivor, l.hops + 1 FROM leads l"
            "  JOIN main.contacts c ON c.contact_id = l.survivor"
            "  WHERE c.status = 'absorbed' AND l.hops < 1000)"
            "SELECT contact_id FROM main.contacts WHERE status = 'absorbed' AND contact_id NOT IN "
            "(SELECT l.contact_id FROM leads l JOIN main.contacts c ON c.contact_id = l.survivor"
            " WHERE c.status != 'absorbed') LIMIT ?",
            (MAX_PROBLEMS,),
        )
    ]
    problems += [
        f"record {record_id}: belongs to no live or deleted contact"
        for (record_id,) in connection.execute(
            "SELECT record_id FROM main.records r LEFT JOIN main.contacts c USING (contact_id) "
            "WHERE coalesce(c.status, 'absorbed') = 'absorbed' LIMIT ?",
            (MAX_PROBLEMS,),
        )
    ]
    problems += [
        f"activity {activity_id}: belongs to no live contact or lead"
        for (activity_id,) in connection.execute(
            "SELECT activity_id FROM main.activities a LEFT JOIN main.contacts c USING (contact_id)"
            " WHERE a.linked_by <> 'withheld' AND coalesce(c.status, '') <> 'live' LIMIT ?",
            (MAX_PROBLEMS,),
        )
    ]
    problems += [
        f"lead {lead}: was captured for {number}, which {contact} holds"
        for lead, number, contact in connection.execute(
            "SELECT c.contact_id, i.value, o.contact_id FROM main.contacts c"
            " JOIN main.identifiers i ON i.kind = 'phone'"
            " AND i.value = CASE WHEN json_valid(c.captured)"
            " THEN json_extract(c.captured, '$.canonical') END AND i.contact_id = c.contact_id"
            " JOIN main.identifiers o ON o.kind = i.kind AND o.value = i.value"
            " AND o.contact_id <> i.contact_id AND o.holders > 0"
            " WHERE c.captured IS NOT NULL AND c.status = 'live' LIMIT ?",
            (MAX_PROBLEMS,),
        )
    ]
    return problems


def _problems_of_rows(connection: sqlite3.Connection, state: State | LinkedActivity) -> list[str]:
    if isinstance(state, LinkedActivity):
        return _problems_of_activity(connection, state)
    try:
        return [
            f"contact {state.contact_id}: its {name} are not the fold of its events"
            for name in _rows_that_differ(connection, state)
        ]
    except DataError as error:
        return [f"contact {state.contact_id}: {error}"]


def _problems_of_activity(connection: sqlite3.Connection, state: LinkedActivity) -> list[str]:
    try:
        row = WorkingSet(SqliteRows(connection)).activities.get((state.activity_id,))
    except DataError as error:
        return [f"activity {state.activity_id}: {error}"]
    if row is not None and linked_activity(row) == state:
        return []
    return [f"activity {state.activity_id}: its row is not the fold of its events"]


def _rows_that_differ(connection: sqlite3.Connection, state: State) -> list[str]:
    """The read models in which a contact is not what its stream says."""
    rows = WorkingSet(SqliteRows(connection))
    records = {} if isinstance(state, AbsorbedContact) else dict(state.records)
    held = holders(state)
    differs = {
        "contacts": rows.contacts.get((state.contact_id,)) != contact_row(state),
        "records": {r.record_id: r.held for r in rows.records_of(state.contact_id)} != records,
        "identifiers": any(
            rows.identifiers.get((*each, state.contact_id))
            != IdentifierRow(*each, state.contact_id, number)
            for each, number in held.items()
        ),
    }
    return [name for name, differ in differs.items() if differ]
