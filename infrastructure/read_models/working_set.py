"""The rows that one transaction works on: read together, changed in memory, written together.

So a batch of thousands costs a few statements, and the projector does not depend on the store.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar

from application.ports import Head
from domain.contact import State
from domain.held_records import HeldRecord
from domain.records import RecordKind
from domain.settings import MergeSettings
from infrastructure.read_models.activity_table import ActivityTable
from infrastructure.read_models.contact_rows import state_of
from infrastructure.read_models.match_index import MatchIndex
from infrastructure.read_models.rows import Rows, RowsByKey
from infrastructure.read_models.tallies import Tallies
from infrastructure.storage import tables
from infrastructure.storage.json_values import as_json
from infrastructure.storage.overlay import Overlay
from infrastructure.storage.session import Session
from infrastructure.storage.stored_rows import ContactRow, RecordRow, SettingsRow
from infrastructure.storage.table import R, Table

K = TypeVar("K", bound=Rows[Any])

_FIRST_RECORDS = 16
"""How many records of a contact are read at first: the newest are mostly enough."""


class _InUse(Generic[K]):
    """A table of a working set, from its first use on: most transactions use a few."""

    def __init__(self, kind: type[K], table: Table[Any]) -> None:
        self._kind, self._table = kind, table

    def __set_name__(self, _: type, name: str) -> None:
        self._name = name

    def __get__(self, rows: "WorkingSet", _: type) -> K:
        used = vars(rows)[self._name] = rows.use(self._kind, self._table)
        return used


def _rows(table: Table[R]) -> _InUse[Rows[R]]:
    return _InUse(RowsByKey if table.key == table.prefix else Rows, table)


class WorkingSet:
    """The rows of all tables as a transaction sees them.

    `is_new`: the tables are empty at first, and nobody else writes them. `over`: nothing is written
    to them, but over them.
    """

    def __init__(
        self,
        session: Session,
        schema: str,
        *,
        is_new: bool = False,
        over: Overlay | None = None,
    ) -> None:
        self._session = session
        self._schema = schema
        self._is_new = is_new
        self._over = over
        self._used: list[Rows[Any]] = []

    contacts = _rows(tables.CONTACTS)
    records = _rows(tables.RECORDS)
    record_keys = _rows(tables.RECORD_KEYS)
    csv_rows = _rows(tables.CSV_ROWS)
    identifiers = _InUse(MatchIndex, tables.IDENTIFIERS)
    merges = _rows(tables.MERGES)
    activities = _InUse(ActivityTable, tables.ACTIVITIES)
    past_links = _rows(tables.PAST_LINKS)
    exports = _rows(tables.EXPORTS)
    bound = _rows(tables.BOUND)
    attention = _rows(tables.ATTENTION)
    joined = _rows(tables.JOINED)
    called = _rows(tables.CALLED)
    settings = _rows(tables.SETTINGS)

    @cached_property
    def tallies(self) -> Tallies:
        """What is counted."""
        return Tallies(self.called, self.activities, self._session, self._schema)

    def use(self, kind: type[K], table: Table[Any]) -> K:
        """Begin to use a table."""
        rows = kind(table, self._session, self._schema, is_new=self._is_new, over=self._over)
        self._used.append(rows)
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
        records = f"SELECT contact_id, record_id FROM {self.records.source} t"
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
            f"SELECT r.record_id, r.again, e.payload FROM {self.records.source} r"
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
            f"SELECT count(*) FROM {self.records.source} t"
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
                f"SELECT record_id, newest_at, newest FROM {self.records.source} t"
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
        leads_to = dict(zip(contact_ids, contact_ids, strict=True))
        found: list[tuple[str, str]] = []
        some = [*contact_ids]
        while some:
            absorbed = self._session.execute(
                f"SELECT survivor, contact_id FROM {self.contacts.source} t"
                " WHERE survivor IN (SELECT value FROM json_each(?))",
                (some,),
            ).fetchall()
            # Within an undo two may lead to each other for a moment.
            new = [(each, leads_to[to]) for to, each in absorbed if each not in leads_to]
            leads_to.update(new)
            some = [each for each, _ in new]
            found += [(leads_to[each], each) for each in some]
        return sorted(found, key=lambda pair: pair[1])

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
            f" FROM {self.identifiers.source} i"
            f" JOIN {self.contacts.source} c ON c.contact_id = i.contact_id"
            " WHERE i.kind = ? AND i.value >= ? AND i.value <= ? AND i.holders > 0"
            " AND c.status = 'live'",
            (kind, value, last or value),
        ).fetchall()

    def last_export(self) -> int:
        """The number of the export feed's last item, 0 if it has none."""
        self.exports.flush()
        row = self._session.execute(
            f"SELECT number FROM {self.exports.source} t ORDER BY number DESC LIMIT 1"
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
        return {each.contact_id: state_of(each, records.get(each.contact_id, [])) for each in rows}

    @property
    def size(self) -> int:
        """How many keys of rows it knows."""
        return sum(rows.size for rows in self._used)

    def flush(self) -> None:
        """Write what changed in any table."""
        if self._over is None and "tallies" in vars(self):  # nobody asks a preview for counts
            self.tallies.write()
        for rows in self._used:
            rows.flush()
