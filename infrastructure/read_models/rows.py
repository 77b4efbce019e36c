"""One table as a transaction sees it: read together, changed in memory, written together."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Generic

from infrastructure.storage.overlay import Overlay
from infrastructure.storage.session import Session
from infrastructure.storage.table import R, Table

Key = tuple[Any, ...]


class Rows(Generic[R]):
    """One table as a transaction sees it.

    `is_new`: it is empty at first, and nobody else writes it. `over`: changes are written there,
    and hide what they change.
    """

    def __init__(
        self,
        table: Table[R],
        session: Session,
        schema: str,
        *,
        is_new: bool = False,
        over: Overlay | None = None,
    ) -> None:
        self.table = table
        self.source = over.source(table, schema) if over else f"{schema}.{table.name}"
        """What a query names to read this table, as it was last written."""
        self._session = session
        self._schema = schema
        self._is_new = is_new
        self._over = over
        self._parts: dict[Key, dict[Key, R | None]] = {}
        self._complete: set[Key] = set()
        self._key, self._prefix = table.key, table.prefix
        self._changed: dict[Key, R | None] = {}
        self.changes: list[Key] | None = None
        """The keys of the rows that changed, in order; None while nobody asks for them."""

    @property
    def size(self) -> int:
        """How many prefixes of keys it knows."""
        return len(self._parts)

    def load(self, prefixes: Iterable[Key]) -> list[R]:
        """Read all rows under these prefixes of the key together. Returns those found."""
        missing = list(set(prefixes) - self._complete)
        if not missing:
            return []
        self._complete.update(missing)
        return self._read(self._prefix, missing)

    def load_each(self, keys: Sequence[Key]) -> None:
        """Read the rows of these keys together."""
        if keys:
            self._read(self._key, keys)
        for key in keys:
            self._is_none(key)

    def expect_none(self, prefixes: Iterable[Key]) -> None:
        """Declare that there are no rows under these prefixes, so they are not read."""
        self._complete.update(prefixes)

    def under(self, prefix: Key) -> list[R]:
        """All rows under a prefix of the key."""
        return list(self.each_under(prefix))

    def under_each(self, prefixes: Iterable[Key]) -> list[R]:
        """All rows under some prefixes of the key, read together."""
        those = list(prefixes)
        self.load(those)
        return [row for prefix in those for row in self.each_under(prefix)]

    def each_under(self, prefix: Key) -> Iterator[R]:
        """All rows under a prefix of the key, one by one."""
        if prefix not in self._complete:
            self.load([prefix])
        part = self._parts.get(prefix)
        return (row for row in part.values() if row is not None) if part else iter(())

    def count_under(self, prefix: Key) -> int:
        """The number of rows under a prefix of the key, with those that were removed here."""
        if prefix not in self._complete:
            self.load([prefix])
        return len(self._parts.get(prefix, ()))

    def taken_changes(self) -> list[Key]:
        """The keys of the rows that changed since the last call, in order."""
        taken, self.changes = self.changes, []
        return taken or []

    def get(self, key: Key) -> R | None:
        """The row of a key, or None."""
        prefix = key[: self._prefix]
        part = self._parts.get(prefix)
        if part is not None and key in part:
            return part[key]
        if prefix in self._complete:
            return None
        self.load_each([key])
        return self._parts[prefix][key]

    def those(self, keys: Sequence[Key]) -> list[R]:
        """The rows of some keys that are there, in this order, read together."""
        self.load(key[: self._prefix] for key in keys)
        return [row for key in keys if (row := self.get(key)) is not None]

    def known(self, what: str, key: str) -> R:
        """The row of a key, which must be there. Raises LookupError, which says what it is of."""
        row = self.get((key,))
        if row is None:
            raise LookupError(f"{what} {key} is not in the read models")
        return row

    def put(self, row: R) -> None:
        """Insert or replace a row."""
        self._set(row[: self._key], row)

    def remove(self, key: Key) -> None:
        """Delete the row of a key."""
        self._set(key, None)

    def where(self, condition: str, *values: Any) -> list[R]:
        """The rows that meet a condition, ordered by key. The condition must use an index."""
        self.flush()
        key_columns = ", ".join(self.table.columns[: self._key])
        keys = self._session.execute(
            f"SELECT {key_columns} FROM {self.source} t WHERE {condition} ORDER BY {key_columns}",
            values,
        ).fetchall()
        return self.those(keys)

    def where_in(self, column: str, values: Collection[str]) -> list[R]:
        """The rows whose column, which has an index, is one of some values, ordered by key."""
        among = f"{column} IN (SELECT value FROM json_each(?))"
        return self.where(among, [*values]) if values else []

    def flush(self) -> None:
        """Write what changed."""
        if not self._changed:
            return
        kept = [row for row in self._changed.values() if row is not None]
        gone: list[Key] = []
        if len(kept) < len(self._changed):
            gone = [key for key, row in self._changed.items() if row is None]
        self._changed = {}
        if self._over is not None:
            self._over.write(self._session, self.table, kept, gone)
            return
        if gone:
            self._session.delete(self.table, self._schema, gone)
        if kept:
            self._session.upsert(self.table, self._schema, self.table.stored(kept))

    def _set(self, key: Key, row: R | None) -> None:
        self._parts.setdefault(key[: self._prefix], {})[key] = row
        self._changed[key] = row
        if self.changes is not None:
            self.changes.append(key)

    def _is_none(self, key: Key) -> None:
        """Note that there is no row of a key, unless one was put there since."""
        self._parts.setdefault(key[: self._prefix], {}).setdefault(key, None)

    def _read(self, columns: int, keys: Sequence[Key]) -> list[R]:
        """Read the rows whose first columns are one of some keys."""
        if self._is_new:
            return []  # its rows are those that were put here
        found: list[R] = []
        if self._over is not None:
            for key in self._over.gone(self._session, self.table, columns, keys):
                self._is_none(key)
            found = self._take(self._over.select(self._session, self.table, columns, keys))
            if self._over.is_alone(self.table):
                return found
        stored = self._session.select(self.table, self._schema, columns, keys)
        return found + self._take(map(self.table.read, stored))

    def _take(self, rows: Iterable[R]) -> list[R]:
        """Take rows that were read, except those that are known already, which are newer."""
        prefix, key = self._prefix, self._key
        known = (
            self._parts.setdefault(row[:prefix], {}).setdefault(row[:key], row) for row in rows
        )
        return [row for row in known if row is not None]


class RowsByKey(Rows[R]):
    """A table whose prefix is the whole key, so that there is at most one row under it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._known: dict[Key, R | None] = {}

    @property
    def size(self) -> int:
        return len(self._known)

    def load(self, prefixes: Iterable[Key]) -> list[R]:
        missing = [key for key in set(prefixes) if key not in self._known]
        found = self._read(self._key, missing) if missing else []
        self.expect_none(missing)
        return found

    def load_each(self, keys: Sequence[Key]) -> None:
        self.load(keys)

    def expect_none(self, prefixes: Iterable[Key]) -> None:
        for key in prefixes:
            self._is_none(key)

    def each_under(self, prefix: Key) -> Iterator[R]:
        row = self.get(prefix)
        return iter(()) if row is None else iter((row,))

    def count_under(self, prefix: Key) -> int:
        return int(self.get(prefix) is not None)

    def get(self, key: Key) -> R | None:
        if key not in self._known:
            self.load([key])
        return self._known[key]

    def _set(self, key: Key, row: R | None) -> None:
        self._known[key] = self._changed[key] = row
        if self.changes is not None:
            self.changes.append(key)

    def _is_none(self, key: Key) -> None:
        self._known.setdefault(key, None)

    def _take(self, rows: Iterable[R]) -> list[R]:
        known = (self._known.setdefault(row[: self._key], row) for row in rows)
        return [row for row in known if row is not None]
