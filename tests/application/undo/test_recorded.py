"""The events of an undo, and of the merges that it causes: docs/rules.md, "Undo"."""

from typing import get_args

import pytest

from application.reads.merges import merges_resting_on
from application.refusals import Conflict, NotFound
from application.wording import lost_text
from domain.events import ContactsMerged, MergeUndone
from domain.matching import LostBecause
from tests.messages import (
    JOHN,
    MARY,
    ROW,
    SWITCHBOARD,
    csv_row,
    entered,
    hubspot_contact,
    hubspot_lead,
)
from tests.story import Story


def caused(story: Story, name: str) -> list[tuple[str, str | None]]:
    """The merges that an undo made or undid in a contact's history, and their cause."""
    with story.log.reading() as reading:
        recorded = reading.history(story.id(name))
    return [
        (f"{each.event.TOPIC} {story.name(each.event.absorbed)}", each.event.caused_by)
        for each in recorded
        if isinstance(each.event, ContactsMerged | MergeUndone)
    ]


def test_the_two_sides_are_declared_separate(story: Story) -> None:
    story.given(one=entered("api", "One", [JOHN]), two=entered("api", "Two", [JOHN]))
    story.merge("one", "two")
    story.undo("two")
    assert story.conflicts() == []
    assert story.told("one")[-2:] == ["ContactsSeparated", "UndoCompleted"]


def test_a_merge_says_when_it_was_undone(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]), row=csv_row("Row", [JOHN])).undo("row")
    assert story.merges() == []
    (merge,) = story.merges(undone=True)
    assert (merge.absorbed, merge.undone_at) == (story.id("row"), story.now)


def test_undoing_twice_changes_nothing(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]), row=csv_row("Row", [JOHN]))
    merge_id = story.merges()[0].id
    story.undo_by_id(merge_id)
    before = story.length
    with pytest.raises(Conflict, match="is already undone"):
        story.undo_by_id(merge_id)
    assert story.length == before


def test_a_merge_that_there_is_not_cannot_be_undone(story: Story) -> None:
    with pytest.raises(NotFound, match="there is no merge `m1`"):
        story.undo_by_id("m1")


def test_an_undo_returns_who_lives_again(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]), row=csv_row("Row", [JOHN, ROW]))
    story.when(later=hubspot_contact("1", "Later", [ROW]))
    assert story.undo("row") == ["row"]


def test_a_merge_that_goes_to_another_survivor_names_the_undone_one_as_its_cause(
    story: Story,
) -> None:
    story.given(john=csv_row("John", [JOHN]), row=csv_row("Row", [JOHN, ROW]))
    undone = story.merges()[0].id
    story.when(later=csv_row("Later", [ROW]))
    story.undo("row")
    assert ("MergeUndone row", None) in caused(story, "john")
    assert ("MergeUndone later", undone) in caused(story, "john")
    assert caused(story, "row") == [("ContactsMerged row", None), ("ContactsMerged later", undone)]
    assert story.merged() == [("later", "row")]


def test_a_merge_that_is_lost_names_the_undone_one_as_its_cause(story: Story) -> None:
    """Without John, Mary is a lead, and a lead record is merged into contacts only."""
    story.given(john=csv_row("John", [JOHN]), mary=hubspot_lead("1", "Mary", [MARY]))
    undone = story.merge("john", "mary")
    story.when(lead=hubspot_lead("2", "Lead", [MARY])).undo("mary")
    assert ("MergeUndone lead", undone) in caused(story, "john")
    assert (story.merged(), caused(story, "lead")) == ([], [("ContactsMerged lead", None)])


def test_a_merge_that_comes_about_names_the_undone_one_as_its_cause(story: Story) -> None:
    """The row was skipped as the same row; without the merge it belongs to another contact."""
    story.given(one=csv_row("One", [JOHN]), two=csv_row("Two", [MARY]))
    undone = story.merge("one", "two")
    story.delete("one")
    story.when(row=csv_row("Row", [MARY])).live("row")
    story.undo("two")
    story.live("two").leads_to("row", "two")
    assert ("ContactsMerged row", undone) in caused(story, "two")
    assert story.merged() == [("row", "two")]


def test_a_merge_that_an_undo_brought_about_can_be_undone(story: Story) -> None:
    story.given(one=csv_row("One", [JOHN]), two=csv_row("Two", [MARY]))
    story.merge("one", "two")
    story.delete("one")
    story.when(row=csv_row("Row", [MARY])).undo("two")
    story.undo("row")
    story.live("two", "row")
    story.shows("row", name="Row", phones=[MARY]).shows("two", name="Two", phones=[MARY])


def test_a_merge_that_was_moved_by_an_undo_can_be_undone(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]), row=csv_row("Row", [JOHN, ROW]))
    story.when(later=csv_row("Later", [ROW])).undo("row")
    story.undo("later")
    story.live("john", "row", "later")


def test_merges_are_undone_in_either_order(story: Story) -> None:
    for first, then in (("a", "b"), ("d", "c")):
        story.given(
            **{
                f"host {first}": csv_row("Host", [JOHN if first == "a" else ROW]),
                first: entered("api", first, [MARY]),
                then: entered("api", then, [MARY]),
            }
        )
        story.merge(f"host {first}", first)
        story.merge(f"host {first}", then)
        for each in sorted((first, then)):
            story.undo(each)
    story.live("host a", "a", "b", "host d", "c", "d")


def test_a_chain_is_undone_from_within(story: Story) -> None:
    story.given(
        john=entered("api", "John", [JOHN]),
        mary=entered("api", "Mary", [MARY]),
        row=entered("api", "Row", [ROW]),
    )
    story.merge("john", "mary")
    story.merge("row", "john")
    story.undo("mary")
    story.live("row", "mary").leads_to("john", "row")
    story.undo("john")
    story.live("row", "mary", "john")


def test_two_that_were_undone_may_be_merged_and_undone_again(story: Story) -> None:
    story.given(one=entered("api", "One", [JOHN]), two=entered("api", "Two", [MARY]))
    for _ in range(3):
        story.merge("one", "two")
        story.shows("one", name="Two", phones=[JOHN, MARY]).undo("two")
        story.live("one", "two").shows("one", name="One", phones=[JOHN])


def test_all_merges_that_rested_on_a_number_now_shared_can_be_undone_together(
    story: Story,
) -> None:
    story.given(
        one=csv_row("One", [SWITCHBOARD]),
        two=csv_row("Two", [SWITCHBOARD, MARY]),
        three=csv_row("Three", [SWITCHBOARD]),
        other=csv_row("Other", [MARY]),
    )
    story.live("one").settings(shared_identifiers=[SWITCHBOARD])
    with story.log.reading() as reading:
        resting = [each.event for each in merges_resting_on(reading, [SWITCHBOARD], [SWITCHBOARD])]
    assert [story.name(each.absorbed) for each in resting] == ["three", "two"]
    for each in resting:
        story.undo_by_id(each.merge_id)
    story.live("one", "two", "three").leads_to("other", "two")


def test_an_undo_leaves_other_contacts_alone(story: Story) -> None:
    story.given(
        john=csv_row("John", [JOHN]), row=csv_row("Row", [JOHN]), mary=csv_row("Mary", [MARY])
    )
    before = story.contact("mary")
    story.undo("row")
    assert story.contact("mary") == before


def test_a_merge_that_comes_about_names_those_it_was_kept_apart_from(story: Story) -> None:
    story.given(one=entered("api", "One", [JOHN]), two=entered("api", "Two", [ROW]))
    story.given(three=entered("api", "Three", [MARY]))
    story.merge("two", "three")
    story.given(row=csv_row("Row", [JOHN, MARY]))
    story.separate("row", "one")
    story.undo("three")
    assert story.merged() == [("row", "three")]
    (merge,) = story.merges()
    candidates = {story.name(c.contact_id): c.lost_because for c in merge.decision.candidates}
    assert candidates == {"three": None, "one": "separated"}


@pytest.mark.parametrize("lost_because", get_args(LostBecause))
def test_there_are_words_for_every_reason_why_a_candidate_lost(lost_because: str) -> None:
    assert lost_text(lost_because) != lost_because
