"""The tables beside the log: each row has a checksum, since the chain does not cover it.

It shows that a row was changed. That a row was removed, or that somebody computed the checksum
anew, it does not show.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from eventsourcing.persistence import DataError

from infrastructure.storage.session import Session
from infrastructure.storage.table import Row

COLUMNS: Mapping[str, Sequence[str]] = {
    "answers": ("key", "request", "status", "headers", "body", "at"),
    "jobs": (
        *("job_id", "kind", "by", "options", "preview", "begun_at", "status", "tries"),
        *("done", "total", "result", "error", "ended_at", "attention"),
    ),
    "rejected_rows": ("job_id", "number", "reason", "cells"),
    "findings": ("job_id", "list", "number", "found"),
    "mappings": ("header", "mapping", "at"),
}
"""The columns of each table before its checksum."""
_NAMES = {
    "answers": "answer {}",
    "jobs": "job {}",
    "rejected_rows": "rejected row {} {}",
    "findings": "finding {} {} {}",
    "mappings": "mapping {}",
}
_BYTES = 16


def insert(session: Session, table: str, rows: Sequence[Row]) -> None:
    """Insert rows, given without their checksums."""
    columns = (*COLUMNS[table], "checksum")
    marks = ",".join("?" * len(columns))
    session.executemany(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})",
        [(*row, checksum_of(table, row)) for row in rows],
    )


def find(session: Session, table: str, where: str, *values: Any) -> Iterator[Row]:
    """The rows of a table that a condition names, without their checksums. Raises DataError."""
    for *row, checksum in session.execute(f"{_select(table)} {where}", values).fetchall():
        _check(table, row, checksum)
        yield tuple(row)


def seal(session: Session, table: str, where: str, *values: Any) -> None:
    """Write the checksum of a row that was changed in this transaction."""
    for *row, _ in session.execute(f"{_select(table)} {where}", values).fetchall():
        changed = f"UPDATE {table} SET checksum = ? {where}"
        session.execute(changed, (checksum_of(table, row), *values))


def problems_beside(session: Session, most: int) -> list[str]:
    """The rows that were changed, by name."""
    found: list[str] = []
    for table in COLUMNS:
        for *row, checksum in session.stream(f"{_select(table)} ORDER BY 1"):
            try:
                _check(table, row, checksum)
            except DataError as error:
                found.append(str(error))
                if len(found) >= most:
                    return found
    return found


def checksum_of(table: str, row: Sequence[Any]) -> bytes:
    """The checksum of a row: 16 bytes."""
    digest = blake2b(table.encode(), digest_size=_BYTES)
    for value in row:
        raw = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
        digest.update(b" %s %d " % (type(value).__name__.encode(), len(raw)))
        digest.update(raw)
    return digest.digest()


def _check(table: str, row: Sequence[Any], checksum: object) -> None:
    if checksum != checksum_of(table, row):
        name = _NAMES[table].format(*row)
        raise DataError(f"{name}: is not what was written")


def _select(table: str) -> str:
    return f"SELECT {', '.join(COLUMNS[table])}, checksum FROM {table}"
