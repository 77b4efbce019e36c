"""An account's log on which commands are tried: each sees the ones before, and nothing is written.

The same use cases and the same projector decide. They read a snapshot of the account with what
they have changed over it: in memory at first, and in tables when it is much (storage/overlay.py).
No lock is held, and no event is kept.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from application.jobs.preview import Crowded, Joined
from domain.events import AccountEvent, ContactsMerged, Event
from domain.identifiers import Identifier
from infrastructure.account_log.log import EventLog, Sources, naming_damage
from infrastructure.account_log.work import LogWork
from infrastructure.read_models.attention_queries import AttentionReading
from infrastructure.read_models.attention_rows import name_of_record, name_shown
from infrastructure.read_models.working_set import WorkingSet
from infrastructure.storage.overlay import Overlay
from infrastructure.storage.session import Head, Session, read_head
from infrastructure.storage.tables import ATTENTION
from infrastructure.storage.times import from_micros, to_micros

MOST_IN_MEMORY = 400_000
"""How many keys of rows are held in memory, with their rows: those of some 50,000 records."""


class PreviewWork(LogWork):
    """The use cases' `Work` on a preview. It notes what rules merge, by the id of the merge."""

    def __init__(
        self, rows: WorkingSet, session: Session, head: Head, at: int, sources: Sources
    ) -> None:
        super().__init__(rows, session, head=head.position, now=from_micros(at), ids=sources.ids)
        self.joined: dict[str, Joined] = {}

    def append(self, events: Sequence[Event]) -> None:
        merge = events[0] if events else None  # a rule's merge is the first of its events
        if not isinstance(merge, ContactsMerged):
            super().append(events)
            return
        before = self._rows.contacts.known("contact", merge.stream)
        super().append(events)
        self.joined[merge.merge_id] = Joined(
            merge.stream,
            name_shown(before.shown),
            name_of_record(self._rows, merge),
            merge.decision,
        )

    @property
    def position(self) -> int:
        """The position of the last event."""
        return self._position

    def _keep(self, event: Event, _: int) -> None:
        if isinstance(event, AccountEvent):
            self._read_settings()


class Preview:
    """A log on which commands are tried (see application.ports.AccountLog)."""

    def __init__(self, log: EventLog, session: Session, most_in_memory: int) -> None:
        self.account = log.account
        self._most_in_memory = most_in_memory
        self._text = log.text
        self._sources = log.sources
        self._session = session
        self._overlay = Overlay(session.overlay)
        self._overlay.make(session, session.in_use)
        self._rows = self._no_rows()
        self._before = self._head = read_head(session)
        self.joined: dict[str, Joined] = {}

    def new_id(self) -> str:
        """A new id."""
        return self._sources.ids()

    @contextmanager
    def commit(self) -> Iterator["Preview"]:
        """Begin a command. There is nothing to commit."""
        yield self

    @contextmanager
    def writing(self) -> Iterator[PreviewWork]:
        session = self._session
        at = max(to_micros(self._sources.clock()), self._head.at)
        with naming_damage(self.account):
            work = PreviewWork(self._rows, session, self._head, at, self._sources)
            yield work
            if self._rows.size > self._most_in_memory:
                with session.together():
                    self._rows.flush()
                self._rows = self._no_rows()
                self._most_in_memory = 0  # it is much: hold no more than those of one command
        self._head = Head(work.position, self._head.digest, at)
        self.joined = work.joined

    def _no_rows(self) -> WorkingSet:
        return WorkingSet(self._session, self._session.in_use, over=self._overlay)

    def count_contacts(self) -> int:
        """How many live contacts there would be."""
        self._rows.contacts.flush()
        session, above = self._session, f"{self._session.overlay}.contacts"
        (now,) = session.execute(f"SELECT count(*) FROM {above} WHERE status = 'live'").fetchone()
        (before,) = session.execute(
            f"SELECT count(*) FROM {above} a JOIN {session.in_use}.contacts b"
            " ON b.contact_id = a.contact_id WHERE b.status = 'live'"
        ).fetchone()
        known = AttentionReading(session, self._text).count_contacts()
        return known + int(now) - int(before)

    def crowded(self) -> list[Crowded]:
        """The phones and emails by which many names would be together, some of them newly."""
        self._rows.attention.flush()
        self._rows.joined.flush()
        schema = self._session.overlay
        rows = self._session.execute(
            f"SELECT {', '.join(ATTENTION.columns)} FROM {schema}.attention"
            " WHERE contact_id IS NOT NULL AND identifier <> '' AND position > ?",
            (self._before.position,),
        ).fetchall()
        found = []
        for row in map(ATTENTION.read, rows):
            identifier = Identifier(row.identifier, row.item)  # type: ignore[arg-type]  # see tables
            (joined,) = self._session.execute(
                f"SELECT count(*) FROM {schema}.joined WHERE kind = ? AND value = ?"
                " AND shown <> ''",
                identifier,
            ).fetchone()
            found.append(Crowded(identifier, row.names, int(joined)))
        return found


@contextmanager
def previewing(log: EventLog, most_in_memory: int = MOST_IN_MEMORY) -> Iterator[Preview]:
    """Try commands on the account as it is now. Writers are not blocked."""
    with naming_damage(log.account), log.database.trying() as session:
        yield Preview(log, session, most_in_memory)
