"""An import goes on wherever it was cut off, and is given up where it gets no further."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.settings import MergeSettings
from infrastructure.bootstrap import open_store
from infrastructure.event_log.log import EventLog
from infrastructure.files.import_job import TRIES, carry_out_imports, upload_of
from infrastructure.files.import_jobs import (
    ImportDocument,
    ImportJob,
    RowCounts,
    begin_import,
    import_document,
    import_tried,
    rejected_csv,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FILE = "Name,Phone\nMary,+13195550100\nNobody,n/a\nJohn,+13195550101\n"


class Given:
    """An account with an import that is to be carried out."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:{folder}"
        self.log: EventLog = open_store(self.url).create("default", MergeSettings(), "admin")

    def import_of(self, text: str, *, dry_run: bool = False) -> ImportJob:
        job = ImportJob(
            self.log.new_id(), "people.csv", "Ann", None, {}, ("Name", "Phone"), dry_run
        )
        upload_of(self.log, job.import_id).parent.mkdir(exist_ok=True)
        upload_of(self.log, job.import_id).write_text(text)
        with self.log.database.writing() as connection:
            begin_import(connection, job, NOW)
        return job

    def tried(self, job: ImportJob, times: int) -> None:
        """Processes began with it that ended in the middle."""
        for _ in range(times):
            with self.log.database.writing() as connection:
                import_tried(connection, job)

    def carried_out(self, job: ImportJob) -> ImportDocument:
        carry_out_imports(self.url, "default")
        with self.log.database.reading() as connection:
            return import_document(connection, job.import_id)


@pytest.fixture
def given(tmp_path: Path) -> Given:
    return Given(tmp_path)


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
    assert not upload_of(given.log, job.import_id).exists()
    assert given.carried_out(next_job).status == "done"


def test_what_is_only_counted_is_counted_anew(given: Given) -> None:
    job = given.import_of(FILE, dry_run=True)
    assert given.carried_out(job).rows == COUNTS
    with given.log.database.writing() as connection:
        connection.execute("UPDATE imports SET status = 'running', rejected = 1, read = 2")
    upload_of(given.log, job.import_id).write_text(FILE)
    assert given.carried_out(job).rows == COUNTS
    with given.log.database.reading() as connection:
        assert "".join(rejected_csv(connection, job.import_id)).count("n/a") == 1


def test_a_file_whose_import_never_began_goes_after_a_day(given: Given) -> None:
    given.carried_out(given.import_of(FILE))
    left, coming = upload_of(given.log, "left"), upload_of(given.log, "coming")
    for path in (left, coming):
        path.write_text(FILE)
    os.utime(left, (0, 0))
    given.carried_out(given.import_of(FILE))
    assert (left.exists(), coming.exists()) == (False, True)


def test_in_the_end_its_text_is_indexed(given: Given) -> None:
    given.carried_out(given.import_of(FILE))
    assert given.log.search.behind() == 0
