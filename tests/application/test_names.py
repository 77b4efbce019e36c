"""Merges, conflicts and explanations say names beside ids."""

from application.documents.merges import MergeDocument
from application.history.explain import explain
from application.reads.conflicts import list_conflicts
from application.reads.merges import list_merges
from tests.messages import JOHN, MARY, csv_row, entered, hubspot_contact
from tests.story import Story


def merge_of(story: Story) -> MergeDocument:
    with story.log.reading() as reading:
        (merge,) = list_merges(reading).items
    return merge


def names(story: Story) -> tuple[str | None, str | None]:
    merge = merge_of(story)
    return merge.survivor_name, merge.absorbed_name


def test_a_merge_names_both_as_they_were_before(story: Story) -> None:
    """The contact is called John J from then on: the newest name wins."""
    story.given(john=csv_row("John Jones", [JOHN])).given(j=csv_row("John J", [JOHN]))
    assert names(story) == ("John Jones", "John J")


def test_an_undone_merge_still_names_both(story: Story) -> None:
    story.given(john=csv_row("John Jones", [JOHN])).given(j=csv_row("John J", [JOHN]))
    story.undo("j")
    assert names(story) == ("John Jones", "John J")


def test_a_merge_by_hand_names_the_absorbed_as_it_was_edited(story: Story) -> None:
    story.given(one=entered("api", "One", [JOHN]), two=entered("api", "Two", [MARY]))
    story.edit("two", name="Twain")
    story.merge("one", "two")
    assert names(story) == ("One", "Twain")


def test_one_without_a_name_of_its_own_is_called_as_it_is_today(story: Story) -> None:
    story.given(john=csv_row(None, [JOHN])).given(j=hubspot_contact("1", None, [JOHN]))
    assert names(story) == (None, None)
    story.given(again=csv_row("John", [JOHN], city="Ames"))
    with story.log.reading() as reading:
        assert {each.survivor_name for each in list_merges(reading).items} == {"John"}


def test_a_conflict_names_both(story: Story) -> None:
    story.given(one=entered("api", "One", [JOHN]), two=entered("api", None, [JOHN]))
    with story.log.reading() as reading:
        (conflict,) = list_conflicts(reading).items
    assert conflict.names == ["One", None]


def test_an_explanation_names_everybody_it_mentions(story: Story) -> None:
    story.given(john=csv_row("John Jones", [JOHN])).given(j=csv_row("John J", [JOHN]))
    story.given(mary=csv_row("Mary", [MARY]))
    merge = merge_of(story)
    with story.log.reading() as reading:
        one = explain(reading, merge.absorbed, merge.survivor)
        two = explain(reading, merge.absorbed, story.id("mary"))
    assert one.names == {merge.absorbed: "John J", merge.survivor: "John Jones"}
    assert two.names == {
        merge.absorbed: "John J",
        merge.survivor: "John J",
        story.id("mary"): "Mary",
    }
