"""The connections of a process to PostgreSQL, which its accounts share."""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Condition, Lock
from time import monotonic
from typing import Any

import psycopg
from psycopg import Connection, RawCursor, errors
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8BinaryDumper
from psycopg.types.string import StrBinaryDumper

from application.refusals import StoreUnusable
from infrastructure.postgresql.arrays import register_arrays
from infrastructure.postgresql.session import PostgresSession

LARGEST_POOL = 16
"""The largest number of connections of a process."""
LOCK_TIMEOUT = 30.0
"""Seconds that a writer waits for its turn, and any caller for a connection."""
STATEMENT_TIMEOUT = 60.0
_IDLE = 300.0
"""Seconds after which an idle connection is closed."""

_SETTINGS = {
    # Every query uses an index, whatever the tables held when it was planned.
    "enable_seqscan": "off",
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    # The server notices a process or a network that went away, and frees its locks.
    "idle_in_transaction_session_timeout": "60s",
    "client_connection_check_interval": "2s",
    "tcp_keepalives_idle": "3",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "2",
}
_OF_CLIENT: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 3,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 8_000,
    "application_name": "contact-merging",
}


class Pool:
    """The connections of a process, opened when they are needed, up to a limit.

    A free connection goes to the account that it served last, since it has prepared that account's
    statements. One account gets at most three quarters of the connections: if all its callers wait
    for its lock, some are left for other accounts.
    """

    def __init__(
        self,
        url: str,
        *,
        largest: int = LARGEST_POOL,
        lock_timeout: float = LOCK_TIMEOUT,
        statement_timeout: float = STATEMENT_TIMEOUT,
    ) -> None:
        self._url = url
        self._options = conninfo_to_dict(url).get("options") or ""
        self._timeouts = {
            "lock_timeout": f"{lock_timeout * 1_000:.0f}ms",
            "statement_timeout": f"{statement_timeout * 1_000:.0f}ms",
        }
        self._wait = lock_timeout
        self._largest = largest
        self._share = -(-largest * 3 // 4)
        self._given: Counter[str] = Counter()
        self._guard = Lock()
        self._returned = Condition(self._guard)
        self._timed_out = False
        self._trying = Lock()
        self._open = 0
        self._idle: deque[PostgresSession] = deque()  # those used last come last

    def __reduce__(self) -> tuple[Callable[[str], "Pool"], tuple[str]]:
        """A pool of the same size in another process."""
        return partial(Pool, largest=self._largest, lock_timeout=self._wait), (self._url,)

    def connect(self) -> PostgresSession:
        """A connection that is not shared. Raises psycopg.Error.

        After a time-out only one caller at a time tries again; otherwise all of them would wait for
        the time-out in turn.
        """
        if not self._timed_out:
            return self._connected()
        if not self._trying.acquire(blocking=False):
            raise errors.ConnectionTimeout("connection timeout expired")
        try:
            return self._connected()
        finally:
            self._trying.release()

    def _connected(self) -> PostgresSession:
        ours = " ".join(f"-c {k}={v}" for k, v in {**_SETTINGS, **self._timeouts}.items())
        options = f"{ours} {self._options}"  # those of the address take precedence
        try:
            connection = Connection.connect(
                self._url,
                autocommit=True,
                prepare_threshold=0,
                cursor_factory=RawCursor,
                options=options,
                **_OF_CLIENT,
            )
        except psycopg.Error as error:
            self._timed_out = isinstance(error, errors.ConnectionTimeout)
            raise
        self._timed_out = False
        connection.prepared_max = 300
        connection.adapters.register_dumper(int, Int8BinaryDumper)
        connection.adapters.register_dumper(str, StrBinaryDumper)
        register_arrays(connection.adapters)
        return PostgresSession(connection)

    @contextmanager
    def session(self, schema: str, begin: str = "") -> Iterator[PostgresSession]:
        """A connection for one user at a time, on which `begin` was executed.

        Connections that the server has ended meanwhile are skipped. Raises psycopg.Error.
        """
        self._await_place(schema)
        try:
            session = self._begun(schema, begin)
            try:
                yield session
            finally:
                self._give_back(session)
        finally:
            with self._returned:
                self._given -= Counter([schema])
                self._returned.notify_all()

    def _await_place(self, schema: str) -> None:
        """Wait until the account and the pool have room for another connection."""

        def is_free() -> bool:
            return self._given.total() < self._largest and self._given[schema] < self._share

        with self._returned:
            if not self._returned.wait_for(is_free, self._wait):
                raise StoreUnusable("all connections to the database are in use; try again later")
            self._given[schema] += 1

    def close(self) -> None:
        """Close idle connections."""
        with self._guard:
            idle, self._idle = self._idle, deque()
        for session in idle:
            self._discard(session)

    def _begun(self, schema: str, begin: str) -> PostgresSession:
        while True:
            session = self._take(schema)
            is_new = session is None
            try:
                if session is None:
                    session = self.connect()
                elif session.was_ended:
                    self._discard(session)
                    continue
                session.turn_to(schema)
                if begin:
                    session.begin(begin)
            except BaseException as error:
                was_ended = session is not None and session.connection.broken
                self._discard(session)
                if is_new or not was_ended or not isinstance(error, psycopg.Error):
                    raise
            else:
                return session

    def _take(self, schema: str) -> PostgresSession | None:
        """An idle connection, or None if another one may be opened."""
        with self._guard:
            for session in reversed(self._idle):
                if session.in_use == schema:
                    self._idle.remove(session)
                    return session
            if self._open >= self._largest:
                return self._idle.popleft()
            self._open += 1
            return None

    def _give_back(self, session: PostgresSession) -> None:
        if session.connection.info.transaction_status != TransactionStatus.IDLE:
            self._discard(session)
            return
        session.used = monotonic()
        old = []
        with self._guard:
            self._idle.append(session)
            while self._idle[0].used < session.used - _IDLE:
                old.append(self._idle.popleft())
        for each in old:
            self._discard(each)

    def _discard(self, session: PostgresSession | None) -> None:
        with self._guard:
            self._open -= 1
        if session is not None:
            session.close()
