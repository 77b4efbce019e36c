"""What a backup must be before anything of it is restored. A file may come from anybody.

The chain shows that its log is whole; a digest shows the same of its other tables. Neither shows
who made the file, so every value that is used outside of the log is checked as in a request.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import fields
from hashlib import sha256

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from application.documents.jobs import UnderstoodDocument
from application.jobs.job import IMPORT, LINK, UNDO, UNDO_IMPORT, Job, RejectedItem
from application.refusals import Refused
from domain.activities import LinkedBy
from infrastructure.read_models.verify import UNREADABLE, chain_problems
from infrastructure.storage.beside import find
from infrastructure.storage.findings import READ
from infrastructure.storage.jobs import all_jobs, is_job_id
from infrastructure.storage.session import Head, Session, read_head

ANSWERED_HEADERS = {"Location", "ETag"}
"""The headers of answers that are kept."""
_BESIDE = (
    "SELECT * FROM answers ORDER BY key",
    "SELECT * FROM jobs ORDER BY job_id",
    "SELECT * FROM rejected_rows ORDER BY job_id, number",
    "SELECT * FROM findings ORDER BY job_id, list, number",
    "SELECT * FROM mappings ORDER BY header",
    "SELECT * FROM uploads ORDER BY job_id, number",
)
_TEXTS = TypeAdapter(dict[str, str])
_JOB = TypeAdapter(Job)
_REJECTED = TypeAdapter(RejectedItem)
_HEADER_VALUE = re.compile(r"[ -~]{0,1000}")
_WRONG_TYPES = (
    "SELECT position FROM events WHERE typeof(stream) <> 'text' OR typeof(version) <> 'integer'"
    " OR typeof(topic) <> 'text' OR typeof(at) <> 'integer' LIMIT 1"
)


class _ImportOptions(BaseModel):
    """The options of a job that imports a file (see infrastructure.jobs.file_imports)."""

    model_config = ConfigDict(extra="forbid", strict=True)

    file: str
    region: str | None
    mapping: dict[str, str]
    encoding: str | None
    header_row: int | None = None
    mends: str | None = None
    forget_mapping: bool
    understood: UnderstoodDocument | None
    after: int | None
    begun: str | None
    preview: str | None
    keep_apart: dict[str, tuple[str | None, int | None]]
    share: list[str]


class _UndoOptions(BaseModel):
    """The options of a job that undoes a merge (see infrastructure.jobs.merge_undos)."""

    model_config = ConfigDict(extra="forbid", strict=True)

    merge_id: str


class _ImportUndoOptions(BaseModel):
    """The options of a job that undoes an import (see infrastructure.jobs.import_undos)."""

    model_config = ConfigDict(extra="forbid", strict=True)

    import_id: str
    after: int | None


class _LinkOptions(BaseModel):
    """The options of a job that links activities (see infrastructure.jobs.links)."""

    model_config = ConfigDict(extra="forbid", strict=True)

    contact_id: str
    position: int
    links: dict[str, tuple[str | None, LinkedBy]]


_OPTIONS: dict[str, type[BaseModel]] = {
    IMPORT: _ImportOptions,
    UNDO: _UndoOptions,
    UNDO_IMPORT: _ImportUndoOptions,
    LINK: _LinkOptions,
}


def check_backup(backup: Session, tables: frozenset[tuple[str, str, str | None]]) -> Head:
    """Check a whole backup. Returns the end of its log. Raises Refused, which says what is wrong.

    `tables`: the type, the name and the statement of everything in the schema of a backup.
    """
    found = frozenset(backup.execute("SELECT type, name, sql FROM sqlite_schema").fetchall())
    if found != tables:
        names = ", ".join(sorted(str(name) for _, name, _ in found ^ tables)[:3])
        raise Refused(f"its tables are not those of a backup: {names}")
    if (wrong := backup.execute("PRAGMA integrity_check(1)").fetchone()[0]) != "ok":
        raise Refused(f"is damaged: {wrong.splitlines()[-1]}")
    if row := backup.execute(_WRONG_TYPES).fetchone():
        raise Refused(f"is damaged: event {row[0]}: is not what was recorded")
    if problems := chain_problems(backup, None):
        raise Refused(f"is damaged: {problems[0]}")
    head = read_head(backup)
    said = backup.execute("SELECT position, digest, beside FROM backup").fetchall()
    if len(said) != 1 or said[0][:2] != (head.position, head.digest):
        raise Refused("is damaged: events are missing at its end")
    if said[0][2] != digest_beside(backup):
        raise Refused("is damaged: its answers or jobs are not what was saved")
    try:
        _check_values(backup)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"]))
        raise Refused(f"has a value that is not valid: {field}: {first['msg']}") from None
    except UNREADABLE as error:
        raise Refused(f"has a value that is not valid: {error}") from None
    return head


def digest_beside(backup: Session) -> bytes:
    """A digest of all tables of a backup except the log: 32 bytes."""
    digest = sha256()
    for rows in _BESIDE:
        for row in backup.stream(rows):
            for value in (rows, *row):
                raw = value if isinstance(value, bytes) else str(value).encode()
                digest.update(b"%s %d " % (type(value).__name__.encode(), len(raw)))
                digest.update(raw)
    return digest.digest()


def _check_values(backup: Session) -> None:
    jobs: dict[str, Job] = {}
    for job in all_jobs(backup):
        if not is_job_id(job.id):
            raise ValueError(f"{job.id!r} is not the id of a job")
        _JOB.validate_python({each.name: getattr(job, each.name) for each in fields(job)})
        _OPTIONS[job.kind].model_validate_json(json.dumps(job.options))
        jobs[job.id] = job
    for job_id, *item, cells in find(backup, "rejected_rows", ""):
        _REJECTED.validate_python((*item, json.loads(cells)), strict=True)
        _known(jobs, job_id)
    _check_findings(backup, jobs)
    _check_mappings(backup)
    for job_id, number, kind in backup.execute(
        "SELECT job_id, number, typeof(block) FROM uploads"
    ).fetchall():
        if _known(jobs, job_id).status != "running" or (type(number), kind) != (int, "blob"):
            raise ValueError(f"the file of job {job_id} is damaged, or the job needs none")
    for key, request, status, headers, body, at in find(backup, "answers", ""):
        if tuple(map(type, (key, request, status, body, at))) != (str, bytes, int, bytes, int):
            raise ValueError(f"the answer with the key {key!r} has a value of the wrong type")
        given = _TEXTS.validate_json(headers)
        if not 200 <= status < 300 or given.keys() - ANSWERED_HEADERS:
            raise ValueError(
                f"the answer with the key {key!r} has a status or a header that is never kept"
            )
        if not all(_HEADER_VALUE.fullmatch(value) for value in given.values()):
            raise ValueError(f"a header of the answer with the key {key!r} is not valid")


def _check_findings(backup: Session, jobs: Mapping[str, Job]) -> None:
    for job_id, name, number, text in find(backup, "findings", ""):
        if _known(jobs, job_id).kind != IMPORT or type(number) is not int:
            raise ValueError(f"finding {job_id} {name} {number} is not valid")
        READ[name](text)


def _check_mappings(backup: Session) -> None:
    for header, mapping, at in find(backup, "mappings", ""):
        if (type(header), type(at)) != (str, int):
            raise ValueError(f"the mapping for the header {header!r} has a value of the wrong type")
        _TEXTS.validate_json(mapping)


def _known(jobs: Mapping[str, Job], job_id: object) -> Job:
    if not isinstance(job_id, str) or job_id not in jobs:
        raise LookupError(f"there is no job {job_id!r}")
    return jobs[job_id]
