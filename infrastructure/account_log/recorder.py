"""The log as the eventsourcing library reads and writes it: its ApplicationRecorder.

Positions are ours: previous + 1, assigned under the account's lock and part of the digest.
"""

from collections.abc import Callable, Sequence
from typing import Any

from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    Notification,
    OperationalError,
    StoredEvent,
    Subscription,
)

from application.refusals import StoreUnusable
from infrastructure.storage.database import Collision, Database
from infrastructure.storage.session import Randomness, append, read_head

_ALL = 1 << 62


class Recorder(ApplicationRecorder):
    """The library's recorder over one account."""

    def __init__(
        self, database: Database[Any], clock: Callable[[], int], randomness: Randomness
    ) -> None:
        self._database = database
        self._clock = clock
        self._randomness = randomness

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        if not stored_events:
            return None
        try:
            with self._database.writing() as session:
                head = read_head(session)
                at = max(self._clock(), head.at)
                return append(session, head, stored_events, at, self._randomness)
        except Collision as error:
            raise IntegrityError(error) from error
        except StoreUnusable as error:
            raise OperationalError(error) from error

    def select_events(
        self,
        originator_id: Any,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        with self._database.reading() as session:
            rows = session.execute(
                "SELECT stream, version, topic, payload FROM events "
                "WHERE stream = ? AND version > ? AND version <= ? "
                f"ORDER BY version {'DESC' if desc else 'ASC'} LIMIT ?",
                (
                    str(originator_id),
                    -1 if gt is None else gt,
                    _ALL if lte is None else lte,
                    _ALL if limit is None else limit,
                ),
            )
            return [StoredEvent(*row) for row in rows]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        after = 0 if start is None else start - 1 if inclusive_of_start else start
        only = f"AND topic IN ({','.join('?' * len(topics))}) " if topics else ""
        with self._database.reading() as session:
            rows = session.execute(
                "SELECT stream, version, topic, payload, position FROM events "
                f"WHERE position > ? AND position <= ? {only}ORDER BY position LIMIT ?",
                (after, _ALL if stop is None else stop, *topics, limit),
            )
            return [Notification(*row) for row in rows]

    def max_notification_id(self) -> int | None:
        with self._database.reading() as session:
            return read_head(session).position or None

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """Not supported: followers poll, which works even after lost connections."""
        raise NotImplementedError("followers poll the log; it has no subscription")
