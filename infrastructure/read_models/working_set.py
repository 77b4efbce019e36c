"""The rows that one transaction works on: read together, changed in memory, written together.

So a batch of thousands costs a few statements, and the projector knows nothing of the store.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from infrastructure.read_models.tables import TABLES, Row, Table

Key = tuple[Any, ...]


class RowStore(Protocol):
    """Where rows are kept: a set of tables in a SQL database, within one transaction."""

    def select(self, table: Table, columns: int, keys: Sequence[Key]) -> Iterable[Row]:
        """The rows whose first `columns` columns are one of `keys`."""

    def upsert(self, table: Table, rows: Sequence[Row]) -> None:
        """Insert rows, replacing those of the same key."""

    def delete(self, table: Table, keys: Sequence[Key]) -> None:
        """Delete the rows of these keys."""

    def records_of(self, contact_id: str) -> list[str]:
        """The ids of a contact's records, oldest first."""


class Rows:
    """One table as a transaction sees it."""

    def __init__(self, table: Table, store: RowStore) -> None:
        self.table = table
        self._store = store
        self._parts: dict[Key, dict[Key, Any]] = {}
        self._complete: set[Key] = set()
        self._key, self._prefix = table.key, table.prefix
        self._changed: dict[Key, Any] = {}

    def load(self, prefixes: Iterable[Key]) -> None:
        """Read all rows under these prefixes of the key, in one go."""
        missing = list(set(prefixes) - self._complete)
        if not missing:
            return
        self._remember(self._store.select(self.table, self.table.prefix, missing))
        self._complete.update(missing)

    def under(self, prefix: Key) -> list[Any]:
        """All rows under a prefix of the key."""
        if prefix not in self._complete:
            self.load([prefix])
        part = self._parts.get(prefix)
        return [row for row in part.values() if row is not None] if part else []

    def get(self, key: Key) -> Any | None:
        """The row of a key, or None."""
        prefix = key[: self.table.prefix]
        part = self._parts.get(prefix)
        if part is not None and key in part:
            return part[key]
        if prefix in self._complete:
            return None
        self._remember(self._store.select(self.table, self.table.key, [key]))
        return self._parts.setdefault(prefix, {}).setdefault(key, None)

    def put(self, row: Any) -> None:
        """Insert or replace a row."""
        self._set(row[: self._key], row)

    def remove(self, key: Key) -> None:
        """Delete the row of a key."""
        self._set(key, None)

    def flush(self) -> None:
        """Write what changed."""
        if not self._changed:
            return
        rows = self._changed.values()
        encode = self.table.encode
        kept = [row for row in rows if row is not None]
        if len(kept) < len(rows):
            self._store.delete(self.table, [k for k, row in self._changed.items() if row is None])
        if kept:
            self._store.upsert(self.table, [encode(row) for row in kept] if encode else kept)
        self._changed = {}

    def _set(self, key: Key, row: Any) -> None:
        if self._key == self._prefix:
            self._parts[key] = {key: row}
            self._complete.add(key)
        else:
            self._parts.setdefault(key[: self._prefix], {})[key] = row
        self._changed[key] = row

    def _remember(self, rows: Iterable[Row]) -> None:
        table = self.table
        decode = table.decode or table.row._make
        for stored in rows:
            row = decode(stored)
            part = self._parts.setdefault(row[: table.prefix], {})
            part.setdefault(row[: table.key], row)  # what was changed here is newer


class WorkingSet:
    """The rows of all tables as a transaction sees them."""

    def __init__(self, store: RowStore) -> None:
        self._store = store
        self.tables = {table.name: Rows(table, store) for table in TABLES}
        self.contacts = self.tables["contacts"]
        self.records = self.tables["records"]
        self.record_keys = self.tables["record_keys"]
        self.csv_rows = self.tables["csv_rows"]
        self.identifiers = self.tables["identifiers"]
        self.merges = self.tables["merges"]
        self.settings = self.tables["merge_settings"]

    def records_of(self, contact_id: str) -> list[Any]:
        """A contact's record rows, oldest first."""
        self.records.flush()
        ids = self._store.records_of(contact_id)
        self.records.load([(each,) for each in ids])
        return [row for each in ids if (row := self.records.get((each,))) is not None]

    def flush(self) -> None:
        """Write what changed in any table."""
        for rows in self.tables.values():
            rows.flush()
