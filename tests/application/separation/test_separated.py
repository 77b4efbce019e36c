"""Two contacts that an admin has declared separate: docs/rules.md, "The merge rule".

A rule looks at a record only once, when it is first seen. So the effect of a separation shows when
a record that went is sent again, and when history is decided again, in an undo.
"""

import pytest

from application.refusals import Conflict, NotFound
from tests.messages import (
    JOHN,
    JOHN_TOO,
    MARY,
    ROW,
    csv_row,
    entered,
    hubspot_contact,
    hubspot_lead,
)
from tests.story import Story


def row_by_marys_number(story: Story, *, host: bool = False) -> Story:
    """A row that joined `two` by a number that only `mary` brought there.

    Had `mary` not been merged into `two`, it would have come to `first` rather than to `mary`, as
    the more recently updated of two that hold a number of its own. With a `host`, `first` was
    absorbed by that before.
    """
    if host:
        story.given(host=csv_row("Host", [JOHN_TOO]))
    story.given(
        two=csv_row("Two", [ROW]), mary=csv_row("Mary", [MARY]), first=csv_row("First", [JOHN])
    )
    if host:
        story.merge("host", "first")
    story.merge("two", "mary")
    story.when(row=csv_row("Row", [JOHN, MARY]))
    return story.leads_to("row", "two")


def test_nothing_that_they_say_changes(story: Story) -> None:
    story.given(one=entered("api", "One", [JOHN]), two=entered("api", "Two", [JOHN]))
    before = story.contact("one").updated_at
    story.separate("one", "two")
    story.live("one", "two").shows("one", name="One", phones=[JOHN])
    assert story.contact("one").updated_at == before
    assert story.told("one") == ["ContactImported", "ContactsSeparated"]


def test_a_new_record_still_joins_the_most_recently_updated_of_them(story: Story) -> None:
    story.given(one=entered("api", "One", [JOHN]), two=entered("api", "Two", [JOHN]))
    story.separate("one", "two")
    story.when(row=csv_row("Row", [JOHN]))
    story.leads_to("row", "two").live("one", "two")


def test_a_rule_that_would_merge_them_in_a_replay_does_not(story: Story) -> None:
    row_by_marys_number(story).separate("two", "first")
    story.undo("mary")
    story.live("two", "mary", "first").leads_to("row", "mary")


def test_without_a_separation_it_would(story: Story) -> None:
    """It shows that the separation makes the difference in the test before."""
    row_by_marys_number(story).undo("mary")
    story.live("two", "mary", "first").leads_to("row", "first")


def test_it_binds_ids_wherever_they_are_absorbed_to(story: Story) -> None:
    """`first` is absorbed already when the row is decided again."""
    row_by_marys_number(story, host=True)
    story.separate("two", "first")
    story.undo("mary")
    story.live("host", "two", "mary").leads_to("row", "mary")


def test_it_binds_every_id_of_either_side_after_splits(story: Story) -> None:
    row_by_marys_number(story, host=True)
    story.separate("two", "host")
    story.undo("first")
    story.undo("mary")
    story.live("host", "first", "two", "mary").leads_to("row", "mary")


def test_it_holds_where_one_of_them_is_absorbed(story: Story) -> None:
    story.given(
        one=entered("api", "One", [JOHN]),
        two=entered("api", "Two", [JOHN]),
        mary=entered("api", "Mary", [MARY]),
    )
    story.separate("one", "two")
    story.merge("mary", "two")
    story.live("one", "mary")
    assert story.conflicts() == []


def test_it_holds_after_splits(story: Story) -> None:
    story.given(
        one=entered("api", "One", [JOHN]),
        also=entered("api", "Also", [JOHN]),
        two=entered("api", "Two", [JOHN]),
    )
    story.merge("one", "also")
    story.separate("one", "two")
    story.undo("also")
    story.live("one", "also", "two")
    assert story.conflicts() == []


def test_what_came_to_one_of_them_later_is_not_bound(story: Story) -> None:
    story.given(one=entered("api", "One", [JOHN]), two=entered("api", "Two", [JOHN]))
    story.separate("one", "two")
    story.when(row=csv_row("Row", [JOHN]))
    story.leads_to("row", "two")
    story.undo("row")
    assert story.conflicts() == [("one", "row", JOHN)]


def test_two_that_are_one_can_only_be_separated_by_undoing_their_merge(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]), row=csv_row("Row", [JOHN]))
    with pytest.raises(Conflict, match="undo their merge to separate them"):
        story.separate("john", "row")
    with pytest.raises(Conflict, match="are one contact"):
        story.separate("john", "john")


def test_nobody_cannot_be_separated(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]))
    with pytest.raises(NotFound, match="there is no contact `nobody`"):
        story.separate("john", "nobody")


def test_a_deleted_contact_may_be_separated_and_stays_so_when_it_is_back(story: Story) -> None:
    story.given(one=entered("api", "One", [JOHN]), two=entered("api", "Two", [JOHN]))
    story.delete("two")
    story.separate("one", "two")
    story.restore("two")
    assert story.conflicts() == []


def test_an_admin_may_merge_them_all_the_same(story: Story) -> None:
    story.given(one=entered("api", "One", [JOHN]), two=entered("api", "Two", [JOHN]))
    story.separate("one", "two")
    story.merge("one", "two")
    story.live("one").leads_to("two", "one")


@pytest.mark.parametrize("how", ["withdrawn", "deleted"])
def test_it_binds_a_record_that_went_and_is_sent_again(story: Story, how: str) -> None:
    story.given(one=hubspot_contact("1", "One", [JOHN]), two=entered("api", "Two", [MARY]))
    story.edit("two", phones=[MARY, JOHN])
    story.separate("one", "two")
    if how == "withdrawn":
        story.withdraw("1")
    else:
        story.delete("one")
    story.when(again=hubspot_contact("1", "One again", [JOHN]))
    assert story.received is not None
    assert story.received.decision is not None
    assert [each.lost_because for each in story.received.decision.candidates] == ["separated"]
    story.live("again", "two")
    assert story.conflicts() == []


def test_it_does_not_bind_another_record(story: Story) -> None:
    story.given(one=hubspot_contact("1", "One", [JOHN]), two=entered("api", "Two", [MARY]))
    story.edit("two", phones=[MARY, JOHN])
    story.separate("one", "two")
    story.withdraw("1")
    story.when(other=hubspot_contact("2", "Other", [JOHN]))
    story.leads_to("other", "two")


def test_it_binds_an_earlier_id_whose_merge_was_undone(story: Story) -> None:
    """It was merged, taken back, withdrawn and sent again: an admin said that it is another."""
    story.given(two=entered("api", "Two", [JOHN]), one=hubspot_contact("1", "One", [JOHN]))
    story.undo("one")
    story.withdraw("1")
    story.when(again=hubspot_contact("1", "One", [JOHN]))
    story.live("again", "two")


def test_it_binds_a_record_that_was_sent_again_before(story: Story) -> None:
    """A separation binds a record by its id in its source, wherever it is now."""
    story.given(ann=hubspot_contact("1", "Ann", [JOHN]), bob=hubspot_contact("2", "Bob", [JOHN]))
    story.delete("ann")
    story.when(ann_again=hubspot_contact("1", "Ann", [MARY]))
    story.undo("bob")
    story.delete("bob")
    story.when(bob_again=hubspot_contact("2", "Bob", [JOHN, MARY]))
    story.live("ann_again", "bob_again")


def test_a_record_may_be_bound_on_both_sides(story: Story) -> None:
    """By its id now on one side, and by its earlier id on the other."""
    story.given(ann=hubspot_contact("1", "Ann", [JOHN]))
    story.edit("ann", phones=[JOHN, MARY])
    story.withdraw("1")
    story.when(again=hubspot_contact("1", "Ann", ["+1 712 555 3956"]))
    story.separate("again", "ann")
    story.withdraw("1")
    story.when(third=hubspot_contact("1", "Ann", [MARY]))
    story.live("ann", "third")


def test_an_undo_that_leaves_one_contact_keeps_nothing_apart(story: Story) -> None:
    """Without the merge by hand the lead was attached to John, who got its number by a rule."""
    story.call("call", JOHN)
    story.call_it("lead", whose="call")
    story.given(john=hubspot_contact("1", "John", [MARY]))
    story.merge("lead", "john")
    story.given(row=csv_row("John", [MARY, JOHN]))
    story.undo("john")
    story.leads_to("lead", "john").leads_to("row", "john")
    story.withdraw("1")
    story.when(again=hubspot_contact("1", "John", [MARY]))
    story.leads_to("again", "john")


def test_it_binds_a_record_whose_message_of_then_brings_nothing_in_a_replay(story: Story) -> None:
    """Without `row`, John is deleted with all that HubSpot said, and `bare` says nothing new."""
    story.given(john=hubspot_lead("1", "John", [JOHN]), row=csv_row("Row", [JOHN, ROW]))
    story.delete("john")
    story.when(other=hubspot_lead("1", "Jack", [MARY]))
    story.restore("john")
    story.withdraw("1", kind="lead")
    story.when(bare=hubspot_lead("1")).when(named=hubspot_lead("1", "Johnny"))
    story.separate("john", "bare")
    story.undo("row")
    said = [(each.name, each.phones[0].value, each.kind) for each in story.contacts()]
    assert said == [("Row", JOHN, "contact"), ("Johnny", JOHN, "lead")]
