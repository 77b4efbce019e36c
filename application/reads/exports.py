"""Read the export feed of calls and messages."""

from application.documents.activities import ExportDocument, export_document
from application.documents.document import Page
from application.ports import Reading
from application.reads.events import check_position
from application.reads.paging import PAGE, page_of


def export_feed(
    reading: Reading, *, integration: str | None = None, after: int = 0, limit: int = PAGE
) -> Page[ExportDocument]:
    """The export feed after a position, oldest first: of all integrations, or of one.

    `next`: the position of the page's last item. Rules: "Export back". Raises Invalid.
    """
    check_position(after)
    found = reading.exports(integration=integration, after=after, limit=limit + 1)
    return page_of(found, limit, export_document, lambda last: str(last.position))
