"""An account's log on which commands are tried: each sees the ones before, and nothing is written.

The same use cases and the same projector decide. They read a snapshot of the account with what
they have changed over it (storage/overlay.py); no lock is held, and no event is kept.
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

    def __init__(self, log: EventLog, session: Session) -> None:
        self.account = log.account
        self._text = log.text
        self._sources = log.sources
        self._session = session
        self._overlay = Overlay(session.overlay)
        self._overlay.make(session, session.in_use)
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
        rows = WorkingSet(session, session.in_use, over=self._overlay)
        with naming_damage(self.account):
            work = PreviewWork(rows, session, self._head, at, self._sources)
            yield work
            with session.together():
                rows.flush()
        self._head = Head(work.position, self._head.digest, at)
        self.joined = work.joined

    def count_contacts(self) -> int:
        """How many live contacts there would be."""
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
def previewing(log: EventLog) -> Iterator[Preview]:
    """Try commands on the account as it is now. Writers are not blocked."""
    with naming_damage(log.account), log.database.trying() as session:
        yield Preview(log, session)
