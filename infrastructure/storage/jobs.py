"""The jobs of an account: what is to be done, the progress, and the rejected items.

The progress of a job is written in the commit of the items that it counts. So a job that was
interrupted at any moment goes on after the last item in the log.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from application.jobs.job import (
    IMPORT,
    TO_LOOK_AT,
    UNDO_IMPORT,
    Job,
    JobCancelled,
    RejectedItem,
    Status,
)
from application.refusals import NotFound
from infrastructure.storage import beside
from infrastructure.storage.database import Collision
from infrastructure.storage.findings import remove_findings
from infrastructure.storage.session import Session
from infrastructure.storage.table import Row
from infrastructure.storage.times import from_micros, to_micros

_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


def is_job_id(text: object) -> bool:
    """Whether a text can be the id of a job, which is part of the names of its files."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def add_job(session: Session, job: Job) -> None:
    """Add a job to be carried out."""
    begun_at, options, result = to_micros(job.begun_at), dict(job.options), dict(job.result)
    row = (
        *(job.id, job.kind, job.by, json.dumps(options), int(job.is_preview), begun_at, job.status),
        *(0, 0, job.total, json.dumps(result), None, None, None),
    )
    beside.insert(session, "jobs", [row])


def find_job(session: Session, job_id: str) -> Job:
    """A job. Raises NotFound."""
    for job in _jobs(session, "WHERE job_id = ?", job_id):
        return job
    raise NotFound("job", job_id)


def find_jobs(session: Session, job_ids: Collection[str]) -> dict[str, Job]:
    """Some jobs, by their ids."""
    found = _jobs(session, "WHERE job_id IN (SELECT value FROM json_each(?))", [*job_ids])
    return {job.id: job for job in found}


def find_import(session: Session, import_id: str) -> Job:
    """An import. Raises NotFound."""
    with suppress(NotFound):
        job = find_job(session, import_id)
        if job.kind == IMPORT:
            return job
    raise NotFound("import", import_id)


def newest_jobs(session: Session, before: str | None, limit: int) -> list[Job]:
    """Jobs, newest first, before one."""
    if before is None:
        return _jobs(session, "ORDER BY job_id DESC LIMIT ?", limit)
    return _jobs(session, "WHERE job_id < ? ORDER BY job_id DESC LIMIT ?", before, limit)


def newest_imports(session: Session, before: str | None, limit: int) -> list[Job]:
    """Imports, newest first, before one."""
    # The kind stands in the statement, so that the index of imports serves it.
    imports = f"WHERE kind = '{IMPORT}'"
    if before is None:
        return _jobs(session, f"{imports} ORDER BY job_id DESC LIMIT ?", limit)
    return _jobs(session, f"{imports} AND job_id < ? ORDER BY job_id DESC LIMIT ?", before, limit)


def import_undos(session: Session) -> list[Job]:
    """The jobs that undo imports, oldest first."""
    return _jobs(session, f"WHERE kind = '{UNDO_IMPORT}' ORDER BY job_id")


def all_jobs(session: Session) -> list[Job]:
    """All jobs, oldest first."""
    return _jobs(session, "ORDER BY job_id")


def running_jobs(session: Session) -> list[Job]:
    """The jobs that are not done, oldest first."""
    return _jobs(session, "WHERE status = 'running' ORDER BY job_id")


def _jobs(session: Session, which: str, *values: Any) -> list[Job]:
    return list(map(_job, beside.find(session, "jobs", which, *values)))


def _job(row: Row) -> Job:
    job_id, kind, by, options, preview, begun_at, status, _, done, total, *last = row
    result, error, ended, attention = last
    return Job(
        id=job_id,
        kind=kind,
        by=by,
        options=json.loads(options),
        is_preview=bool(preview),
        begun_at=from_micros(begun_at),
        status=status,
        done=done,
        total=total,
        result=json.loads(result),
        error=error,
        ended_at=None if ended is None else from_micros(ended),
        attention=attention,
    )


def _change(session: Session, job: Job, change: str, *values: Any) -> bool:
    """Change the row of a job that is running. Returns False if it has ended."""
    changed = session.execute(
        f"UPDATE jobs SET {change} WHERE job_id = ? AND status = 'running'", (*values, job.id)
    )
    beside.seal(session, "jobs", "WHERE job_id = ?", job.id)
    return changed.rowcount > 0


def job_tried(session: Session, job_id: str) -> tuple[Job, int]:
    """Note that a job begins or goes on. Returns it and the number of tries since its last item.

    What another try of a job that starts over noted is removed. Raises JobCancelled.
    """
    job = find_job(session, job_id)
    if not _change(session, job, "tries = tries + 1"):
        raise JobCancelled
    if job.starts_over:
        _change(session, job, "done = 0, result = '{}'")
        session.execute("DELETE FROM rejected_rows WHERE job_id = ?", (job_id,))
        remove_findings(session, job_id)
    tries = session.execute("SELECT tries FROM jobs WHERE job_id = ?", (job_id,)).fetchone()[0]
    return find_job(session, job_id), int(tries)


def job_not_tried(session: Session, job_id: str) -> None:
    """Take back a try that did not end by the job's own fault."""
    fewer = "tries = CASE WHEN tries > 0 THEN tries - 1 ELSE 0 END"
    _change(session, find_job(session, job_id), fewer)


def items_counted(session: Session, job_id: str, total: int) -> None:
    """Note how many items a job has."""
    _change(session, find_job(session, job_id), "total = ?", total)


def options_noted(session: Session, job: Job) -> None:
    """Note the options of a job, which were completed."""
    _change(session, job, "options = ?", json.dumps(dict(job.options)))


def items_done(
    session: Session,
    job: Job,
    items: int,
    result: Mapping[str, Any],
    rejected: Iterable[RejectedItem],
) -> None:
    """Note that further items of a job are done.

    Raises JobCancelled; Collision if another process has noted other items meanwhile, since the
    lock that keeps processes apart is lost with its connection.
    """
    _check_mine(session, job)
    tries = "" if job.starts_over else "tries = 0, "
    noted = json.dumps(dict(result))
    _change(session, job, f"{tries}done = ?, result = ?", job.done + items, noted)
    rows = [(job.id, number, reason, json.dumps(list(cells))) for number, reason, cells in rejected]
    beside.insert(session, "rejected_rows", rows)


def progress_noted(session: Session, job: Job, done: int, total: int) -> None:
    """Note how far a job is that starts over at each try. Raises the same as `items_done`."""
    _check_mine(session, job)
    _change(session, job, "done = ?, total = ?", done, total)


def _check_mine(session: Session, job: Job) -> None:
    now = find_job(session, job.id)
    if now.status == "cancelled":
        raise JobCancelled
    if (now.status, now.done) != ("running", job.done):
        raise Collision("another process carries it out")


def job_ended(
    session: Session, job_id: str, status: Status, error: str | None, now: datetime
) -> bool:
    """Note how a job ended. Returns False if it had ended before. Raises NotFound."""
    job = find_job(session, job_id)
    change = "status = ?, error = ?, ended_at = ?, attention = ?"
    troubled = not job.is_preview and (status == "failed" or job.result.get("rejected"))
    attention = TO_LOOK_AT if troubled else None
    return _change(session, job, change, status, error, to_micros(now), attention)


def jobs_to_look_at(session: Session, before: str, limit: int) -> list[Job]:
    """Jobs that failed or rejected rows, not settled yet, newest first, before one."""
    where = f"WHERE attention = '{TO_LOOK_AT}' AND job_id < ? ORDER BY job_id DESC LIMIT ?"
    return _jobs(session, where, before, limit)


def job_settled(session: Session, job_id: str, by: str) -> bool:
    """Note who says that nothing is to be done about a job. Returns False if there is no job."""
    for job in _jobs(session, "WHERE job_id = ?", job_id):
        if job.attention == TO_LOOK_AT:
            settled = "UPDATE jobs SET attention = ? WHERE job_id = ?"
            session.execute(settled, (f"settled by {by}", job_id))
            beside.seal(session, "jobs", "WHERE job_id = ?", job_id)
        return True
    return False


def mending_imports(session: Session, import_id: str) -> list[Job]:
    """The imports of mended rows of an import, newest first."""
    later = f"WHERE kind = '{IMPORT}' AND job_id > ? AND instr(options, ?) > 0"
    named = json.dumps({"mends": import_id})[1:-1]
    found = _jobs(session, f"{later} ORDER BY job_id DESC", import_id, named)
    return [job for job in found if job.options.get("mends") == import_id]


def rejected_items(session: Session, job_id: str, after: int, limit: int) -> list[RejectedItem]:
    """The rejected items, ordered by number, after one."""
    where = "WHERE job_id = ? AND number > ? ORDER BY number LIMIT ?"
    rows = beside.find(session, "rejected_rows", where, job_id, after, limit)
    return [RejectedItem(number, reason, json.loads(cells)) for _, number, reason, cells in rows]
