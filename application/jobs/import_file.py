"""Import a file: its rows in batches, each batch decided and committed as one."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, get_args

from application.commands.receive_records import Received, receive_records
from application.documents.decisions import Outcome
from application.jobs.job import RejectedItem, RunningJob
from domain.records import Record, RecordRefused

NOTHING_YET: dict[str, int] = dict.fromkeys(get_args(Outcome), 0)
"""The result of an import that has not begun: how many rows of each outcome."""


class ReadRow(NamedTuple):
    """A row of a file: its number as a spreadsheet counts, its record or why it has none.

    `cells` are kept for rows that are refused, so that they can be corrected and sent again.
    """

    number: int
    record: Record | RecordRefused
    cells: Sequence[str]


Told = Callable[[Sequence[ReadRow], Sequence[Received]], None]
"""Is told each batch just before it commits, and what became of its rows.

What it raises leaves nothing of the batch, and ends the try.
"""


def import_file(job: RunningJob, batches: Iterable[Sequence[ReadRow]], told: Told) -> None:
    """Take the rows of a file, in order, without those that are done already.

    A row that cannot be taken is rejected alone. The job's result counts rows by outcome; together
    they are the rows that are done.
    """
    counts = Counter({**NOTHING_YET, **job.result})
    skip = job.done
    for rows in batches:
        batch, skip = rows[skip:], max(0, skip - len(rows))
        if not batch:
            continue
        with job.commit() as commit:
            records = [row.record for row in batch]
            results = receive_records(commit.log, records, by=job.by, import_id=job.id)
            counts.update(result.outcome for result in results)
            rejected = [
                RejectedItem(row.number, str(result.error), row.cells)
                for row, result in zip(batch, results, strict=True)
                if result.error is not None
            ]
            commit.note(len(batch), counts, rejected)
            told(batch, results)
