"""What a transaction counts while it projects events, written with its rows at the end.

The calls of a contact are counted only while something about the contact is to be looked at
(attention_rows.py). So a record that merges nothing, and a call to any other contact, cost no
reading.
"""

from collections import Counter
from datetime import date, datetime

from infrastructure.read_models.rows import Rows
from infrastructure.storage.session import Session
from infrastructure.storage.stored_rows import ActivityRow, CalledRow


class Tallies:
    """How much more there is than before: of calls and items of contacts, and on each day."""

    def __init__(
        self, called: Rows[CalledRow], activities: Rows[ActivityRow], session: Session, schema: str
    ) -> None:
        self._called, self._activities = called, activities
        self._session, self._schema = session, schema
        self._calls = Counter[str]()
        self._items = Counter[str]()
        self._days = Counter[tuple[int, str, str, str]]()

    def call_moved(self, before: str | None, after: str | None, number: int = 1) -> None:
        """Calls or messages go from one contact to another; None or "": from or to nowhere."""
        if before != after:
            self._calls[before or ""] -= number
            self._calls[after or ""] += number

    def item_moved(self, before: str | None, after: str | None) -> None:
        """The same of something to look at."""
        self._items[before or ""] -= 1
        self._items[after or ""] += 1

    def happened(
        self,
        at: datetime,
        outcome: str,
        source: str = "",
        integration: str | None = None,
        number: int = 1,
    ) -> None:
        """Count what a source or a person did."""
        self._days[(at.toordinal(), source, integration or "", outcome)] += number

    def write(self) -> None:
        """Write what was counted."""
        session, schema = self._session, self._schema
        if self._items:
            self._write_items()
        calls = [(number, each) for each, number in sorted(self._calls.items()) if each and number]
        if calls:
            session.executemany(
                f"UPDATE {schema}.called SET calls = calls + ? WHERE contact_id = ?", calls
            )
        days = [((_day(day), *of), n) for (day, *of), n in sorted(self._days.items()) if n]
        if days:
            session.executemany(
                f"INSERT INTO {schema}.days AS d (day, source, integration, outcome, number)"
                " VALUES (?, ?, ?, ?, ?) ON CONFLICT (day, source, integration, outcome)"
                " DO UPDATE SET number = d.number + excluded.number",
                [(*each, number) for each, number in days],
            )
        if fewer := [each for each, number in days if number < 0]:
            session.executemany(
                f"DELETE FROM {schema}.days WHERE day = ? AND source = ? AND integration = ?"
                " AND outcome = ? AND number = 0",
                fewer,
            )
        self._calls.clear()
        self._items.clear()
        self._days.clear()

    def _write_items(self) -> None:
        items = {each: number for each, number in sorted(self._items.items()) if each and number}
        rows = self._called
        rows.load((each,) for each in items)
        counted = self._counted([each for each in items if rows.get((each,)) is None])
        for each, number in items.items():
            row = rows.get((each,))
            if row is None:
                row = CalledRow(each, counted.get(each, 0), number)
            else:
                row = CalledRow(each, row.calls + self._calls[each], row.items + number)
            self._calls.pop(each, None)
            if row.items:
                rows.put(row)
            else:
                rows.remove((each,))

    def _counted(self, contact_ids: list[str]) -> dict[str, int]:
        """How many calls and messages some contacts have now."""
        if not contact_ids:
            return {}
        self._activities.flush()
        counted = self._session.execute(
            f"SELECT contact_id, count(*) FROM {self._schema}.activities WHERE contact_id IN"
            " (SELECT value FROM json_each(?)) GROUP BY contact_id",
            (contact_ids,),
        )
        return dict(counted.fetchall())


def _day(ordinal: int) -> str:
    return date.fromordinal(ordinal).isoformat()
