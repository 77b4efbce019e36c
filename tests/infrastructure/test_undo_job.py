"""The job that undoes a merge: it ends once, whoever else undoes, cancels or tries meanwhile."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from application.commands.merge_by_hand import merge_contacts
from application.commands.receive_records import receive_records
from application.history.touched import TooMuchAtOnce
from application.history.undo_merge import undo_merge
from application.jobs.job import Job
from application.reads.contacts import show_contact
from infrastructure.account_log.log import EventLog
from infrastructure.backup import back_up, restore
from infrastructure.bootstrap import open_store
from infrastructure.jobs.carry_out import TRIES, begin_job, cancel_job, carry_out_next
from infrastructure.jobs.merge_undos import running_undo, undo_of
from infrastructure.storage.jobs import find_job, job_tried, progress_noted
from tests.messages import ADMIN, hubspot_contact
from tests.stores import Place

MARY, JOHN = "+13195550100", "+15155550100"


class Given:
    """An account in which two contacts were merged by hand."""

    def __init__(self, log: EventLog) -> None:
        self.log = log
        said = [hubspot_contact("1", "Mary", [MARY]), hubspot_contact("2", "John", [JOHN])]
        self.mary, self.john = (
            each.contact_id for each in receive_records(log, said, by=ADMIN) if each.contact_id
        )
        self.merge = merge_contacts(log, self.mary, self.john, by=ADMIN)

    def begun(self) -> Job:
        job = undo_of(self.log, self.merge, by=ADMIN)
        with self.log.database.writing() as session:
            begin_job(self.log, session, job)
        return job

    def ended(self, job: Job) -> Job:
        while carry_out_next(self.log, "changes"):
            pass
        with self.log.snapshot() as session:
            return find_job(session, job.id)

    def survivor_of_john(self) -> str:
        with self.log.reading() as reading:
            return show_contact(reading, self.john).id


@pytest.fixture
def given(place: Place) -> Iterator[Given]:
    with closing(place.create("default")) as log:
        yield Given(log)


def test_it_ends_with_the_contacts_that_live_again(given: Given) -> None:
    job = given.ended(given.begun())
    assert (job.status, job.error, job.result) == ("done", None, {"restored": [given.john]})
    assert job.ended_at is not None
    assert job.done == job.total == 3  # two records, and the merge that is left out
    assert given.survivor_of_john() == given.john


def test_one_whose_merge_somebody_else_undoes_fails(given: Given) -> None:
    job = given.begun()
    undo_merge(given.log, given.merge, by=ADMIN)
    job = given.ended(job)
    assert (job.status, job.error) == ("failed", f"merge `{given.merge}` is already undone")


def test_one_that_is_cancelled_undoes_nothing(given: Given) -> None:
    job = given.begun()
    with given.log.database.writing() as session:
        cancel_job(given.log, session, job.id)
    assert given.ended(job).status == "cancelled"
    assert given.survivor_of_john() == given.mary


def test_each_try_begins_with_the_first_item_and_five_are_enough(given: Given) -> None:
    job = given.begun()
    for _ in range(TRIES):
        with given.log.database.writing() as session:
            tried, _ = job_tried(session, job.id)
            assert (tried.done, tried.result) == (0, {})
            progress_noted(session, tried, 2, 3)
    job = given.ended(job)
    assert (job.status, job.error) == ("failed", "its process ended 5 times")


def test_a_merge_has_one_job_at_a_time(given: Given) -> None:
    job = given.begun()
    with given.log.snapshot() as session:
        assert running_undo(session, given.merge) == job
        assert running_undo(session, "another") is None
    given.ended(job)
    with given.log.snapshot() as session:
        assert running_undo(session, given.merge) is None


def test_a_backup_takes_it_along(given: Given, place: Place) -> None:
    job = given.begun()
    file = place.folder / "backup"
    back_up(given.log, file)
    restore(open_store(place.url), "restored", file)
    with closing(place.open("restored")) as log:
        assert carry_out_next(log, "changes")
        with log.reading() as reading:
            assert show_contact(reading, given.john).id == given.john
        with log.snapshot() as session:
            assert find_job(session, job.id).status == "done"


@pytest.mark.parametrize("tries", [1, 2])
def test_what_touches_too_much_at_once_changes_nothing(given: Given, tries: int) -> None:
    for _ in range(tries):
        with given.log.commit() as part, pytest.raises(TooMuchAtOnce):
            undo_merge(part, given.merge, by=ADMIN, at_most=1)
        assert given.survivor_of_john() == given.mary
    assert undo_merge(given.log, given.merge, by=ADMIN, at_most=2) == [given.john]
