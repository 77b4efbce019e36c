"""The ids of an account that begin alike."""

from collections.abc import Mapping, Sequence

from application.ports import IdKind
from infrastructure.storage.jobs import find_jobs
from infrastructure.storage.session import Session

_IDS: Mapping[IdKind, tuple[str, str]] = {
    "contact": ("contacts", "contact_id"),
    "merge": ("merges", "merge_id"),
    "import": ("jobs", "job_id"),
}
_AFTER_ALL = "~"
"""A character that sorts after those of ids."""


def ids_that_begin(session: Session, kind: IdKind, beginning: str, limit: int) -> list[str]:
    """The ids of a kind that begin so, in order."""
    table, column = _IDS[kind]
    only = " AND kind = 'import'" if kind == "import" else ""
    rows = session.execute(
        f"SELECT {column} FROM {table} WHERE {column} >= ? AND {column} < ?{only}"
        f" ORDER BY {column} LIMIT ?",
        (beginning, f"{beginning}{_AFTER_ALL}", limit),
    )
    return [found for (found,) in rows]


def import_files(session: Session, import_ids: Sequence[str]) -> Mapping[str, str]:
    """The names of the files of some imports."""
    found = find_jobs(session, import_ids)
    return {each: str(found[each].options["file"]) for each in import_ids}
