"""Every kind of store, for tests that run on each of them with the same code.

    def test_…(place: Place): …        runs on SQLite, and on a real PostgreSQL

`place` is an empty store for one test; `new_place` makes more of its kind. If PostgreSQL is not
available, the tests that need it are skipped and named in the last lines of `run.py test`.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import connect
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any, Literal, get_args

import psycopg
import pytest

from application.ports import Clock, Ids
from domain.settings import MergeSettings
from infrastructure.account_log.accounts import StoredAccounts
from infrastructure.account_log.log import EventLog
from infrastructure.bootstrap import open_store
from infrastructure.postgresql.accounts import PostgresAccounts
from infrastructure.postgresql.pool import Pool
from infrastructure.sqlite.accounts import SqliteAccounts
from infrastructure.sqlite.database import FILE_NAME as LOG_FILE
from infrastructure.sqlite.database import LOCK_TIMEOUT
from infrastructure.sqlite.text_index import FILE_NAME as INDEX_FILE
from infrastructure.storage.session import Randomness
from tests.postgresql import Server, the_server
from tests.postgresql_programs import NoPostgresql

Kind = Literal["sqlite", "postgresql"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Row = tuple[Any, ...]
BESIDE = {
    *("events", "answers", "jobs", "rejected_rows", "findings", "mappings"),
    *("schema_version", "incarnation", "commits", "uploads", "indexed", "indexed_contacts"),
}
"""The log itself and tables that are not derived from it: a rebuild keeps them."""
CONTACTS_OF_INDEX: dict[Kind, str] = {"sqlite": "contacts", "postgresql": "indexed_contacts"}
"""The table of a text index that has one row for each contact."""


@dataclass(frozen=True)
class Place:
    """A store: a folder of SQLite files, or a database of PostgreSQL. `url`: as a user names it."""

    kind: Kind
    url: str
    folder: Path
    """Its own folder, which has the store's files if there are any."""

    def accounts(
        self,
        clock: Clock,
        ids: Ids,
        randomness: Randomness = os.urandom,
        lock_timeout: float = LOCK_TIMEOUT,
    ) -> StoredAccounts:
        """Its accounts, with a given clock and ids. The caller must close them."""
        if self.kind == "sqlite":
            return SqliteAccounts(self.folder, clock, ids, randomness, lock_timeout)
        return PostgresAccounts(Pool(self.url, lock_timeout=lock_timeout), clock, ids, randomness)

    def create(self, account: str) -> EventLog:
        """Make an account with region US, like the program."""
        return open_store(self.url).create(account, MergeSettings(default_region="US"), "admin")

    def open(self, account: str) -> EventLog:
        """Open an existing account, like the program."""
        return open_store(self.url).open(account)

    def database(self, account: str) -> "Behind":
        """An account's tables, to read or damage them behind the program's back."""
        return Behind(self, account)

    def index(self, account: str) -> "Behind":
        """The tables of its text index, `indexed` and CONTACTS_OF_INDEX."""
        return Behind(self, account, INDEX_FILE)


class Behind:
    """The tables of an account, as any other program reaches them. SQL has `?` for values."""

    def __init__(self, place: Place, account: str, file: str = LOG_FILE) -> None:
        self._place = place
        self._account = account
        self._file = file

    @contextmanager
    def connected(self) -> Iterator[Callable[..., Any]]:
        """A function that executes a statement and returns a cursor. It commits at the end."""
        if self._place.kind == "sqlite":
            path = self._place.folder / self._account / self._file
            with closing(connect(path)) as file, file:
                yield file.execute
        else:
            with psycopg.connect(self._place.url) as connection:
                connection.execute(f"SET search_path TO {self._schema(connection)}".encode())
                yield lambda sql, values=(): connection.execute(_marked(sql), values)

    def _schema(self, connection: psycopg.Connection[Any]) -> str:
        row = connection.execute(
            "SELECT 'account_' || account || '_' || number FROM contact_merging.accounts"
            " WHERE account = %s",
            (self._account,),
        ).fetchone()
        assert row is not None, f"there is no account {self._account}"
        return str(row[0])

    def execute(self, sql: str, *values: Any) -> list[Row]:
        """Execute one statement and commit. Returns its rows."""
        with self.connected() as execute:
            cursor = execute(sql, values)
            return list(cursor.fetchall()) if cursor.description else []

    def tables(self) -> list[str]:
        """The tables that are derived from the log, sorted."""
        return [name for name in self.all_tables() if name not in BESIDE]

    def all_tables(self) -> list[str]:
        """Every table, sorted."""
        if self._place.kind == "sqlite":
            rows = self.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        else:
            rows = self.execute(
                "SELECT table_name FROM information_schema.tables"
                " WHERE table_schema = current_schema()"
            )
        return sorted(name for (name,) in rows if not name.startswith("sqlite_"))

    def columns(self, table: str) -> list[str]:
        """The columns of a table, in order."""
        with self.connected() as execute:
            return [each[0] for each in execute(f"SELECT * FROM {table} LIMIT 0").description]

    def dump(self, tables: list[str] | None = None) -> dict[str, list[Row]]:
        """Every row of some tables, sorted; by default of those derived from the log."""
        names = self.tables() if tables is None else tables
        with self.connected() as execute:
            return {
                name: sorted(execute(f"SELECT * FROM {name}").fetchall(), key=repr)
                for name in names
            }


def _marked(sql: str) -> bytes:
    return sql.replace("%", "%%").replace("?", "%s").encode()


@contextmanager
def new_place(kind: Kind, folder: Path | None = None) -> Iterator[Place]:
    """An empty store, removed at the end; with a given folder for its files."""
    with TemporaryDirectory() if folder is None else _kept(folder) as named:
        if kind == "sqlite":
            yield Place(kind, f"sqlite:{named}", Path(named))
            return
        url = _databases.take()
        try:
            yield Place(kind, url, Path(named))
        finally:
            _databases.give_back(url)


@contextmanager
def _kept(folder: Path) -> Iterator[str]:
    folder.mkdir(parents=True, exist_ok=True)
    yield str(folder)


_FEW = 5
"""Up to this number accounts are dropped faster one by one than with their database."""


class _Databases:
    """Databases that tests use in turn: emptying one is faster than making one."""

    def __init__(self) -> None:
        self._free: list[str] = []
        self._guard = Lock()

    def take(self) -> str:
        with self._guard:
            if self._free:
                return self._free.pop()
        try:
            return the_server().new_database()
        except NoPostgresql as missing:
            pytest.skip(str(missing))

    def give_back(self, url: str) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND state LIKE 'idle in transaction%'"
            )
            schemas = connection.execute(
                "SELECT quote_ident(nspname) FROM pg_namespace"
                " WHERE nspname LIKE 'account\\_%' OR nspname = 'contact_merging'"
            ).fetchall()
            is_small = len(schemas) <= _FEW
            for (schema,) in schemas if is_small else ():
                connection.execute(f"DROP SCHEMA {schema} CASCADE".encode())
        if not is_small:
            the_server().drop_database(url)
            return
        with self._guard:
            self._free.append(url)


_databases = _Databases()


only_sqlite = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
only_postgresql = pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
"""For tests of features that the other store does not have."""


@pytest.fixture(params=KINDS, scope="session")
def kind(request: pytest.FixtureRequest) -> Kind:
    """Each kind of store in turn."""
    found: Kind = request.param
    return found


@pytest.fixture
def place(kind: Kind, tmp_path: Path) -> Iterator[Place]:
    """An empty store for one test."""
    with new_place(kind, tmp_path / "store") as made:
        yield made


@pytest.fixture
def new_places(kind: Kind) -> Callable[[], AbstractContextManager[Place]]:
    """Makes more stores of this kind, for example one for each example of Hypothesis."""
    return lambda: new_place(kind)


@contextmanager
def server_of_its_own() -> Iterator[Server]:
    """A running PostgreSQL that may be stopped and killed; without one the test is skipped."""
    with closing(Server()) as server:
        try:
            server.start()
        except NoPostgresql as missing:
            pytest.skip(str(missing))
        yield server
