"""A table: its columns, its key, and how its rows are stored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

from eventsourcing.persistence import DataError, MapperDeserialisationError

Row = tuple[Any, ...]


class Index(NamedTuple):
    """An index of a table, over all of its rows or some."""

    columns: tuple[str, ...]
    where: str | None = None


R = TypeVar("R", bound=Row)


@dataclass(frozen=True)
class Table(Generic[R]):
    """One table. `key`, `prefix`: how many first columns are the key, and are given to read rows.

    `derived`: columns that `encode` makes of the row, after those that are its first fields.
    `with_event`: rows are read with the event at their `position`: stream, version, topic, at and
    payload follow the columns.
    """

    name: str
    row: type[R]
    types: tuple[str, ...]
    key: int = 1
    prefix: int = 1
    indexes: tuple[Index, ...] = ()
    encode: Callable[[R], Row] | None = None
    decode: Callable[[Row], R] | None = None
    with_event: bool = False
    derived: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        fields: tuple[str, ...] = self.row._fields  # type: ignore[attr-defined]  # named tuples
        return (*fields[: len(self.types) - len(self.derived)], *self.derived)

    def stored(self, rows: Sequence[R]) -> Sequence[Row]:
        """Rows as they are stored."""
        return [self.encode(row) for row in rows] if self.encode else rows

    def read(self, stored: Row) -> R:
        """The row of stored values. Raises DataError if they are damaged."""
        try:
            if self.decode is not None:
                return self.decode(stored)
        except MapperDeserialisationError:
            raise  # the damage is in the log, and named there
        except (ValueError, TypeError, AttributeError, OverflowError) as error:
            damage = str(error).splitlines()[0]
            raise DataError(f"a row of {self.name} is damaged: {damage}") from error
        row: R = self.row._make(stored)  # type: ignore[attr-defined]  # named tuples
        return row


def selected(table: Table[Any]) -> tuple[str, str]:
    """What a query of rows `t` selects, and what it joins for their events."""
    columns = ", ".join(f"t.{column}" for column in table.columns)
    if not table.with_event:
        return columns, ""
    event = "e.stream, e.version, e.topic, e.at, e.payload"
    return f"{columns}, {event}", " JOIN events e ON e.position = t.position"


@lru_cache(maxsize=1_000)
def select_one(table: Table[Any], schema: str, columns: int) -> str:
    """The query of the rows whose first `columns` columns have some values."""
    what, event = selected(table)
    where = " AND ".join(f"t.{column} = ?" for column in table.columns[:columns])
    return f"SELECT {what} FROM {schema}.{table.name} t{event} WHERE {where}"
