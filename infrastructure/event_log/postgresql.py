"""An account on PostgreSQL: a schema of its own, on connections that a process's accounts share.

A writer takes its turn by an advisory lock, which PostgreSQL gives first come, first served; it
goes with the connection of a process that died. That no two write at once does not rest on it: a
position of the log can be written once.
"""

import os
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import lru_cache
from itertools import count
from pathlib import Path
from select import POLLIN, poll
from threading import Condition, Lock
from time import monotonic, sleep, time
from typing import Any

import psycopg
from psycopg import Connection, RawCursor, errors
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg.pq.abc import PGresult
from psycopg.types.numeric import Int8BinaryDumper
from psycopg.types.string import StrBinaryDumper

from application.refusals import Refused, StoreUnusable, UnknownAccount
from infrastructure.event_log.database import Collision, Readable
from infrastructure.event_log.postgresql_arrays import KINDS, array_of, register_arrays
from infrastructure.event_log.postgresql_sql import translated
from infrastructure.event_log.schema import (
    EVENT_COLUMNS,
    SCHEMA_VERSION,
    account_schema,
    in_postgresql,
    is_newer,
    read_model_schema,
)
from infrastructure.event_log.session import Answered, Session
from infrastructure.read_models.tables import TABLES, Row, Table
from infrastructure.scratch import scratch_folder

LARGEST_POOL = 16
"""Connections a process has at the most."""
LOCK_TIMEOUT = 30.0
"""How many seconds a writer waits for its turn, and anybody for a connection."""
STATEMENT_TIMEOUT = 60.0
_IDLE = 300.0
"""Seconds after which a connection that nobody needed is closed."""
_UNCERTAIN = 10.0
"""Seconds to find out whether a commit was done whose answer was lost."""
_KEPT_COMMITS = 3_600
_BLOCK = 1 << 20
_FETCHED = 1_000

_WRITING, _IMPORTING, _INDEXING = 0x434D5752, 0x434D494D, 0x434D4958
"""The kinds of advisory locks; the other half of a lock's key is the account's number."""

_SETTINGS = {
    # Every query is answered by an index, whatever the tables held when its plan was made.
    "enable_seqscan": "off",
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    # A process or a network that went away is noticed, and its locks are let go.
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

BESIDE = """
CREATE TABLE {schema}.commits (at INTEGER, token BLOB, PRIMARY KEY (at, token));
CREATE TABLE {schema}.uploads (
    import_id TEXT, number INTEGER, at INTEGER NOT NULL, block BLOB NOT NULL,
    PRIMARY KEY (import_id, number)
);
CREATE INDEX {schema}.uploads_by_at ON uploads (at)
"""
"""What an account has here beside the tables that every store has.

`commits`: the tokens of what was committed lately, to be looked up where its answer was lost.
`uploads`: files that wait for their import, in blocks; any process may carry it out.
"""


class PostgresSession:
    """A connection (see session.Session). `schema`: what its tables are found in."""

    fresh = "pg_temp"

    def __init__(self, connection: Connection[Row]) -> None:
        self.connection = connection
        self.in_use = ""
        self.used = monotonic()
        self._streams = count(1)

    def turn_to(self, schema: str) -> None:
        """Find tables in a schema from now on; what is fresh is found by its full name alone."""
        if schema != self.in_use:
            self.plainly(f"SET search_path TO {schema}, pg_temp")
            self.in_use = schema

    @property
    def was_ended(self) -> bool:
        """Whether the server has ended it while nobody used it: else it would say nothing."""
        asked = poll()
        asked.register(self.connection.pgconn.socket, POLLIN)
        return bool(asked.poll(0))

    @property
    def schema_version(self) -> int:
        return int(self.execute("SELECT version FROM schema_version").fetchone()[0])

    def change_schema(self, statement: str) -> None:
        self.plainly(in_postgresql(statement))

    def has_schema_version(self, version: int, works_with: int) -> None:
        self.execute("UPDATE schema_version SET version = ?, works_with = ?", (version, works_with))

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Answered:
        cursor = self.connection.cursor(binary=True)
        given = [array_of(each) if type(each) is list else each for each in values]
        return cursor.execute(translated(statement), given, prepare=True)

    def executemany(self, statement: str, values: Iterable[Sequence[Any]], /) -> None:
        self.connection.cursor().executemany(translated(statement), values)

    def begin(self, statements: str) -> None:
        """Begin a transaction. What they answer is the oldest program that may use the account.

        Raises StoreUnusable where that is a newer one.
        """
        answer = self.plainly(statements).get_value(0, 0)
        if answer is not None and int(answer) > SCHEMA_VERSION:
            self.plainly("ROLLBACK")
            raise StoreUnusable(is_newer(int(answer)))

    def plainly(self, statement: str) -> PGresult:
        """Do what a statement without values says, which is not prepared.

        Past psycopg, which forgets what it prepared whenever something is rolled back or dropped.
        """
        result = self.connection.pgconn.exec_(statement.encode())
        if result.status not in {psycopg.pq.ExecStatus.COMMAND_OK, psycopg.pq.ExecStatus.TUPLES_OK}:
            raise _error_of(result)
        return result

    def commit(self) -> None:
        """Commit. Raises psycopg.Error where the transaction was lost before."""
        result = self.connection.pgconn.exec_(b"COMMIT")
        if result.command_status == b"ROLLBACK":
            raise psycopg.OperationalError("the transaction was lost")
        if result.status != psycopg.pq.ExecStatus.COMMAND_OK:
            raise _error_of(result)

    def stream(self, statement: str, values: Sequence[Any] = ()) -> Iterator[Row]:
        name = f"stream_{next(self._streams)}"
        cursor = self.connection.cursor(binary=True)
        declared = f"DECLARE {name} BINARY CURSOR FOR {translated(statement)}"
        given = [array_of(each) if type(each) is list else each for each in values]
        cursor.execute(declared, given, prepare=False)
        try:
            while rows := cursor.execute(f"FETCH {_FETCHED} FROM {name}", prepare=False).fetchall():
                yield from rows
        finally:
            if self.connection.info.transaction_status == TransactionStatus.INTRANS:
                self.plainly(f"CLOSE {name}")

    def select(
        self, table: Table[Any], schema: str, columns: int, keys: Sequence[Row]
    ) -> Iterable[Row]:
        if len(keys) == 1:
            return self.execute(_select_one(table, schema, columns), keys[0])
        return self.execute(
            _select(table, schema, columns), _by_column(keys, table.types[:columns])
        )

    def upsert(self, table: Table[Any], schema: str, rows: Sequence[Row]) -> None:
        self.execute(_upsert(table, schema), _by_column(rows, table.types))

    def delete(self, table: Table[Any], schema: str, keys: Sequence[Row]) -> None:
        self.execute(_delete(table, schema), _by_column(keys, table.types[: table.key]))

    def insert_events(self, rows: Sequence[Row]) -> None:
        self.execute(_INSERT_EVENTS, _by_column(rows, _OF_EVENTS))

    def together(self) -> AbstractContextManager[object]:
        return self.connection.pipeline()

    @contextmanager
    def of_whole_tables(self) -> Iterator[None]:
        # What PostgreSQL does not know of new tables yet it guesses, and takes them for small.
        self.plainly("SET LOCAL enable_nestloop = off; SET LOCAL join_collapse_limit = 1")
        yield
        for setting in ("enable_nestloop", "join_collapse_limit"):
            self.plainly(f"SET LOCAL {setting} TO DEFAULT")

    def make_fresh(self) -> None:
        for statement in read_model_schema(self.fresh):
            self.plainly(in_postgresql(statement))

    def drop_fresh(self) -> None:
        if self.connection.info.transaction_status in {
            TransactionStatus.IDLE,
            TransactionStatus.INTRANS,
        }:
            tables = ", ".join(f"{self.fresh}.{table.name}" for table in TABLES)
            self.plainly(f"DROP TABLE IF EXISTS {tables}")


def _error_of(result: PGresult) -> psycopg.Error:
    """What went wrong. Where the connection was lost no server says so, and it has no code."""
    if result.error_field(psycopg.pq.DiagnosticField.SQLSTATE) is None:
        return psycopg.OperationalError(result.get_error_message())
    return psycopg.errors.error_from_result(result)


def _by_column(rows: Sequence[Row], types: Sequence[str]) -> list[list[Any]]:
    """Rows, of which there are some, as one array a column."""
    return [
        KINDS[each](column) for each, column in zip(types, zip(*rows, strict=True), strict=True)
    ]


_ARRAYS = {"TEXT": "text[]", "INTEGER": "bigint[]", "BLOB": "bytea[]"}
_OF_EVENTS = ("INTEGER", "TEXT", "INTEGER", "TEXT", "INTEGER", *["BLOB"] * 4)


def _unnest(types: Sequence[str]) -> str:
    return f"unnest({', '.join(f'?::{_ARRAYS[each]}' for each in types)})"


_INSERT_EVENTS = f"INSERT INTO events ({EVENT_COLUMNS}) SELECT * FROM {_unnest(_OF_EVENTS)}"
_OF_EVENT = ", e.stream, e.version, e.topic, e.at, e.payload"


@lru_cache(maxsize=1_000)
def _select_one(table: Table[Any], schema: str, columns: int) -> str:
    what, event = _what(table)
    where = " AND ".join(f"t.{column} = ?" for column in table.columns[:columns])
    return f"SELECT {what} FROM {schema}.{table.name} t{event} WHERE {where}"


@lru_cache(maxsize=1_000)
def _select(table: Table[Any], schema: str, columns: int) -> str:
    what, event = _what(table)
    names = table.columns[:columns]
    same = " AND ".join(f"t.{name} = w.{name}" for name in names)
    wanted = f"{_unnest(table.types[:columns])} AS w ({', '.join(names)})"
    return f"SELECT {what} FROM {wanted} JOIN {schema}.{table.name} t ON {same}{event}"


def _what(table: Table[Any]) -> tuple[str, str]:
    columns = ", ".join(f"t.{column}" for column in table.columns)
    if not table.with_event:
        return columns, ""
    return f"{columns}{_OF_EVENT}", " JOIN events e ON e.position = t.position"


@lru_cache(maxsize=1_000)
def _upsert(table: Table[Any], schema: str) -> str:
    key, rest = table.columns[: table.key], table.columns[table.key :]
    if not rest:
        instead = "NOTHING"
    else:
        instead = f"UPDATE SET {', '.join(f'{each} = excluded.{each}' for each in rest)}"
    return (
        f"INSERT INTO {schema}.{table.name} ({', '.join(table.columns)})"
        f" SELECT * FROM {_unnest(table.types)}"
        f" ON CONFLICT ({', '.join(key)}) DO {instead}"
    )


@lru_cache(maxsize=1_000)
def _delete(table: Table[Any], schema: str) -> str:
    names = table.columns[: table.key]
    same = " AND ".join(f"t.{name} = w.{name}" for name in names)
    wanted = f"{_unnest(table.types[: table.key])} AS w ({', '.join(names)})"
    return f"DELETE FROM {schema}.{table.name} t USING {wanted} WHERE {same}"


class Pool:
    """The connections of a process, opened when they are needed, at most so many.

    One that is free is given to the account that it served last, whose statements it has prepared.
    One account has three quarters of them at most: where all who ask for it wait for its lock,
    there are some left for the others.
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

    def connect(self) -> PostgresSession:
        """A connection of its own. Raises psycopg.Error.

        Where the last one timed out, one at a time finds out whether it goes again: else all who
        come would wait for that in turn.
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
        options = f"{ours} {self._options}"  # what the address says wins
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
        """A connection for one user at a time, that `begin` was said to.

        Those that the server has ended meanwhile are passed over. Raises psycopg.Error.
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
                self._given[schema] -= 1
                if not self._given[schema]:
                    del self._given[schema]
                self._returned.notify_all()

    def _await_place(self, schema: str) -> None:
        """Take one of the places of an account, and of all."""

        def is_free() -> bool:
            return self._given.total() < self._largest and self._given[schema] < self._share

        with self._returned:
            if not self._returned.wait_for(is_free, self._wait):
                raise StoreUnusable("all connections to the database are in use; try again later")
            self._given[schema] += 1

    def close(self) -> None:
        """Close what is idle."""
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
        """An idle connection, or None: one more may be opened."""
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
            session.connection.close()


@contextmanager
def transaction(session: PostgresSession) -> Iterator[None]:
    """A transaction of a session; commits unless an exception leaves it."""
    session.plainly("BEGIN")
    with committing(session):
        yield


@contextmanager
def committing(session: PostgresSession) -> Iterator[None]:
    """The rest of a transaction that was begun."""
    try:
        yield
    except BaseException:
        with suppress(psycopg.Error):
            session.plainly("ROLLBACK")
        raise
    session.commit()


@contextmanager
def database_errors(account: str = "") -> Iterator[None]:
    """PostgreSQL's errors as refusals, one clear line each."""
    try:
        yield
    except psycopg.Error as error:
        raise refusal_of(error, account) from error


def refusal_of(error: psycopg.Error, account: str) -> Refused:
    """What an error of the database means for who asked."""
    match error:
        case errors.UndefinedTable() if account and _BEGINS_WITH in str(error):
            return UnknownAccount(account)  # its schema is gone
        case errors.UniqueViolation():
            return Collision("it was written meanwhile; try again")
        case errors.LockNotAvailable():
            reason = "another process has it locked; try again later"
        case errors.QueryCanceled():
            reason = "it took longer than the time limit of a statement"
        case errors.DiskFull():
            reason = "its disk is full"
        case errors.ReadOnlySqlTransaction():
            reason = "it is read-only"
        case errors.TooManyConnections():
            reason = "it has no connection left"
        case errors.InsufficientPrivilege():
            reason = str(error).splitlines()[0]
        case psycopg.OperationalError():
            reason = f"it cannot be reached: {_first_line(error)}"
        case _:
            reason = _first_line(error)
    return StoreUnusable(f"the database: {reason}")


def _first_line(error: psycopg.Error) -> str:
    return (str(error).splitlines() or ["no reason was given"])[0]


class PostgresDatabase:
    """The schema of one account (see database.Database)."""

    failures: tuple[type[Exception], ...] = (psycopg.OperationalError, psycopg.InternalError)

    def __init__(self, pool: Pool, account: str, number: int) -> None:
        self._pool = pool
        self._account = account
        self.number = number
        self.schema = schema_of(account, number)
        self.uploads = PostgresUploads(self)

    @property
    def rejected_folder(self) -> Path:
        return Path.cwd()

    @contextmanager
    def writing(self) -> Iterator[PostgresSession]:
        with (
            database_errors(self._account),
            self._pool.session(self.schema, self.begin_writing) as session,
            self._committing(session),
        ):
            yield session

    @contextmanager
    def writing_on(self, session: PostgresSession) -> Iterator[None]:
        with database_errors(self._account):
            session.begin(self.begin_writing)
            session.plainly(_UNHURRIED)
            with self._committing(session):
                yield

    @property
    def begin_writing(self) -> str:
        """What begins a transaction when nobody else is at one."""
        lock = f"SELECT pg_advisory_xact_lock({_WRITING}, {self.number})"
        return f"BEGIN; {lock}; {_WORKS_WITH}"

    @property
    def begin_alone(self) -> str:
        """The same for who does not read the account's tables."""
        return (
            f"BEGIN; SELECT {SCHEMA_VERSION} FROM pg_advisory_xact_lock({_WRITING}, {self.number})"
        )

    @contextmanager
    def _committing(self, session: PostgresSession) -> Iterator[None]:
        token, now = os.urandom(16), int(time())
        try:
            yield
            session.execute("INSERT INTO commits VALUES (?, ?)", (now, token))
            if token[0] == 0:  # one time in 256
                old = (now - _KEPT_COMMITS,)
                session.execute("DELETE FROM commits WHERE at < ?", old)
        except BaseException:
            with suppress(psycopg.Error):
                session.plainly("ROLLBACK")
            raise
        try:
            session.commit()
        except psycopg.OperationalError:
            if not self._has_committed(now, token):
                raise

    def _has_committed(self, at: int, token: bytes) -> bool:
        """Whether a commit was done whose answer was lost with its connection.

        Whoever takes the next turn comes after the backend that was at it. Raises StoreUnusable
        where the database does not tell in time: then nobody knows.
        """
        deadline = monotonic() + _UNCERTAIN
        while True:
            try:
                return self._finds_commit(at, token)
            except psycopg.Error:
                if monotonic() > deadline:
                    raise
                sleep(0.1)

    def _finds_commit(self, at: int, token: bytes) -> bool:
        # In the place of the connection that was lost: one of the pool's would be waited for, by
        # all who lost theirs at once.
        session = self._pool.connect()
        try:
            session.turn_to(self.schema)
            session.begin(self.begin_writing)
            found = session.execute(
                "SELECT 1 FROM commits WHERE at = ? AND token = ?", (at, token)
            ).fetchone()
            return found is not None
        finally:
            session.connection.close()

    @contextmanager
    def reading(self) -> Iterator[PostgresSession]:
        with (
            database_errors(self._account),
            self._pool.session(self.schema, _BEGIN_READING) as session,
        ):
            try:
                yield session
            finally:
                if session.connection.info.transaction_status == TransactionStatus.INTRANS:
                    session.plainly("COMMIT")

    @contextmanager
    def session(self) -> Iterator[PostgresSession]:
        with database_errors(self._account), self._pool.session(self.schema) as session:
            yield session

    @contextmanager
    def scanning_on(self, session: PostgresSession) -> Iterator[None]:
        session.begin(f"BEGIN ISOLATION LEVEL REPEATABLE READ; {_WORKS_WITH}")
        with committing(session):
            session.plainly(_UNHURRIED)
            yield

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """By a lock of the connection, which goes when the process does."""
        with database_errors(self._account):
            session = self._pool.connect()
            try:
                (got,) = session.execute(
                    "SELECT pg_try_advisory_lock(?::int, ?::int)", (_IMPORTING, self.number)
                ).fetchone()
                yield got
            finally:
                with suppress(psycopg.Error):  # at once, not when the server sees us gone
                    session.plainly("SELECT pg_advisory_unlock_all()")
                session.connection.close()

    def has_work(self, session: Session) -> None:
        session.execute(
            f"INSERT INTO {DIRECTORY}.at_work VALUES (?) ON CONFLICT DO NOTHING", (self.number,)
        )

    def has_no_work(self, session: Session) -> None:
        session.execute(f"DELETE FROM {DIRECTORY}.at_work WHERE number = ?", (self.number,))

    @contextmanager
    def indexing(self) -> Iterator[PostgresSession]:
        """A transaction of who writes the text index, one at a time."""
        lock = f"SELECT pg_advisory_xact_lock({_INDEXING}, {self.number})"
        begin = f"BEGIN; {lock}; {_WORKS_WITH}"
        with (
            database_errors(self._account),
            self._pool.session(self.schema, begin) as session,
            committing(session),
        ):
            session.plainly(_UNHURRIED)
            yield session

    @contextmanager
    def copied(self) -> Iterator["PostgresCopy"]:
        with database_errors(self._account):
            copy = PostgresCopy(self)
            try:
                yield copy
            finally:
                copy.close()

    def connect(self) -> PostgresSession:
        """A connection that is nobody else's. Raises psycopg.Error."""
        return self._pool.connect()

    def is_there(self) -> bool:
        with database_errors(), self._pool.session(DIRECTORY) as session:
            return (
                session.execute(
                    "SELECT 1 FROM accounts WHERE account = ? AND number = ?",
                    (self._account, self.number),
                ).fetchone()
                is not None
            )

    def close(self) -> None:
        """The connections belong to all accounts."""


DIRECTORY = "contact_merging"
"""The schema that says which accounts there are, and who has a key."""

_BEGINS_WITH = "schema_version"
_WORKS_WITH = f"SELECT works_with FROM {_BEGINS_WITH}"
_BEGIN_READING = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {_WORKS_WITH}"
_UNHURRIED = (
    "SET LOCAL statement_timeout = 0; SET LOCAL enable_seqscan = on; "
    "SET LOCAL plan_cache_mode = force_custom_plan"
)
"""For who reads everything."""


def nobody_at(number: str) -> str:
    """A condition: no process carries out the imports of the account of this number."""
    return (
        "NOT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"
        f" AND classid = {_IMPORTING}::oid AND objid = ({number})::oid"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
    )


def schema_of(account: str, number: int) -> str:
    """The schema of an account; one that is made anew under its id gets another number."""
    return f"account_{account}_{number}"


class PostgresCopy:
    """A copy of an account in temporary tables, which are gone with their connection."""

    failures: tuple[type[Exception], ...] = (psycopg.OperationalError, psycopg.InternalError)

    def __init__(self, original: PostgresDatabase) -> None:
        self._session = original.connect()
        self.uploads = original.uploads
        try:
            self._take_over(original)
        except BaseException:
            self.close()
            raise

    def _take_over(self, original: PostgresDatabase) -> None:
        works_with = f"SELECT works_with FROM {original.schema}.schema_version"
        self._session.begin(f"BEGIN ISOLATION LEVEL REPEATABLE READ; {works_with}")
        self._session.plainly(_UNHURRIED)
        for statement in account_schema("pg_temp"):
            self._session.plainly(in_postgresql(statement))
        columns = {table.name: ", ".join(table.columns) for table in TABLES}
        for name, each in {"events": EVENT_COLUMNS, **columns}.items():
            self._session.plainly(
                f"INSERT INTO pg_temp.{name} ({each}) SELECT {each} FROM {original.schema}.{name}"
            )
        self._session.plainly("COMMIT; SET search_path TO pg_temp")
        self._session.in_use = "pg_temp"

    @property
    def rejected_folder(self) -> Path:
        return Path.cwd()

    @contextmanager
    def writing(self) -> Iterator[PostgresSession]:
        with database_errors(), transaction(self._session):
            yield self._session

    reading = writing

    def writing_on(self, _: PostgresSession) -> AbstractContextManager[None]:
        raise NotImplementedError("a copy is not rebuilt")

    scanning_on = writing_on

    def session(self) -> AbstractContextManager[PostgresSession]:
        raise NotImplementedError("a copy is not rebuilt")

    def alone(self) -> AbstractContextManager[bool]:
        raise NotImplementedError("a copy has no jobs")

    def copied(self) -> AbstractContextManager["PostgresCopy"]:
        raise NotImplementedError("a copy is not copied")

    def has_work(self, _: Session) -> None:
        raise NotImplementedError("a copy has no jobs")

    has_no_work = has_work

    def is_there(self) -> bool:
        return not self._session.connection.closed

    def close(self) -> None:
        self._session.connection.close()


class PostgresUploads:
    """Files that wait for their import, in blocks (see database.Uploads)."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    def keep(self, import_id: str, file: Readable) -> None:
        now = int(time())
        with self._database.session() as session:
            for number in count():
                block = file.read(_BLOCK)
                if not block:
                    return
                session.execute(
                    "INSERT INTO uploads VALUES (?, ?, ?, ?)", (import_id, number, now, block)
                )

    @contextmanager
    def opened(self, import_id: str) -> Iterator[Path]:
        with scratch_folder() as folder:
            path = folder / f"{import_id}.csv"
            with path.open("xb") as file, self._database.session() as session:
                for number in count():
                    row = session.execute(
                        "SELECT block FROM uploads WHERE import_id = ? AND number = ?",
                        (import_id, number),
                    ).fetchone()
                    if row is None:
                        break
                    file.write(row[0])
            yield path

    def remove(self, import_id: str) -> None:
        with self._database.session() as session:
            session.execute("DELETE FROM uploads WHERE import_id = ?", (import_id,))

    def remove_abandoned(self, seconds: float) -> None:
        with self._database.session() as session:
            session.execute("DELETE FROM uploads WHERE at < ?", (int(time() - seconds),))
