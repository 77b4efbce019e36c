"""The text index: it catches up beside others, is discarded if unusable, and blocks nobody."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from application.commands.delete_contact import delete_contact
from application.commands.receive_records import receive_records
from application.reads.contacts import find_contacts
from application.reads.text_search import Sought, read_sought
from application.refusals import Refused
from infrastructure.account_log.log import EventLog
from infrastructure.postgresql import text_index as postgresql_text_index
from infrastructure.read_models import text_index, text_search
from infrastructure.storage.session import read_head
from tests.forked import forked
from tests.messages import ADMIN, csv_row, hubspot_contact, hubspot_lead
from tests.stores import CONTACTS_OF_INDEX, Kind, Place

ACCOUNT = "default"
PROCESSES = 3


@pytest.fixture
def log(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[EventLog]:
    """An account with a few contacts, some of which are found by their runs."""
    monkeypatch.setattr(postgresql_text_index, "LOOKED_AT", 1)
    with closing(place.create(ACCOUNT)) as log:
        yield log


def receive(log: EventLog, *names: str) -> None:
    records = [csv_row(name, emails=[f"{name.replace(' ', '')}@b.test"]) for name in names]
    receive_records(log, records, by=ADMIN)


def names(log: EventLog, q: str) -> list[str | None]:
    with log.reading() as reading:
        return [each.name for each in find_contacts(reading, q=q, limit=10_000).items]


def is_there(log: EventLog) -> bool:
    """Whether there is an index at all."""
    with log.database.reading() as session, log.text.reading(session) as snapshot:
        return snapshot is not None


def is_of_use(log: EventLog) -> bool:
    """Whether the index holds all that is recorded."""
    with log.database.reading() as session, log.text.reading(session) as snapshot:
        return snapshot is not None and snapshot.indexed.position == read_head(session).position


def test_no_command_writes_it(log: EventLog) -> None:
    receive(log, "Ann")
    assert names(log, "ann") == ["Ann"]
    assert not is_there(log)
    assert log.text.behind() == 2


def test_it_says_how_far_it_is(log: EventLog) -> None:
    receive(log, "Ann", "Bob", "Cyd")
    first = log.text.catch_up(batch=2)
    assert first is not None
    assert (first.position, first.head) == (4, 4)
    assert log.text.catch_up() == first
    receive(log, "Dan")
    assert log.text.behind() == 1
    second = log.text.catch_up()
    assert second is not None
    assert second.position == 5
    assert log.text.behind() == 0


def test_of_an_account_without_contacts_it_is_empty(log: EventLog) -> None:
    indexed = log.text.catch_up()
    assert indexed is not None
    assert (indexed.position, indexed.head) == (1, 1)
    assert is_of_use(log)
    assert names(log, "ann") == []


def test_it_stops_when_told_and_goes_on_later(log: EventLog) -> None:
    receive(log, "Ann", "Bob", "Cyd")
    asked = iter((False, True))
    indexed = log.text.catch_up(batch=2, stop=lambda: next(asked))
    assert indexed is not None
    assert (indexed.position, indexed.head) == (2, 4)
    assert names(log, "b.test") == ["Ann", "Bob", "Cyd"]
    log.text.catch_up()
    assert is_of_use(log)


def test_a_contact_that_is_deleted_leaves_it(log: EventLog, place: Place, kind: Kind) -> None:
    receive(log, "Ann", "Bob")
    log.text.catch_up()
    with log.reading() as reading:
        (ann,) = find_contacts(reading, q="Ann").items
    delete_contact(log, ann.id, by=ADMIN)
    log.text.catch_up()
    left = place.index(ACCOUNT).execute(f"SELECT lines FROM {CONTACTS_OF_INDEX[kind]}")
    assert left == [("\nbob\nbob@b.test\n",)]
    assert by_index(log, read_sought("ann")) == []
    assert len(by_index(log, read_sought("bob"))) == 1


def by_index(log: EventLog, wanted: Sought) -> list[tuple[int, str]]:
    """The contacts that the index alone finds for a text."""
    with log.database.reading() as session, log.text.reading(session) as snapshot:
        assert snapshot is not None
        return list(snapshot.candidates(wanted, 0))


def catch_up_and_write(place: Place, process: int) -> int:
    with closing(place.open(ACCOUNT)) as log:
        for number in range(20):
            receive(log, f"Process {process} {number}")
            log.text.catch_up(batch=3)
        return len(names(log, f"process {process}"))


def test_processes_catch_up_at_once(log: EventLog, place: Place, kind: Kind) -> None:
    with ProcessPoolExecutor(PROCESSES, forked()) as pool:
        counts = list(pool.map(catch_up_and_write, [place] * PROCESSES, range(PROCESSES)))
    assert counts == [20] * PROCESSES
    log.text.catch_up()
    assert is_of_use(log)
    assert len(names(log, "process")) == 20 * PROCESSES
    index = place.index(ACCOUNT)
    assert index.execute(f"SELECT count(*) FROM {CONTACTS_OF_INDEX[kind]}") == [(60,)]
    if kind == "sqlite":
        assert index.execute("PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM indexed",
        "UPDATE indexed SET digest = NULL",
        "UPDATE indexed SET head = 2",
        "UPDATE indexed SET head = 1000",
    ],
)
def test_an_index_of_another_log_is_made_anew(log: EventLog, place: Place, change: str) -> None:
    receive(log, "Ann", "Bob")
    log.text.catch_up()
    place.index(ACCOUNT).execute(change)
    assert log.text.behind() == 3
    assert names(log, "ann") == ["Ann"]
    receive(log, "Anna")
    log.text.catch_up()
    assert is_of_use(log)
    assert names(log, "ann") == ["Ann", "Anna"]


def test_a_snapshot_of_the_log_older_than_the_index_misses_nobody(
    log: EventLog, place: Place
) -> None:
    receive(log, *(f"Ann {number}" for number in range(3)))
    log.text.catch_up()
    with log.reading() as reading:
        (ann,) = reading.contact_ids(limit=1)
        with closing(place.open(ACCOUNT)) as other:
            delete_contact(other, ann, by=ADMIN)
            other.text.catch_up()
        assert len(find_contacts(reading, q="ann").items) == 3
    assert names(log, "ann") == ["Ann 1", "Ann 2"]


def test_a_rebuild_makes_it_anew_where_there_is_one(
    log: EventLog, place: Place, kind: Kind
) -> None:
    receive(log, "Ann")
    log.rebuild()
    assert not is_there(log)
    log.text.catch_up()
    place.index(ACCOUNT).execute(f"DELETE FROM {CONTACTS_OF_INDEX[kind]}")
    assert names(log, "ann") == []
    log.rebuild()
    assert is_of_use(log)
    assert names(log, "ann") == ["Ann"]


def test_an_index_in_use_can_be_dropped(log: EventLog) -> None:
    receive(log, *(f"Ann {number}" for number in range(9)))
    log.text.catch_up()
    with log.database.reading() as session, log.text.reading(session) as snapshot:
        assert snapshot is not None
        assert log.text.drop()
        assert not is_there(log)
        assert not log.text.drop()
        log.text.catch_up()
        assert snapshot.indexed.position == 10
        found = snapshot.candidates(read_sought("ann"), 0)
        assert len(list(found)) == 9
    assert is_of_use(log)


def test_a_search_of_one_character_or_none_is_refused(log: EventLog) -> None:
    for q in ("", " ", "a", " a ", "\t", "\x00"):
        with pytest.raises(Refused, match=r"^q: must have at least two characters$"):
            names(log, q)
    with pytest.raises(Refused, match=r"^q: contains an invalid character \(a lone surrogate\)"):
        names(log, "ab\udcff")


@pytest.mark.parametrize("rows", [0, text_index.A_CONTACT_IN_ROWS])
@pytest.mark.parametrize("indexed", ["before", "after", "never"])
def test_text_phone_email_and_kind_are_asked_for_together(
    log: EventLog, monkeypatch: pytest.MonkeyPatch, indexed: str, rows: int
) -> None:
    monkeypatch.setattr(text_search, "A_CONTACT_IN_ROWS", rows)
    receive(log, "Ann Zero")
    if indexed == "before":
        log.text.catch_up()
    records = [
        hubspot_contact("1", "Ann One", ["319-555-0100"], ["ann@b.test"]),
        hubspot_lead("2", "Ann Two", ["319-555-0101"], ["ann.b@b.test"]),
        hubspot_lead("3", "Bob Three", ["319-555-0102"], ["bob@b.test"]),
        hubspot_lead("4", "Ann Four", ["319-555-0103 ext. 1"], ["xann@b.test"]),
    ]
    receive_records(log, records, by=ADMIN)
    if indexed == "after":
        log.text.catch_up()

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


FOUND: list[tuple[str, list[str] | None]] = [
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
    ("\\\\", []),
    ("{}", []),
    ("an\x00n", []),
]
"""Queries, and the contacts found; None if the query is refused."""


@pytest.mark.parametrize("indexed", [False, True])
def test_numbers_are_found_by_their_digits(log: EventLog, indexed: bool) -> None:
    rows = [
        csv_row("Ann", phones=["(319) 555-5677 ext. 12"]),
        csv_row("Words", phones=["call 555-1234 only"], emails=["w@b.test"]),
    ]
    receive_records(log, rows, by=ADMIN)
    if indexed:
        log.text.catch_up()
    for q, found in FOUND:
        if found is None:
            with pytest.raises(Refused):
                names(log, q)
        else:
            assert names(log, q) == found, q
