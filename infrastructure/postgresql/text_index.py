"""The text index on PostgreSQL: two tables in the account's schema (text_index.py).

A contact's tokens are an array under a GIN index, which finds the contacts that have all of several
tokens. A search reads the index in its own snapshot, so index and contacts never disagree.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from application.reads.text_search import Sought, folded
from infrastructure.postgresql.database import PostgresDatabase
from infrastructure.read_models.text_index import (
    Indexed,
    IndexedContact,
    TextIndex,
    Touched,
    if_of_log,
    kind_token,
    read_log,
    runs_of,
    tokens_of,
)
from infrastructure.storage.session import Session, read_head

FORMAT = 1
"""Rises with each change of the tables or of the runs of a line."""

LOOKED_AT = 1_000
"""How many contacts are looked at one by one before the index is asked for a text's runs.

A text that very many contacts contain is found among these, without sorting all the others.
"""


class PostgresIndexSnapshot:
    """The index as a session sees it (see text_index.IndexSnapshot)."""

    def __init__(self, session: Session, indexed: Indexed) -> None:
        self._session = session
        self.indexed = indexed

    def candidates(self, sought: Sought, after: int) -> Iterator[tuple[int, str]]:
        if sought.identifier is None:
            looked_at = self._first_looked_at(sought, after)
            for first, contact_id, is_found in looked_at:
                if is_found:
                    yield first, contact_id
            if len(looked_at) < LOOKED_AT:
                return
            after = looked_at[-1][0]
        yield from self._by_tokens(sought, after)

    def _first_looked_at(self, sought: Sought, after: int) -> list[Any]:
        """The next contacts after one, each with whether it contains a text."""
        contains = " OR ".join("position(? IN lines) > 0" for _ in sought.alternatives)
        of_kind, kinds = ("", []) if sought.kind is None else (" AND kind = ?", [sought.kind])
        return self._session.execute(
            f"SELECT first, contact_id, ({contains}){of_kind} FROM indexed_contacts"
            " WHERE first > ? ORDER BY first LIMIT ?",
            (*sought.alternatives, *kinds, after, LOOKED_AT),
        ).fetchall()

    def _by_tokens(self, sought: Sought, after: int) -> Iterator[tuple[int, str]]:
        alternatives = " OR ".join(
            "(tokens @> ? AND position(? IN lines) > 0)" for _ in sought.alternatives
        )
        values: list[Any] = [part for each in sought.alternatives for part in (_runs(each), each)]
        also: list[str] = []
        conditions = [f"({alternatives})"]
        if sought.identifier is not None:
            line = folded(sought.identifier.value)
            also += _runs(line)
            conditions.append("position(? IN lines) > 0")
            values.append(f"\n{line}\n")
        if sought.kind is not None:
            also.append(kind_token(sought.kind))
        if also:
            conditions.append("tokens @> ?")
            values.append(also)
        # `first + 0` keeps the planner from preferring the index of `first`.
        yield from self._session.stream(
            "SELECT first, contact_id FROM indexed_contacts"
            f" WHERE {' AND '.join(conditions)} AND first + 0 > ? ORDER BY first + 0",
            (*values, after),
        )


class PostgresTextIndex(TextIndex):
    """The text index of one account (see text_index.TextIndex)."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    @contextmanager
    def reading(self, session: Session) -> Iterator[PostgresIndexSnapshot | None]:
        indexed = _read_indexed(session)
        yield None if indexed is None else PostgresIndexSnapshot(session, indexed)

    def _progress(self) -> tuple[Indexed | None, int]:
        with self._database.reading() as session:
            indexed = if_of_log(_read_indexed(session), session)
            return indexed, read_head(session).position

    def drop(self) -> bool:
        with self._database.indexing() as session:
            there = _read_indexed(session) is not None
            _empty(session)
        return there

    def _index_some(self, batch: int) -> Indexed:
        with self._database.indexing() as session:
            indexed = if_of_log(_read_indexed(session), session)
            if indexed is None:
                _empty(session)
                indexed = Indexed(0, 0, None)
            touched = read_log(session, indexed.position, batch)
            _write(session, touched)
            return touched.indexed


def _read_indexed(session: Session) -> Indexed | None:
    row = session.execute(
        "SELECT position, head, digest FROM indexed WHERE format = ?", (FORMAT,)
    ).fetchone()
    return Indexed(*row) if row else None


def _empty(session: Session) -> None:
    session.execute("DELETE FROM indexed")
    session.execute("DELETE FROM indexed_contacts")


def _write(session: Session, touched: Touched) -> None:
    among = "WHERE first IN (SELECT value FROM json_each(?))"
    known = session.execute(
        f"SELECT first, contact_id, kind, lines FROM indexed_contacts {among}", (touched.numbers,)
    )
    old, new = touched.changes(known)
    session.execute(f"DELETE FROM indexed_contacts {among}", ([each.first for each in old],))
    session.executemany(
        "INSERT INTO indexed_contacts VALUES (?, ?, ?, ?, ?)",
        [(*each, _tokens(each)) for each in new],
    )
    session.execute(
        "INSERT INTO indexed VALUES (?, ?, ?, ?) ON CONFLICT (format) DO UPDATE SET"
        " position = excluded.position, head = excluded.head, digest = excluded.digest",
        (FORMAT, *touched.indexed),
    )


def _tokens(contact: IndexedContact) -> list[str]:
    """The tokens of a contact: an array finds only whole tokens, so runs of two are included."""
    tokens = tokens_of(contact).split("\n")
    return [*tokens, *{each[:2] for each in tokens[1:]}.difference(tokens)]


def _runs(text: str) -> list[str]:
    """The runs of a text, which every contact that contains it has."""
    return [text] if len(text) == 2 else runs_of(text)
