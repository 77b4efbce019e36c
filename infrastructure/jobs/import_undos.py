"""Undos of imports: making the job, and carrying it out."""

from application.jobs.job import UNDO_IMPORT, Job
from application.jobs.undo_import import NOTHING_YET, undo_import
from application.refusals import Conflict
from infrastructure.account_log.log import EventLog
from infrastructure.garbage import garbage_collected_seldom
from infrastructure.jobs.running import Running
from infrastructure.storage.jobs import find_import, import_undos
from infrastructure.storage.session import Session

_CHANGES = ("created", "merged", "updated")
"""The outcomes of rows that changed something."""
_IN_FORCE = {"running", "done"}


def undo_of_import(log: EventLog, session: Session, import_id: str, *, by: str) -> Job:
    """The job that undoes an import, to be added in this transaction.

    Raises NotFound, and Conflict if the import is running, or undone, or being undone.
    """
    done = find_import(session, import_id)
    if done.is_preview:
        raise Conflict(f"import `{import_id}` is a dry run: it changed nothing")
    if done.status == "running":
        raise Conflict(f"import `{import_id}` is still running; cancel it first")
    if (undo := undo_of(session, import_id)) is not None:
        how = "already undone" if undo.status == "done" else "being undone"
        raise Conflict(f"import `{import_id}` is {how}, by job `{undo.id}`")
    changed = sum(done.result[outcome] for outcome in _CHANGES)
    return Job(
        id=log.new_id(),
        kind=UNDO_IMPORT,
        by=by,
        options={
            "import_id": import_id,
            "after": done.options["after"],
        },
        is_preview=False,
        begun_at=log.now(),
        total=changed,
        result=NOTHING_YET,
    )


def undo_of(session: Session, import_id: str) -> Job | None:
    """The job that has undone an import, or is undoing it, if there is one."""
    return undo_of_each(session).get(import_id)


def undo_of_each(session: Session) -> dict[str, Job]:
    """The jobs that have undone imports, or are undoing them, by the ids of these imports."""
    undos = (job for job in import_undos(session) if job.status in _IN_FORCE)
    return {job.options["import_id"]: job for job in undos}


def running_undo_of(session: Session, import_id: str) -> Job | None:
    """The job that is undoing an import, if there is one."""
    undo = undo_of(session, import_id)
    return undo if undo is not None and undo.status == "running" else None


def carry_out_import_undo(running: Running, _: EventLog) -> None:
    """Take the rows of the import of a job out."""
    job = running.job
    after, total = job.options["after"], job.total
    if after is None or total is None:  # the import failed before its first row
        return
    with garbage_collected_seldom():
        undo_import(running, job.options["import_id"], after=after, total=total)
