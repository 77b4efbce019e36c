"""The digest chain: whatever is changed in the log behind the program's back is noticed."""

import sqlite3
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from infrastructure.event_log.log import EventLog
from infrastructure.read_models.checks import MAX_PROBLEMS
from tests.filled_account import EVENTS
from tests.infrastructure.damage import columns, open_file, other

COLUMNS = (
    "position",
    "stream",
    "version",
    "topic",
    "at",
    "salt",
    "payload",
    "erased_hash",
    "digest",
)


def all_events(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    return list(connection.execute(f"SELECT {', '.join(COLUMNS)} FROM events ORDER BY position"))


def chained_anew(events: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """What somebody who has read docs/events.md would make of changed events."""
    digest, chained = bytes(32), []
    for position, stream, version, topic, at, salt, payload, erased, _ in events:
        place = "\n".join(str(each) for each in (position, stream, version, topic, at))
        digest = sha256(digest + sha256(salt + payload).digest() + place.encode()).digest()
        chained.append((position, stream, version, topic, at, salt, payload, erased, digest))
    return chained


def replace_all(connection: sqlite3.Connection, events: list[tuple[Any, ...]]) -> None:
    connection.execute("DELETE FROM events")
    marks = ", ".join("?" * len(COLUMNS))
    connection.executemany(f"INSERT INTO events VALUES ({marks})", events)


def test_an_untouched_log_has_no_problems(log: EventLog, database: Path) -> None:
    verified = log.verify()
    assert verified.problems == ()
    assert verified.events == EVENTS
    with open_file(database) as connection:
        assert all_events(connection)[-1][-1].hex() == verified.head
        assert tuple(columns(connection, "events")) == COLUMNS


@pytest.mark.parametrize("column", COLUMNS)
def test_a_changed_value_is_noticed(log: EventLog, database: Path, column: str) -> None:
    """In any column of any event."""
    for position in range(1, EVENTS + 1):
        with open_file(database) as connection:
            before = all_events(connection)
            value = before[position - 1][COLUMNS.index(column)]
            connection.execute(
                f"UPDATE events SET {column} = ? WHERE position = ?", (other(value), position)
            )
        assert log.verify().problems, f"event {position}"
        with open_file(database) as connection:
            replace_all(connection, before)
    assert log.verify().problems == ()


@pytest.mark.parametrize("column", ["salt", "payload"])
def test_a_value_that_was_removed_is_noticed(log: EventLog, database: Path, column: str) -> None:
    with open_file(database) as connection:
        connection.execute(f"UPDATE events SET {column} = NULL WHERE position = 3")
    (problem,) = log.verify().problems
    assert problem.startswith("event 3: ")


@pytest.mark.parametrize("position", range(1, EVENTS + 1))
def test_a_deleted_event_is_noticed(log: EventLog, database: Path, position: int) -> None:
    """The last one too: what was read from it is still there."""
    with open_file(database) as connection:
        connection.execute("DELETE FROM events WHERE position = ?", (position,))
    problems = log.verify().problems
    assert problems
    assert position == EVENTS or problems[0] == f"event {position}: is missing from the log"


def test_events_that_changed_places_are_noticed(log: EventLog, database: Path) -> None:
    with open_file(database) as connection:
        connection.execute("UPDATE events SET position = -3 WHERE position = 3")
        connection.execute("UPDATE events SET position = 3 WHERE position = 4")
        connection.execute("UPDATE events SET position = 4 WHERE position = -3")
    assert any(problem.startswith("event 3: ") for problem in log.verify().problems)


def test_payloads_that_changed_places_are_noticed(log: EventLog, database: Path) -> None:
    with open_file(database) as connection:
        events = all_events(connection)
        for position, taken_from in ((2, 5), (5, 2)):
            salt, payload = events[taken_from - 1][5:7]
            connection.execute(
                "UPDATE events SET salt = ?, payload = ? WHERE position = ?",
                (salt, payload, position),
            )
    assert any(problem.startswith("event 2: ") for problem in log.verify().problems)


@pytest.mark.parametrize("position", [0, -1, EVENTS + 1, EVENTS + 2])
def test_an_inserted_event_is_noticed(log: EventLog, database: Path, position: int) -> None:
    with open_file(database) as connection:
        event = list(all_events(connection)[-1])
        event[0], event[1] = position, "a stream of its own"
        connection.execute(f"INSERT INTO events VALUES ({', '.join('?' * len(event))})", event)
    assert log.verify().problems


def test_an_event_in_the_middle_is_noticed_though_all_after_it_moved_up(
    log: EventLog, database: Path
) -> None:
    with open_file(database) as connection:
        events = all_events(connection)
        copy = (*events[4][:1], "a stream of its own", *events[4][2:])
        later = [(event[0] + 1, *event[1:]) for event in events[4:]]
        replace_all(connection, [*events[:4], copy, *later])
    assert any(problem.startswith("event 5: ") for problem in log.verify().problems)


def test_whoever_makes_the_chain_anew_makes_another_head(log: EventLog, database: Path) -> None:
    """So a head that is kept elsewhere tells even where everything fits."""
    head = log.verify().head
    with open_file(database) as connection:
        events = all_events(connection)
        changed = [
            (*event[:6], event[6].replace(b'"Alone"', b'"Alice"'), *event[7:]) for event in events
        ]
        assert changed != events
        replace_all(connection, chained_anew(changed))
    assert log.rebuild().differences
    verified = log.verify()
    assert verified.problems == ()
    assert verified.head != head


def test_the_chain_is_made_of_nothing_but_what_is_stored(database: Path) -> None:
    """Each digest: of the one before it, the salted hash of the payload, and the event's place."""
    with open_file(database) as connection:
        events = all_events(connection)
    assert chained_anew(events) == events
    assert [event[0] for event in events] == list(range(1, EVENTS + 1))


def test_a_shortened_log_whose_read_models_were_made_anew_has_another_head(
    log: EventLog, database: Path
) -> None:
    head = log.verify().head
    with open_file(database) as connection:
        connection.execute("DELETE FROM events WHERE position = ?", (EVENTS,))
    log.rebuild()
    verified = log.verify()
    assert (verified.events, verified.problems) == (EVENTS - 1, ())
    assert verified.head != head


@pytest.mark.parametrize("column", ["salt", "payload"])
def test_a_value_of_another_type_is_noticed(log: EventLog, database: Path, column: str) -> None:
    with open_file(database) as connection:
        connection.execute(
            f"UPDATE events SET {column} = CAST({column} AS TEXT) WHERE position = 3"
        )
    assert any(problem.startswith("event 3: ") for problem in log.verify().problems)


def test_every_damaged_event_is_named(log: EventLog, database: Path) -> None:
    damaged = range(4, EVENTS + 1, 4)
    assert len(damaged) < MAX_PROBLEMS
    with open_file(database) as connection:
        connection.execute(
            "UPDATE events SET payload = CAST(payload || ' ' AS BLOB) WHERE position % 4 = 0"
        )
    assert named(log) == [f"event {position}" for position in damaged]


def test_of_a_log_that_is_damaged_all_over_the_first_events_are_named(
    log: EventLog, database: Path
) -> None:
    with open_file(database) as connection:
        connection.execute("UPDATE events SET payload = CAST(payload || ' ' AS BLOB)")
    assert named(log) == [f"event {position}" for position in range(1, MAX_PROBLEMS + 1)]


def named(log: EventLog) -> list[str]:
    return [problem.partition(":")[0] for problem in log.verify().problems]
