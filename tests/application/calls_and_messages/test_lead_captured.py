"""A number that belongs to nobody: docs/rules.md, "Calls and messages"."""

from tests.messages import JOHN, MARY, ROW, csv_row, hubspot_lead
from tests.story import Story

EXTENSION = f"{JOHN};ext=12"


def test_a_call_from_nobodys_number_captures_a_lead(story: Story) -> None:
    story.call("first", JOHN)
    story.call_it("lead", "first")
    story.belongs("first", "lead", by="new_lead").shows("lead", kind="lead", phones=[JOHN])


def test_a_call_to_nobodys_number_captures_a_lead(story: Story) -> None:
    story.call("first", JOHN, direction="outbound")
    story.belongs("first", f"lead {JOHN}", by="new_lead")


def test_a_message_from_nobodys_number_captures_a_lead(story: Story) -> None:
    story.message("hello", JOHN)
    story.belongs("hello", f"lead {JOHN}", by="new_lead")


def test_the_next_call_of_that_number_belongs_to_the_same_lead(story: Story) -> None:
    story.call("first", JOHN)
    story.message("second", "(319) 555-5677")
    story.belongs("second", f"lead {JOHN}", by="number").live(f"lead {JOHN}")


def test_each_number_is_a_lead_of_its_own(story: Story) -> None:
    story.call("first", JOHN)
    story.call("second", MARY)
    story.call("third", EXTENSION)
    story.live(f"lead {JOHN}", f"lead {MARY}", f"lead {EXTENSION}")


def test_a_captured_number_with_an_extension_is_no_contact_that_holds_it(story: Story) -> None:
    story.call("first", EXTENSION)
    story.call("second", JOHN)
    story.belongs("second", f"lead {JOHN}", by="new_lead")


def test_a_captured_lead_beside_a_contact_with_another_extension_does_not_make_two(
    story: Story,
) -> None:
    story.given(john=csv_row("John", [f"{JOHN};ext=13"])).call("first", EXTENSION)
    story.call("second", JOHN)
    story.belongs("second", "john", by="number")


def test_the_number_of_a_deleted_contact_is_nobodys(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN])).delete("john")
    story.call("first", JOHN)
    story.belongs("first", f"lead {JOHN}", by="new_lead")


def test_the_number_of_a_withdrawn_record_is_nobodys(story: Story) -> None:
    story.given(lead=hubspot_lead("1", "Lead", [JOHN])).withdraw("1", "lead")
    story.call("first", JOHN)
    story.belongs("first", f"lead {JOHN}", by="new_lead")


def test_a_number_that_was_written_badly_is_nobodys(story: Story) -> None:
    story.given(john=csv_row("John", [ROW, "3.58504E+11"])).call("first", JOHN)
    story.belongs("first", f"lead {JOHN}")
