"""Undoing a merge at once, or by a job if it touches much."""

from application.history.touched import TooMuchAtOnce
from application.history.undo_merge import AT_ONCE, undo_merge
from application.jobs.job import Job
from infrastructure.account_log.log import EventLog, Part
from infrastructure.jobs.carry_out import begin_job
from infrastructure.jobs.merge_undos import running_undo, undo_of


def undo_or_begin(log: EventLog, part: Part, merge_id: str, *, by: str) -> list[str] | Job:
    """Undo a merge. Returns the contacts that live again, or the job that undoes it.

    Raises NotFound, Conflict.
    """
    try:
        return undo_merge(part, merge_id, by=by, at_most=AT_ONCE)
    except TooMuchAtOnce:
        job = running_undo(part.session, merge_id)
        if job is None:
            job = undo_of(log, merge_id, by=by)
            begin_job(log, part.session, job)
        return job
