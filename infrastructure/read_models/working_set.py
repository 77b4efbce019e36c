"""The rows that one transaction works on: read together, changed in memory, written together.

So a batch of thousands costs a few statements, and the projector knows nothing of the store.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Generic, Protocol

from domain.settings import MergeSettings
from infrastructure.read_models.tables import (
    CONTACTS,
    CSV_ROWS,
    IDENTIFIERS,
    MERGES,
    RECORD_KEYS,
    RECORDS,
    SETTINGS,
    R,
    RecordRow,
    Row,
    SettingsRow,
    Table,
)

Key = tuple[Any, ...]


class RowStore(Protocol):
    """Where rows are kept: a set of tables in a SQL database, within one transaction."""

    def select(self, table: Table[Any], columns: int, keys: Sequence[Key]) -> Iterable[Row]:
        """The rows whose first `columns` columns are one of `keys`."""

    def upsert(self, table: Table[Any], rows: Sequence[Row]) -> None:
        """Insert rows, replacing those of the same key."""

    def delete(self, table: Table[Any], keys: Sequence[Key]) -> None:
        """Delete the rows of these keys."""

    def records_of(self, contact_id: str) -> list[str]:
        """The ids of a contact's records, oldest first."""


class Rows(Generic[R]):
    """One table as a transaction sees it."""

    def __init__(self, table: Table[R], store: RowStore) -> None:
        self.table = table
        self._store = store
        self._parts: dict[Key, dict[Key, R | None]] = {}
        self._complete: set[Key] = set()
        self._key, self._prefix = table.key, table.prefix
        self._changed: dict[Key, R | None] = {}

    def load(self, prefixes: Iterable[Key]) -> list[R]:
        """Read all rows under these prefixes of the key, in one go; returns those found."""
        missing = list(set(prefixes) - self._complete)
        if not missing:
            return []
        self._complete.update(missing)
        return self._remember(self._store.select(self.table, self._prefix, missing))

    def under(self, prefix: Key) -> list[R]:
        """All rows under a prefix of the key."""
        if prefix not in self._complete:
            self.load([prefix])
        part = self._parts.get(prefix)
        return [row for row in part.values() if row is not None] if part else []

    def get(self, key: Key) -> R | None:
        """The row of a key, or None."""
        prefix = key[: self.table.prefix]
        part = self._parts.get(prefix)
        if part is not None and key in part:
            return part[key]
        if prefix in self._complete:
            return None
        self._remember(self._store.select(self.table, self.table.key, [key]))
        return self._parts.setdefault(prefix, {}).setdefault(key, None)

    def put(self, row: R) -> None:
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

    def _set(self, key: Key, row: R | None) -> None:
        if self._key == self._prefix:
            self._parts[key] = {key: row}
            self._complete.add(key)
        else:
            self._parts.setdefault(key[: self._prefix], {})[key] = row
        self._changed[key] = row

    def _remember(self, stored: Iterable[Row]) -> list[R]:
        rows = [self.table.read(each) for each in stored]
        for row in rows:
            part = self._parts.setdefault(row[: self._prefix], {})
            part.setdefault(row[: self._key], row)  # what was changed here is newer
        return rows


class WorkingSet:
    """The rows of all tables as a transaction sees them."""

    def __init__(self, store: RowStore) -> None:
        self._store = store
        self.contacts = Rows(CONTACTS, store)
        self.records = Rows(RECORDS, store)
        self.record_keys = Rows(RECORD_KEYS, store)
        self.csv_rows = Rows(CSV_ROWS, store)
        self.identifiers = Rows(IDENTIFIERS, store)
        self.merges = Rows(MERGES, store)
        self.settings = Rows(SETTINGS, store)

    @property
    def merge_settings(self) -> SettingsRow:
        """The merge settings in force; before an account is opened, the defaults as version 0."""
        return self.settings.get(("merge",)) or SettingsRow("merge", 0, MergeSettings())

    def records_of(self, contact_id: str) -> list[RecordRow]:
        """A contact's record rows, oldest first."""
        self.records.flush()
        ids = self._store.records_of(contact_id)
        self.records.load([(each,) for each in ids])
        return [row for each in ids if (row := self.records.get((each,))) is not None]

    def flush(self) -> None:
        """Write what changed in any table."""
        self.contacts.flush()
        self.records.flush()
        self.record_keys.flush()
        self.csv_rows.flush()
        self.identifiers.flush()
        self.merges.flush()
        self.settings.flush()
