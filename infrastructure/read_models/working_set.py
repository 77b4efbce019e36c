"""The rows that one transaction works on: read together, changed in memory, written together.

So a batch of thousands costs a few statements, and the projector does not depend on the store.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Generic

from application.ports import Head
from domain.contact import AbsorbedContact, Contact, DeletedContact, State
from domain.held_records import HeldRecord
from domain.settings import MergeSettings
from infrastructure.read_models.rows import SqlRows
from infrastructure.storage.stored_rows import ContactRow, RecordRow, SettingsRow
from infrastructure.storage.table import R, Row, Table
from infrastructure.storage.tables import (
    ACTIVITIES,
    BOUND,
    CONTACTS,
    CSV_ROWS,
    EXPORTS,
    IDENTIFIERS,
    MERGES,
    PAST_LINKS,
    RECORD_KEYS,
    RECORDS,
    SETTINGS,
)
from infrastructure.storage.times import from_micros

Key = tuple[Any, ...]
AT_ONCE = 16
"""How many records are read at once when the first few are probably enough."""


class Rows(Generic[R]):
    """One table as a transaction sees it."""

    def __init__(self, table: Table[R], store: SqlRows) -> None:
        self.table = table
        self._store = store
        self._parts: dict[Key, dict[Key, R | None]] = {}
        self._complete: set[Key] = set()
        self._key, self._prefix = table.key, table.prefix
        self._changed: dict[Key, R | None] = {}

    def load(self, prefixes: Iterable[Key]) -> list[R]:
        """Read all rows under these prefixes of the key together. Returns those found."""
        missing = list(set(prefixes) - self._complete)
        if not missing:
            return []
        self._complete.update(missing)
        return self._remember(self._store.select(self.table, self._prefix, missing))

    def load_each(self, keys: Sequence[Key]) -> None:
        """Read the rows of these keys together."""
        if keys:
            self._remember(self._store.select(self.table, self._key, keys))
        for key in keys:
            self._parts.setdefault(key[: self._prefix], {}).setdefault(key, None)

    def expect_none(self, prefixes: Iterable[Key]) -> None:
        """Declare that there are no rows under these prefixes, so they are not read."""
        self._complete.update(prefixes)

    def under(self, prefix: Key) -> list[R]:
        """All rows under a prefix of the key."""
        return list(self.each_under(prefix))

    def each_under(self, prefix: Key) -> Iterator[R]:
        """All rows under a prefix of the key, one by one."""
        if prefix not in self._complete:
            self.load([prefix])
        return (row for row in self._parts.get(prefix, {}).values() if row is not None)

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

    def where(self, condition: str, *values: Any) -> list[R]:
        """The rows that meet a condition, ordered by key. The condition must use an index."""
        self.flush()
        keys = self._store.keys(self.table, condition, values)
        self.load(key[: self._prefix] for key in keys)
        return [row for key in keys if (row := self.get(key)) is not None]

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
            part.setdefault(row[: self._key], row)  # rows changed here are newer
        return rows


class WorkingSet:
    """The rows of all tables as a transaction sees them."""

    def __init__(self, store: SqlRows) -> None:
        self._store = store
        self.contacts = Rows(CONTACTS, store)
        self.records = Rows(RECORDS, store)
        self.record_keys = Rows(RECORD_KEYS, store)
        self.csv_rows = Rows(CSV_ROWS, store)
        self.identifiers = Rows(IDENTIFIERS, store)
        self.merges = Rows(MERGES, store)
        self.activities = Rows(ACTIVITIES, store)
        self.past_links = Rows(PAST_LINKS, store)
        self.exports = Rows(EXPORTS, store)
        self.bound = Rows(BOUND, store)
        self.settings = Rows(SETTINGS, store)

    @property
    def merge_settings(self) -> SettingsRow:
        """The merge settings in force; before an account is opened, the defaults as version 0."""
        return self.settings.get(("merge",)) or SettingsRow("merge", 0, MergeSettings())

    def records_of_each(self, contact_ids: Sequence[str]) -> dict[str, list[RecordRow]]:
        """The record rows of some contacts, oldest first, read together."""
        self.records.flush()
        pairs = self._store.records_of_each(contact_ids) if contact_ids else []
        self.records.load((record_id,) for _, record_id in pairs)
        found: dict[str, list[RecordRow]] = {each: [] for each in contact_ids}
        for contact_id, record_id in pairs:
            row = self.records.get((record_id,))
            if row is not None:
                found[contact_id].append(row)
        return found

    def newest_first(self, contact_id: str) -> Iterator[HeldRecord]:
        """A contact's records, newest message first, read as they are needed."""
        self.records.flush()
        own = self.records.get((contact_id,))
        if own is not None and own.contact_id != contact_id:
            own = None
        ids = self._store.absorbed_records_of(contact_id)
        while some := list(islice(ids, AT_ONCE)):
            self.records.load((each,) for each in some)
            for each in some:
                row = self.records.get((each,))
                if row is None or row.contact_id != contact_id:
                    continue
                if own is not None and own.last_said > row.last_said:
                    yield own.held
                    own = None
                yield row.held
        if own is not None:
            yield own.held

    def leading_to(self, contact_id: str) -> list[str]:
        """Every id that leads to a contact, without its own."""
        return [each for _, each in self.leading_to_each([contact_id])]

    def leading_to_each(self, contact_ids: Sequence[str]) -> list[tuple[str, str]]:
        """Every id that leads to one of some contacts, as pairs of contact and id."""
        self.contacts.flush()
        return self._store.leading_to_each(contact_ids)

    def last_export(self) -> int:
        """The number of the export feed's last item, 0 if it has none."""
        self.exports.flush()
        key = self._store.last_key(EXPORTS)
        return int(key[0]) if key else 0

    def kept_apart(self, contact_id: str) -> frozenset[str]:
        """The ids that a separation keeps apart from this one."""
        return frozenset(
            other.contact_id
            for row in self.bound.under((contact_id,))
            for other in self.bound.where(
                "separation = ? AND side = ?", row.separation, 1 - row.side
            )
        )

    def survivor(self, contact_id: str) -> ContactRow | None:
        """The live or deleted contact that an id leads to."""
        row = self.contacts.get((contact_id,))
        while row is not None and row.survivor is not None:
            row = self.contacts.get((row.survivor,))
        return row

    def head(self, contact_id: str) -> Head | None:
        """The same without its values."""
        row = self.survivor(contact_id)
        if row is None:
            return None
        return Head(row.contact_id, row.status == "live", row.captured is not None, row.version)

    def state(self, contact_id: str) -> State | None:
        """A contact as a value of the domain, with all of its records."""
        return self.states([contact_id]).get(contact_id)

    def states(self, contact_ids: Sequence[str]) -> dict[str, State]:
        """The existing ones of some contacts, read together."""
        self.contacts.load((each,) for each in contact_ids)
        rows = [row for each in contact_ids if (row := self.contacts.get((each,))) is not None]
        records = self.records_of_each([each.contact_id for each in rows if each.survivor is None])
        return {each.contact_id: _state(each, records.get(each.contact_id, [])) for each in rows}

    def flush(self) -> None:
        """Write what changed in any table."""
        for rows in (
            self.contacts,
            self.records,
            self.record_keys,
            self.csv_rows,
            self.identifiers,
            self.merges,
            self.activities,
            self.past_links,
            self.exports,
            self.bound,
            self.settings,
        ):
            rows.flush()


def _state(row: ContactRow, records: Iterable[RecordRow]) -> State:
    if row.survivor is not None:
        return AbsorbedContact(
            contact_id=row.contact_id,
            survivor=row.survivor,
            merge_id=row.merge_id,
            version=row.version,
        )
    held = {each.record_id: each.held for each in records}
    if row.status == "deleted":
        return DeletedContact(
            contact_id=row.contact_id,
            records=held,
            by_hand=row.by_hand,
            created_at=from_micros(row.created_at),
            updated=row.updated,
            updated_at=from_micros(row.updated_at),
            version=row.version,
        )
    return Contact(
        contact_id=row.contact_id,
        records=held,
        by_hand=row.by_hand,
        captured=row.captured,
        created_at=from_micros(row.created_at),
        updated=row.updated,
        updated_at=from_micros(row.updated_at),
        version=row.version,
    )
