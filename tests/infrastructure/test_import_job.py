"""An import goes on wherever it was interrupted, and fails if it makes no progress."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path
from random import Random
from threading import Thread
from time import sleep

import pytest

from application.documents.jobs import ImportDocument, RowCounts
from application.jobs.job import Job
from application.reads.contacts import find_contacts
from application.refusals import Conflict, StoreUnusable
from infrastructure.account_log.log import EventLog
from infrastructure.bootstrap import STORE_VARIABLE, open_store
from infrastructure.jobs.carry_out import (
    TRIES,
    Lane,
    begin_job,
    cancel_job,
    carry_out_here,
    carry_out_next,
    lanes_that_wait,
)
from infrastructure.jobs.file_imports import import_of
from infrastructure.jobs.running import Manner
from infrastructure.jobs.shown import rejected_csv, show_import
from infrastructure.jobs.worker import Task, carry_out
from infrastructure.storage.beside import seal
from infrastructure.storage.jobs import job_tried
from tests.infrastructure.statements import Statements
from tests.stores import Place

ACCOUNT = "default"
FILE = b"Name,Phone\nMary,+13195550100\nNobody,n/a\nJohn,+13195550101\n"
A_DAY = 24 * 60 * 60


class Given:
    """An account with an import to carry out."""

    def __init__(self, place: Place, log: EventLog) -> None:
        self.place = place
        self.log = log

    def import_of(self, file: bytes, *, dry_run: bool = False) -> Job:
        job = import_of(self.log, file="people.csv", by="Ann", dry_run=dry_run)
        self.keep(job.id, file)
        with self.log.database.writing() as session:
            begin_job(self.log, session, job)
        return job

    def keep(self, import_id: str, file: bytes) -> None:
        self.log.database.uploads.keep(import_id, BytesIO(file))

    def kept(self) -> set[str]:
        """The imports that have files."""
        if self.place.kind == "sqlite":
            folder = self.place.folder / ACCOUNT / "imports"
            return {each.stem for each in folder.glob("*.csv")}
        rows = self.place.database(ACCOUNT).execute("SELECT DISTINCT job_id FROM uploads")
        return {import_id for (import_id,) in rows}

    def came_long_ago(self, import_id: str) -> None:
        """Add a file that arrived two days ago."""
        if self.place.kind == "sqlite":
            path = self.place.folder / ACCOUNT / "imports" / f"{import_id}.csv"
            earlier = path.stat().st_mtime - 2 * A_DAY
            os.utime(path, (earlier, earlier))
        else:
            ago = "UPDATE uploads SET at = at - ? WHERE job_id = ?"
            self.place.database(ACCOUNT).execute(ago, 2 * A_DAY, import_id)

    def tried(self, job: Job, times: int) -> None:
        """Note tries whose processes ended in the middle."""
        for _ in range(times):
            with self.log.database.writing() as session:
                job_tried(session, job.id)

    def takes_no_rejected_rows(self) -> None:
        """Let the store refuse large commits, like a full disk."""
        database = self.place.database(ACCOUNT)
        if self.place.kind == "sqlite":
            database.execute("ALTER TABLE rejected_rows RENAME TO away")
            return
        database.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE 'disk full' USING ERRCODE = 'disk_full'; END $$"
        )
        database.execute(
            "CREATE TRIGGER away BEFORE INSERT ON rejected_rows EXECUTE FUNCTION full_disk()"
        )

    def takes_all_rows(self) -> None:
        """Let the store accept all commits again."""
        on = self.place.database(ACCOUNT).execute
        if self.place.kind == "sqlite":
            on("ALTER TABLE away RENAME TO rejected_rows")
        else:
            on("DROP TRIGGER away ON rejected_rows")

    def carried_out(self, job: Job) -> ImportDocument:
        while carry_out_next(self.log, "previews" if job.is_preview else "changes"):
            pass
        return show_import(self.log, job.id)

    def begun_elsewhere(self, task: Task = "changes") -> str:
        """The answer of a worker that is told to carry out the next job."""
        return carry_out(open_store(self.place.url), ACCOUNT, task)

    def waits(self) -> list[Lane]:
        """The lanes with a job that no process carries out."""
        return lanes_that_wait(self.log)

    def is_at_work(self) -> bool:
        """Whether a look for jobs finds the account."""
        return open_store(self.place.url).at_work() == [ACCOUNT]


@pytest.fixture
def given(place: Place) -> Iterator[Given]:
    with closing(place.create(ACCOUNT)) as log:
        yield Given(place, log)


COUNTS = RowCounts(read=3, created=2, merged=0, updated=0, unchanged=0, rejected=1)


def test_one_that_was_cut_off_a_few_times_is_carried_out(given: Given) -> None:
    job = given.import_of(FILE)
    given.tried(job, TRIES - 1)
    done = given.carried_out(job)
    assert (done.status, done.rows, done.rows_total) == ("done", COUNTS, 3)


def test_one_that_gets_no_further_is_given_up_and_says_where(given: Given) -> None:
    job, next_job = given.import_of(FILE), given.import_of(FILE)
    given.tried(job, TRIES)
    failed = given.carried_out(job)
    assert failed.status == "failed"
    assert failed.error == "its process ended 5 times, at row 1 or after it"
    assert job.id not in given.kept()
    assert given.carried_out(next_job).status == "done"


def test_a_store_that_is_full_for_long_is_no_fault_of_the_file(given: Given) -> None:
    job = given.import_of(FILE)
    given.takes_no_rejected_rows()
    for _ in range(TRIES + 1):
        with pytest.raises(StoreUnusable):
            given.carried_out(job)
    given.takes_all_rows()
    done = given.carried_out(job)
    assert (done.status, done.rows) == ("done", COUNTS)


def test_its_process_says_in_one_line_why_it_was_interrupted(given: Given) -> None:
    given.import_of(FILE)
    given.takes_no_rejected_rows()
    done = subprocess.run(
        [sys.executable, "-m", "infrastructure.jobs.worker"],
        env={**os.environ, STORE_VARIABLE: given.place.url},
        input=f"{ACCOUNT} changes\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "failed\n"
    (line,) = done.stderr.splitlines()
    said = json.loads(line)
    assert (said["level"], said["event"], said["account"]) == ("warning", "interrupted", ACCOUNT)
    assert said["reason"]


def test_what_is_only_counted_is_counted_anew(given: Given) -> None:
    job = given.import_of(FILE, dry_run=True)
    assert given.carried_out(job).rows == COUNTS
    with given.log.database.writing() as session:
        session.execute("UPDATE jobs SET status = 'running', done = 2")
        seal(session, "jobs", "WHERE job_id = ?", job.id)
    assert given.carried_out(job).rows == COUNTS
    assert "".join(rejected_csv(given.log, job.id)).count("n/a") == 1
    with given.log.reading() as reading:
        assert reading.count_contacts() == 0


def test_a_file_whose_import_never_began_goes_after_a_day(given: Given) -> None:
    given.carried_out(given.import_of(FILE))
    given.keep("left", FILE)
    given.keep("coming", FILE)
    given.came_long_ago("left")
    given.carried_out(given.import_of(FILE))
    assert given.kept() == {"coming"}


def test_in_the_end_its_text_is_indexed(given: Given) -> None:
    given.import_of(FILE)
    assert given.begun_elsewhere() == "done"
    assert given.begun_elsewhere() == "nothing"
    assert given.log.text.behind() == 0


@pytest.mark.parametrize("size", [1, 1 << 20, (5 << 19) + 1])
def test_a_file_is_kept_byte_for_byte_until_it_is_removed(given: Given, size: int) -> None:
    uploads, file = given.log.database.uploads, Random(size).randbytes(size)  # noqa: S311 - a seed tells it again
    given.keep("one", file)
    given.keep("other", b"other")
    with uploads.opened("one") as path:
        assert path.read_bytes() == file
    uploads.remove("one")
    uploads.remove("one")
    assert given.kept() == {"other"}
    with uploads.opened("other") as path:
        assert path.read_bytes() == b"other"


def test_a_file_is_not_kept_in_the_place_of_another(given: Given) -> None:
    given.keep("one", b"first")
    with pytest.raises(StoreUnusable):
        given.keep("one", b"second")
    with given.log.database.uploads.opened("one") as path:
        assert path.read_bytes() == b"first"


def test_one_at_a_time_changes_an_account(given: Given) -> None:
    first, second = given.import_of(FILE), given.import_of(FILE)
    assert (given.waits(), given.is_at_work()) == (["changes"], True)
    assert lanes_that_wait(given.log, seconds=60) == []  # whoever was asked for it may come to it
    with (
        given.log.database.locked("changes") as mine,
        given.place.open(ACCOUNT).database.locked("changes") as theirs,
    ):
        assert (mine, theirs) == (True, False)
        assert (given.waits(), given.is_at_work()) == ([], True)
        assert given.begun_elsewhere() == "nothing"
        assert given.carried_out(first).status == "running"
    assert given.waits() == ["changes"]
    assert given.begun_elsewhere() == "done"
    assert show_import(given.log, first.id).status == "done"
    assert given.is_at_work()
    assert given.carried_out(second).rows.unchanged == 2
    assert (given.waits(), given.is_at_work()) == ([], False)


def test_previews_go_on_beside_it(given: Given) -> None:
    previews = [given.import_of(FILE, dry_run=True) for _ in range(2)]
    change = given.import_of(FILE)
    assert given.waits() == ["changes", "previews"]
    with given.log.database.locked("changes"), given.log.database.locked(previews[0].id):
        assert given.waits() == ["previews"]
        assert given.begun_elsewhere("previews") == "done"
        assert show_import(given.log, previews[1].id).rows == COUNTS
        assert given.waits() == []
    assert given.carried_out(previews[0]).rows == given.carried_out(change).rows == COUNTS


def test_one_that_is_cancelled_keeps_what_it_has_done(given: Given) -> None:
    job = given.import_of(FILE)

    def cancel() -> None:
        with given.log.database.writing() as session:
            cancel_job(given.log, session, job.id)

    cancelling = Thread(target=cancel)

    def told(*_: object) -> None:
        if not cancelling.ident:
            cancelling.start()
            sleep(0.5)  # so that its turn comes before the second row's

    assert carry_out_next(given.log, "changes", Manner(1, told))
    cancelling.join()
    found = show_import(given.log, job.id)
    assert (found.status, found.rows.read, found.rows.created) == ("cancelled", 1, 1)
    with given.log.reading() as reading:
        assert reading.count_contacts() == 1
    assert (given.kept(), given.waits(), given.is_at_work()) == (set(), [], False)


def test_one_that_has_ended_is_not_cancelled(given: Given) -> None:
    job = given.import_of(FILE)
    given.carried_out(job)
    with (
        given.log.database.writing() as session,
        pytest.raises(Conflict, match="has ended: it is done"),
    ):
        cancel_job(given.log, session, job.id)


def test_one_that_waits_is_cancelled_at_once(given: Given) -> None:
    job = given.import_of(FILE)
    with given.log.database.writing() as session:
        cancel_job(given.log, session, job.id)
    assert (given.waits(), given.is_at_work()) == ([], False)
    assert given.carried_out(job).rows.read == 0


def test_an_interrupted_one_is_completed_before_a_newer_file_is_imported_by_command(
    given: Given, tmp_path: Path
) -> None:
    """So the older file does not change what the newer one said."""
    older = given.import_of(b"Name,Phone,City\nMary,+13195550100,Boone\n")
    given.tried(older, 1)
    file = tmp_path / "people.csv"
    file.write_bytes(b"Name,Phone,City\nMary,+13195550100,Ames\n")
    newer = import_of(given.log, file=file.name, by="Ann")
    told: list[int] = []
    manner = Manner(1, lambda rows, _: told.append(len(rows)))

    newer = carry_out_here(given.log, newer, file, manner)

    assert [show_import(given.log, each.id).status for each in (older, newer)] == ["done", "done"]
    assert (newer.result["merged"], told) == (1, [1])
    with given.log.reading() as reading:
        (contact,) = find_contacts(reading).items
    assert contact.attributes["city"].value == "Ames"


def test_a_commit_of_an_import_needs_no_savepoint(
    given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    # SQLite copies every page of an open savepoint before it changes: a quarter more writes.
    statements = Statements(monkeypatch)
    given.log.close()  # so that it opens connections that are listened to
    assert given.carried_out(given.import_of(FILE)).rows == COUNTS
    assert statements
    assert not [each for each in statements if "SAVEPOINT" in each]
