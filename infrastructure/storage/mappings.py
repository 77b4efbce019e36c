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


def remembered_mapping(session: Session, header: Sequence[str]) -> dict[str, str] | None:
    """The mapping that was given last for such a header, or None."""
    rows = beside.find(session, "mappings", "WHERE header = ?", _key(header))
    return next((json.loads(mapping) for _, mapping, _ in rows), None)


def forget_mapping(session: Session, header: Sequence[str]) -> None:
    """Forget the mapping for such a header, if there is one."""
    session.execute("DELETE FROM mappings WHERE header = ?", (_key(header),))


def _key(header: Sequence[str]) -> str:
    names = [column.strip().casefold() for column in header]
    return sha256(json.dumps(names).encode("utf-8", "surrogatepass")).hexdigest()
