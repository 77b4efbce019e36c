"""The contacts of calls and messages after an undo: docs/rules.md, "Undo", "Calls"."""

from tests.messages import JOHN, MARY, ROW, csv_row, entered, hubspot_contact
from tests.story import Story


def merged(story: Story) -> Story:
    """John and Mary with a call each, merged by hand."""
    story.given(john=entered("api", "John", [JOHN]), mary=entered("api", "Mary", [MARY]))
    story.call("of john", JOHN)
    story.call("of mary", MARY)
    story.merge("john", "mary")
    return story.belongs("of mary", "john")


def test_those_of_the_absorbed_one_come_back(story: Story) -> None:
    merged(story).undo("mary")
    story.belongs("of john", "john").belongs("of mary", "mary")


def test_those_that_came_later_by_a_number_that_only_it_holds_come_to_it(story: Story) -> None:
    merged(story).call("later", MARY)
    story.message("message", MARY)
    story.undo("mary")
    story.belongs("later", "mary", by="number").belongs("message", "mary", by="number")


def test_those_that_came_later_by_a_number_of_both_are_with_the_most_recently_updated(
    story: Story,
) -> None:
    story.given(one=entered("api", "One", [JOHN]), two=entered("api", "Two", [JOHN]))
    story.merge("one", "two")
    story.call("later", JOHN)
    story.belongs("later", "one", by="number").undo("two")
    story.belongs("later", "two", by="most_recent")


def test_those_that_were_assigned_are_where_they_were_assigned(story: Story) -> None:
    merged(story).given(third=csv_row("Third", [ROW]))
    story.assign("of john", "mary")
    story.assign("of mary", "third")
    story.undo("mary")
    story.belongs("of john", "mary", by="assigned").belongs("of mary", "third", by="assigned")


def test_a_number_that_nobody_would_have_held_is_captured(story: Story) -> None:
    """Mary listed it by a record that came to her alone by way of John."""
    story.given(john=csv_row("John", [JOHN]), mary=hubspot_contact("1", "Mary", [MARY]))
    story.merge("john", "mary")
    story.withdraw("1")
    story.call("later", MARY)
    story.undo("mary")
    story.belongs("later", f"lead {MARY}", by="new_lead").live("john", f"lead {MARY}")


def test_a_call_that_captured_a_lead_is_back_with_who_would_have_had_it(story: Story) -> None:
    """`mary` was deleted as part of John; alone she would not have been."""
    merged(story).delete("john")
    story.call("later", MARY)
    story.belongs("later", f"lead {MARY}").undo("mary")
    story.belongs("later", "mary", by="number").belongs("of mary", "mary")
    story.belongs("of john", f"lead {JOHN}").live("mary", f"lead {JOHN}")


def test_the_id_of_a_lead_that_would_not_have_been_captured_leads_on(story: Story) -> None:
    merged(story).delete("john")
    story.call("later", MARY)
    story.call_it("lead", "later")
    story.undo("mary")
    story.leads_to("lead", "mary")


def test_a_captured_lead_that_a_record_took_in_comes_to_the_side_of_that_record(
    story: Story,
) -> None:
    story.call("first", ROW)
    story.given(john=csv_row("John", [JOHN]), row=csv_row("Row", [JOHN, ROW]))
    story.belongs("first", "john").undo("row")
    story.belongs("first", "row").live("john", "row")


def test_a_captured_lead_that_was_merged_by_hand_is_one_again(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN])).call("first", MARY)
    story.call_it("lead", "first")
    story.merge("john", "lead")
    story.undo("lead")
    story.shows("lead", kind="lead", phones=[MARY]).belongs("first", "lead")
    story.shows("john", name="John", phones=[JOHN])


def test_a_captured_lead_that_is_one_again_is_taken_in_as_any(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN])).call("first", MARY)
    story.call_it("lead", "first")
    story.merge("john", "lead")
    story.undo("lead")
    story.when(mary=csv_row("Mary", [MARY]))
    story.belongs("first", "mary").live("john", "mary")


def test_the_next_call_goes_by_what_each_holds_now(story: Story) -> None:
    merged(story).undo("mary")
    story.call("later", MARY)
    story.belongs("later", "mary", by="number")
