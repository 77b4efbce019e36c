"""Imports and their undo in a test, without files: the rows are records."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple

from application.jobs.import_file import NOTHING_YET
from application.jobs.job import Job
from application.refusals import Refused
from infrastructure.account_log.log import EventLog
from infrastructure.jobs.carry_out import begin_job, carry_out_here
from infrastructure.jobs.file_imports import import_of
from infrastructure.jobs.import_undos import undo_of_import
from infrastructure.storage.jobs import job_ended, rejected_items


class Undone(NamedTuple):
    """How the undo of an import ended. `kept`: the reasons, by what each row brought."""

    job_id: str
    result: Mapping[str, Any]
    kept: Mapping[str, str]


@contextmanager
def an_import(log: EventLog) -> Iterator[tuple[str, dict[str, int]]]:
    """An import whose rows the test receives: its id, and the rows to count by outcome."""
    job, after = import_of(log, file="rows.csv", by="admin"), log.recorder.max_notification_id()
    counts = dict(NOTHING_YET)
    yield job.id, counts
    job = replace(job, options={**job.options, "after": after or 0}, result=counts)
    with log.database.writing() as session:
        begin_job(log, session, job)
        job_ended(session, job.id, "done", None, log.now())


def begin_undo(log: EventLog, import_id: str) -> Job:
    """The job that undoes an import, not yet begun. Raises Refused."""
    with log.snapshot() as session:
        return undo_of_import(log, session, import_id, by="admin")


def undo_import(log: EventLog, import_id: str) -> Undone:
    """Undo an import. Raises Refused."""
    job = carry_out_here(log, begin_undo(log, import_id))
    if job.status != "done":
        raise Refused(job.error or job.status)
    with log.snapshot() as session:
        kept = {row: why for _, why, (row,) in rejected_items(session, job.id, 0, 10_000)}
    return Undone(job.id, job.result, kept)
