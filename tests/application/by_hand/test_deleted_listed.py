"""Deleted contacts can be listed, so that one can be brought back."""

import pytest

from application.reads.contacts import deleted_contacts, find_contacts
from application.refusals import Invalid
from tests.messages import JOHN, MARY, ROW, csv_row, entered
from tests.story import Story


def deleted(story: Story) -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = []
    cursor: str | None = None
    with story.log.reading() as reading:
        while True:
            page = deleted_contacts(reading, limit=2, cursor=cursor)
            assert all(each.deleted and not each.phones for each in page.items)
            found += [(story.name(each.id), each.name) for each in page.items]
            cursor = page.next
            if cursor is None:
                return found


def test_they_are_listed_by_the_name_that_they_had(story: Story) -> None:
    story.given(
        john=csv_row("John", [JOHN]), mary=csv_row("Mary", [MARY]), live=csv_row("L", [ROW])
    )
    story.given(nameless=entered("api", None, ["+442079460018"]))
    assert deleted(story) == []
    for each in ("nameless", "john", "mary"):
        story.delete(each)
    assert deleted(story) == [("john", "John"), ("mary", "Mary"), ("nameless", None)]


def test_one_that_is_brought_back_is_no_longer_listed(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN])).delete("john")
    story.restore("john")
    assert deleted(story) == []


def test_an_absorbed_one_is_not_listed(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]), row=csv_row("Row", [JOHN])).delete("row")
    assert [each for each, _ in deleted(story)] == ["john"]


def test_the_cursor_of_another_list_is_refused(story: Story) -> None:
    story.given(**{f"c{n}": entered("api", f"{n}") for n in range(3)})
    with story.log.reading() as reading:
        cursor = find_contacts(reading, limit=1).next
        with pytest.raises(Invalid, match="is not a cursor of this list"):
            deleted_contacts(reading, cursor=cursor)
