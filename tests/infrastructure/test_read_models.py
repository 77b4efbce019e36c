"""Read models follow from the log: verify finds damage, and a rebuild repairs it."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from application.commands.edit_contact import ContactEdit, edit_contact
from application.commands.receive_records import receive_records
from application.commands.withdraw_record import withdraw_record
from application.reads.contacts import find_contacts
from infrastructure.account_log.log import EventLog
from infrastructure.read_models.rebuild import differing_tables, put_in_place
from infrastructure.storage.event_codec import EVENT_TYPES
from infrastructure.storage.session import Session
from infrastructure.storage.tables import TABLES
from tests.filled_account import ACCOUNT, EVENTS
from tests.infrastructure.damage import other
from tests.messages import ADMIN, JOHN, csv_row, day, hubspot_contact
from tests.stores import Behind, Place, Row, only_postgresql

KEYS = {table.name: table.columns[: table.key] for table in TABLES}
TYPES = {table.name: dict(zip(table.columns, table.types, strict=True)) for table in TABLES}
NAMES = sorted(KEYS)


def is_row(table: str) -> str:
    """The condition that a row of a table has this key."""
    return " AND ".join(f"{column} = ?" for column in KEYS[table])


def assert_noticed_and_mended(
    log: EventLog, database: Behind, table: str, before: dict[str, list[Row]]
) -> None:
    assert database.dump() != before
    problems = log.verify().problems
    assert any(table in problem for problem in problems), problems
    assert table in log.rebuild().differences
    assert log.verify().problems == ()
    assert database.dump() == before


def test_every_read_model_has_rows_to_damage(database: Behind) -> None:
    rows = database.dump()
    assert [*rows] == NAMES
    assert all(rows.values())


def test_every_column_has_a_value_to_damage(database: Behind) -> None:
    empty = [
        (table, column)
        for table in database.tables()
        for column in database.columns(table)
        if database.execute(f"SELECT count({column}) FROM {table}") == [(0,)]
    ]
    assert empty == []


def test_an_event_of_every_type_is_projected(database: Behind) -> None:
    topics = {topic for (topic,) in database.execute("SELECT topic FROM events")}
    assert topics == {each.topic for each in EVENT_TYPES}


@only_postgresql
def test_it_keeps_the_same_rows_as_sqlite(database: Behind, filled_folder: Path) -> None:
    sqlite = Place("sqlite", f"sqlite:{filled_folder}", filled_folder).database(ACCOUNT)
    tables = ["events", *NAMES]
    assert database.dump(tables) == sqlite.dump(tables)


def test_nothing_differs_in_an_account_that_nobody_damaged(log: EventLog) -> None:
    rebuilt = log.rebuild()
    assert (rebuilt.events, rebuilt.differences) == (EVENTS, ())
    assert log.verify().problems == ()


def test_a_lost_row_is_noticed_and_mended(log: EventLog, database: Behind) -> None:
    before = database.dump()
    for table in NAMES:
        ((*key,), *_) = database.execute(f"SELECT {', '.join(KEYS[table])} FROM {table}")
        database.execute(f"DELETE FROM {table} WHERE {is_row(table)}", *key)
        assert_noticed_and_mended(log, database, table, before)


def test_a_lost_table_is_noticed_and_mended(log: EventLog, database: Behind) -> None:
    before = database.dump()
    for table in NAMES:
        database.execute(f"DELETE FROM {table}")
        assert_noticed_and_mended(log, database, table, before)


def test_a_row_too_many_is_noticed_and_mended(log: EventLog, database: Behind) -> None:
    before = database.dump()
    for table in NAMES:
        row, last = dict(zip(TYPES[table], before[table][0], strict=True)), KEYS[table][-1]
        row[last] = other(row[last], TYPES[table][last])
        database.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", *row.values())
        assert_noticed_and_mended(log, database, table, before)


@pytest.mark.parametrize("table", NAMES)
def test_a_changed_value_is_noticed_and_mended(log: EventLog, database: Behind, table: str) -> None:
    """In any column."""
    before = database.dump()
    for column, kind in TYPES[table].items():
        ((value, *key), *_) = database.execute(
            f"SELECT {', '.join((column, *KEYS[table]))} FROM {table} ORDER BY {column} IS NULL"
        )
        database.execute(
            f"UPDATE {table} SET {column} = ? WHERE {is_row(table)}", other(value, kind), *key
        )
        assert_noticed_and_mended(log, database, table, before)


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_the_size_of_the_batches_makes_no_difference(
    log: EventLog, database: Behind, size: int
) -> None:
    before = database.dump()
    assert log.rebuild(batch=size).differences == ()
    assert log.verify(batch=size).problems == ()
    for table in NAMES:
        database.execute(f"DELETE FROM {table}")
    assert set(log.rebuild(batch=size).differences) == set(before)
    assert database.dump() == before


@pytest.mark.parametrize("damaged", [(), ("identifiers",), ("contacts",), NAMES])
def test_others_write_while_the_tables_are_compared(
    log: EventLog,
    filled: Place,
    database: Behind,
    damaged: Sequence[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also if their events are decided from wrong rows."""
    came = [csv_row("John", [JOHN, "+13195550397"]), hubspot_contact("398", "New")]

    def compared(session: Session) -> tuple[str, ...]:
        if came:
            sent = came.copy()
            came.clear()
            with closing(filled.open(ACCOUNT)) as other:
                receive_records(other, sent, by=ADMIN)
        return differing_tables(session)

    for table in damaged:
        database.execute(f"DELETE FROM {table}")
    monkeypatch.setattr("infrastructure.account_log.log.differing_tables", compared)
    rebuilt = log.rebuild()
    assert rebuilt.events > EVENTS
    assert set(damaged) <= set(rebuilt.differences)
    assert bool(rebuilt.differences) == bool(damaged)
    assert log.verify().problems == ()


def test_only_the_tables_that_differ_are_replaced(
    log: EventLog, database: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.execute("DELETE FROM csv_rows")
    replaced: list[tuple[str, ...]] = []

    def put(session: Session, names: tuple[str, ...]) -> None:
        replaced.append(names)
        put_in_place(session, names)

    monkeypatch.setattr("infrastructure.account_log.log.put_in_place", put)
    log.rebuild()
    assert replaced == [("csv_rows",)]
    assert log.verify().problems == ()


def test_progress_counts_every_event(log: EventLog) -> None:
    done: list[int] = []
    log.rebuild(done.append, batch=5)
    assert sum(done) == EVENTS


def test_verify_writes_nothing(log: EventLog, database: Behind) -> None:
    database.execute("DELETE FROM identifiers")
    before = database.dump()
    assert log.verify().problems
    assert database.dump() == before


def test_an_account_works_on_after_a_rebuild(log: EventLog, database: Behind) -> None:
    database.execute("DELETE FROM csv_rows")
    log.rebuild()
    alone = csv_row("Alone", ["+13195550199"])
    (received,) = receive_records(log, [alone], by=ADMIN)
    assert received.outcome == "unchanged"


@pytest.mark.parametrize("records", [3, 15, 16, 17, 18, 80, 81, 100])
def test_what_only_an_old_record_of_many_says_is_shown_when_a_newer_one_goes(
    log: EventLog, records: int
) -> None:
    receive_records(
        log,
        [
            hubspot_contact(
                f"of {each}",
                f"Number {each}",
                ["+13195550198"],
                updated_at=day(each % 20 + 1),
                city={1: "Ames", records - 1: "Boone"}.get(each),
            )
            for each in range(records)
        ],
        by=ADMIN,
    )
    withdraw_record(log, "hubspot", "contact", f"of {records - 1}", by=ADMIN)
    with log.reading() as reading:
        (contact,) = find_contacts(reading, phone="+13195550198").items
    assert contact.attributes["city"].value == "Ames"
    assert log.verify().problems == ()


def test_what_a_record_says_since_an_edit_is_shown_when_a_newer_one_goes(log: EventLog) -> None:
    def receive(external_id: str, city: str | None = None) -> str:
        record = hubspot_contact(external_id, phones=["+13195550198"], city=city)
        (received,) = receive_records(log, [record], by=ADMIN)
        assert received.contact_id is not None
        return received.contact_id

    contact_id = receive("the oldest, its own")
    edit_contact(log, contact_id, ContactEdit(fields={"city": "Des Moines"}), by=ADMIN)
    receive("since the edit", city="Ames")
    receive("the newest", city="Boone")
    withdraw_record(log, "hubspot", "contact", "the newest", by=ADMIN)
    with log.reading() as reading:
        (contact,) = find_contacts(reading, phone="+13195550198").items
    assert contact.attributes["city"].value == "Ames"
    assert log.verify().problems == ()
