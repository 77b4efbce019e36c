"""Columns of rows as PostgreSQL's arrays, in the binary form that its manual describes.

A batch of rows is sent as one array for each column. psycopg would look at every value of a list to
find out its type; here the types of the columns are known.
"""

from collections.abc import Sequence
from struct import Struct, pack
from typing import Any

from psycopg.adapt import AdaptersMap, Dumper
from psycopg.pq import Format

_HEAD = Struct("!iIIii")
_length = Struct("!i").pack
_NULL = _length(-1)


class Integers(list[int | None]):
    """An array of bigint."""


class Texts(list[str | None]):
    """An array of text."""


class Blobs(list[bytes | None]):
    """An array of bytea."""


class NoItems(list[Any]):
    """An empty array. Its type is that of what the statement compares it with."""


KINDS: dict[str, type[Integers | Texts | Blobs]] = {
    "INTEGER": Integers,
    "TEXT": Texts,
    "BLOB": Blobs,
}
"""The arrays of the types of columns, by their names in SQLite."""


def array_of(values: Sequence[Any]) -> Integers | Texts | NoItems:
    """An array of values that are all numbers or all texts."""
    if not values:
        return NoItems()
    return Integers(values) if isinstance(values[0], int) else Texts(values)


class _IntegersDumper(Dumper):
    format = Format.BINARY
    oid = 1016

    def dump(self, obj: Integers) -> bytes:
        if None in obj:
            one = Struct("!iq").pack
            items = b"".join(_NULL if each is None else one(8, each) for each in obj)
            return _HEAD.pack(1, 1, 20, len(obj), 1) + items
        numbers: list[Any] = [8] * (2 * len(obj))
        numbers[1::2] = obj
        return _HEAD.pack(1, 0, 20, len(obj), 1) + pack("!" + "iq" * len(obj), *numbers)


class _BlobsDumper(Dumper):
    format = Format.BINARY
    oid = 1001
    _of = 17

    def dump(self, obj: Sequence[bytes | None]) -> bytes:
        parts: list[bytes] = [b""]
        has_null = 0
        for each in obj:
            if each is None:
                has_null = 1
                parts.append(_NULL)
            else:
                parts += (_length(len(each)), each)
        parts[0] = _HEAD.pack(1, has_null, self._of, len(obj), 1)
        return b"".join(parts)


class _TextsDumper(_BlobsDumper):
    oid = 1009
    _of = 25

    def dump(self, obj: Sequence[Any]) -> bytes:
        return super().dump([None if each is None else each.encode() for each in obj])


class _NoItemsDumper(Dumper):
    oid = 0  # PostgreSQL finds out

    def dump(self, _: NoItems) -> bytes:
        return b"{}"


def register_arrays(adapters: AdaptersMap) -> None:
    """Let a connection send these arrays."""
    adapters.register_dumper(Integers, _IntegersDumper)
    adapters.register_dumper(Texts, _TextsDumper)
    adapters.register_dumper(Blobs, _BlobsDumper)
    adapters.register_dumper(NoItems, _NoItemsDumper)
