"""The digest chain shows any change of the log behind the program's back."""

from collections.abc import Iterable
from hashlib import sha256

import pytest

from application.commands.receive_records import receive_records
from infrastructure.account_log.log import EventLog
from infrastructure.read_models.verify import MAX_PROBLEMS
from tests.filled_account import EVENTS
from tests.infrastructure.damage import other
from tests.messages import ADMIN, csv_row
from tests.stores import Behind, Kind, Row, only_sqlite

COLUMNS = {
    "position": "INTEGER",
    "stream": "TEXT",
    "version": "INTEGER",
    "topic": "TEXT",
    "at": "INTEGER",
    "salt": "BLOB",
    "payload": "BLOB",
    "erased_hash": "BLOB",
    "digest": "BLOB",
}
"""The columns of the log with their types."""

POSITIONS = {
    "sqlite": range(1, EVENTS + 1),
    "postgresql": (1, 2, EVENTS // 2, EVENTS - 1, EVENTS),
}
"""The events that are damaged one by one: on PostgreSQL verifying takes longer."""


def all_events(database: Behind) -> list[Row]:
    return database.execute(f"SELECT {', '.join(COLUMNS)} FROM events ORDER BY position")


def chained_anew(events: list[Row]) -> list[Row]:
    """The digests that a reader of docs/events.md would compute for changed events."""
    digest, chained = bytes(32), []
    for position, stream, version, topic, at, salt, payload, erased, _ in events:
        place = "\n".join(str(each) for each in (position, stream, version, topic, at))
        digest = sha256(digest + sha256(salt + payload).digest() + place.encode()).digest()
        chained.append((position, stream, version, topic, at, salt, payload, erased, digest))
    return chained


def replace_all(database: Behind, events: list[Row]) -> None:
    with database.connected() as execute:
        execute("DELETE FROM events")
        for event in events:
            execute(f"INSERT INTO events VALUES ({', '.join('?' * len(COLUMNS))})", event)


def test_an_untouched_log_has_no_problems(log: EventLog, database: Behind) -> None:
    verified = log.verify()
    assert verified.problems == ()
    assert verified.events == EVENTS
    assert all_events(database)[-1][-1].hex() == verified.head
    assert database.columns("events") == [*COLUMNS]


@pytest.mark.parametrize("column", COLUMNS)
def test_a_changed_value_is_noticed(
    log: EventLog, database: Behind, kind: Kind, column: str
) -> None:
    """In any column of any event."""
    before = all_events(database)
    for position in POSITIONS[kind]:
        value = before[position - 1][[*COLUMNS].index(column)]
        database.execute(
            f"UPDATE events SET {column} = ? WHERE position = ?",
            other(value, COLUMNS[column]),
            position,
        )
        assert log.verify().problems, f"event {position}"
        replace_all(database, before)
    assert log.verify().problems == ()


@pytest.mark.parametrize("column", ["salt", "payload"])
def test_a_value_that_was_removed_is_noticed(log: EventLog, database: Behind, column: str) -> None:
    database.execute(f"UPDATE events SET {column} = NULL WHERE position = 3")
    (problem,) = log.verify().problems
    assert problem.startswith("event 3: ")


def test_a_deleted_event_is_noticed(log: EventLog, database: Behind, kind: Kind) -> None:
    """The last one too, since what was derived from it is still there."""
    before = all_events(database)
    for position in POSITIONS[kind]:
        database.execute("DELETE FROM events WHERE position = ?", position)
        problems = log.verify().problems
        assert problems, f"event {position}"
        assert position == EVENTS or problems[0] == f"event {position}: is missing from the log"
        replace_all(database, before)
    assert log.verify().problems == ()


def test_events_that_changed_places_are_noticed(log: EventLog, database: Behind) -> None:
    with database.connected() as execute:
        execute("UPDATE events SET position = -3 WHERE position = 3")
        execute("UPDATE events SET position = 3 WHERE position = 4")
        execute("UPDATE events SET position = 4 WHERE position = -3")
    assert any(problem.startswith("event 3: ") for problem in log.verify().problems)


def test_payloads_that_changed_places_are_noticed(log: EventLog, database: Behind) -> None:
    events = all_events(database)
    for position, taken_from in ((2, 5), (5, 2)):
        salt, payload = events[taken_from - 1][5:7]
        database.execute(
            "UPDATE events SET salt = ?, payload = ? WHERE position = ?", salt, payload, position
        )
    assert any(problem.startswith("event 2: ") for problem in log.verify().problems)


@pytest.mark.parametrize("position", [0, -1, EVENTS + 1, EVENTS + 2])
def test_an_inserted_event_is_noticed(log: EventLog, database: Behind, position: int) -> None:
    event = [position, "a stream of its own", *all_events(database)[-1][2:]]
    database.execute(f"INSERT INTO events VALUES ({', '.join('?' * len(event))})", *event)
    assert log.verify().problems


def test_an_event_in_the_middle_is_noticed_though_all_after_it_moved_up(
    log: EventLog, database: Behind
) -> None:
    events = all_events(database)
    copy = (*events[4][:1], "a stream of its own", *events[4][2:])
    later = [(event[0] + 1, *event[1:]) for event in events[4:]]
    replace_all(database, [*events[:4], copy, *later])
    assert any(problem.startswith("event 5: ") for problem in log.verify().problems)


def test_whoever_makes_the_chain_anew_makes_another_head(log: EventLog, database: Behind) -> None:
    """So a head that is kept elsewhere shows it even if everything else fits."""
    head = log.verify().head
    events = all_events(database)
    changed = [
        (*event[:6], event[6].replace(b'"Alone"', b'"Alice"'), *event[7:]) for event in events
    ]
    assert changed != events
    replace_all(database, chained_anew(changed))
    assert log.rebuild().differences
    verified = log.verify()
    assert verified.problems == ()
    assert verified.head != head


def test_the_chain_is_made_of_nothing_but_what_is_stored(database: Behind) -> None:
    """Each digest covers the one before, the salted hash of the payload, and the event's place."""
    events = all_events(database)
    assert chained_anew(events) == events
    assert [event[0] for event in events] == list(range(1, EVENTS + 1))


def test_a_shortened_log_whose_read_models_were_made_anew_has_another_head(
    log: EventLog, database: Behind
) -> None:
    receive_records(log, [csv_row("Last", ["+13195550133"])], by=ADMIN)
    head = log.verify().head
    database.execute("DELETE FROM events WHERE position = ?", EVENTS + 1)
    log.rebuild()
    verified = log.verify()
    assert (verified.events, verified.problems) == (EVENTS, ())
    assert verified.head != head


@only_sqlite
@pytest.mark.parametrize("column", ["salt", "payload"])
def test_a_value_of_another_type_is_noticed(log: EventLog, database: Behind, column: str) -> None:
    """In PostgreSQL a column cannot have values of another type."""
    database.execute(f"UPDATE events SET {column} = CAST({column} AS TEXT) WHERE position = 3")
    assert any(problem.startswith("event 3: ") for problem in log.verify().problems)


def test_every_damaged_event_is_named(log: EventLog, database: Behind) -> None:
    damaged = range(4, EVENTS + 1, 4)
    assert len(damaged) < MAX_PROBLEMS
    damage(database, damaged)
    assert named(log) == [f"event {position}" for position in damaged]


def test_of_a_log_that_is_damaged_all_over_the_first_events_are_named(
    log: EventLog, database: Behind
) -> None:
    damage(database, range(1, EVENTS + 1))
    assert named(log) == [f"event {position}" for position in range(1, MAX_PROBLEMS + 1)]


def damage(database: Behind, positions: Iterable[int]) -> None:
    events = all_events(database)
    with database.connected() as execute:
        for position in positions:
            payload = events[position - 1][6] + b" "
            execute("UPDATE events SET payload = ? WHERE position = ?", (payload, position))


def named(log: EventLog) -> list[str]:
    return [problem.partition(":")[0] for problem in log.verify().problems]
