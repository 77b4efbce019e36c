"""Read models are what the log says: damage is noticed, and mended by reading them anew."""

import sqlite3
from pathlib import Path

import pytest

from application.receive_records import receive_records
from infrastructure.event_log.codec import EVENT_TYPES
from infrastructure.event_log.log import EventLog
from infrastructure.read_models.tables import TABLES
from tests.filled_account import EVENTS
from tests.infrastructure.damage import columns, dump, open_file, other, tables
from tests.messages import ADMIN, csv_row


def table_names(database: Path) -> list[str]:
    with open_file(database) as connection:
        return tables(connection)


def key_columns(connection: sqlite3.Connection, table: str) -> list[str]:
    keyed = [(row[5], row[1]) for row in connection.execute(f"PRAGMA table_info({table})")]
    return [name for place, name in sorted(keyed) if place]


def assert_noticed_and_mended(
    log: EventLog, database: Path, table: str, before: dict[str, list[tuple[object, ...]]]
) -> None:
    assert dump(database) != before
    problems = log.verify().problems
    assert any(table in problem for problem in problems), problems
    assert table in log.rebuild().differences
    assert log.verify().problems == ()
    assert dump(database) == before


def test_every_read_model_has_rows_to_damage(database: Path) -> None:
    rows = dump(database)
    assert set(rows) == {table.name for table in TABLES}
    assert all(rows.values())


def test_every_column_has_a_value_to_damage(database: Path) -> None:
    """But for what is remembered only while an undo is recorded."""
    with open_file(database) as connection:
        empty = [
            (table, column)
            for table in tables(connection)
            for column in columns(connection, table)
            if connection.execute(f"SELECT count({column}) FROM {table}").fetchone() == (0,)
        ]
    assert empty == [("activities", "moving")]


def test_an_event_of_every_type_is_projected(database: Path) -> None:
    with open_file(database) as connection:
        topics = {topic for (topic,) in connection.execute("SELECT topic FROM events")}
    assert topics == {each.topic for each in EVENT_TYPES}


def test_nothing_differs_in_an_account_that_nobody_damaged(log: EventLog) -> None:
    rebuilt = log.rebuild()
    assert (rebuilt.events, rebuilt.differences) == (EVENTS, ())
    assert log.verify().problems == ()


def test_a_lost_row_is_noticed_and_mended(log: EventLog, database: Path) -> None:
    before = dump(database)
    for table in table_names(database):
        with open_file(database) as connection:
            key = key_columns(connection, table)
            row = connection.execute(f"SELECT {', '.join(key)} FROM {table}").fetchone()
            where = " AND ".join(f"{name} = ?" for name in key)
            connection.execute(f"DELETE FROM {table} WHERE {where}", row)
        assert_noticed_and_mended(log, database, table, before)


def test_a_lost_table_is_noticed_and_mended(log: EventLog, database: Path) -> None:
    before = dump(database)
    for table in table_names(database):
        with open_file(database) as connection:
            connection.execute(f"DELETE FROM {table}")
        assert_noticed_and_mended(log, database, table, before)


def test_a_row_too_many_is_noticed_and_mended(log: EventLog, database: Path) -> None:
    before = dump(database)
    for table in table_names(database):
        with open_file(database) as connection:
            key = key_columns(connection, table)
            row = list(connection.execute(f"SELECT * FROM {table}").fetchone())
            places = [columns(connection, table).index(name) for name in key]
            row[places[-1]] = other(row[places[-1]])
            connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
        assert_noticed_and_mended(log, database, table, before)


@pytest.mark.parametrize(
    ("table", "column"), [(table.name, column) for table in TABLES for column in table.columns]
)
def test_a_changed_value_is_noticed_and_mended(
    log: EventLog, database: Path, table: str, column: str
) -> None:
    before = dump(database)
    with open_file(database) as connection:
        key = key_columns(connection, table)
        value, *row = connection.execute(
            f"SELECT {column}, {', '.join(key)} FROM {table} ORDER BY {column} IS NULL LIMIT 1"
        ).fetchone()
        where = " AND ".join(f"{name} = ?" for name in key)
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (other(value), *row))
    assert_noticed_and_mended(log, database, table, before)


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_the_size_of_the_batches_makes_no_difference(
    log: EventLog, database: Path, size: int
) -> None:
    before = dump(database)
    assert log.rebuild(batch=size).differences == ()
    assert log.verify(batch=size).problems == ()
    with open_file(database) as connection:
        for table in tables(connection):
            connection.execute(f"DELETE FROM {table}")
    assert set(log.rebuild(batch=size).differences) == set(before)
    assert dump(database) == before


def test_progress_counts_every_event(log: EventLog) -> None:
    done: list[int] = []
    log.rebuild(done.append, batch=5)
    assert sum(done) == EVENTS


def test_verify_writes_nothing(log: EventLog, database: Path) -> None:
    with open_file(database) as connection:
        connection.execute("DELETE FROM identifiers")
    before = dump(database)
    assert log.verify().problems
    assert dump(database) == before


def test_an_account_works_on_after_a_rebuild(log: EventLog, database: Path) -> None:
    with open_file(database) as connection:
        connection.execute("DELETE FROM csv_rows")
    log.rebuild()
    alone = csv_row("Alone", ["+13195550199"])
    (received,) = receive_records(log, [alone], by=ADMIN)
    assert received.outcome == "unchanged"
