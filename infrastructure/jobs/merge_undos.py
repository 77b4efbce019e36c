"""Undos of merges that touch much: making the job, and carrying it out."""

from application.jobs.job import UNDO, Job
from application.jobs.undo_merge import undo_in_steps
from infrastructure.account_log.log import EventLog
from infrastructure.garbage import garbage_collected_seldom
from infrastructure.jobs.running import Running
from infrastructure.storage.jobs import running_jobs
from infrastructure.storage.session import Session


def undo_of(log: EventLog, merge_id: str, *, by: str) -> Job:
    """The job that undoes a merge."""
    return Job(
        id=log.new_id(),
        kind=UNDO,
        by=by,
        options={"merge_id": merge_id},
        is_preview=False,
        begun_at=log.now(),
        result={},
    )


def running_undo(session: Session, merge_id: str) -> Job | None:
    """The job that already undoes a merge, if there is one."""
    undos = (job for job in running_jobs(session) if job.kind == UNDO)
    return next((job for job in undos if job.options["merge_id"] == merge_id), None)


def carry_out_undo(running: Running, _: EventLog) -> None:
    """Undo the merge of a job. Raises Refused if it is already undone."""
    with garbage_collected_seldom():
        undo_in_steps(running, running.job.options["merge_id"])
