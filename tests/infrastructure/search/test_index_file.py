"""The text index on SQLite is a separate file, which may be lost, damaged or out of date."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from shutil import copytree

import pytest

from application.refusals import StoreUnusable
from infrastructure.account_log.log import EventLog
from infrastructure.sqlite.text_index import FILE_NAME
from tests.infrastructure.search.test_index import ACCOUNT, is_of_use, names, receive
from tests.stores import Place, only_sqlite

pytestmark = only_sqlite


@pytest.fixture
def log(place: Place) -> Iterator[EventLog]:
    with closing(place.create(ACCOUNT)) as log:
        yield log


@pytest.fixture
def file(place: Place) -> Path:
    return place.folder / ACCOUNT / FILE_NAME


def test_no_command_makes_it(log: EventLog, file: Path) -> None:
    receive(log, "Ann")
    assert names(log, "ann") == ["Ann"]
    assert not file.exists()


@pytest.mark.parametrize("content", [b"", b"no database at all", b"\0" * 5_000, b"SQLite format 3"])
def test_a_file_that_is_none_is_read_past_and_made_anew(
    log: EventLog, file: Path, content: bytes
) -> None:
    receive(log, "Ann")
    log.text.catch_up()
    log.text.drop()
    file.write_bytes(content)
    assert names(log, "ann") == ["Ann"]
    log.text.catch_up()
    assert is_of_use(log)


def test_every_damaged_page_is_noticed_or_harmless(log: EventLog, file: Path) -> None:
    """Whichever page is replaced by zeros, no contact is missed and nothing fails."""
    receive(log, *(f"Person {number}" for number in range(300)))
    log.text.catch_up()
    whole = file.read_bytes()
    for page in range(0, len(whole), 4096):
        log.text.drop()
        file.write_bytes(whole[:page] + b"\0" * 4096 + whole[page + 4096 :])
        assert len(names(log, "person")) == 300, page
        receive(log, f"Later {page}")
        log.text.catch_up()
        assert f"Later {page}" in names(log, f"later {page}")


@pytest.mark.parametrize(
    "change",
    [
        "PRAGMA user_version = 99",
        "DROP TABLE contacts",
        "DROP TABLE runs",
        "UPDATE indexed SET position = 'x'",
    ],
)
def test_a_file_of_another_format_is_made_anew(log: EventLog, place: Place, change: str) -> None:
    receive(log, "Ann", "Bob")
    log.text.catch_up()
    place.index(ACCOUNT).execute(change)
    assert names(log, "ann") == ["Ann"]
    receive(log, "Anna")
    log.text.catch_up()
    assert is_of_use(log)
    assert names(log, "ann") == ["Ann", "Anna"]


def test_an_older_log_put_back_is_not_read_by_a_newer_index(log: EventLog, place: Place) -> None:
    receive(log, "Ann")
    log.close()
    copytree(place.folder / ACCOUNT, place.folder / "older")
    receive(log, "Bob")
    log.text.catch_up()
    log.close()
    (place.folder / "older" / "log.sqlite3").replace(place.folder / ACCOUNT / "log.sqlite3")
    with pytest.raises(StoreUnusable, match="replaced"):
        receive(log, "Nobody")
    with closing(place.open(ACCOUNT)) as older:
        receive(older, "Cyd")
        assert [names(older, each) for each in ("bob", "cyd")] == [[], ["Cyd"]]
        older.text.catch_up()
        assert is_of_use(older)
        assert [names(older, each) for each in ("bob", "cyd")] == [[], ["Cyd"]]


def test_where_it_cannot_be_written_it_says_so_in_a_line(log: EventLog, file: Path) -> None:
    receive(log, "Ann")
    file.mkdir()
    assert names(log, "ann") == ["Ann"]
    with pytest.raises(StoreUnusable, match=r"search\.sqlite3"):
        log.text.catch_up()
