"""The text index of an account, for any store: the lines of its contacts.

An index is written after the commit, never within it, so that no command waits for it. It says how
far in the log it goes; a search looks at the contacts that were touched later itself
(text_search.py). An index is derived from the log: if it is lost, it is made again.

A contact's number in it is the position of its first event, which no later event changes. Its
lines (application/reads/text_search.py) are indexed by all their runs of three characters, and the
last two. So any two characters are the beginning of a run, and a longer text has all of its runs.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from application.reads.text_search import Sought, folded, lines_of_phone
from infrastructure.read_models.contact_rows import Held, holders
from infrastructure.read_models.working_set import WorkingSet
from infrastructure.storage.followers import Follower
from infrastructure.storage.session import Session, read_head
from infrastructure.storage.table import Row

BATCH = 20_000
"""Events in one commit of the index, which takes a fraction of a second."""
A_CONTACT_IN_ROWS = 100
"""Reading one contact by its records takes as long as this many rows of a scan."""

LONGEST_QUERY = 40
"""How many runs of a text are looked up; the contacts found are compared with the whole text."""


class Indexed(NamedTuple):
    """How far an index is: every event up to `position` is in it.

    Contacts were read as of the log's event `head`. `digest` is that event's; it shows whether the
    log is still the one that was read.
    """

    position: int
    head: int
    digest: bytes | None


class IndexedContact(NamedTuple):
    """A contact in the index: the position of its first event, and its lines."""

    first: int
    contact_id: str
    kind: str
    lines: str


class Touched(NamedTuple):
    """The contacts that events of the log touched: the live ones, and the numbers of the others."""

    indexed: Indexed
    live: list[IndexedContact]
    gone: list[int]

    @property
    def numbers(self) -> list[int]:
        """The numbers of all of them."""
        return [*self.gone, *(each.first for each in self.live)]

    def changes(self, known: Iterable[Row]) -> tuple[list[IndexedContact], list[IndexedContact]]:
        """What an index that has these rows of them must take out, and what it must put in."""
        indexed = [IndexedContact(*row) for row in known]
        same = set(self.live).intersection(indexed)
        old = [each for each in indexed if each not in same]
        return old, [each for each in self.live if each not in same]


class IndexFailed(Exception):
    """The index is damaged."""


class IndexSnapshot(Protocol):
    """One snapshot of an index."""

    @property
    def indexed(self) -> Indexed:
        """How far the index goes."""

    def candidates(self, sought: Sought, after: int) -> Iterator[tuple[int, str]]:
        """The contacts that were as sought when they were indexed, by first event, after one.

        Raises IndexFailed.
        """


class TextIndex(Follower, Protocol):
    """The text index of one account: a follower that indexes contacts as events touch them."""

    name: str = "text index"

    def reading(self, session: Session) -> AbstractContextManager[IndexSnapshot | None]:
        """A snapshot for a reader of the account in a session, begun before the log is read.

        None if there is no usable index.
        """

    def catch_up(
        self, *, batch: int = BATCH, stop: Callable[[], bool] = lambda: False
    ) -> Indexed | None:
        """Index what was recorded since, as Follower says.

        Returns how far the index is, None if there is none. It commits after each `batch`.
        """
        indexed, head = self._progress()
        if indexed is None or indexed.position != head:
            while not stop():
                indexed = self._index_some(batch)
                if indexed.position == indexed.head:
                    break
        return indexed

    def behind(self) -> int:
        indexed, head = self._progress()
        return head if indexed is None else head - indexed.position

    def _progress(self) -> tuple[Indexed | None, int]:
        """How far the index is, None if there is no usable one, and the end of the log."""

    def _index_some(self, batch: int) -> Indexed:
        """Index some further events, or some of all if there is no usable index, and commit."""

    def drop(self) -> bool:
        """Remove the index with all data in it. Returns whether there was one."""


def is_of_log(indexed: Indexed, session: Session) -> bool:
    """Whether an index was made from this log, as far as this snapshot of the log goes."""
    if indexed.head == 0:
        return True
    row = session.execute(
        "SELECT digest FROM events WHERE position = ?", (indexed.head,)
    ).fetchone()
    return row is not None and row[0] == indexed.digest


def if_of_log(indexed: Indexed | None, session: Session) -> Indexed | None:
    """How far an index is if it is of use for this log."""
    return indexed if indexed is not None and is_of_log(indexed, session) else None


def read_log(session: Session, after: int, limit: int) -> Touched:
    """The contacts that some events after a position touched, as they are now."""
    head = read_head(session)
    events = session.execute(
        "SELECT position, stream FROM events WHERE position > ? ORDER BY position LIMIT ?",
        (after, limit),
    ).fetchall()
    streams = list(dict.fromkeys(stream for _, stream in events))
    rows = session.execute(
        "SELECT f.position, c.contact_id, c.kind, c.records, c.status = 'live',"
        " json_extract(c.attributes, '$.name')"
        " FROM json_each(?) t CROSS JOIN contacts c ON c.contact_id = t.value"
        " CROSS JOIN events f ON f.stream = c.contact_id AND f.version = 1",
        (streams,),
    ).fetchall()
    live = [row for row in rows if row[4]]
    held = _held(session, [row[1] for row in live], sum(row[3] for row in live), head.position)
    return Touched(
        Indexed(events[-1][0] if events else after, head.position, head.digest),
        [
            IndexedContact(first, contact_id, kind, _lines(name, held.get(contact_id, ())))
            for first, contact_id, kind, _, _, name in live
        ],
        [row[0] for row in rows if not row[4]],
    )


def _held(
    session: Session, contact_ids: Sequence[str], records: int, events: int
) -> dict[str, list[Held]]:
    """What live contacts hold: read from their records, or if these are many, the match index."""
    if records * A_CONTACT_IN_ROWS < events:
        states = WorkingSet(session, session.in_use).states(contact_ids)
        return {contact_id: list(+holders(state)) for contact_id, state in states.items()}
    found = session.execute(
        "SELECT contact_id, kind, value FROM identifiers WHERE holders > 0"
        " AND contact_id IN (SELECT value FROM json_each(?))",
        ([*contact_ids],),
    )
    held: dict[str, list[Held]] = {}
    for contact_id, kind, value in found:
        held.setdefault(contact_id, []).append((kind, value))
    return held


def _lines(name: str | None, held: Iterable[Held]) -> str:
    """The lines of a contact, each once, between line breaks."""
    lines = [] if name is None else [folded(name)]
    for kind, value in sorted(held):
        lines += lines_of_phone(value) if kind.startswith("phone") else [folded(value)]
    return "\n".join(["", *dict.fromkeys(lines), ""])


def tokens_of(contact: IndexedContact) -> str:
    """The tokens of a contact, one per line."""
    runs = {line[at : at + 3] for line in contact.lines.split("\n") for at in range(len(line) - 1)}
    return "\n".join([kind_token(contact.kind), *sorted(runs)])


def runs_of(text: str) -> list[str]:
    """The runs of a text of three characters or more, which a contact that contains it has."""
    return list(dict.fromkeys(text[at : at + 3] for at in range(len(text) - 2)))[:LONGEST_QUERY]


def kind_token(kind: str) -> str:
    """The token of a contact's kind. No text of a query has this character."""
    return f"\x01{kind}"
