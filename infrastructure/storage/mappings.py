"""What people said the columns of their files are: remembered for the next file like it.

Two files are alike if their columns have the same names in the same order, case apart.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from infrastructure.storage import beside
from infrastructure.storage.session import Session
from infrastructure.storage.times import to_micros


def remember_mapping(
    session: Session, header: Sequence[str], mapping: Mapping[str, str], now: datetime
) -> None:
    """Remember a mapping instead of the one before."""
    forget_mapping(session, header)
    row = (_key(header), json.dumps(dict(mapping)), to_micros(now))
    beside.insert(session, "mappings", [row])


def remembered_mapping(
    session: Session, headers: Sequence[Sequence[str]]
) -> tuple[int, dict[str, str]] | None:
    """The first of some headers for which a mapping was given, by its place, and the mapping."""
    keys = [_key(header) for header in headers]
    among = "WHERE header IN (SELECT value FROM json_each(?))"
    found = {key: mapping for key, mapping, _ in beside.find(session, "mappings", among, keys)}
    place = next((place for place, key in enumerate(keys) if key in found), None)
    return None if place is None else (place, json.loads(found[keys[place]]))


def forget_mapping(session: Session, header: Sequence[str]) -> None:
    """Forget the mapping for such a header, if there is one."""
    session.execute("DELETE FROM mappings WHERE header = ?", (_key(header),))


def _key(header: Sequence[str]) -> str:
    names = [column.strip().casefold() for column in header]
    return sha256(json.dumps(names).encode("utf-8", "surrogatepass")).hexdigest()
