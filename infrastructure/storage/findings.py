"""What previews found, beside the log: lists of items, each under its number."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TypeVar

from application.documents.document import Document
from application.documents.previews import (
    FirstRowDocument,
    OtherwiseDocument,
    OutcomesDocument,
    RejectedRowsDocument,
    SharedCandidateDocument,
)
from application.jobs.preview import Finding, Join, ListName
from infrastructure.storage import beside
from infrastructure.storage.json_values import as_text, json_of
from infrastructure.storage.session import Session

T = TypeVar("T")
read_join = json_of(Join)
READ: Mapping[ListName, Callable[[str], object]] = {
    "first": FirstRowDocument.model_validate_json,
    "joins": read_join,
    "shared": SharedCandidateDocument.model_validate_json,
    "rejected": RejectedRowsDocument.model_validate_json,
    "outcomes": OutcomesDocument.model_validate_json,
    "otherwise": OtherwiseDocument.model_validate_json,
}
"""What reads an item of each list. It raises ValueError for one that is not valid."""


def add_findings(session: Session, job_id: str, findings: Iterable[Finding]) -> None:
    """Add items to the lists of a job."""
    rows = [
        (
            job_id,
            name,
            number,
            found.model_dump_json() if isinstance(found, Document) else as_text(found),
        )
        for name, number, found in findings
    ]
    beside.insert(session, "findings", rows)


def findings(
    session: Session,
    job_id: str,
    name: ListName,
    read: Callable[[str], T],
    *,
    after: int = -1,
    most: int = (1 << 62),
    limit: int,
) -> list[tuple[int, T]]:
    """The items of a list with their numbers, in order, after one number and up to another."""
    where = "WHERE job_id = ? AND list = ? AND number > ? AND number <= ? ORDER BY number LIMIT ?"
    found = beside.find(session, "findings", where, job_id, name, after, most, limit)
    return [(number, read(text)) for _, _, number, text in found]


def findings_of_each(
    session: Session, job_ids: Collection[str], name: ListName, read: Callable[[str], T]
) -> dict[str, list[T]]:
    """The whole lists of some jobs, by their ids, each in order."""
    where = "WHERE job_id IN (SELECT value FROM json_each(?)) AND list = ? ORDER BY job_id, number"
    lists: dict[str, list[T]] = {job_id: [] for job_id in job_ids}
    for job_id, _, _, text in beside.find(session, "findings", where, [*job_ids], name):
        lists[job_id].append(read(text))
    return lists


def remove_findings(session: Session, job_id: str) -> None:
    """Remove what an earlier try found."""
    session.execute("DELETE FROM findings WHERE job_id = ?", (job_id,))
