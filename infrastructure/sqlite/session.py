"""A connection to an account's file, and rows by table and key on it."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from infrastructure.storage.schema import EVENT_COLUMNS, read_model_schema
from infrastructure.storage.table import Row, Table, select_one, selected
from infrastructure.storage.tables import TABLES

sqlite3.register_adapter(list, json.dumps)  # a list is one value, for json_each

_FRESH_KIB = 128 << 10
"""Memory for fresh tables; what is more lies in a temporary file. SQLite would give them 2 MB."""


class SqliteSession(sqlite3.Connection):
    """A connection to an account's file (see session.Session)."""

    in_use = "main"
    fresh = "temp"
    overlay = "overlay"
    failures = (sqlite3.DatabaseError,)

    def change_schema(self, statement: str) -> None:
        self.execute(statement)

    def has_schema_version(self, version: int, works_with: int) -> None:
        self.execute("UPDATE schema_version SET version = ?, works_with = ?", (version, works_with))
        self.execute(f"PRAGMA user_version = {works_with:d}")  # checked when a file is opened

    def stream(self, statement: str, values: Sequence[Any] = ()) -> Iterator[Row]:
        return self.execute(statement, values)

    def select(
        self, table: Table[Any], schema: str, columns: int, keys: Sequence[Row]
    ) -> Iterable[Row]:
        if len(keys) == 1:
            return self.execute(select_one(table, schema, columns), keys[0])
        what, event = selected(table)
        names = ", ".join(table.columns[:columns])
        found: list[Row] = []
        most = 30_000 // columns  # SQLite takes 32,766 parameters
        for start in range(0, len(keys), most):
            some = keys[start : start + most]
            one = "(" + ",".join("?" * columns) + ")"
            found += self.execute(
                f"WITH wanted ({names}) AS (VALUES {','.join([one] * len(some))}) SELECT {what}"
                f" FROM wanted CROSS JOIN {schema}.{table.name} t USING ({names}){event}",
                [value for key in some for value in key],
            )
        return found

    def upsert(self, table: Table[Any], schema: str, rows: Sequence[Row]) -> None:
        marks = ",".join("?" * len(table.columns))
        into = f"{schema}.{table.name} ({', '.join(table.columns)})"
        self.executemany(f"INSERT OR REPLACE INTO {into} VALUES ({marks})", rows)

    def delete(self, table: Table[Any], schema: str, keys: Sequence[Row]) -> None:
        where = " AND ".join(f"{column} = ?" for column in table.columns[: table.key])
        self.executemany(f"DELETE FROM {schema}.{table.name} WHERE {where}", keys)

    def insert_events(self, rows: Sequence[Row]) -> None:
        self.executemany(f"INSERT INTO events ({EVENT_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?)", rows)

    def forget(self) -> None:
        self.execute("PRAGMA shrink_memory")

    def together(self) -> AbstractContextManager[object]:
        return nullcontext()

    of_whole_tables = together

    @contextmanager
    def fresh_tables(self) -> Iterator[None]:
        self.execute(f"PRAGMA {self.fresh}.cache_size = -{_FRESH_KIB}")
        for statement in read_model_schema(self.fresh):
            self.execute(statement)
        try:
            yield
        except self.failures:
            raise  # the connection is closed, and they go with it
        except BaseException:
            self._drop_fresh_tables()
            raise
        self._drop_fresh_tables()

    def _drop_fresh_tables(self) -> None:
        """They would hide the account's tables from whoever uses the connection next."""
        for table in TABLES:
            self.execute(f"DROP TABLE IF EXISTS {self.fresh}.{table.name}")
