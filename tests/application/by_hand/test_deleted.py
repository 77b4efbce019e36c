"""Deleting a contact: docs/rules.md, "What a merged contact says"."""

import pytest

from application.refusals import Conflict, NotFound
from tests.messages import JOHN, JOHN_TOO, MARY, ROW, csv_row, entered, hubspot_contact
from tests.story import Story


def test_its_records_and_identifiers_are_out(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN])).delete("john")
    story.live()
    with pytest.raises(NotFound, match="there is no contact"):
        story.contact("john")
    story.when(row=csv_row("Row", [JOHN]))
    story.live("row")


def test_deleting_an_absorbed_id_deletes_its_survivor(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]), row=csv_row("Row", [JOHN])).delete("row")
    assert story.is_deleted("john")


def test_its_calls_go_to_who_else_holds_their_number(story: Story) -> None:
    story.given(one=entered("api", "One", [JOHN]), two=entered("api", "Two", [JOHN]))
    story.call("first", JOHN)
    story.belongs("first", "two")
    story.delete("two")
    story.belongs("first", "one", by="number")


def test_its_calls_go_to_leads_that_are_captured_for_their_numbers(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN, MARY]))
    for call, number in (("first", JOHN), ("second", JOHN), ("third", MARY)):
        story.call(call, number)
    story.delete("john")
    story.belongs("first", f"lead {JOHN}", by="new_lead")
    story.belongs("second", f"lead {JOHN}", by="number").belongs("third", f"lead {MARY}")
    story.live(f"lead {JOHN}", f"lead {MARY}")


def test_its_calls_go_to_who_alone_holds_the_number_with_an_extension(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]), desk=csv_row("Desk", [f"{JOHN};ext=12"]))
    story.call("first", JOHN)
    story.delete("john")
    story.belongs("first", "desk", by="number").live("desk")


def test_calls_that_were_assigned_to_it_are_linked_by_their_number(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]), mary=csv_row("Mary", [MARY])).call("first", JOHN)
    story.assign("first", "mary")
    story.delete("mary")
    story.belongs("first", "john", by="number")


def test_who_is_left_without_records_and_edits_is_deleted(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN])).withdraw("1")
    assert story.is_deleted("john")


def test_who_is_left_without_records_lives_on_by_a_value_that_was_edited(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN])).edit("john", city="Ames")
    story.withdraw("1")
    story.shows("john", city="Ames")


def test_who_is_left_without_records_lives_on_by_a_number_that_was_added(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN])).edit("john", phones=[JOHN, ROW])
    story.call("first", JOHN)
    story.withdraw("1")
    story.shows("john", phones=[ROW]).belongs("first", "john")


def test_who_is_left_without_records_does_not_live_on_by_what_was_cleared(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN, ROW]))
    story.edit("john", name=None, phones=[JOHN])
    story.withdraw("1")
    assert story.is_deleted("john")


def test_the_edit_that_takes_the_last_word_of_a_contact_without_records_deletes_it(
    story: Story,
) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN])).edit("john", city="Ames")
    story.call("first", JOHN)
    story.withdraw("1")
    story.edit("john", city=None)
    assert story.is_deleted("john")
    story.belongs("first", f"lead {JOHN}")


def test_the_calls_of_a_contact_whose_last_record_is_withdrawn_are_linked_anew(
    story: Story,
) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN]), mary=csv_row("Mary", [MARY]))
    story.call("first", JOHN)
    story.assign("first", "mary")
    story.call("second", JOHN)
    story.withdraw("1")
    story.belongs("first", "mary", by="assigned").belongs("second", f"lead {JOHN}")


def test_a_captured_lead_cannot_be_deleted(story: Story) -> None:
    story.call("first", JOHN)
    story.call_it("lead", "first")
    with pytest.raises(
        Conflict, match="is a captured lead; it disappears once a contact has its number"
    ):
        story.delete("lead")
    story.belongs("first", "lead")


def test_a_captured_lead_that_was_edited_can_be_deleted(story: Story) -> None:
    story.call("first", JOHN)
    story.call_it("caller", "first")
    story.edit("caller", name="Caller")
    story.delete("caller")
    story.belongs("first", f"lead {JOHN}", by="new_lead")
    assert story.is_deleted("caller")


def test_a_contact_can_be_deleted_once(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN_TOO])).delete("john")
    with pytest.raises(Conflict, match="is deleted"):
        story.delete("john")
    with pytest.raises(NotFound, match="there is no contact `nobody`"):
        story.delete("nobody")
