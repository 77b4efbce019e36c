"""Read which contacts are in conflict."""

from pydantic import TypeAdapter

from application.cursors import from_cursor, to_cursor
from application.documents.contacts import ConflictDocument
from application.documents.document import Page
from application.ports import Reading
from application.reads.paging import PAGE

_IDENTIFIER_AND_IDS = TypeAdapter(tuple[str, str, str, str])


def list_conflicts(
    reading: Reading, *, limit: int = PAGE, cursor: str | None = None
) -> Page[ConflictDocument]:
    """Pairs of contacts that hold the same identifier and are not separate, by identifier.

    Raises Refused where the cursor is none.
    """
    after = None if cursor is None else from_cursor("conflicts", cursor, _IDENTIFIER_AND_IDS)
    found = reading.conflicts(after=after, limit=limit + 1)
    more = len(found) > limit
    return Page(items=found[:limit], next=_cursor_of_conflict(found[limit - 1]) if more else None)


def _cursor_of_conflict(conflict: ConflictDocument) -> str:
    held = conflict.identifier
    return to_cursor("conflicts", held.kind, held.value, *conflict.contacts)
