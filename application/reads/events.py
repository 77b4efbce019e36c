"""Read an account's log."""

from application.documents.document import Page
from application.documents.events import EventDocument, event_document
from application.ports import Reading
from application.reads.paging import PAGE, page_of
from application.refusals import Invalid

LAST_POSITION = (1 << 63) - 1
"""The largest position that a store can hold."""


def check_position(after: int) -> None:
    """Raise Invalid if a number is not a position of a log or feed."""
    if not 0 <= after <= LAST_POSITION:
        raise Invalid("after", f"{after} is not a valid position")


def event_feed(reading: Reading, *, after: int = 0, limit: int = PAGE) -> Page[EventDocument]:
    """The account's log after a position. `next`: that of the last event. Raises Invalid."""
    check_position(after)
    found = reading.events(after=after, limit=limit + 1)
    return page_of(found, limit, event_document, lambda last: str(last.position))
