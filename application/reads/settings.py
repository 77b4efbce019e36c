"""Read who changed the merge settings, and when."""

from itertools import zip_longest

from application.cursors import POSITION, from_cursor, to_cursor
from application.documents.document import Page
from application.documents.settings import SettingsChangeDocument, settings_change_document
from application.ports import Reading
from application.reads.paging import PAGE, page_of


def settings_history(
    reading: Reading, *, limit: int = PAGE, cursor: str | None = None
) -> Page[SettingsChangeDocument]:
    """The settings that were ever in force, newest first: who set them, when, what changed.

    The last are those that the account began with. Raises Refused if the cursor is not valid.
    """
    items = "settings"
    (before,) = (None,) if cursor is None else from_cursor(items, cursor, POSITION)
    # One more than the page shows what the last of it changed.
    found = reading.settings_set(before=before, limit=limit + 1)
    pairs = zip_longest(found, found[1:])
    return page_of(
        [(now, before) for now, before in pairs if now is not None],
        limit,
        lambda pair: settings_change_document(*pair),
        lambda last: to_cursor(items, last[0].place),
    )
