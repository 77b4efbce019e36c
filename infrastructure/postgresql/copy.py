"""A copy of an account in temporary tables."""

from collections.abc import Iterator
from contextlib import contextmanager

from infrastructure.postgresql.errors import database_errors
from infrastructure.postgresql.session import UNHURRIED, PostgresSession, transaction
from infrastructure.storage.schema import EVENT_COLUMNS, account_schema, in_postgresql
from infrastructure.storage.tables import TABLES


class PostgresCopy:
    """A copy of an account in temporary tables, which disappear with their connection.

    See database.Transactions.
    """

    def __init__(self, session: PostgresSession, schema: str) -> None:
        self._session = session
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

    @contextmanager
    def writing(self) -> Iterator[PostgresSession]:
        with database_errors(), transaction(self._session):
            yield self._session

    reading = writing

    def close(self) -> None:
        self._session.connection.close()
