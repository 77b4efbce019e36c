"""The statements that a database is given."""

import re
import sqlite3
from typing import Any

import psycopg
import pytest

from infrastructure.postgresql.session import PostgresSession

_OF_FTS = re.compile(r"'runs_\w+'|\bruns_\w+\b")
"""What SQLite's full-text search says to its own tables."""


class Statements(list[str]):
    """Every statement that SQLite or psycopg is given on connections opened from now on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        connect, execute, plainly = sqlite3.connect, psycopg.Cursor.execute, PostgresSession.plainly

        def connected(*args: Any, **options: Any) -> sqlite3.Connection:
            connection: sqlite3.Connection = connect(*args, **options)
            connection.set_trace_callback(self._of_sqlite)
            return connection

        def executed(cursor: Any, statement: Any, *args: Any, **options: Any) -> Any:
            self.append(str(statement))
            return execute(cursor, statement, *args, **options)

        def done_plainly(session: PostgresSession, statement: str) -> Any:
            self.append(statement)
            return plainly(session, statement)

        monkeypatch.setattr(sqlite3, "connect", connected)
        monkeypatch.setattr(psycopg.Cursor, "execute", executed)
        monkeypatch.setattr(PostgresSession, "plainly", done_plainly)

    def _of_sqlite(self, statement: str) -> None:
        if not _OF_FTS.search(statement):
            self.append(statement)
