"""Undo a merge that touches much: replay it while others write, then change the account at once."""

from contextlib import ExitStack, suppress

from application.history.touched import Outdated
from application.history.undo_merge import Undo, undo_merge
from application.jobs.job import RunningJob

LOOKS = 3
"""How often the replay catches up with the log while others write; each takes less time."""
TRIES = 3
"""How often the replay begins again because what was replayed is outdated."""
_EACH = 500
"""How many inputs are replayed between two notes of the progress."""


def undo_in_steps(running: RunningJob, merge_id: str) -> None:
    """Undo a merge and end the job, with the ids of the contacts that live again as `restored`.

    Raises Conflict if it is already undone.
    """
    for _ in range(TRIES):
        with suppress(Outdated):
            _undo(running, merge_id)
            return
    with running.commit() as commit:  # while others wait
        commit.note_done({"restored": undo_merge(commit.log, merge_id, by=running.job.by)})


def _undo(running: RunningJob, merge_id: str) -> None:
    def told(done: int, total: int) -> None:
        if done % _EACH == 0 or done == total:
            running.progress(done, total)

    with running.aside() as aside, ExitStack() as opened:
        with aside.looking() as work:
            undo = Undo(merge_id, opened.enter_context(work.another()))
            undo.go_on(work, told)
        for _ in range(LOOKS - 1):
            with aside.looking() as work:
                undo.go_on(work, told)
        with aside.commit() as commit:
            with commit.log.writing() as work:
                undo.go_on(work)
                restored = undo.complete(work, by=running.job.by)
            commit.note_done({"restored": restored})
