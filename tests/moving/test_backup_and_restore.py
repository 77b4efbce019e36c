"""An account moves between stores, by `backup` and `restore`: docs/scaling.md."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from sqlite3 import connect

import pytest

from application.commands.receive_records import receive_records
from application.refusals import Conflict, Refused, StoreUnusable
from infrastructure.account_log.log import EventLog
from infrastructure.backup import back_up, restore
from infrastructure.bootstrap import open_store, the_time
from infrastructure.jobs.carry_out import begin_job, carry_out_next
from infrastructure.jobs.file_imports import import_of
from infrastructure.jobs.previews import Previewed
from infrastructure.jobs.shown import show_import
from infrastructure.web.answers import Answer, keep_answer, kept_answer
from tests.filled_account import ACCOUNT, EVENTS
from tests.messages import ADMIN, JOHN, csv_row
from tests.stores import KINDS, Kind, Place, new_place


@pytest.fixture(params=KINDS)
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An empty store to move to."""
    kind: Kind = request.param
    with new_place(kind, tmp_path / "other") as place:
        yield place


@pytest.fixture
def backup(log: EventLog, tmp_path: Path) -> Path:
    path = tmp_path / "acme.backup"
    back_up(log, path)
    return path


def put(file: Path, sql: str) -> None:
    with closing(connect(file)) as damaged, damaged:
        damaged.execute(sql)


def test_the_account_is_the_same_and_has_the_same_head(
    filled: Place, log: EventLog, backup: Path, other: Place
) -> None:
    before = log.verify()
    head = restore(open_store(other.url), "moved", backup)
    with closing(other.open("moved")) as moved:
        verified = moved.verify()
    assert verified == replace(before, unchecked=verified.unchecked)
    assert (verified.problems, verified.events, head.digest.hex()) == ((), EVENTS, verified.head)
    tables = ["events", *filled.database(ACCOUNT).tables()]
    assert other.database("moved").dump(tables) == filled.database(ACCOUNT).dump(tables)


def test_it_goes_on_where_it_came_to(log: EventLog, backup: Path, other: Place) -> None:
    restore(open_store(other.url), ACCOUNT, backup)
    with closing(other.open(ACCOUNT)) as moved:
        (there,) = receive_records(moved, [csv_row("New", [JOHN])], by=ADMIN)
        (here,) = receive_records(log, [csv_row("New", [JOHN])], by=ADMIN)
        assert (there.outcome, there.decision) == (here.outcome, here.decision)
        assert moved.verify().problems == ()


def test_text_is_found_at_once(backup: Path, other: Place) -> None:
    restore(open_store(other.url), ACCOUNT, backup)
    with closing(other.open(ACCOUNT)) as moved:
        assert moved.text.behind() == 0


def test_a_request_that_is_sent_again_gets_its_first_answer(
    log: EventLog, tmp_path: Path, other: Place
) -> None:
    with log.database.writing() as session:
        keep_answer(session, "key", b"request", Answer(201, b"{}"), the_time())
    back_up(log, tmp_path / "with-answer")
    restore(open_store(other.url), ACCOUNT, tmp_path / "with-answer")
    with closing(other.open(ACCOUNT)) as moved, moved.database.reading() as session:
        known = kept_answer(session, "key", b"request")
        assert known is not None
        assert (known.status, known.body) == (201, b"{}")


def test_an_import_that_is_not_done_is_carried_out_where_it_came_to(
    log: EventLog, tmp_path: Path, other: Place
) -> None:
    job = import_of(
        log,
        file="people.csv",
        by="Ann",
        region="US",
        mapping={"Name": "name"},
        encoding="utf-8",
        header_row=2,
        forget=True,
        mends=log.new_id(),
        previewed=Previewed(None, {"5": (None, 3)}, ()),
    )
    rows = b"Some,people\nName,Phone\nNew,+13195550188\nNobody,n/a\nApart,+13195550188\n"
    log.database.uploads.keep(job.id, BytesIO(rows))
    with log.database.writing() as session:
        begin_job(log, session, job)
    back_up(log, tmp_path / "with-import")
    restore(open_store(other.url), ACCOUNT, tmp_path / "with-import")
    assert open_store(other.url).at_work() == [ACCOUNT]
    with closing(other.open(ACCOUNT)) as moved:
        assert carry_out_next(moved, "changes")
        done = show_import(moved, job.id)
    assert (done.status, done.rows.created, done.rows.rejected) == ("done", 2, 1)
    assert open_store(other.url).at_work() == []


def test_an_account_that_exists_is_not_restored_over(
    filled: Place, log: EventLog, backup: Path
) -> None:
    with pytest.raises(Conflict, match="exists already"):
        restore(open_store(filled.url), ACCOUNT, backup)
    assert log.verify().events == EVENTS


def test_a_file_that_exists_is_not_written_over(log: EventLog, backup: Path) -> None:
    before = backup.read_bytes()
    with pytest.raises(Refused, match="exists already"):
        back_up(log, backup)
    assert backup.read_bytes() == before


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE events SET payload = '{}' WHERE position = 7", "event 7: is not what"),
        ("DELETE FROM events WHERE position = 7", "event 7: is missing"),
        (f"DELETE FROM events WHERE position = {EVENTS}", "events are missing at its end"),
        ("PRAGMA application_id = 1", "is not a backup"),
        ("PRAGMA user_version = 1000", "upgrade to open it"),
        ("PRAGMA user_version = 4", r"written before the first release \(schema 4"),
    ],
)
def test_a_damaged_backup_is_refused_and_makes_nothing(
    backup: Path, other: Place, damage: str, said: str
) -> None:
    put(backup, damage)
    with pytest.raises(Refused, match=said):
        restore(open_store(other.url), ACCOUNT, backup)
    assert open_store(other.url).names() == []


@pytest.mark.parametrize("content", [b"", b"name,phone\n" * 500, b"SQLite format 3\0 but no more"])
def test_a_file_that_is_no_backup_is_refused(tmp_path: Path, place: Place, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(Refused, match=r"is not a backup|not a store of this program|is damaged"):
        restore(open_store(place.url), ACCOUNT, tmp_path / "file")
    with pytest.raises(Refused, match="no such file"):
        restore(open_store(place.url), ACCOUNT, tmp_path / "none")


def test_a_backup_is_whole_or_not_there(log: EventLog, tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable):
        back_up(log, tmp_path / "no such folder" / "acme.backup")
    folder = tmp_path / "empty"
    folder.mkdir()

    def fail(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up(log, folder / "acme.backup", fail)
    assert list(folder.iterdir()) == []
