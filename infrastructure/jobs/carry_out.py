"""Carry jobs out: whichever process is there takes the next one, and goes on where it was cut off.

One job at a time changes an account; previews, which work on a copy, go on beside it. Who carries
one out holds a lock that goes with its process.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from datetime import timedelta
from pathlib import Path
from time import sleep
from typing import Literal

from application.jobs.job import Interrupted, Job, JobCancelled, Status
from application.refusals import Conflict, Refused, StoreUnusable
from infrastructure.account_log.log import EventLog
from infrastructure.jobs import file_imports
from infrastructure.jobs.running import Manner, Running
from infrastructure.storage.jobs import (
    add_job,
    find_job,
    job_ended,
    job_not_tried,
    job_tried,
    running_jobs,
)
from infrastructure.storage.session import Session

Lane = Literal["changes", "previews"]
"""Which jobs of an account: those of one lane are carried out beside those of the other."""

TRIES = 5
"""How often a job is begun again without an item more being done, before it is given up."""
ABANDONED_AFTER = 24 * 60 * 60
"""Seconds after which a file that no job waits for belongs to none that is still to begin."""
BATCH = 2_000
"""Items a commit where others are served meanwhile."""
_PAUSE = 0.2
"""Seconds between two looks for what another process carries out."""
CHANGES = "changes"
"""The lock of who carries out a job that changes the account."""

Kind = Callable[[Running, Path], None]
"""How the jobs of a kind are carried out, with the file that came with them."""

KINDS: Mapping[str, Kind] = {file_imports.KIND: file_imports.carry_out_import}


_BESIDE_OTHERS = Manner(BATCH)


def begin_job(log: EventLog, session: Session, job: Job) -> None:
    """Note within a transaction that a job is to be carried out."""
    add_job(session, job)
    log.database.has_work(session)


def carry_out_next(
    log: EventLog, lane: Lane, manner: Manner = _BESIDE_OTHERS, *, only: str | None = None
) -> bool:
    """Carry out the oldest job of a lane that nobody is at; whether there was one.

    `only`: this one, or none. Raises StoreUnusable, and Interrupted: another try may go well.
    """
    with _next_job(log, lane, only) as job:
        if job is None:
            return False
        _carry_out(log, job, manner)
    log.database.uploads.remove_abandoned(ABANDONED_AFTER)
    return True


@contextmanager
def _next_job(log: EventLog, lane: Lane, only: str | None) -> Iterator[Job | None]:
    """The next job of a lane, with its lock."""
    for name in _locks(_running(log), lane):
        with log.database.locked(name) as is_mine:
            # It may have ended between the look and the lock.
            for job in _running(log) if is_mine else ():
                if _lock(job) == name and only in {job.id, None}:
                    yield job
                    return
    yield None


def _running(log: EventLog) -> list[Job]:
    with log.snapshot() as session:
        return running_jobs(session)


def _lock(job: Job) -> str:
    """The lock of who carries out a job."""
    return job.id if job.is_preview else CHANGES


def _locks(jobs: Sequence[Job], lane: Lane) -> list[str]:
    """The locks of the jobs of a lane, those of the oldest first."""
    of_lane = [job for job in jobs if job.is_preview == (lane == "previews")]
    return list(dict.fromkeys(map(_lock, of_lane)))


def lanes_that_wait(log: EventLog, seconds: float = 0.0) -> list[Lane]:
    """The lanes of an account with a job that nobody is at, asked for so many seconds ago."""
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
            raise Refused(f"its process ended {TRIES} times, at row {job.done + 1} or after it")
        with (
            database.uploads.opened(job.id) as file,
            log.copied() if job.is_preview else nullcontext(log) as target,
        ):
            KINDS[job.kind](Running(job, log, target, manner), file)
    except StoreUnusable:
        # The job is as good as it was. A disk may be full for hours: that is no try of it.
        with suppress(StoreUnusable), database.writing() as session:
            job_not_tried(session, job.id)
        raise
    except Interrupted:
        raise
    except JobCancelled:
        pass  # that was noted by who cancelled it
    except Refused as refused:
        status, error = "failed", str(refused)
    with database.writing() as session:
        if job_ended(session, job.id, status, error, log.now()):
            _look_for_more(log, session)
    database.uploads.remove(job.id)


def _look_for_more(log: EventLog, session: Session) -> None:
    if not running_jobs(session):
        log.database.has_no_work(session)


def cancel_job(log: EventLog, session: Session, job_id: str) -> None:
    """Cancel a job within a transaction; what it did stays.

    Raises NotFound, and Conflict where it has ended.
    """
    if not job_ended(session, job_id, "cancelled", None, log.now()):
        raise Conflict(f"job `{job_id}` has ended: it is {find_job(session, job_id).status}")
    _look_for_more(log, session)


def carry_out_here(log: EventLog, job: Job, file: Path, manner: Manner) -> Job:
    """Carry a job out with its file in this process; how it ended.

    Another process may be quicker: that is waited for, and so is one that is at another job. What
    `manner.told` raises, and Ctrl-C, cancels the job. Raises what `carry_out_next` raises.
    """
    uploads = log.database.uploads
    try:
        with file.open("rb") as opened:
            uploads.keep(job.id, opened)
    except BaseException:
        with suppress(StoreUnusable, OSError):
            uploads.remove(job.id)
        raise
    with log.database.writing() as session:
        begin_job(log, session, job)
    lane: Lane = "previews" if job.is_preview else "changes"
    try:
        while (job := _found(log, job.id)).status == "running":
            if not carry_out_next(log, lane, manner, only=job.id):
                sleep(_PAUSE)
    except (StoreUnusable, Interrupted):
        raise  # it waits for whichever process looks for jobs next
    except BaseException:
        with suppress(Refused), log.database.writing() as session:
            cancel_job(log, session, job.id)
        uploads.remove(job.id)
        raise
    return job


def _found(log: EventLog, job_id: str) -> Job:
    with log.snapshot() as session:
        return find_job(session, job_id)
