"""Undo an import in steps: some rows after the other, with all that they touch, in one commit each.

An undo that is interrupted goes on after the rows that the log says are done.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress

from application.history.touched import Outdated, handled_rows
from application.history.undo_import import RowsUndo
from application.jobs.job import Aside, JobCommit, RejectedItem, RunningJob
from application.jobs.undo_merge import TRIES
from application.ports import Work
from domain.events import KeptBecause, Recorded
from domain.mentions import brought_by

NOTHING_YET: Mapping[str, int] = {"reversed": 0, "kept": 0, "not_possible": 0}
"""The result of an undo that has not begun: how many rows of each kind."""
_ROWS = 200
"""How many rows are taken out in one commit, besides those that they are connected with."""


def undo_import(running: RunningJob, import_id: str, *, after: int, total: int) -> None:
    """Take the rows of an import out, except those whose contacts people have changed.

    `after`: a position of the log before the first row; `total`: the number of rows that changed
    something. The result counts rows; the rejected items of the job are the rows that were kept.
    """
    handled: set[str] = set()
    with running.aside() as aside:
        if running.job.done:
            with aside.looking() as work:
                handled = handled_rows(work.threads.events_after(after), import_id)
        while rows := _next_rows(aside, import_id, after):
            after = rows[-1].position
            first = [each for each in rows if brought_by(each) not in handled]
            if first:
                undo = _take_out(running, aside, import_id, first)
                handled.update(undo.rows, undo.kept)
    with running.commit() as commit:
        done = running.job.done
        commit.note(total - done, {**running.job.result, "not_possible": total - done})


def _next_rows(aside: Aside, import_id: str, after: int) -> list[Recorded]:
    with aside.looking() as work:
        return work.threads.rows_of(import_id, after=after, limit=_ROWS)


def _take_out(
    running: RunningJob, aside: Aside, import_id: str, first: Sequence[Recorded]
) -> RowsUndo:
    """Take rows out in one commit, which is short: they are replayed before it."""
    for _ in range(TRIES):
        with suppress(Outdated), ExitStack() as opened:
            with aside.looking() as work:
                undo = _replayed(work, opened, import_id, first)
            with aside.commit() as commit:
                with commit.log.writing() as work:
                    undo.go_on(work)
                    if undo.missed:
                        raise Outdated
                    undo.complete(work, by=running.job.by)
                _note(commit, running.job.result, undo)
            return undo
    with aside.commit() as commit:  # while others wait
        with commit.log.writing() as work, ExitStack() as opened:
            undo = _replayed(work, opened, import_id, first)
            undo.complete(work, by=running.job.by)
        _note(commit, running.job.result, undo)
    return undo


def _replayed(work: Work, opened: ExitStack, import_id: str, first: Sequence[Recorded]) -> RowsUndo:
    """The account without some rows, but with those that must stay."""
    kept: dict[str, KeptBecause] = {}
    while True:
        with ExitStack() as trial:
            undo = RowsUndo(import_id, first, kept, trial.enter_context(work.another()))
            undo.go_on(work)
            if not undo.missed:
                opened.push(trial.pop_all())
                return undo
        kept.update(undo.missed)


def _note(commit: JobCommit, result: Mapping[str, int], undo: RowsUndo) -> None:
    gone, kept = len(undo.rows), len(undo.kept)
    counts = {"reversed": result["reversed"] + gone, "kept": result["kept"] + kept}
    reasons = [
        RejectedItem(number, because, [row])
        for number, (row, because) in enumerate(undo.kept.items(), result["kept"] + 1)
    ]
    commit.note(gone + kept, {**result, **counts}, reasons)
