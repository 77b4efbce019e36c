"""A job while it is carried out: its changes and its progress are one commit."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from application.jobs.job import Job, JobCommit
from application.jobs.preview import Finding
from application.ports import Work
from infrastructure.account_log.log import Aside, EventLog, Part
from infrastructure.account_log.preview import Preview
from infrastructure.storage.findings import add_findings
from infrastructure.storage.jobs import (
    items_counted,
    items_done,
    job_ended,
    options_noted,
    progress_noted,
)


@dataclass(frozen=True, slots=True)
class Manner:
    """How jobs are carried out: the number of items of a commit, and who is told about each.

    With fewer items other writers wait less. `expects`: called with the number of all items, and of
    those that are done already; `done`: with the number of items of each commit, after it.
    """

    batch: int
    told: Callable[[Sequence[Any], Sequence[Any]], None] = lambda _, __: None
    expects: Callable[[int, int], None] = lambda _, __: None
    done: Callable[[int], None] = lambda _: None


class Running:
    """A job that this process carries out (see application.jobs.job.RunningJob).

    `kept_in`: the log of the account that has the job; `target`: what it works on.
    """

    def __init__(
        self, job: Job, kept_in: EventLog, target: EventLog | Preview, manner: Manner
    ) -> None:
        self.job = job
        self.kept_in = kept_in
        self.target = target
        self.manner = manner
        self._found: list[Finding] = []
        self._counted: Mapping[str, int] = {}

    def expect(self, total: int) -> None:
        """Note how many items the job has."""
        with self.kept_in.commit() as part:
            items_counted(part.session, self.job.id, total)
        self.manner.expects(total, self.job.done)

    def note_options(self, noted: Mapping[str, Any], also: Callable[[Part], None]) -> None:
        """Note more options of the job, and do something else in the same commit."""
        self.job = replace(self.job, options={**self.job.options, **noted})
        with self.kept_in.commit() as part:
            options_noted(part.session, self.job)
            also(part)

    def found(
        self, findings: Iterable[Finding], counted: Mapping[str, int] = MappingProxyType({})
    ) -> None:
        """Note what the job found and what belongs to its result, to be written with its commit."""
        self._found += findings
        self._counted = {**self._counted, **counted}

    def progress(self, done: int, total: int) -> None:
        with self.kept_in.commit() as part:
            progress_noted(part.session, self.job, done, total)
        self.job = replace(self.job, done=done, total=total)

    @contextmanager
    def aside(self) -> Iterator["RunningAside"]:
        if not isinstance(self.target, EventLog):
            raise TypeError("a preview has one connection")
        with self.target.aside() as aside:
            yield RunningAside(self, aside)

    @contextmanager
    def commit(self, of: Aside | None = None) -> Iterator[JobCommit]:
        if isinstance(self.target, Preview):
            said = JobCommit(self.target, self.job.result)
            yield said
            with self.kept_in.commit() as part:
                self._write(part, said)
        else:
            with (of or self.target).commit() as part:
                said = JobCommit(part, self.job.result)
                yield said
                self._write(part, said)
        self.job = replace(self.job, done=self.job.done + said.items, result=said.result)
        self.manner.done(said.items)

    def _write(self, part: Part, said: JobCommit) -> None:
        """Write what was noted. Raises JobCancelled, and Collision."""
        said.result = {**said.result, **self._counted}
        items_done(part.session, self.job, said.items, said.result, said.rejected)
        found, self._found = self._found, []
        add_findings(part.session, self.job.id, found)
        if said.is_last:
            job_ended(part.session, self.job.id, "done", None, self.kept_in.now())


class RunningAside:
    """A connection for a job's long work (see application.jobs.job.Aside)."""

    def __init__(self, running: Running, aside: Aside) -> None:
        self._running = running
        self._aside = aside

    def looking(self) -> AbstractContextManager[Work]:
        return self._aside.looking()

    def commit(self) -> AbstractContextManager[JobCommit]:
        return self._running.commit(self._aside)
