"""Read which contacts are in conflict."""

from pydantic import TypeAdapter

from application.cursors import from_cursor, to_cursor
from application.documents.contacts import ConflictDocument, conflict_document
from application.documents.document import Page
from application.ports import Reading
from application.reads.names import names_of
from application.reads.paging import PAGE, page_of

_IDENTIFIER_AND_IDS = TypeAdapter(tuple[str, str, str, str])


def list_conflicts(
    reading: Reading, *, limit: int = PAGE, cursor: str | None = None
) -> Page[ConflictDocument]:
    """Contacts that hold the same identifier and are not separate, by it. Raises Invalid."""
    after = None if cursor is None else from_cursor("conflicts", cursor, _IDENTIFIER_AND_IDS)
    found = reading.conflicts(after=after, limit=limit + 1)
    names = names_of(reading, [each for pair in found for each in (pair.a, pair.b)])
    return page_of(
        found,
        limit,
        lambda each: conflict_document(each, names),
        lambda last: to_cursor("conflicts", *last.identifier, last.a, last.b),
    )
