"""The rows of the read models in one schema of a session, by table and key."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from infrastructure.storage.session import Session
from infrastructure.storage.table import Row, Table

_FIRST_RECORDS = 16
"""How many records of a contact are read at first: the newest are mostly enough."""


class SqlRows:
    """The rows of the read models, in one schema of a session."""

    def __init__(self, session: Session, schema: str) -> None:
        self._session = session
        self._schema = schema

    def select(self, table: Table[Any], columns: int, keys: Sequence[Row]) -> Iterable[Row]:
        """The rows whose first `columns` columns are one of `keys`."""
        return self._session.select(table, self._schema, columns, keys)

    def upsert(self, table: Table[Any], rows: Sequence[Row]) -> None:
        """Insert rows, replacing those of the same key."""
        self._session.upsert(table, self._schema, rows)

    def delete(self, table: Table[Any], keys: Sequence[Row]) -> None:
        """Delete the rows of these keys."""
        self._session.delete(table, self._schema, keys)

    def records_of_each(self, contact_ids: Sequence[str]) -> list[tuple[str, str]]:
        """The records of some contacts, oldest first, as pairs of contact and record."""
        records = f"SELECT contact_id, record_id FROM {self._schema}.records"
        rows = self._session.execute(
            f"{records} WHERE contact_id IN (SELECT value FROM json_each(?1))"
            " AND contact_id <> record_id "
            f"UNION ALL {records} WHERE record_id IN (SELECT value FROM json_each(?1))"
            " AND contact_id = record_id ORDER BY record_id",
            ([*contact_ids],),
        )
        return rows.fetchall()

    def absorbed_records_of(self, contact_id: str) -> Iterator[str]:
        """The ids of a contact's records except its own id, one by one, newest message first."""
        limit, before = _FIRST_RECORDS, (1 << 62, 0)
        while True:
            rows = self._session.execute(
                f"SELECT newest_at, newest, record_id FROM {self._schema}.records"
                " WHERE contact_id = ? AND contact_id <> record_id"
                " AND (newest_at, newest) < (?, ?)"
                " ORDER BY newest_at DESC, newest DESC LIMIT ?",
                (contact_id, *before, limit),
            ).fetchall()
            for newest_at, newest, record_id in rows:
                before = newest_at, newest
                yield record_id
            if len(rows) < limit:
                return
            limit *= 4  # a caller that needs more may need all

    def keys(self, table: Table[Any], where: str, values: Sequence[Any]) -> list[Row]:
        """The keys of the rows that meet a condition, which must use an index."""
        key = ", ".join(table.columns[: table.key])
        return self._session.execute(
            f"SELECT {key} FROM {self._schema}.{table.name} WHERE {where} ORDER BY {key}", values
        ).fetchall()

    def last_key(self, table: Table[Any]) -> Row | None:
        """The largest key of a table."""
        key = table.columns[: table.key]
        row: Row | None = self._session.execute(
            f"SELECT {', '.join(key)} FROM {self._schema}.{table.name} "
            f"ORDER BY {', '.join(f'{column} DESC' for column in key)} LIMIT 1"
        ).fetchone()
        return row

    def leading_to_each(self, contact_ids: Sequence[str]) -> list[tuple[str, str]]:
        """Every id that leads to one of some contacts, as pairs of contact and id."""
        return self._session.execute(
            "WITH RECURSIVE led (survivor, id) AS ("
            f"  SELECT survivor, contact_id FROM {self._schema}.contacts"
            "  WHERE survivor IN (SELECT value FROM json_each(?))"
            f"  UNION SELECT l.survivor, c.contact_id FROM led l JOIN {self._schema}.contacts c"
            "  ON c.survivor = l.id) SELECT survivor, id FROM led ORDER BY id",
            ([*contact_ids],),
        ).fetchall()
