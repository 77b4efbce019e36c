"""Previews of random rows over random accounts, and the imports that follow."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any, NamedTuple

from application.documents.decisions import MatchedDocument
from application.documents.merges import MergeDocument
from application.documents.previews import JoinDocument
from application.jobs.import_file import import_file
from application.jobs.job import Job, ReadRow
from application.reads.merges import list_merges
from domain.records import Record, ValueRefused
from infrastructure.account_log.log import EventLog
from infrastructure.account_log.preview import MOST_IN_MEMORY, previewing
from infrastructure.jobs.carry_out import begin_job
from infrastructure.jobs.file_imports import import_of
from infrastructure.jobs.previews import NOT_PREVIEWED, Previewed, telling
from infrastructure.jobs.running import Manner, Running
from infrastructure.jobs.shown_previews import list_joins
from infrastructure.storage.jobs import job_ended
from tests.state_machine.commands import Sent
from tests.state_machine.store import read
from tests.stores import Kind, Place
from tests.undo.histories import EMAILS, PHONES, History

OF_JOBS = {"jobs", "findings", "rejected_rows", "commits"}
"""The tables that keep what a preview found."""
JOINS = 10_000
_NAMES = ("Ann", "Bob", "Cid Dale", "Cid Ely", None)


class Imported(NamedTuple):
    """What became of rows: the job's id, its result, and by what each merge joined."""

    id: str
    result: Mapping[str, Any]
    joins: list[tuple[str, ...]]


def rows_like(history: History, random: Random, number: int) -> list[ReadRow]:
    """Rows of a file: new ones, ones that were sent before, ones that are rejected."""
    rows: list[ReadRow] = []
    for place in range(number):
        sent = _row(history, random)
        record: Record | ValueRefused = read(sent)
        if rows and random.random() < 0.1:
            record = random.choice(rows).record
        elif random.random() < 0.05:
            record = ValueRefused("row", "has no phone and no email that can be matched")
        rows.append(ReadRow(place + 2, record, ["cells"]))
    return rows


def _row(history: History, random: Random) -> Sent:
    sent_before = [each for each in history.sent if each.source == "csv"]
    if sent_before and random.random() < 0.2:
        return random.choice(sent_before)
    phones = random.sample(PHONES, random.choice((0, 1, 1, 2)))
    emails = random.sample(EMAILS, random.choice((0, 1)))
    return Sent(
        source="csv",
        kind="contact",
        integration=None,
        external_id=random.choice((None, None, "uid-1", "uid-2")),
        updated_at=None,
        phones=tuple(phones) if phones or not emails else None,
        emails=tuple(emails) if emails or not phones else None,
        texts={"name": random.choice(_NAMES), "company": random.choice(("Acme", None))},
    )


def batches_of(rows: Sequence[ReadRow], size: int) -> Iterator[Sequence[ReadRow]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def previewed(log: EventLog, rows: Sequence[ReadRow], size: int, most_in_memory: int) -> Imported:
    """Preview rows in batches of a size."""
    job = _begun(log, NOT_PREVIEWED, dry_run=True)
    with previewing(log, most_in_memory) as preview:
        result = _carried_out(Running(job, log, preview, Manner(size)), rows)
    _end(log, job)
    return Imported(job.id, result, [_values(each.matched) for each in joins_of(log, job.id)])


def joins_of(log: EventLog, preview: str) -> list[JoinDocument]:
    """The joins that a preview found."""
    return list_joins(log, preview, limit=JOINS, cursor=None).items


def imported(log: EventLog, rows: Sequence[ReadRow], size: int, options: Previewed) -> Imported:
    """Import rows in batches of a size, after their preview."""
    before = {each.id for each in _merges(log)}
    job = _begun(log, options, dry_run=False)
    result = _carried_out(Running(job, log, log, Manner(size)), rows)
    _end(log, job)
    made = [each for each in _merges(log) if each.id not in before]
    return Imported(job.id, result, [_values(each.decision.matched) for each in made])


def _values(matched: Sequence[MatchedDocument]) -> tuple[str, ...]:
    return tuple(each.value for each in matched)


def _merges(log: EventLog) -> list[MergeDocument]:
    with log.reading() as reading:
        return list_merges(reading, limit=JOINS, cursor=None).items


def _begun(log: EventLog, options: Previewed, *, dry_run: bool) -> Job:
    job = import_of(log, file="rows.csv", by="admin", dry_run=dry_run, previewed=options)
    with log.database.writing() as session:
        begin_job(log, session, job)
    return job


def _carried_out(running: Running, rows: Sequence[ReadRow]) -> Mapping[str, Any]:
    with telling(running) as told:
        import_file(running, batches_of(rows, running.manner.batch), told)
    return running.job.result


def _end(log: EventLog, job: Job) -> None:
    with log.database.writing() as session:
        job_ended(session, job.id, "done", None, log.now())


def kept_in(place: Place, account: str) -> object:
    """All that an account has, but for its jobs."""
    database = place.database(account)
    return database.dump([each for each in database.all_tables() if each not in OF_JOBS])


_IN_MEMORY = (0, 20, MOST_IN_MEMORY)
"""Changes are written after each batch; at first held in memory; held in memory."""


def check_equal(kind: Kind, seed: int) -> int:
    """Check that a preview says what the import does, and writes nothing. Returns the joins."""
    history = History(kind, seed, length=12)
    try:
        history.live_through()
        random = Random(seed)  # noqa: S311 - a seed tells it again
        log, size = history.log, random.choice((1, 2, 3, 50))
        rows = rows_like(history, random, random.randrange(1, 25))
        before = kept_in(history.store.place, history.account)
        seen = previewed(log, rows, size, _IN_MEMORY[seed % 3])
        assert kept_in(history.store.place, history.account) == before
        done = imported(log, rows, size, Previewed(seen.id, {}, ()))
        assert done.result == {**seen.result, "otherwise": 0}, seed
        assert sorted(done.joins) == sorted(seen.joins), seed
        assert log.verify().problems == (), seed
        return len(seen.joins)
    finally:
        history.close()
