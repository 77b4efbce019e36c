"""The log of one account, and how commands are carried out on it, for any store."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from eventsourcing.persistence import DataError, MapperDeserialisationError

from application.ports import Clock, Ids, NotedHead, Rebuilt, Verified
from application.refusals import AccountDamaged
from infrastructure.account_log.folding import LARGE, folding
from infrastructure.account_log.recorder import Recorder
from infrastructure.account_log.work import LogWork
from infrastructure.garbage import garbage_collected_seldom
from infrastructure.read_models.attention_queries import AttentionReading
from infrastructure.read_models.rebuild import BATCH, differing_tables, project_afresh, put_in_place
from infrastructure.read_models.text_index import TextIndex
from infrastructure.read_models.verify import MAX_PROBLEMS, verified
from infrastructure.read_models.working_set import WorkingSet
from infrastructure.storage.database import Damaged, Database
from infrastructure.storage.followers import Follower
from infrastructure.storage.session import Randomness, Session, append, read_head
from infrastructure.storage.times import from_micros, to_micros

PASSES = 3
"""How often `verify` reads every event, if nothing is wrong."""


class Sources(NamedTuple):
    """What a log takes from outside: the time, new ids, and salts."""

    clock: Clock
    ids: Ids
    randomness: Randomness


class EventLog:
    """One account's log as a store keeps it (see application.ports.AccountLog).

    `incarnation`: what keys name the account by; a later account of the same id has another one.
    """

    def __init__(
        self,
        account: str,
        database: Database[Any],
        text: TextIndex,
        sources: Sources,
        incarnation: str,
    ) -> None:
        self.account = account
        self.database = database
        self.text = text
        self.sources = sources
        self.incarnation = incarnation
        self.recorder = Recorder(database, lambda: to_micros(self.now()), sources.randomness)

    def new_id(self) -> str:
        """A new id, such as an import's."""
        return self.sources.ids()

    def now(self) -> datetime:
        """The time now."""
        return self.sources.clock()

    def close(self) -> None:
        """Close what is open."""
        self.database.close()

    @contextmanager
    def writing(self) -> Iterator[LogWork]:
        with (
            naming_damage(self.account),
            self.database.writing() as session,
            working(session, self.sources, self.database.has_work) as work,
        ):
            yield work

    @contextmanager
    def one_commit(self) -> Iterator["OneCommit"]:
        """Several commands that commit together, each of them completely or not at all."""
        with naming_damage(self.account), self.database.writing() as session:
            yield OneCommit(self, session)

    @contextmanager
    def commit(self) -> Iterator["Part"]:
        """One command and what is written beside the log with it, in one commit.

        It needs no savepoint, for which SQLite copies every page before it changes.
        """
        with naming_damage(self.account), self.database.writing() as session:
            yield Part(self, session)

    @contextmanager
    def reading(self) -> Iterator[AttentionReading]:
        with self.snapshot() as session:
            yield AttentionReading(session, self.text)

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """The tables as they are now, without later commits."""
        with naming_damage(self.account), self.database.reading() as session:
            yield session

    @property
    def followers(self) -> tuple[Follower, ...]:
        """What reads the log after each commit."""
        return (self.text,)

    def rebuild(
        self, progress: Callable[[int], None] | None = None, *, batch: int = BATCH
    ) -> Rebuilt:
        """Build every read model from position 0 again and put the new ones in place."""
        with (
            naming_damage(self.account),
            garbage_collected_seldom(),
            self.database.session() as session,
            session.fresh_tables(),
        ):
            # Others write beside it; they wait only while the last events are projected.
            with self.database.looking_on(session):
                compared = project_afresh(session, batch=batch, progress=progress)
                differences = differing_tables(session)
            with self.database.writing_on(session):
                position = project_afresh(session, after=compared, batch=batch, progress=progress)
                if differences and position > compared:
                    # What was written meanwhile may be based on wrong rows.
                    differences = differing_tables(session)
                put_in_place(session, differences)
        if self.text.drop():
            self.text.catch_up()
        return Rebuilt(position, differences)

    def verify(
        self,
        progress: Callable[[int], None] | None = None,
        *,
        noted: NotedHead | None = None,
        batch: int = BATCH,
        large: int = LARGE,
    ) -> Verified:
        """Check the tables, the chain, the read models, the fold and the invariants.

        `noted`: a head that was noted earlier. `large`: from so many events on, two processes
        check it. Writes nothing.
        """
        with (
            naming_damage(self.account),
            garbage_collected_seldom(),
            self.database.session() as session,
            self.database.looking_on(session),
        ):
            damage = self.database.damage(session, MAX_PROBLEMS)
            contacts = partial(folding, self.database, session, progress, batch=batch, large=large)
            with session.fresh_tables():
                return verified(
                    session, damage, progress, noted=noted, batch=batch, folding=contacts
                )

    @contextmanager
    def aside(self) -> Iterator["Aside"]:
        """A connection of its own for long work on the account."""
        with naming_damage(self.account), self.database.session() as session:
            yield Aside(self, session)


@contextmanager
def naming_damage(account: str) -> Iterator[None]:
    """Turn errors that come from damage into AccountDamaged."""
    try:
        yield
    except Damaged as error:
        raise AccountDamaged(account, str(error)) from error
    except (DataError, MapperDeserialisationError) as error:
        reason = f"{str(error).splitlines()[0]}; run `verify` for details"
        raise AccountDamaged(account, reason) from error


@contextmanager
def working(
    session: Session, sources: Sources, has_work: Callable[[Session], None] | None = None
) -> Iterator[LogWork]:
    """A unit of work within the current transaction of a session. `has_work`: see LogWork."""
    head = read_head(session)
    at = max(to_micros(sources.clock()), head.at)
    rows = WorkingSet(session, session.in_use)
    now = from_micros(at)
    work = LogWork(rows, session, head=head.position, now=now, ids=sources.ids, has_work=has_work)
    yield work
    if work.stored:
        with session.together():
            rows.flush()
            append(session, head, work.stored, at, sources.randomness)


class Aside:
    """A connection that looks at an account again and again, and then changes it."""

    def __init__(self, log: EventLog, session: Session) -> None:
        self._log = log
        self._session = session

    @contextmanager
    def looking(self) -> Iterator[LogWork]:
        """A snapshot. The tables of a replay that begins in it stay for the next ones."""
        with (
            self._log.database.looking_on(self._session, scans=False),
            working(self._session, self._log.sources) as work,
        ):
            yield work

    @contextmanager
    def commit(self) -> Iterator["Part"]:
        """A command and what is written beside the log with it, in one commit."""
        with self._log.database.writing_on(self._session, scans=False):
            yield Part(self._log, self._session)


class OneCommit:
    """Commands that share one commit, one after the other. Each sees the ones before it."""

    def __init__(self, log: EventLog, session: Session) -> None:
        self._log = log
        self._session = session
        self.is_lost = False
        """Whether the database failed: then nothing of the commit is kept."""

    @contextmanager
    def part(self) -> Iterator["Part"]:
        """One command. If an exception leaves it, it has written nothing."""
        self.is_lost = True  # until the savepoint is released or rolled back
        self._session.execute("SAVEPOINT part")
        try:
            with naming_damage(self._log.account):
                yield Part(self._log, self._session)
        except self._session.failures:
            raise
        except BaseException:
            self._session.execute("ROLLBACK TO SAVEPOINT part")
            self._session.execute("RELEASE SAVEPOINT part")
            self.is_lost = False
            raise
        self._session.execute("RELEASE SAVEPOINT part")
        self.is_lost = False


class Part:
    """The log for one command in a shared commit (see application.ports.AccountLog)."""

    def __init__(self, log: EventLog, session: Session) -> None:
        self._log = log
        self._rows: WorkingSet | None = None  # those of the command, for its answer
        self.session = session
        self.account = log.account

    def new_id(self) -> str:
        """A new id, such as an import's."""
        return self._log.new_id()

    @contextmanager
    def writing(self) -> Iterator[LogWork]:
        with working(self.session, self._log.sources, self._log.database.has_work) as work:
            yield work
        self._rows = work.rows

    @contextmanager
    def reading(self) -> Iterator[AttentionReading]:
        yield AttentionReading(self.session, self._log.text, self._rows)
