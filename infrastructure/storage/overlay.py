"""What a preview changes, in tables of its own over those of the account, which stay as they are.

A row of the overlay hides the account's row of the same key, and so does a key that is noted as
gone. The overlay belongs to one connection and goes with it. It has no log, so a record is stored
there with all that it says.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from domain.held_records import HeldRecord, Said
from domain.records import Record
from infrastructure.storage.json_values import as_text, json_of
from infrastructure.storage.schema import create_indexes, create_table
from infrastructure.storage.session import Session
from infrastructure.storage.stored_rows import RecordRow
from infrastructure.storage.table import R, Row, Table
from infrastructure.storage.tables import (
    CSV_ROWS,
    IDENTIFIERS,
    JOINED,
    MERGES,
    RECORDS,
    TABLES,
)
from infrastructure.storage.times import from_micros, to_micros

_read_held_record = json_of(HeldRecord)
_read_first = json_of(tuple[int, Record])


def _encode_record(row: RecordRow) -> Row:
    newest_at, newest = row.last_said
    if row.again is None and row.first is not None:
        record, said = row.first
        says = as_text((to_micros(said.at), record))
    else:
        says = as_text(row.held)
    return (*row[:3], says, to_micros(newest_at), newest)


def _decode_record(row: Row) -> RecordRow:
    record_id, contact_id, position, says, _, _ = row
    if not says.startswith("["):
        return RecordRow(record_id, contact_id, position, _read_held_record(says), None)
    at, record = _read_first(says)
    said = Said(position, from_micros(at), record.updated_at)
    return RecordRow(record_id, contact_id, position, None, (record, said))


_STORED: Mapping[str, Table[Any]] = {
    RECORDS.name: replace(RECORDS, encode=_encode_record, decode=_decode_record, with_event=False)
}
"""The tables whose rows are stored differently here."""


_UNREAD = {MERGES.name}
"""The tables that nothing reads here, so they stay empty: only an undo asks for merges."""
_BY_KEY = (MERGES, JOINED)
"""The tables whose rows are found only by their keys here: only an undo looks for others."""


_MARKED = (IDENTIFIERS, CSV_ROWS)
"""The tables in which most keys of a new file are asked for once, and are not there."""
_MARKS = 1 << 22
"""How many marks such a table has: so many bytes."""


def _gone(table: Table[Any]) -> Table[Any]:
    """The table of the keys whose rows are gone."""
    return Table(f"gone_{table.name}", table.row, table.types[: table.key], key=table.key)


class Overlay:
    """The changes of one preview, in tables of `schema`."""

    def __init__(self, schema: str) -> None:
        self._schema = schema
        self._written = set[str]()  # the tables in which there are rows
        self._below = set[str]()  # the tables of the account in which there are rows
        self._marks = {table.name: bytearray(_MARKS) for table in _MARKED}
        """By table, a mark at the hash of the prefix of each key that was written."""

    def make(self, session: Session, schema: str) -> None:
        """Make its tables, which are empty at first, over a snapshot of those of `schema`."""
        for table in TABLES:
            if session.execute(f"SELECT 1 FROM {schema}.{table.name} LIMIT 1").fetchone():
                self._below.add(table.name)
            session.change_schema(create_table(self._schema, table))
            session.change_schema(create_table(self._schema, _gone(table)))
            for statement in create_indexes(self._schema, table) if table not in _BY_KEY else ():
                session.change_schema(statement)

    def source(self, table: Table[Any], schema: str) -> str:
        """What a query names to read a table of the account with these changes."""
        above, below = f"{self._schema}.{table.name}", f"{schema}.{table.name}"
        columns = ", ".join(table.columns)
        hidden = (
            f"NOT EXISTS (SELECT 1 FROM {each} above WHERE {_same(table, 'above', 'below')})"
            for each in (above, f"{self._schema}.gone_{table.name}")
        )
        return (
            f"(SELECT {columns} FROM {above} UNION ALL"
            f" SELECT {columns} FROM {below} below WHERE {' AND '.join(hidden)})"
        )

    def is_alone(self, table: Table[Any]) -> bool:
        """Whether the account has no rows under it, so that none need be asked for."""
        return table.name not in self._below

    def select(
        self, session: Session, table: Table[R], columns: int, keys: Sequence[Row]
    ) -> Iterator[R]:
        """The changed rows whose first columns are one of some keys."""
        if table.name not in self._written:
            return iter(())
        if columns == table.prefix and (marks := self._marks.get(table.name)) is not None:
            keys = [key for key in keys if marks[hash(key) % _MARKS]]
        if not keys:
            return iter(())
        stored = _STORED.get(table.name, table)
        return map(stored.read, session.select(stored, self._schema, columns, keys))

    def gone(
        self, session: Session, table: Table[Any], columns: int, keys: Sequence[Row]
    ) -> Iterable[Row]:
        """The keys of the rows that are gone, of those whose first columns are one of some keys."""
        gone = _gone(table)
        if gone.name not in self._written:
            return ()
        return session.select(gone, self._schema, columns, keys)

    def write(
        self, session: Session, table: Table[R], kept: Sequence[R], gone: Sequence[Row]
    ) -> None:
        """Write rows that changed, and the keys of those that are gone."""
        if table.name in _UNREAD:
            return
        stored = _STORED.get(table.name, table)
        if gone:
            session.delete(stored, self._schema, gone)
            session.upsert(_gone(table), self._schema, gone)
            self._written.add(_gone(table).name)
        if kept:
            session.upsert(stored, self._schema, stored.stored(kept))
            self._written.add(table.name)
            if (marks := self._marks.get(table.name)) is not None:
                prefix = table.prefix
                for row in kept:
                    marks[hash(row[:prefix]) % _MARKS] = 1


def _same(table: Table[Any], one: str, other: str) -> str:
    return " AND ".join(f"{one}.{key} = {other}.{key}" for key in table.columns[: table.key])
