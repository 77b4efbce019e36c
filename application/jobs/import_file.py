"""Import a file in batches of rows. Each batch is decided and committed as one."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import get_args

from application.commands.receive_records import KeptApart, receive_records
from application.commands.received import Received
from application.documents.decisions import Outcome
from application.jobs.job import ReadRow, RejectedItem, RunningJob

NOTHING_YET: dict[str, int] = dict.fromkeys(get_args(Outcome), 0)
"""The result of an import that has not begun: how many rows of each outcome."""


Told = Callable[[Sequence[ReadRow], Sequence[Received]], None]
"""Called with each batch and the outcomes of its rows, just before the commit.

If it raises, nothing of the batch is kept and the try ends.
"""


def import_file(
    running: RunningJob,
    batches: Iterable[Sequence[ReadRow]],
    told: Told,
    keep_apart: Mapping[int, KeptApart] = MappingProxyType({}),
) -> None:
    """Take the rows of a file, in order, except those that are done already.

    A row that is not valid is rejected alone. The job's result counts rows by outcome; their sum is
    the number of rows done. `keep_apart`: by the number of a row, whom it must not join.
    """
    job = running.job
    counts = Counter({**NOTHING_YET, **job.result})
    skip = job.done
    for rows in batches:
        batch, skip = rows[skip:], max(0, skip - len(rows))
        if not batch:
            continue
        with running.commit() as commit:
            records = [row.record for row in batch]
            apart = {
                place: keep_apart[row.number]
                for place, row in enumerate(batch if keep_apart else ())
                if row.number in keep_apart
            }
            results = receive_records(
                commit.log, records, by=job.by, import_id=job.id, keep_apart=apart
            )
            counts.update(result.outcome for result in results)
            rejected = [
                RejectedItem(row.number, str(result.error), row.cells)
                for row, result in zip(batch, results, strict=True)
                if result.error is not None
            ]
            commit.note(len(batch), counts, rejected)
            told(batch, results)
