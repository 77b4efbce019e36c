"""What the tests of this folder say of the list."""

from application.documents.attention import AttentionDocument, DayDocument
from application.reads.attention import list_attention, list_days
from domain.records import Record
from tests.messages import SWITCHBOARD, csv_row
from tests.story import Story

SIX = ("Ann", "Bob", "Cyd", "Dee", "Eve", "Fay")
"""Names that share no word."""


def row(name: str | None, *phones: str) -> Record:
    """A row of a file with the switchboard's number, unless told."""
    return csv_row(name, phones or [SWITCHBOARD])


def rows(*names: str) -> dict[str, Record]:
    """Such rows, by their names in small letters."""
    return {name.lower(): row(name) for name in names}


def items(story: Story, limit: int = 1_000) -> list[AttentionDocument]:
    """The whole list, page by page."""
    found: list[AttentionDocument] = []
    cursor = None
    while True:
        with story.log.reading() as reading:
            page = list_attention(reading, limit=limit, cursor=cursor)
        found += page.items
        cursor = page.next
        if cursor is None:
            return found


def looked_at(story: Story) -> list[str]:
    """The list: an identifier by its value, a merge by the name of whom it absorbed."""
    return [story.name(each.merge.absorbed) if each.merge else each.id for each in items(story)]


def days(story: Story) -> list[DayDocument]:
    """What happened on each day."""
    with story.log.reading() as reading:
        return list_days(reading, limit=1_000).items
