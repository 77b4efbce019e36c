"""A connection to the tables of one account, and what every store does with it.

SQL is written once, in what SQLite and PostgreSQL have in common, with the exceptions listed in
postgresql/sql.py. Values are marked `?`; a list is one value, read by
`IN (SELECT value FROM json_each(?))`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

from eventsourcing.persistence import StoredEvent

from domain.events import Recorded
from infrastructure.storage.chain import GENESIS, SALT_BYTES, link, payload_hash
from infrastructure.storage.event_codec import MAPPER
from infrastructure.storage.table import Row, Table
from infrastructure.storage.times import from_micros

Randomness = Callable[[int], bytes]


class Answered(Protocol):
    """The result of a statement."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""

    def fetchone(self) -> Any:
        """The next row, or None."""

    def fetchall(self) -> list[Any]:
        """All remaining rows."""

    def __iter__(self) -> Iterator[Any]:
        """The remaining rows, one by one."""


class Session(Protocol):
    """A connection within one transaction of one account.

    `in_use`: the schema of the account's tables; `fresh`, `overlay`: those of a replay or rebuild,
    and of a preview, which no other connection sees. `failures`: the errors that lose the whole
    transaction.
    """

    @property
    def in_use(self) -> str: ...

    @property
    def fresh(self) -> str: ...

    @property
    def overlay(self) -> str: ...

    @property
    def failures(self) -> tuple[type[Exception], ...]: ...

    def change_schema(self, statement: str) -> None:
        """Execute a statement of schema.py."""

    def has_schema_version(self, version: int, works_with: int) -> None:
        """Note the new version of the tables, and the oldest program that may use them."""

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Answered:
        """Execute a statement."""

    def executemany(self, statement: str, values: Iterable[Sequence[Any]], /) -> object:
        """Execute a statement once for each of some values."""

    def stream(self, statement: str, values: Sequence[Any] = ()) -> Iterator[Row]:
        """The rows of a query that may have very many, read as they are needed."""

    def select(
        self, table: Table[Any], schema: str, columns: int, keys: Sequence[Row]
    ) -> Iterable[Row]:
        """The rows whose first `columns` columns are one of `keys`."""

    def upsert(self, table: Table[Any], schema: str, rows: Sequence[Row]) -> None:
        """Insert rows, replacing those of the same key."""

    def delete(self, table: Table[Any], schema: str, keys: Sequence[Row]) -> None:
        """Delete the rows of these keys."""

    def insert_events(self, rows: Sequence[Row]) -> None:
        """Insert rows of the log."""

    def forget(self) -> None:
        """Free the memory of what was read."""

    def together(self) -> AbstractContextManager[object]:
        """Within it, statements without a result may be sent without waiting for each."""

    def of_whole_tables(self) -> AbstractContextManager[object]:
        """Within it, statements join whole tables in the order in which they name them."""

    def fresh_tables(self) -> AbstractContextManager[None]:
        """Make the tables of `fresh`, empty, and drop them at the end."""


class Head(NamedTuple):
    """The end of the log: its last position, digest and time."""

    position: int
    digest: bytes
    at: int


def read_head(session: Session) -> Head:
    """The end of the log as this transaction sees it."""
    row = session.execute(
        "SELECT position, digest, at FROM events ORDER BY position DESC LIMIT 1"
    ).fetchone()
    return Head(*row) if row else Head(0, GENESIS, 0)


def append(
    session: Session,
    head: Head,
    stored_events: Sequence[StoredEvent],
    at: int,
    randomness: Randomness,
) -> list[int]:
    """Append to the log within a transaction that holds the lock. Returns the positions."""
    salts = randomness(SALT_BYTES * len(stored_events))
    digest, position = head.digest, head.position
    rows = []
    for index, event in enumerate(stored_events):
        position += 1
        salt = salts[index * SALT_BYTES : (index + 1) * SALT_BYTES]
        stream, version, topic = str(event.originator_id), event.originator_version, event.topic
        hashed = payload_hash(salt, event.state)
        digest = link(
            digest, hashed, position=position, stream=stream, version=version, topic=topic, at=at
        )
        rows.append((position, stream, version, topic, at, salt, event.state, None, digest))
    session.insert_events(rows)
    return [row[0] for row in rows]


def read_events(
    session: Session,
    where: str,
    values: Sequence[Any],
    limit: int | None = None,
    *,
    newest_first: bool = False,
) -> Iterator[Recorded]:
    """Events of the log, read and validated, in the order of their position."""
    most = "" if limit is None else f" LIMIT {limit:d}"
    order = "position DESC" if newest_first else "position"
    rows = session.execute(f"{_EVENTS} WHERE {where} ORDER BY {order}{most}", values)
    return map(_recorded, rows)


def stream_events(session: Session, order: str) -> Iterator[Recorded]:
    """All events of the log, read and validated, in an order."""
    return map(_recorded, session.stream(f"{_EVENTS} ORDER BY {order}"))


_EVENTS = "SELECT position, stream, version, topic, at, payload FROM events"


def _recorded(row: Row) -> Recorded:
    position, stream, version, topic, at, payload = row
    event = MAPPER.read(stream, version, topic, payload)
    return Recorded(position, version, from_micros(at), event)
