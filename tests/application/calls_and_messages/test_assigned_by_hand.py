"""An agent says whose call it is: docs/rules.md, "Calls and messages"."""

from tests.messages import JOHN, MARY, ROW, csv_row, entered, hubspot_contact
from tests.story import Story


def john_and_mary(story: Story) -> Story:
    """John and Mary, and a call of John's that belongs to Mary."""
    story.given(john=entered("api", "John", [JOHN]), mary=entered("api", "Mary", [MARY]))
    story.call("first", JOHN)
    story.assign("first", "mary")
    return story


def test_a_call_belongs_to_whom_it_was_assigned(story: Story) -> None:
    john_and_mary(story).belongs("first", "mary", by="assigned")


def test_the_last_word_counts(story: Story) -> None:
    john_and_mary(story).assign("first", "john")
    story.belongs("first", "john", by="assigned")


def test_the_next_call_of_the_number_is_linked_as_before(story: Story) -> None:
    john_and_mary(story).call("second", JOHN)
    story.belongs("second", "john", by="number")


def test_no_later_record_moves_it(story: Story) -> None:
    john_and_mary(story).when(
        row=csv_row("Row", [JOHN, ROW]), newest=hubspot_contact("1", "Newest", [JOHN])
    )
    story.belongs("first", "mary", by="assigned")


def test_no_edit_moves_it(story: Story) -> None:
    john_and_mary(story).edit("john", phones=[ROW])
    story.edit("mary", phones=[])
    story.belongs("first", "mary", by="assigned")


def test_the_deletion_of_whose_number_it_is_does_not_move_it(story: Story) -> None:
    john_and_mary(story).delete("john")
    story.belongs("first", "mary", by="assigned").live("mary")


def test_it_follows_its_contact_through_a_merge_and_its_undoing(story: Story) -> None:
    john_and_mary(story).given(row=csv_row("Row", [ROW])).merge("row", "mary")
    story.belongs("first", "row", by="assigned")
    story.undo("mary")
    story.belongs("first", "mary", by="assigned")


def test_it_follows_its_contact_into_whose_number_it_is_and_out_again(story: Story) -> None:
    john_and_mary(story).merge("john", "mary")
    story.belongs("first", "john", by="assigned")
    story.undo("mary")
    story.belongs("first", "mary", by="assigned")


def test_a_call_that_was_assigned_to_an_absorbed_id_goes_with_it(story: Story) -> None:
    story.given(john=entered("api", "John", [JOHN]), mary=entered("api", "Mary", [MARY]))
    story.call("first", JOHN)
    story.merge("john", "mary")
    story.assign("first", "mary")
    story.belongs("first", "john", by="assigned")
    story.undo("mary")
    story.belongs("first", "mary", by="assigned")


def test_an_assignment_that_changes_nothing_now_counts_once_a_merge_is_undone(
    story: Story,
) -> None:
    """`mary` is absorbed, the call is the survivor's already: it is recorded all the same."""
    story.given(john=entered("api", "John", [JOHN]), mary=entered("api", "Mary", [MARY]))
    story.merge("john", "mary")
    story.call("first", JOHN)
    story.assign("first", "mary")
    story.undo("mary")
    story.belongs("first", "mary", by="assigned")


def test_an_assignment_to_who_has_it_already_is_recorded(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN])).call("first", JOHN)
    story.assign("first", "john")
    assert story.told("john")[-1] == "CallAssigned"
    story.when(newer=entered("api", "Newer", [JOHN])).delete("john")
    story.restore("john")
    story.belongs("first", "john", by="assigned")


def test_a_call_that_was_assigned_to_a_captured_lead_belongs_to_it(story: Story) -> None:
    story.call("first", JOHN)
    story.call("second", MARY)
    story.call_it("caller", "first")
    story.assign("second", "caller")
    story.belongs("second", "caller", by="assigned").live("caller", f"lead {MARY}")


def test_a_call_of_a_deleted_contact_is_linked_anew_and_comes_back_with_it(story: Story) -> None:
    john_and_mary(story).delete("mary")
    story.belongs("first", "john", by="number")
    story.restore("mary")
    story.belongs("first", "mary", by="assigned")


def test_a_call_that_was_assigned_again_meanwhile_does_not_come_back(story: Story) -> None:
    john_and_mary(story).given(row=csv_row("Row", [ROW])).delete("mary")
    story.assign("first", "row")
    story.restore("mary")
    story.belongs("first", "row", by="assigned")
