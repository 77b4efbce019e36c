"""Previews of imports: what they find is kept with the job, and compared when it is imported."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from application.commands.received import Received
from application.documents.previews import OutcomesDocument
from application.jobs.import_file import Told
from application.jobs.job import ReadRow
from application.jobs.preview import (
    ALIKE,
    MOST_EXAMPLES,
    Comparison,
    Finding,
    Findings,
    Join,
)
from infrastructure.account_log.log import EventLog
from infrastructure.account_log.preview import Preview
from infrastructure.jobs.running import Running
from infrastructure.storage.findings import findings, read_join
from infrastructure.storage.session import Session

_ALL = 1 << 30


class Previewed(NamedTuple):
    """What somebody decided by a preview, as options of a job.

    `preview`: its id. `keep_apart`: by a row's number, the contact that it must not join, or the
    row of the file that creates this. `share`: values that are declared shared first.
    """

    preview: str | None
    keep_apart: Mapping[str, tuple[str | None, int | None]]
    share: Sequence[str]


NOT_PREVIEWED = Previewed(None, {}, ())


@contextmanager
def telling(running: Running) -> Iterator[Told]:
    """Who is told about rows: a preview notes what it finds, an import what it differs in."""
    manner, preview = running.manner, running.target
    previewed = running.job.options["preview"]
    if isinstance(preview, Preview):
        noted = Findings()

        def told(rows: Sequence[ReadRow], results: Sequence[Received]) -> None:
            manner.told(rows, results)
            running.found(noted.of_rows(rows, results, preview.joined))

        yield told
        with running.commit():
            running.found(noted.at_the_end(preview.crowded()))
    elif previewed is not None:
        yield _Compared(running, running.kept_in, previewed).told
    else:
        yield manner.told


class _Compared:
    """An import that is compared with its preview."""

    def __init__(self, running: Running, log: EventLog, preview: str) -> None:
        self._running = running
        self._log = log
        self._preview = preview
        with log.snapshot() as session:
            some = findings(
                session, preview, "outcomes", OutcomesDocument.model_validate_json, limit=_ALL
            )
        self._outcomes = "".join(each.outcomes for _, each in some)

    def told(self, rows: Sequence[ReadRow], results: Sequence[Received]) -> None:
        running, apart = self._running, self._running.job.options["keep_apart"]
        running.manner.told(rows, results)
        with self._log.reading() as reading, self._log.snapshot() as session:

            def leads_to(contact_id: str) -> str | None:
                head = reading.survivor(contact_id)
                return head.contact_id if head else None

            comparison = Comparison(self._outcomes, leads_to)
            joins = self._joins(session, rows)
            otherwise = comparison.of_rows(running.job.done, rows, results, joins)
        otherwise = [each for each in otherwise if str(each.row) not in apart]
        known = running.job.result.get("otherwise", 0)
        running.found(
            (Finding("otherwise", each.row, each) for each in otherwise[: MOST_EXAMPLES - known]),
            {"otherwise": known + len(otherwise)},
        )

    def _joins(self, session: Session, rows: Sequence[ReadRow]) -> dict[int, Join]:
        """The joins of some rows, by the rows' numbers."""
        first, last = rows[0].number - 1, rows[-1].number
        return {
            join.row: join
            for more in (0, ALIKE)
            for _, join in findings(
                session,
                self._preview,
                "joins",
                read_join,
                after=first + more,
                most=last + more,
                limit=_ALL,
            )
        }
