"""Random histories in which merges are undone in steps, while other things happen."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from application.jobs.job import Aside, Job, JobCommit
from application.jobs.undo_merge import undo_in_steps
from application.ports import Work
from application.refusals import Conflict
from infrastructure.account_log.log import EventLog
from infrastructure.jobs.carry_out import begin_job
from infrastructure.jobs.merge_undos import undo_of
from infrastructure.jobs.running import Manner, Running
from infrastructure.storage.jobs import find_job, job_ended
from tests.stores import Kind
from tests.undo.histories import History


class Meanwhile(History):
    """A history whose undos take several looks, between which the history goes on."""

    def __init__(self, kind: Kind, seed: int, length: int = 25) -> None:
        super().__init__(kind, seed, length)
        self.begun_again = 0
        self.outrun = 0
        """How many undos found their merge undone already."""
        self._is_undoing = False

    def undo(self) -> None:
        if self._is_undoing:
            super().undo()
        elif self.oracle.merged:
            self._is_undoing = True
            self._undo_in_steps(self.random.choice(sorted(self.oracle.merged)))
            self._is_undoing = False

    def _undo_in_steps(self, merge: int) -> None:
        self.told.append(f"{self.number}: undo {merge} in steps")
        job = undo_of(self.log, self._merges()[merge], by="admin")
        with self.log.database.writing() as session:
            begin_job(self.log, session, job)
        running = _Running(job, self.log, self._happen)
        try:
            undo_in_steps(running, job.options["merge_id"])
        except Conflict:
            assert merge not in self.oracle.merged
            self.outrun += 1
            with self.log.database.writing() as session:
                job_ended(session, job.id, "failed", "it is undone", self.now)
        else:
            self.number += 1
            self.told.append(f"{self.number}: {merge} is undone")
            self.oracle.undo(self.number, self.now, merge)
            self.undone += 1
            self._check_ended(job)
        self.begun_again += running.asides - 1

    def _happen(self) -> None:
        for _ in range(self.random.choice((0, 0, 1, 2))):
            self.live_on()

    def _check_ended(self, job: Job) -> None:
        with self.log.snapshot() as session:
            ended = find_job(session, job.id)
        with self.log.reading() as reading:
            heads = [reading.survivor(each) for each in ended.result["restored"]]
        assert ended.status == "done"
        assert all(head and head.is_live for head in heads)


class _Running(Running):
    def __init__(self, job: Job, log: EventLog, happen: Callable[[], None]) -> None:
        super().__init__(job, log, log, Manner(1))
        self._happen = happen
        self.asides = 0

    @contextmanager
    def aside(self) -> Iterator["_Aside"]:  # type: ignore[override]  # it is one, and more
        self.asides += 1
        with super().aside() as aside:
            yield _Aside(aside, self._happen)


class _Aside:
    """Lets something happen before each look and before the commit."""

    def __init__(self, aside: Aside, happen: Callable[[], None]) -> None:
        self._aside = aside
        self._happen = happen

    def looking(self) -> AbstractContextManager[Work]:
        self._happen()
        return self._aside.looking()

    def commit(self) -> AbstractContextManager[JobCommit]:
        self._happen()
        return self._aside.commit()
