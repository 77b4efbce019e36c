"""What happened to a contact, newest first, for people: with names instead of ids."""

import re
from collections.abc import Mapping
from datetime import datetime

from application.contact_at import head_at
from application.cursors import POSITION, from_cursor, to_cursor
from application.documents.document import Document, Page
from application.documents.events import history_item
from application.ports import Reading
from application.reads.names import names_apart, with_names
from application.reads.paging import PAGE, page_of
from domain.activities import id_of
from domain.events import CallLinked, ContactReplayed, ContactsMerged, Recorded, UndoCompleted
from domain.mentions import brought_by, import_of_row, mentions

LAST = 1 << 62
"""After every position of a log."""
_NOT_TOLD = {ContactReplayed.TOPIC, UndoCompleted.TOPIC}
"""What says nothing to people."""
_CAUSE = re.compile(r"because (merge|import) \S+ was undone")
_CSV_RECORD = re.compile(r"^csv( \S+)? record(?= \()")


class TimelineItem(Document):
    """Something that happened. `file`: the file of its row; `record`: the id that it brought.

    `merge_id`: the merge that it is; `call_id`: the call that it is about.
    """

    at: datetime
    by: str
    source: str | None
    summary: str
    type: str
    record: str | None
    file: str | None
    merge_id: str | None
    call_id: str | None


def timeline(
    reading: Reading, contact_id: str, *, limit: int = PAGE, cursor: str | None = None
) -> Page[TimelineItem]:
    """What happened to a contact, newest first. Raises NotFound, Invalid."""
    before = LAST if cursor is None else from_cursor("timeline", cursor, POSITION)[0]
    survivor = head_at(reading, contact_id).contact_id
    events = reading.history(survivor, before=before, limit=limit + 1)
    imports = sorted({each for event in events[:limit] if (each := import_of_row(event))})
    files = reading.import_files(imports)
    mentioned = {each for event in events for each in mentions(event.event).contacts}
    names = names_apart(reading, sorted(mentioned))
    page = page_of(
        events,
        limit,
        lambda event: _item(event, files.get(import_of_row(event) or ""), names),
        lambda last: to_cursor("timeline", last.position),
    )
    told = [each for each in page.items if each.type not in _NOT_TOLD]
    return page.model_copy(update={"items": told})


def _item(recorded: Recorded, file: str | None, names: Mapping[str, str | None]) -> TimelineItem:
    item, event = history_item(recorded), recorded.event
    summary = _CAUSE.sub(r"because of an undone \1", with_names(item.summary, names))
    if file is not None:
        summary = _CSV_RECORD.sub(lambda _: f"a row of {file}", summary)
    return TimelineItem(
        at=item.at,
        by=item.by,
        source=item.source,
        summary=summary,
        type=item.type,
        record=brought_by(recorded),
        file=file,
        merge_id=event.merge_id if isinstance(event, ContactsMerged) else None,
        call_id=id_of(event.stream) if isinstance(event, CallLinked) else None,
    )
