"""Carry out jobs: any process takes the next one, and goes on where it was interrupted.

One job at a time changes an account; previews, which change nothing, run beside it. A process that
carries out a job holds a lock, which is freed when the process ends.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from datetime import timedelta
from pathlib import Path
from time import sleep
from typing import Literal

from application.jobs.job import (
    IMPORT,
    LINK,
    UNDO,
    UNDO_IMPORT,
    Interrupted,
    Job,
    JobCancelled,
    Status,
)
from application.refusals import Conflict, Refused, StoreUnusable
from infrastructure.account_log.log import EventLog
from infrastructure.account_log.preview import previewing
from infrastructure.jobs import file_imports, import_undos, links, merge_undos
from infrastructure.jobs.running import Manner, Running
from infrastructure.storage.jobs import (
    add_job,
    find_import,
    find_job,
    job_ended,
    job_not_tried,
    job_tried,
    running_jobs,
)
from infrastructure.storage.session import Session

Lane = Literal["changes", "previews"]
"""Kinds of jobs of an account: a job of one lane runs beside a job of the other."""

TRIES = 5
"""How often a job is tried without completing another item before it fails."""
ABANDONED_AFTER = 24 * 60 * 60
"""Seconds after which a file without a job is removed: no request can still be adding the job."""
BATCH = 2_000
"""Items of one commit while a service answers requests meanwhile."""
_PAUSE = 0.2
"""Seconds between two looks at a job that another process carries out."""
CHANGES = "changes"
"""The lock of the process that carries out a job that changes the account."""

KINDS: Mapping[str, Callable[[Running, EventLog], None]] = {
    IMPORT: file_imports.carry_out_import,
    UNDO: merge_undos.carry_out_undo,
    UNDO_IMPORT: import_undos.carry_out_import_undo,
    LINK: links.carry_out_links,
}
"""What carries out a job of each kind, with the log of its account."""
_BESIDE_OTHERS = Manner(BATCH)


def begin_job(log: EventLog, session: Session, job: Job) -> None:
    """Add a job within a transaction."""
    add_job(session, job)
    log.database.has_work(session)


def carry_out_next(
    log: EventLog, lane: Lane, manner: Manner = _BESIDE_OTHERS, *, mine: str | None = None
) -> bool:
    """Carry out the oldest free job of a lane. Returns whether there was one.

    `mine`: `manner` is for this job alone. Raises StoreUnusable, and Interrupted: another try may
    succeed.
    """
    with _next_job(log, lane) as job:
        if job is None:
            return False
        _carry_out(log, job, manner if mine in {job.id, None} else _BESIDE_OTHERS)
    log.database.uploads.remove_abandoned(ABANDONED_AFTER)
    return True


@contextmanager
def _next_job(log: EventLog, lane: Lane) -> Iterator[Job | None]:
    """The next job of a lane, with its lock."""
    for name in _locks(_running(log), lane):
        with log.database.locked(name) as is_mine:
            # It may have ended between the look and the lock.
            for job in _running(log) if is_mine else ():
                if _lock(job) == name:
                    yield job
                    return
    yield None


def _running(log: EventLog) -> list[Job]:
    with log.snapshot() as session:
        return running_jobs(session)


def _lock(job: Job) -> str:
    """The lock of the process that carries out a job."""
    return job.id if job.is_preview else CHANGES


def _locks(jobs: Sequence[Job], lane: Lane) -> list[str]:
    """The locks of the jobs of a lane, oldest job first."""
    of_lane = [job for job in jobs if job.is_preview == (lane == "previews")]
    return list(dict.fromkeys(map(_lock, of_lane)))


def lanes_that_wait(log: EventLog, seconds: float = 0.0) -> list[Lane]:
    """The lanes with a job that no process carries out and that is at least `seconds` old."""
    lanes: tuple[Lane, ...] = ("changes", "previews")
    asked = log.now() - timedelta(seconds=seconds)
    jobs = [job for job in _running(log) if job.begun_at <= asked]
    return [
        lane
        for lane in lanes
        if not all(log.database.is_locked(name) for name in _locks(jobs, lane))
    ]


def _carry_out(log: EventLog, job: Job, manner: Manner) -> None:
    database = log.database
    status: Status = "done"
    error = None
    try:
        with database.writing() as session:
            job, tries = job_tried(session, job.id)
        if tries > TRIES:
            where = "" if job.starts_over else f", at row {job.done + 1} or after it"
            raise Refused(f"its process ended {TRIES} times{where}")
        with previewing(log) if job.is_preview else nullcontext(log) as target:
            KINDS[job.kind](Running(job, log, target, manner), log)
    except StoreUnusable:
        # The job itself is not at fault. A disk may be full for hours, so the try does not count.
        with suppress(StoreUnusable), database.writing() as session:
            job_not_tried(session, job.id)
        raise
    except Interrupted:
        raise
    except JobCancelled:
        pass  # it was noted when the job was cancelled
    except Refused as refused:
        status, error = "failed", str(refused)
    with database.writing() as session:
        job_ended(session, job.id, status, error, log.now())  # unless it is noted already
        _look_for_more(log, session)
    if not (job.is_preview and status == "done"):  # which may be imported later
        database.uploads.remove(job.id)


def _look_for_more(log: EventLog, session: Session) -> None:
    if not running_jobs(session):
        log.database.has_no_work(session)


def cancel_job(log: EventLog, session: Session, job_id: str) -> None:
    """Cancel a job within a transaction; what it did stays.

    Raises NotFound, and Conflict if it has ended, or if it must be completed.
    """
    if find_job(session, job_id).kind == LINK:
        raise Conflict(
            f"job `{job_id}` cannot be cancelled: it links the calls and messages of a contact "
            "that is deleted"
        )
    if not job_ended(session, job_id, "cancelled", None, log.now()):
        raise Conflict(f"job `{job_id}` has ended: it is {find_job(session, job_id).status}")
    _look_for_more(log, session)


def cancel_import(log: EventLog, session: Session, import_id: str) -> None:
    """Cancel an import within a transaction. Raises the same as `cancel_job`."""
    cancel_job(log, session, find_import(session, import_id).id)


def carry_out_here(
    log: EventLog, job: Job, file: Path | None = None, manner: Manner = _BESIDE_OTHERS
) -> Job:
    """Carry out a job in this process, with its file if it has one. Returns the job as it ended.

    Older jobs of the lane come first: one that was interrupted is completed here, and one that
    another process has is waited for. So an older file never changes what a newer one said. An
    exception from `manner.told` and Ctrl-C cancel the job. Raises the same as `carry_out_next`.
    """
    uploads = log.database.uploads
    try:
        if file is not None:
            with file.open("rb") as opened:
                uploads.keep(job.id, opened)
    except BaseException:
        with suppress(StoreUnusable, OSError):
            uploads.remove(job.id)
        raise
    with log.database.writing() as session:
        begin_job(log, session, job)
    return go_on_here(log, job, manner)


def preview_here(
    log: EventLog, keeper: EventLog, job: Job, file: Path, manner: Manner
) -> tuple[Job, int]:
    """Preview an import in this process. Returns the job, and how many contacts there would be.

    `keeper`: the log of a temporary account that keeps the job and what it finds.
    """
    with keeper.commit() as part:
        add_job(part.session, job)
    with previewing(log) as preview:
        running = Running(job, keeper, preview, manner)
        file_imports.import_rows(running, file, log)
        return running.job, preview.count_contacts()


def go_on_here(log: EventLog, job: Job, manner: Manner = _BESIDE_OTHERS) -> Job:
    """The same for a job that was begun: go on with it, or wait for the process that has it."""
    lane: Lane = "previews" if job.is_preview else "changes"
    try:
        while (job := _found(log, job.id)).status == "running":
            if not carry_out_next(log, lane, manner, mine=job.id):
                sleep(_PAUSE)
    except (StoreUnusable, Interrupted):
        raise  # the job waits for the next process that looks for jobs
    except BaseException:
        with suppress(Refused), log.database.writing() as session:
            cancel_job(log, session, job.id)
        log.database.uploads.remove(job.id)
        raise
    return job


def _found(log: EventLog, job_id: str) -> Job:
    with log.snapshot() as session:
        return find_job(session, job_id)
