"""The rows that one transaction works on: read together, changed in memory, written together.

So a batch of thousands costs a few statements, and the projector does not depend on the store.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Generic

from application.ports import Head
from domain.contact import AbsorbedContact, Contact, DeletedContact, State
from domain.held_records import HeldRecord
from domain.records import RecordKind
from domain.settings import MergeSettings
from infrastructure.storage import tables
from infrastructure.storage.json_values import as_json
from infrastructure.storage.session import Session
from infrastructure.storage.stored_rows import ContactRow, RecordRow, SettingsRow
from infrastructure.storage.table import R, Table
from infrastructure.storage.times import from_micros

Key = tuple[Any, ...]
_FIRST_RECORDS = 16
"""How many records of a contact are read at first: the newest are mostly enough."""


class Rows(Generic[R]):
    """One table as a transaction sees it."""

    def __init__(self, table: Table[R], session: Session, schema: str, *, is_new: bool) -> None:
        self.table = table
        self._session = session
        self._schema = schema
        self._is_new = is_new
        self._parts: dict[Key, dict[Key, R | None]] = {}
        self._complete: set[Key] = set()
        self._key, self._prefix = table.key, table.prefix
        self._changed: dict[Key, R | None] = {}
        self.changes: list[Key] | None = None
        """The keys of the rows that changed, in order; None while nobody asks for them."""

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
            self._parts.setdefault(key[: self._prefix], {}).setdefault(key, None)

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
            f"SELECT {key_columns} FROM {self._schema}.{self.table.name}"
            f" WHERE {condition} ORDER BY {key_columns}",
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
        encode = self.table.encode
        kept = [row for row in self._changed.values() if row is not None]
        if len(kept) < len(self._changed):
            gone = [key for key, row in self._changed.items() if row is None]
            self._session.delete(self.table, self._schema, gone)
        if kept:
            rows = [encode(row) for row in kept] if encode else kept
            self._session.upsert(self.table, self._schema, rows)
        self._changed = {}

    def _set(self, key: Key, row: R | None) -> None:
        if self._key == self._prefix:
            self._parts[key] = {key: row}
            self._complete.add(key)
        else:
            self._parts.setdefault(key[: self._prefix], {})[key] = row
        self._changed[key] = row
        if self.changes is not None:
            self.changes.append(key)

    def _read(self, columns: int, keys: Sequence[Key]) -> list[R]:
        """Read the rows whose first columns are one of some keys."""
        if self._is_new:
            return []  # its rows are those that were put here
        stored = self._session.select(self.table, self._schema, columns, keys)
        rows = [self.table.read(each) for each in stored]
        for row in rows:
            part = self._parts.setdefault(row[: self._prefix], {})
            part.setdefault(row[: self._key], row)  # rows changed here are newer
        return rows


class WorkingSet:
    """The rows of all tables as a transaction sees them.

    `is_new`: the tables are empty at first, and nobody else writes them.
    """

    def __init__(self, session: Session, schema: str, *, is_new: bool = False) -> None:
        self._session = session
        self._schema = schema
        self._is_new = is_new
        self._tables: list[Rows[Any]] = []
        self.contacts = self._rows(tables.CONTACTS)
        self.records = self._rows(tables.RECORDS)
        self.record_keys = self._rows(tables.RECORD_KEYS)
        self.csv_rows = self._rows(tables.CSV_ROWS)
        self.identifiers = self._rows(tables.IDENTIFIERS)
        self.merges = self._rows(tables.MERGES)
        self.activities = self._rows(tables.ACTIVITIES)
        self.past_links = self._rows(tables.PAST_LINKS)
        self.exports = self._rows(tables.EXPORTS)
        self.bound = self._rows(tables.BOUND)
        self.settings = self._rows(tables.SETTINGS)

    def _rows(self, table: Table[R]) -> Rows[R]:
        rows = Rows(table, self._session, self._schema, is_new=self._is_new)
        self._tables.append(rows)
        return rows

    @property
    def merge_settings(self) -> SettingsRow:
        """The merge settings in force; before an account is opened, the defaults as version 0."""
        return self.settings.get(("merge",)) or SettingsRow("merge", 0, MergeSettings())

    def records_of_each(self, contact_ids: Sequence[str]) -> dict[str, list[RecordRow]]:
        """The record rows of some contacts, oldest first, read together."""
        found: dict[str, list[RecordRow]] = {each: [] for each in contact_ids}
        if not found:
            return found
        self.records.flush()
        records = f"SELECT contact_id, record_id FROM {self._schema}.records"
        pairs = self._session.execute(
            f"{records} WHERE contact_id IN (SELECT value FROM json_each(?1))"
            " AND contact_id <> record_id "
            f"UNION ALL {records} WHERE record_id IN (SELECT value FROM json_each(?1))"
            " AND contact_id = record_id ORDER BY record_id",
            ([*contact_ids],),
        ).fetchall()
        for row in self.records.those([(record_id,) for _, record_id in pairs]):
            found[row.contact_id].append(row)
        return found

    def records_naming(self, contact_id: str, texts: Collection[str]) -> list[RecordRow]:
        """A contact's records in which one of some texts is a value, and perhaps others.

        Only these are decoded, since a contact may have thousands.
        """
        self.records.flush()
        one = (
            f"SELECT r.record_id, r.again, e.payload FROM {self._schema}.records r"
            " LEFT JOIN events e ON e.position = r.position WHERE r."
        )
        stored = self._session.execute(
            f"{one}contact_id = ?1 AND r.contact_id <> r.record_id"
            f" UNION ALL {one}record_id = ?1 AND r.contact_id = r.record_id ORDER BY 1",
            (contact_id,),
        ).fetchall()
        values = [as_json(each) for each in texts]
        found = [
            (record_id,)
            for record_id, again, payload in stored
            for said in (payload if again is None else again.encode(),)
            if said is None or any(value in said for value in values)
        ]
        return self.records.those(found)

    def count_absorbed(self, contact_ids: Collection[str]) -> int:
        """How many records some contacts have besides those of their own ids."""
        self.records.flush()
        row = self._session.execute(
            f"SELECT count(*) FROM {self._schema}.records"
            " WHERE contact_id IN (SELECT value FROM json_each(?)) AND contact_id <> record_id",
            ([*contact_ids],),
        ).fetchone()
        return int(row[0])

    def newest_first(self, contact_id: str) -> Iterator[HeldRecord]:
        """A contact's records, newest message first, read as they are needed."""
        self.records.flush()
        own = self.records.get((contact_id,))
        if own is not None and own.contact_id != contact_id:
            own = None
        for row in self._absorbed_records(contact_id):
            if own is not None and own.last_said > row.last_said:
                yield own.held
                own = None
            yield row.held
        if own is not None:
            yield own.held

    def _absorbed_records(self, contact_id: str) -> Iterator[RecordRow]:
        """A contact's records except that of its own id, newest message first."""
        limit, before = _FIRST_RECORDS, (1 << 62, 0)
        while True:
            some = self._session.execute(
                f"SELECT record_id, newest_at, newest FROM {self._schema}.records"
                " WHERE contact_id = ? AND contact_id <> record_id"
                " AND (newest_at, newest) < (?, ?)"
                " ORDER BY newest_at DESC, newest DESC LIMIT ?",
                (contact_id, *before, limit),
            ).fetchall()
            yield from self.records.those([(record_id,) for record_id, *_ in some])
            if len(some) < limit:
                return
            before = some[-1][1:]
            limit *= 2  # a caller that needs more may need all

    def leading_to(self, contact_id: str) -> list[str]:
        """Every id that leads to a contact, without its own."""
        return [each for _, each in self.leading_to_each([contact_id])]

    def leading_to_each(self, contact_ids: Sequence[str]) -> list[tuple[str, str]]:
        """Every id that leads to one of some contacts, as pairs of contact and id."""
        self.contacts.flush()
        return self._session.execute(
            "WITH RECURSIVE led (survivor, id) AS ("
            f"  SELECT survivor, contact_id FROM {self._schema}.contacts"
            "  WHERE survivor IN (SELECT value FROM json_each(?))"
            f"  UNION SELECT l.survivor, c.contact_id FROM led l JOIN {self._schema}.contacts c"
            "  ON c.survivor = l.id) SELECT survivor, id FROM led ORDER BY id",
            ([*contact_ids],),
        ).fetchall()

    def holders_of(
        self, kind: str, value: str, last: str | None = None
    ) -> list[tuple[str, int, RecordKind, bool]]:
        """The live contacts that hold an identifier, or one of those up to the value `last`.

        Each with its id, `updated`, kind, and whether it is captured.
        """
        self.contacts.flush()
        self.identifiers.flush()
        return self._session.execute(
            "SELECT DISTINCT c.contact_id, c.updated, c.kind, c.captured IS NOT NULL"
            f" FROM {self._schema}.identifiers i"
            f" JOIN {self._schema}.contacts c ON c.contact_id = i.contact_id"
            " WHERE i.kind = ? AND i.value >= ? AND i.value <= ? AND i.holders > 0"
            " AND c.status = 'live'",
            (kind, value, last or value),
        ).fetchall()

    def last_export(self) -> int:
        """The number of the export feed's last item, 0 if it has none."""
        self.exports.flush()
        row = self._session.execute(
            f"SELECT number FROM {self._schema}.exports ORDER BY number DESC LIMIT 1"
        ).fetchone()
        return int(row[0]) if row else 0

    def kept_apart(self, contact_ids: Iterable[str]) -> dict[str, frozenset[str]]:
        """For each of some ids the ids that a separation keeps apart from it, if any."""
        apart: dict[str, frozenset[str]] = {}
        for row in self.bound.under_each((each,) for each in contact_ids):
            others = self.bound.where("separation = ? AND side = ?", row.separation, 1 - row.side)
            known = apart.get(row.contact_id, frozenset())
            apart[row.contact_id] = known.union(other.contact_id for other in others)
        return apart

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

    def states(self, contact_ids: Iterable[str]) -> dict[str, State]:
        """The existing ones of some contacts, read together."""
        rows = self.contacts.those([(each,) for each in contact_ids])
        records = self.records_of_each([each.contact_id for each in rows if each.survivor is None])
        return {each.contact_id: _state(each, records.get(each.contact_id, [])) for each in rows}

    def flush(self) -> None:
        """Write what changed in any table."""
        for rows in self._tables:
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
