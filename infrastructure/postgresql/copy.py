"""A copy of an account in temporary tables."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg

from infrastructure.postgresql.errors import database_errors
from infrastructure.postgresql.session import UNHURRIED, PostgresSession, transaction
from infrastructure.postgresql.uploads import PostgresUploads
from infrastructure.storage.schema import EVENT_COLUMNS, account_schema, in_postgresql
from infrastructure.storage.session import Session
from infrastructure.storage.tables import TABLES


class PostgresCopy:
    """A copy of an account in temporary tables, which are gone with their connection."""

    failures: tuple[type[Exception], ...] = (psycopg.OperationalError, psycopg.InternalError)

    def __init__(self, session: PostgresSession, schema: str, uploads: PostgresUploads) -> None:
        self._session = session
        self.uploads = uploads
        try:
            self._take_over(schema)
        except BaseException:
            self.close()
            raise

    def _take_over(self, schema: str) -> None:
        works_with = f"SELECT works_with FROM {schema}.schema_version"
        self._session.begin(f"BEGIN ISOLATION LEVEL REPEATABLE READ; {works_with}")
        self._session.plainly(UNHURRIED)
        for statement in account_schema("pg_temp"):
            self._session.plainly(in_postgresql(statement))
        columns = {table.name: ", ".join(table.columns) for table in TABLES}
        for name, each in {"events": EVENT_COLUMNS, **columns}.items():
            self._session.plainly(
                f"INSERT INTO pg_temp.{name} ({each}) SELECT {each} FROM {schema}.{name}"
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
