"""What happened to a contact, for people: newest first, with names instead of ids."""

from application.reads.names import with_names
from application.reads.timeline import timeline
from tests.messages import JOHN, MARY, csv_row, entered
from tests.story import Story


def told(story: Story, name: str, limit: int = 50) -> list[str]:
    """What is told, page by page."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        with story.log.reading() as reading:
            page = timeline(reading, story.id(name), limit=limit, cursor=cursor)
        found += [each.summary for each in page.items]
        if page.next is None:
            return found
        cursor = page.next


def test_the_newest_comes_first_on_pages_of_any_size(story: Story) -> None:
    story.given(john=csv_row("John Jones", [JOHN])).given(j=csv_row("John J", [JOHN]))
    story.edit("john", name="Jack")
    newest, merged, first = told(story, "john")
    assert newest == "edited: name Jack"
    assert "John J" in merged
    assert "was merged in: a phone number matched" in merged
    assert "became a new contact" in first
    assert told(story, "john", limit=1) == [newest, merged, first]


def test_it_names_who_was_merged_and_undone(story: Story) -> None:
    story.given(one=entered("api", "One", [JOHN]), two=entered("api", "Two", [MARY]))
    story.merge("one", "two")
    story.undo("two")
    separated, undone, *_ = told(story, "one")
    assert separated == "“One” and “Two” were declared separate, because of an undone merge"
    assert undone == "the merge with “Two” was undone"


def test_a_merge_and_a_call_can_be_found_from_it(story: Story) -> None:
    story.given(john=csv_row("John Jones", [JOHN])).given(j=csv_row("John J", [JOHN]))
    with story.log.reading() as reading:
        items = timeline(reading, story.id("john")).items
        (merge,) = reading.merges(limit=1)
    assert [each.merge_id for each in items] == [merge.event.merge_id, None]


def test_words_that_look_like_ids_stay() -> None:
    known = {"000001": "Mary", "000002": None}
    text = "000001, 000002 and +13195000001"
    assert with_names(text, known) == "“Mary”, “no name” and +13195000001"
