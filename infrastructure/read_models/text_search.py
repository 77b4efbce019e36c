"""Which contacts may contain a text: from the text index, and from the log after its end.

The caller compares each of these contacts with the text before it shows it. So an index that lags,
or is ahead of the snapshot, changes how long a search takes, but never what it finds.
"""

from collections.abc import Generator, Iterator, Mapping
from contextlib import suppress
from heapq import merge

from application.reads.text_search import Sought, folded, lines_of_phone
from domain.records import RecordKind
from infrastructure.read_models.text_index import (
    A_CONTACT_IN_ROWS,
    Indexed,
    IndexFailed,
    TextIndex,
    is_of_log,
)
from infrastructure.storage.session import Session, read_head

Candidate = tuple[int, str]
"""The position of a contact's first event, and its id."""


OF_KIND: Mapping[RecordKind, str] = {"contact": "kind = 'contact'", "lead": "kind = 'lead'"}
"""Conditions that spell out the kind, so that the index of leads is used."""
HOLDS = (
    "contact_id IN (SELECT contact_id FROM identifiers"
    " WHERE kind = ? AND value = ? AND holders > 0)"
)
"""A condition: the contact holds an identifier."""
_LONGEST_PATTERN = 40
_MAY_CONTAIN = "({0} LIKE ? ESCAPE '\\' OR length({0}) <> length(CAST({0} AS BLOB)))"
"""A condition that excludes most lines without a text; SQLite ignores case only in ASCII."""


def candidates(
    session: Session, text: TextIndex, sought: Sought, after: int
) -> Generator[Candidate]:
    """All contacts that contain a text, and perhaps others, ordered by first event, after one."""
    # The index is opened before the log, so that it is not ahead of the log's snapshot.
    with text.reading(session) as snapshot:
        since = _touched_since(session, snapshot.indexed) if snapshot else None
        if snapshot is not None and since is not None:
            hits = (each for each in snapshot.candidates(sought, after) if each[1] not in since)
            touched = sorted((first, each) for each, first in since.items() if first > after)
            with suppress(IndexFailed):
                for candidate in merge(hits, touched):
                    yield candidate
                    after = candidate[0]
                return
    yield from _scan(session, sought, after)


def _touched_since(session: Session, indexed: Indexed) -> dict[str, int] | None:
    """The live contacts that events after the end of the index touched, and their first events.

    None if the index belongs to another log, is ahead of this snapshot, or lags so far behind that
    a scan is faster.
    """
    behind = (head := read_head(session).position) - indexed.position
    if behind * A_CONTACT_IN_ROWS > head or not is_of_log(indexed, session):
        return None
    rows = session.execute(
        "SELECT c.contact_id, f.position"
        " FROM (SELECT DISTINCT stream FROM events NOT INDEXED"
        " WHERE position IN (SELECT value FROM json_each(?))) t"
        " CROSS JOIN contacts c ON c.contact_id = t.stream AND c.status = 'live'"
        " CROSS JOIN events f ON f.stream = t.stream AND f.version = 1",
        ([*range(indexed.position + 1, head + 1)],),
    )
    return dict(rows.fetchall())


def _scan(session: Session, sought: Sought, after: int) -> Iterator[Candidate]:
    """The contacts that contain a text, by a scan of all."""
    holder = sought.identifier or ()
    among = f" AND {HOLDS}" if holder else ""
    of_kind = "" if sought.kind is None else f" AND {OF_KIND[sought.kind]}"
    pattern = _pattern(sought)
    holding = {
        contact_id
        for contact_id, held, value in session.execute(
            "SELECT contact_id, kind, value FROM identifiers "
            f"WHERE holders > 0{among} AND {_MAY_CONTAIN.format('value')}",
            (*holder, pattern),
        )
        if sought.is_in(lines_of_phone(value) if held.startswith("phone") else (folded(value),))
    }
    shown = "json_extract(attributes, '$.name')"
    named = (
        contact_id
        for contact_id, name in session.execute(
            f"SELECT contact_id, {shown} FROM contacts "
            f"WHERE status = 'live'{of_kind}{among} AND {_MAY_CONTAIN.format(shown)}",
            (*holder, pattern),
        )
        if sought.is_in((folded(name),))
    )
    found = holding.union(named)
    yield from session.execute(
        "SELECT f.position, f.stream FROM json_each(?) t"
        f" CROSS JOIN contacts c ON c.contact_id = t.value AND c.status = 'live'{of_kind}"
        " CROSS JOIN events f ON f.stream = t.value AND f.version = 1"
        " WHERE f.position > ? ORDER BY f.position",
        ([*found], after),
    )


def _pattern(sought: Sought) -> str:
    """A LIKE pattern that most lines without a text fail; lines may have more white space."""
    if sought.digits is not None:
        return f"%{'%'.join(sought.digits[:_LONGEST_PATTERN])}%"
    text = sought.text[:_LONGEST_PATTERN]
    for special in "\\%_":
        text = text.replace(special, f"\\{special}")
    return f"%{text.replace(' ', '%')}%"
