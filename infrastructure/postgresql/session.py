"""A connection to PostgreSQL, and rows by table and key on it."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import lru_cache
from itertools import count
from select import POLLIN, poll
from time import monotonic
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.pq import TransactionStatus
from psycopg.pq.abc import PGresult

from application.refusals import StoreUnusable
from infrastructure.postgresql.arrays import KINDS, array_of
from infrastructure.postgresql.sql import in_postgresql, translated
from infrastructure.storage.schema import EVENT_COLUMNS, read_model_schema, wrong_version
from infrastructure.storage.session import Answered
from infrastructure.storage.table import Row, Table, select_one, selected
from infrastructure.storage.tables import TABLES

_FETCHED = 1_000


UNHURRIED = "SET LOCAL statement_timeout = 0"
"""The setting for a transaction that may take long."""
SCANNING = (
    f"{UNHURRIED}; SET LOCAL enable_seqscan = on; SET LOCAL plan_cache_mode = force_custom_plan"
)
"""Settings for a transaction that reads everything."""


class PostgresSession:
    """A connection (see session.Session)."""

    fresh = overlay = "pg_temp"
    failures = (psycopg.OperationalError, psycopg.InternalError)

    def __init__(self, connection: Connection[Row]) -> None:
        self.connection = connection
        self.in_use = ""
        self.used = monotonic()
        self._streams = count(1)

    def close(self) -> None:
        self.connection.close()

    def turn_to(self, schema: str) -> None:
        """Use the tables of a schema from now on; fresh tables need their full name."""
        if schema != self.in_use:
            self.plainly(f"SET search_path TO {schema}, pg_temp")
            self.in_use = schema

    @property
    def was_ended(self) -> bool:
        """Whether the server has ended the connection while it was idle: then there is input."""
        asked = poll()
        asked.register(self.connection.pgconn.socket, POLLIN)
        return bool(asked.poll(0))

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
        """Begin a transaction. The statements return the oldest version that may use the account.

        Raises StoreUnusable if that is newer than this program, or the account is a draft's.
        """
        answer = self.plainly(statements).get_value(0, 0)
        if answer is not None and (wrong := wrong_version(int(answer))):
            self.plainly("ROLLBACK")
            raise StoreUnusable(wrong)

    def plainly(self, statement: str) -> PGresult:
        """Execute a statement without values and without preparing it.

        It bypasses psycopg, which forgets its prepared statements after each ROLLBACK or DROP.
        """
        result = self.connection.pgconn.exec_(statement.encode())
        if result.status not in {psycopg.pq.ExecStatus.COMMAND_OK, psycopg.pq.ExecStatus.TUPLES_OK}:
            raise _error_of(result)
        return result

    def commit(self) -> None:
        """Commit. Raises psycopg.Error if the transaction was lost before."""
        if self.plainly("COMMIT").command_status == b"ROLLBACK":
            raise psycopg.OperationalError("the transaction was lost")

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
            return self.execute(select_one(table, schema, columns), keys[0])
        return self.execute(
            _select(table, schema, columns), _by_column(keys, table.types[:columns])
        )

    def upsert(self, table: Table[Any], schema: str, rows: Sequence[Row]) -> None:
        self.execute(_upsert(table, schema), _by_column(rows, table.types))

    def delete(self, table: Table[Any], schema: str, keys: Sequence[Row]) -> None:
        self.execute(_delete(table, schema), _by_column(keys, table.types[: table.key]))

    def insert_events(self, rows: Sequence[Row]) -> None:
        self.execute(_INSERT_EVENTS, _by_column(rows, _OF_EVENTS))

    def forget(self) -> None:
        """Only the server holds what was read."""

    def together(self) -> AbstractContextManager[object]:
        return self.connection.pipeline()

    @contextmanager
    def of_whole_tables(self) -> Iterator[None]:
        # PostgreSQL has no statistics of new tables yet, and takes them for small.
        self.plainly("SET LOCAL enable_nestloop = off; SET LOCAL join_collapse_limit = 1")
        yield
        for setting in ("enable_nestloop", "join_collapse_limit"):
            self.plainly(f"SET LOCAL {setting} TO DEFAULT")

    @contextmanager
    def fresh_tables(self) -> Iterator[None]:
        for statement in read_model_schema(self.fresh):
            self.change_schema(statement)
        usable = {TransactionStatus.IDLE, TransactionStatus.INTRANS}
        try:
            yield
        finally:
            if self.connection.info.transaction_status in usable:
                tables = ", ".join(f"{self.fresh}.{table.name}" for table in TABLES)
                self.plainly(f"DROP TABLE IF EXISTS {tables}")


def _error_of(result: PGresult) -> psycopg.Error:
    """The error of a result. An error without a code means that the connection was lost."""
    if result.error_field(psycopg.pq.DiagnosticField.SQLSTATE) is None:
        return psycopg.OperationalError(result.get_error_message())
    return psycopg.errors.error_from_result(result)


def _by_column(rows: Sequence[Row], types: Sequence[str]) -> list[list[Any]]:
    """Rows, at least one, as one array for each column."""
    return [
        KINDS[each](column) for each, column in zip(types, zip(*rows, strict=True), strict=True)
    ]


_ARRAYS = {"TEXT": "text[]", "INTEGER": "bigint[]", "BLOB": "bytea[]"}
_OF_EVENTS = ("INTEGER", "TEXT", "INTEGER", "TEXT", "INTEGER", *["BLOB"] * 4)


def _unnest(types: Sequence[str]) -> str:
    return f"unnest({', '.join(f'?::{_ARRAYS[each]}' for each in types)})"


_INSERT_EVENTS = f"INSERT INTO events ({EVENT_COLUMNS}) SELECT * FROM {_unnest(_OF_EVENTS)}"


@lru_cache(maxsize=1_000)
def _select(table: Table[Any], schema: str, columns: int) -> str:
    what, event = selected(table)
    wanted, same = _wanted(table, columns)
    return f"SELECT {what} FROM {wanted} JOIN {schema}.{table.name} t ON {same}{event}"


def _wanted(table: Table[Any], columns: int) -> tuple[str, str]:
    """Given values of the first columns as a table, and the condition that a row has them."""
    names = table.columns[:columns]
    same = " AND ".join(f"t.{name} = w.{name}" for name in names)
    return f"{_unnest(table.types[:columns])} AS w ({', '.join(names)})", same


@lru_cache(maxsize=1_000)
def _upsert(table: Table[Any], schema: str) -> str:
    key, rest = table.columns[: table.key], table.columns[table.key :]
    instead = ", ".join(f"{each} = excluded.{each}" for each in rest)
    return (
        f"INSERT INTO {schema}.{table.name} ({', '.join(table.columns)})"
        f" SELECT * FROM {_unnest(table.types)}"
        f" ON CONFLICT ({', '.join(key)}) DO {f'UPDATE SET {instead}' if rest else 'NOTHING'}"
    )


@lru_cache(maxsize=1_000)
def _delete(table: Table[Any], schema: str) -> str:
    wanted, same = _wanted(table, table.key)
    return f"DELETE FROM {schema}.{table.name} t USING {wanted} WHERE {same}"


@contextmanager
def transaction(session: PostgresSession) -> Iterator[None]:
    """A transaction of a session. It commits unless an exception leaves it."""
    session.plainly("BEGIN")
    with committing(session):
        yield


@contextmanager
def committing(session: PostgresSession) -> Iterator[None]:
    """The rest of a transaction that has begun. It commits unless an exception leaves it."""
    try:
        yield
    except BaseException:
        with suppress(psycopg.Error):
            session.plainly("ROLLBACK")
        raise
    session.commit()
