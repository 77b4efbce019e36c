"""The accounts of a store on PostgreSQL: one schema each, and a small directory of all of them."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from application.account_ids import check_id
from application.ports import Clock, Ids
from application.refusals import Conflict, StoreUnusable, UnknownAccount
from infrastructure.account_log.accounts import StoredAccounts
from infrastructure.account_log.log import EventLog
from infrastructure.postgresql.database import DIRECTORY, PostgresDatabase, schema_of
from infrastructure.postgresql.errors import database_errors
from infrastructure.postgresql.pool import Pool
from infrastructure.postgresql.session import PostgresSession, committing, transaction
from infrastructure.postgresql.tables import account_tables
from infrastructure.postgresql.text_index import PostgresTextIndex
from infrastructure.storage.schema import KEYS, statements
from infrastructure.storage.session import Randomness, Session

_MAKING = 0x434D4449
"""The advisory lock of the process that makes the directory."""
_TABLES = """
CREATE TABLE IF NOT EXISTS {schema}.accounts (
    account TEXT PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE GENERATED ALWAYS AS IDENTITY
);
CREATE TABLE IF NOT EXISTS {schema}.at_work (number INTEGER PRIMARY KEY);
"""
"""`at_work`: accounts with jobs that are not done."""


class PostgresAccounts(StoredAccounts):
    """The accounts of one database (see accounts.StoredAccounts)."""

    made_by_imports = False

    def __init__(
        self, pool: Pool, clock: Clock, ids: Ids, randomness: Randomness = os.urandom
    ) -> None:
        super().__init__(clock, ids, randomness)
        self._pool = pool
        self._directory = Directory(pool)

    def names(self) -> list[str]:
        rows = self._directory.find("SELECT account FROM accounts ORDER BY account")
        return [account for (account,) in rows]

    def open(self, account: str) -> EventLog:
        check_id(account)
        found = self._directory.find("SELECT number FROM accounts WHERE account = ?", account)
        if not found:
            raise UnknownAccount(account)
        return self._log(account, found[0][0])

    def make(self, account: str, begin: Callable[[Session], None]) -> EventLog:
        check_id(account)
        with self._directory.session() as session, transaction(session):
            row = session.execute(
                "INSERT INTO accounts (account) VALUES (?) ON CONFLICT DO NOTHING RETURNING number",
                (account,),
            ).fetchone()
            if row is None:
                raise Conflict(f"account `{account}` exists already")
            schema = schema_of(account, row[0])
            session.plainly(f"CREATE SCHEMA {schema}")
            for statement in account_tables(schema):
                session.change_schema(statement)
            session.turn_to(schema)
            self._begin(session, begin)
        return self._log(account, row[0])

    def at_work(self) -> list[str]:
        rows = self._directory.find(
            "SELECT a.account FROM at_work w JOIN accounts a ON a.number = w.number"
            " ORDER BY w.number"
        )
        return [account for (account,) in rows]

    def remove(self, account: str) -> None:
        database: Any = self.open(account).database
        try:
            with self._directory.session(database.begin_alone) as session, committing(session):
                # Every transaction reads this first: running ones end, new ones wait to begin.
                session.plainly(f"LOCK TABLE {database.schema}.schema_version")
                session.plainly(f"DROP SCHEMA {database.schema} CASCADE")
                for table in ("accounts", "at_work"):
                    session.execute(f"DELETE FROM {table} WHERE number = ?", (database.number,))
        except StoreUnusable:
            if database.is_there():  # otherwise only the answer of its commit was lost
                raise

    def close(self) -> None:
        self._pool.close()

    def _log(self, account: str, number: int) -> EventLog:
        database = PostgresDatabase(self._pool, account, number)
        return self._log_in(account, database, PostgresTextIndex(database))


class Directory:
    """The schema that lists the accounts and their keys."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._is_there = False

    @contextmanager
    def session(self, begin: str = "") -> Iterator[PostgresSession]:
        """A session on the directory's tables, which are made if missing. See Pool.session."""
        with database_errors():
            if not self._is_there:
                self._make()
            with self._pool.session(DIRECTORY, begin) as session:
                yield session

    def find(self, query: str, *values: Any) -> list[Any]:
        """The rows of a query; none if there are no tables yet: a reader does not make them."""
        with database_errors(), self._pool.session(DIRECTORY) as session:
            self._is_there = self._is_there or _has_tables(session)
            return session.execute(query, values).fetchall() if self._is_there else []

    def _make(self) -> None:
        with self._pool.session(DIRECTORY) as session:
            if not _has_tables(session):
                with transaction(session):
                    session.plainly(f"SELECT pg_advisory_xact_lock({_MAKING}, 0)")
                    session.plainly(f"CREATE SCHEMA IF NOT EXISTS {DIRECTORY}")
                    for statement in statements(_TABLES + KEYS, DIRECTORY):
                        session.change_schema(statement)
        self._is_there = True


def _has_tables(session: PostgresSession) -> bool:
    """Whether the directory exists with all of its tables."""
    found = session.execute("SELECT to_regclass(?)", (f"{DIRECTORY}.sign_ins",))
    return bool(found.fetchone() != (None,))
