"""An import goes on wherever it was cut off, and is given up where it gets no further."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from io import BytesIO
from random import Random

import pytest

from application.refusals import StoreUnusable
from infrastructure.account_log.log import EventLog
from infrastructure.bootstrap import STORE_VARIABLE, open_store
from infrastructure.jobs.import_job import TRIES, carry_out_imports
from infrastructure.jobs.import_jobs import (
    ImportDocument,
    ImportJob,
    RowCounts,
    begin_import,
    import_document,
    import_tried,
    rejected_csv,
)
from tests.stores import Place

ACCOUNT = "default"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
FILE = b"Name,Phone\nMary,+13195550100\nNobody,n/a\nJohn,+13195550101\n"
A_DAY = 24 * 60 * 60


class Given:
    """An account with an import that is to be carried out."""

    def __init__(self, place: Place, log: EventLog) -> None:
        self.place = place
        self.log = log

    def import_of(self, file: bytes, *, dry_run: bool = False) -> ImportJob:
        job = ImportJob(
            self.log.new_id(), "people.csv", "Ann", None, {}, ("Name", "Phone"), dry_run
        )
        self.keep(job.import_id, file)
        with self.log.database.writing() as session:
            begin_import(session, job, NOW)
            self.log.database.has_work(session)
        return job

    def keep(self, import_id: str, file: bytes) -> None:
        self.log.database.uploads.keep(import_id, BytesIO(file))

    def kept(self) -> set[str]:
        """The imports whose files are there."""
        if self.place.kind == "sqlite":
            folder = self.place.folder / ACCOUNT / "imports"
            return {each.stem for each in folder.glob("*.csv")}
        rows = self.place.database(ACCOUNT).execute("SELECT DISTINCT import_id FROM uploads")
        return {import_id for (import_id,) in rows}

    def came_long_ago(self, import_id: str) -> None:
        """A file came in two days ago."""
        if self.place.kind == "sqlite":
            path = self.place.folder / ACCOUNT / "imports" / f"{import_id}.csv"
            earlier = path.stat().st_mtime - 2 * A_DAY
            os.utime(path, (earlier, earlier))
        else:
            ago = "UPDATE uploads SET at = at - ? WHERE import_id = ?"
            self.place.database(ACCOUNT).execute(ago, 2 * A_DAY, import_id)

    def tried(self, job: ImportJob, times: int) -> None:
        """Processes began with it that ended in the middle."""
        for _ in range(times):
            with self.log.database.writing() as session:
                import_tried(session, job)

    def takes_no_rejected_rows(self) -> None:
        """The store takes small commits, and no longer all of a batch: as a disk that is full."""
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
        """There is room again."""
        on = self.place.database(ACCOUNT).execute
        if self.place.kind == "sqlite":
            on("ALTER TABLE away RENAME TO rejected_rows")
        else:
            on("DROP TRIGGER away ON rejected_rows")

    def carried_out(self, job: ImportJob) -> ImportDocument:
        carry_out_imports(self.place.url, ACCOUNT)
        with self.log.database.reading() as session:
            return import_document(session, job.import_id)

    def unattended(self) -> list[str]:
        """The accounts with an import that nobody is at."""
        return open_store(self.place.url).unattended()


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
    assert job.import_id not in given.kept()
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
        [sys.executable, "-m", "infrastructure.jobs.import_job", ACCOUNT],
        env={**os.environ, STORE_VARIABLE: given.place.url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    said = json.loads(line)
    assert (said["level"], said["event"], said["account"]) == ("warning", "interrupted", ACCOUNT)
    assert said["reason"]


def test_what_is_only_counted_is_counted_anew(given: Given) -> None:
    job = given.import_of(FILE, dry_run=True)
    assert given.carried_out(job).rows == COUNTS
    with given.log.database.writing() as session:
        session.execute("UPDATE imports SET status = 'running', rejected = 1, read = 2")
    given.keep(job.import_id, FILE)
    assert given.carried_out(job).rows == COUNTS
    with given.log.database.reading() as session:
        assert "".join(rejected_csv(session, job.import_id)).count("n/a") == 1
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
    given.carried_out(given.import_of(FILE))
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


def test_only_one_is_at_the_imports_of_an_account(given: Given) -> None:
    job = given.import_of(FILE)
    assert given.unattended() == [ACCOUNT]
    with given.log.database.alone() as first, given.place.open(ACCOUNT).database.alone() as second:
        assert (first, second) == (True, False)
        assert given.unattended() == []
        assert given.carried_out(job).status == "running"
    assert given.unattended() == [ACCOUNT]
    assert given.carried_out(job).status == "done"
    assert given.unattended() == []
    with given.log.database.alone() as again:
        assert again
