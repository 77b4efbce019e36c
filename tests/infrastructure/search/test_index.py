"""The text index: caught up beside others, thrown away where it is of no use, never in the way."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from application.change_contact import delete_contact
from application.read_contacts import find_contacts
from application.receive_records import receive_records
from application.refusals import Refused, StoreUnusable
from domain.settings import MergeSettings
from infrastructure.bootstrap import open_store
from infrastructure.event_log.log import EventLog
from infrastructure.event_log.sqlite import read_head
from infrastructure.read_models import search_index, text_search
from tests.messages import ADMIN, csv_row, hubspot_contact, hubspot_lead

ACCOUNT = "default"
PROCESSES = 3
_context = get_context("spawn")


def open_log(folder: Path) -> EventLog:
    return open_store(f"sqlite:{folder}").open(ACCOUNT)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    settings = MergeSettings(default_region="US")
    log = open_store(f"sqlite:{tmp_path}").create(ACCOUNT, settings, ADMIN)
    yield log
    log.close()


def receive(log: EventLog, *names: str) -> None:
    records = [csv_row(name, emails=[f"{name.replace(' ', '')}@b.test"]) for name in names]
    receive_records(log, records, by=ADMIN)


def names(log: EventLog, q: str) -> list[str | None]:
    with log.reading() as reading:
        return [each.name for each in find_contacts(reading, q=q, limit=10_000).items]


def is_of_use(log: EventLog) -> bool:
    """Whether the index holds all that is recorded."""
    with log.search.reading() as snapshot, log.database.reading() as connection:
        return snapshot is not None and snapshot.indexed.position == read_head(connection).position


def test_no_command_writes_it(log: EventLog) -> None:
    receive(log, "Ann")
    assert names(log, "ann") == ["Ann"]
    assert not log.search.path.exists()


def test_it_says_how_far_it_is(log: EventLog) -> None:
    receive(log, "Ann", "Bob", "Cyd")
    first = log.search.catch_up(batch=2)
    assert first is not None
    assert (first.position, first.head) == (4, 4)
    assert log.search.catch_up() == first
    receive(log, "Dan")
    second = log.search.catch_up()
    assert second is not None
    assert second.position == 5


def test_it_stops_when_told_and_goes_on_later(log: EventLog) -> None:
    receive(log, "Ann", "Bob", "Cyd")
    asked = iter((False, True))
    indexed = log.search.catch_up(batch=2, stop=lambda: next(asked))
    assert indexed is not None
    assert (indexed.position, indexed.head) == (2, 4)
    assert names(log, "b.test") == ["Ann", "Bob", "Cyd"]
    log.search.catch_up()
    assert is_of_use(log)


def test_a_contact_that_is_deleted_leaves_it(log: EventLog) -> None:
    receive(log, "Ann", "Bob")
    log.search.catch_up()
    with log.reading() as reading:
        (ann,) = find_contacts(reading, q="Ann").items
    delete_contact(log, ann.id, by=ADMIN)
    log.search.catch_up()
    with sqlite3.connect(log.search.path) as connection:
        left = connection.execute("SELECT lines FROM contacts").fetchall()
        runs = connection.execute("SELECT rowid FROM runs WHERE runs MATCH '\"ann\"'").fetchall()
    connection.close()
    assert left == [("\nbob\nbob@b.test\n",)]
    assert runs == []


def catch_up_and_write(folder: Path, process: int) -> int:
    log = open_log(folder)
    for number in range(20):
        receive(log, f"Process {process} {number}")
        log.search.catch_up(batch=3)
    found = len(names(log, f"process {process}"))
    log.close()
    return found


def test_processes_catch_up_at_once(log: EventLog, tmp_path: Path) -> None:
    with ProcessPoolExecutor(PROCESSES, _context) as pool:
        counts = list(pool.map(catch_up_and_write, [tmp_path] * PROCESSES, range(PROCESSES)))
    assert counts == [20] * PROCESSES
    log.search.catch_up()
    assert is_of_use(log)
    assert len(names(log, "process")) == 20 * PROCESSES
    with sqlite3.connect(log.search.path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT count(*) FROM contacts").fetchone() == (60,)
    connection.close()


@pytest.mark.parametrize("content", [b"", b"no database at all", b"\0" * 5_000, b"SQLite format 3"])
def test_a_file_that_is_none_is_read_past_and_made_anew(log: EventLog, content: bytes) -> None:
    receive(log, "Ann")
    log.search.catch_up()
    log.search.drop()
    log.search.path.write_bytes(content)
    assert names(log, "ann") == ["Ann"]
    log.search.catch_up()
    assert is_of_use(log)


def test_every_damaged_page_is_noticed_or_harmless(log: EventLog) -> None:
    """A page of zeros is no page: whichever it is, nobody is missed and nothing fails."""
    receive(log, *(f"Person {number}" for number in range(300)))
    log.search.catch_up()
    whole = log.search.path.read_bytes()
    for page in range(0, len(whole), 4096):
        log.search.drop()
        log.search.path.write_bytes(whole[:page] + b"\0" * 4096 + whole[page + 4096 :])
        assert len(names(log, "person")) == 300, page
        receive(log, f"Later {page}")
        log.search.catch_up()
        assert f"Later {page}" in names(log, f"later {page}")


@pytest.mark.parametrize(
    "change",
    [
        "PRAGMA user_version = 99",
        "DROP TABLE contacts",
        "DROP TABLE runs",
        "DELETE FROM indexed",
        "UPDATE indexed SET position = 'x'",
        "UPDATE indexed SET digest = x'00'",
        "UPDATE indexed SET head = 1000",
    ],
)
def test_an_index_of_another_format_or_log_is_made_anew(log: EventLog, change: str) -> None:
    receive(log, "Ann", "Bob")
    log.search.catch_up()
    with sqlite3.connect(log.search.path) as connection:
        connection.execute(change)
    connection.close()
    assert names(log, "ann") == ["Ann"]
    receive(log, "Anna")
    log.search.catch_up()
    assert is_of_use(log)
    assert names(log, "ann") == ["Ann", "Anna"]


def test_an_older_log_put_back_is_not_read_by_a_newer_index(log: EventLog, tmp_path: Path) -> None:
    receive(log, "Ann")
    log.close()
    copytree(tmp_path / ACCOUNT, tmp_path / "older")
    receive(log, "Bob")
    log.search.catch_up()
    log.close()
    (tmp_path / "older" / "log.sqlite3").replace(log.database.path)
    with pytest.raises(StoreUnusable, match="replaced"):
        receive(log, "Nobody")
    log = open_log(tmp_path)
    receive(log, "Cyd")
    assert [names(log, each) for each in ("bob", "cyd")] == [[], ["Cyd"]]
    log.search.catch_up()
    assert is_of_use(log)
    assert [names(log, each) for each in ("bob", "cyd")] == [[], ["Cyd"]]
    log.close()


def test_a_snapshot_of_the_log_older_than_the_index_misses_nobody(log: EventLog) -> None:
    receive(log, *(f"Ann {number}" for number in range(3)))
    log.search.catch_up()
    with log.reading() as reading:
        ann = reading.contacts(limit=1)[0].id
        other = open_log(log.database.path.parent.parent)
        delete_contact(other, ann, by=ADMIN)
        other.search.catch_up()
        other.file.close()
        assert len(find_contacts(reading, q="ann").items) == 3
    assert names(log, "ann") == ["Ann 1", "Ann 2"]


def test_a_rebuild_makes_it_anew_where_there_is_one(log: EventLog) -> None:
    receive(log, "Ann")
    log.rebuild()
    assert not log.search.path.exists()
    log.search.catch_up()
    with sqlite3.connect(log.search.path) as connection:
        connection.execute("DELETE FROM contacts")
    connection.close()
    assert names(log, "ann") == []
    log.rebuild()
    assert is_of_use(log)
    assert names(log, "ann") == ["Ann"]


def test_an_index_in_use_can_be_dropped(log: EventLog) -> None:
    receive(log, *(f"Ann {number}" for number in range(9)))
    log.search.catch_up()
    with log.search.reading() as snapshot:
        assert snapshot is not None
        assert log.search.drop()
        log.search.catch_up()
        assert snapshot.indexed.position == 10
    assert is_of_use(log)


def test_where_it_cannot_be_written_it_says_so_in_a_line(log: EventLog) -> None:
    receive(log, "Ann")
    log.search.path.mkdir()
    assert names(log, "ann") == ["Ann"]
    with pytest.raises(StoreUnusable, match=r"search\.sqlite3"):
        log.search.catch_up()


def test_a_search_of_one_character_or_none_is_refused(log: EventLog) -> None:
    for q in ("", " ", "a", " a ", "\t", "\x00"):
        with pytest.raises(Refused, match=r"^q: needs two characters at least$"):
            names(log, q)
    with pytest.raises(Refused, match=r"^q: has a lone surrogate"):
        names(log, "ab\udcff")


@pytest.mark.parametrize("rows", [0, search_index.A_CONTACT_IN_ROWS])
@pytest.mark.parametrize("indexed", ["before", "after", "never"])
def test_text_phone_email_and_kind_are_asked_for_together(
    log: EventLog, monkeypatch: pytest.MonkeyPatch, indexed: str, rows: int
) -> None:
    monkeypatch.setattr(text_search, "A_CONTACT_IN_ROWS", rows)
    receive(log, "Ann Zero")
    if indexed == "before":
        log.search.catch_up()
    records = [
        hubspot_contact("1", "Ann One", ["319-555-0100"], ["ann@b.test"]),
        hubspot_lead("2", "Ann Two", ["319-555-0101"], ["ann.b@b.test"]),
        hubspot_lead("3", "Bob Three", ["319-555-0102"], ["bob@b.test"]),
        hubspot_lead("4", "Ann Four", ["319-555-0103 ext. 1"], ["xann@b.test"]),
    ]
    receive_records(log, records, by=ADMIN)
    if indexed == "after":
        log.search.catch_up()

    def found(**asked: Any) -> list[str | None]:
        with log.reading() as reading:
            return [each.name for each in find_contacts(reading, **asked).items]

    assert found(q="ann", kind="lead") == ["Ann Two", "Ann Four"]
    assert found(q="ann", kind="contact") == ["Ann Zero", "Ann One"]
    assert found(q="ann", email="ANN@b.test") == ["Ann One"]
    assert found(q="ann", phone="(319) 555-0101") == ["Ann Two"]
    assert found(q="ann", phone="(319) 555-0101", kind="contact") == []
    assert found(q="ann", phone="319-555-0102") == []
    assert found(q="ann", phone="319-555-0103") == []
    assert found(phone="319-555-0102", kind="lead") == ["Bob Three"]
    assert found(phone="319-555-0102", kind="contact") == []
    assert found(kind="lead") == ["Ann Two", "Bob Three", "Ann Four"]
    assert found(kind="contact") == ["Ann Zero", "Ann One"]


def test_a_cursor_of_another_list_is_refused(log: EventLog) -> None:
    receive(log, "Ann")
    with log.reading() as reading:
        for cursor in ("", "~", "AAAA", "WyJhIl0", "Wy0xXQ", "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5XQ"):
            with pytest.raises(Refused, match=r"^cursor: "):
                find_contacts(reading, q="ann", cursor=cursor)


@pytest.mark.parametrize("indexed", [False, True])
@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("319 555", ["Ann"]),
        ("(319) 555-5677", ["Ann"]),
        ("+1.319.555", ["Ann"]),
        ("5677", ["Ann"]),
        ("319\u2013555", ["Ann"]),
        ("319 556", []),
        ("567712", ["Ann"]),
        ("5551234", ["Words"]),
        ("555-12", ["Words"]),
        ("ext=1", ["Ann"]),
        ("5677 x", []),
        ("x" * 5_000, []),
        ("%", None),
        ("%%", []),
        ("AND", []),
        ("nn\n ", ["Ann"]),
        ('"*', []),
    ],
)
def test_numbers_are_found_by_their_digits(
    log: EventLog, q: str, found: list[str] | None, indexed: bool
) -> None:
    rows = [
        csv_row("Ann", phones=["(319) 555-5677 ext. 12"]),
        csv_row("Words", phones=["call 555-1234 only"], emails=["w@b.test"]),
    ]
    receive_records(log, rows, by=ADMIN)
    if indexed:
        log.search.catch_up()
    if found is None:
        with pytest.raises(Refused):
            names(log, q)
    else:
        assert names(log, q) == found
