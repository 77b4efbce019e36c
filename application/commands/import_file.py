"""Import a file in batches of rows. Each batch is decided and committed as one."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from application.commands.receive_records import receive_records
from application.documents.decisions import Outcome
from application.ports import AccountLog
from domain.records import Record, RecordRefused

BATCH = 10_000
"""Rows of a batch. Another writer waits for at most one batch."""


class ReadRow(NamedTuple):
    """A row of a file: its number as in a spreadsheet, and its record or why it was rejected.

    `cells` are kept for rejected rows, so that the user can correct and send them again.
    """

    number: int
    record: Record | RecordRefused
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Imported:
    """The counts of an import. `rows` = created + merged + updated + unchanged + rejected."""

    rows: int
    created: int
    merged: int
    updated: int
    unchanged: int
    rejected: int


def import_file(
    log: AccountLog,
    batches: Iterable[Sequence[ReadRow]],
    *,
    by: str,
    import_id: str,
    reject: Callable[[ReadRow, RecordRefused], None],
    progress: Callable[[int], None] | None = None,
) -> Imported:
    """Take the rows of a file, in order. A row that is not valid is rejected alone.

    `reject` is called once for each rejected row, `progress` with the number of rows of each batch.
    """
    counts: Counter[Outcome] = Counter()
    for batch in batches:
        results = receive_records(log, [row.record for row in batch], by=by, import_id=import_id)
        for row, result in zip(batch, results, strict=True):
            counts[result.outcome] += 1
            if result.error is not None:
                reject(row, result.error)
        if progress:
            progress(len(batch))
    return Imported(
        rows=counts.total(),
        created=counts["created"],
        merged=counts["merged"],
        updated=counts["updated"],
        unchanged=counts["unchanged"],
        rejected=counts["rejected"],
    )
