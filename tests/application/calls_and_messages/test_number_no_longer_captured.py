"""A contact comes to hold a captured number: docs/rules.md, "Calls and messages"."""

import pytest

from domain.records import Record
from tests.messages import (
    JOHN,
    JOHN_TOO,
    MARY,
    SWITCHBOARD,
    csv_row,
    entered,
    hubspot_contact,
    hubspot_lead,
)
from tests.story import Story

EXTENSION = f"{JOHN};ext=12"


@pytest.mark.parametrize(
    "record",
    [
        csv_row("John", [JOHN]),
        hubspot_contact("1", "John", [JOHN]),
        hubspot_lead("1", "John", [JOHN]),
        entered("api", "John", [JOHN]),
        entered("dashboard", "John", [JOHN]),
        entered("phone_app", "John", [JOHN]),
    ],
    ids=lambda record: f"{record.source} {record.kind}",
)
def test_the_calls_go_along_whatever_the_source(story: Story, record: Record) -> None:
    story.call("first", JOHN)
    story.message("second", JOHN)
    story.call_it("lead", "first")
    story.when(john=record)
    story.belongs("first", "john", by="new_lead").belongs("second", "john")
    story.live("john").leads_to("lead", "john")


def test_it_is_no_merge_of_two_contacts(story: Story) -> None:
    story.call("first", JOHN)
    story.when(john=csv_row("John", [JOHN]))
    assert story.merges() == []
    assert story.received is not None
    assert story.received.outcome == "created"
    story.shows("john", name="John", phones=[JOHN])


def test_no_rule_is_asked(story: Story) -> None:
    story.settings(policy="global", rule="never")
    story.call("first", JOHN)
    story.when(john=hubspot_contact("1", "John", [JOHN]))
    story.belongs("first", "john").live("john")


def test_a_shared_number_is_no_longer_captured_either(story: Story) -> None:
    story.settings(shared_identifiers=[SWITCHBOARD])
    story.call("first", SWITCHBOARD)
    story.when(one=csv_row("One", [SWITCHBOARD]))
    story.belongs("first", "one").live("one")


def test_a_record_that_merges_brings_the_lead_to_the_survivor(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN])).call("first", MARY)
    story.when(row=csv_row("Row", [JOHN, MARY]))
    story.belongs("first", "john").live("john")


def test_a_record_that_is_sent_again_with_the_number_takes_the_lead_in(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN])).call("first", MARY)
    story.when(again=hubspot_contact("1", "John", [JOHN, MARY]))
    story.belongs("first", "john").live("john")


def test_an_edit_that_adds_the_number_takes_the_lead_in(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN])).call("first", MARY)
    story.edit("john", phones=[JOHN, MARY])
    story.belongs("first", "john").live("john").shows("john", name="John", phones=[JOHN, MARY])


def test_a_number_that_was_removed_by_hand_and_shows_again_takes_the_lead_in(
    story: Story,
) -> None:
    """As long as the record goes on listing it, it is hidden, and nobody's."""
    story.given(john=hubspot_contact("1", "John", [JOHN, MARY])).edit("john", phones=[JOHN])
    story.call("first", MARY)
    story.when(again=hubspot_contact("1", "Johnny", [JOHN, MARY]))
    story.belongs("first", f"lead {MARY}")
    story.when(without=hubspot_contact("1", "Johnny", [JOHN]))
    story.when(anew=hubspot_contact("1", "Johnny", [JOHN, MARY]))
    story.belongs("first", "john").live("john")


def test_a_contact_that_is_restored_takes_the_lead_in(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]))
    story.delete("john")
    story.call("first", JOHN)
    story.restore("john")
    story.belongs("first", "john").live("john")


def test_a_record_takes_in_the_leads_of_all_of_its_numbers(story: Story) -> None:
    story.call("first", JOHN)
    story.call("second", MARY)
    story.when(john=csv_row("John", [MARY, JOHN]))
    story.belongs("first", "john").belongs("second", "john").live("john")


def test_only_who_holds_it_exactly_takes_the_lead_in(story: Story) -> None:
    story.call("plain", JOHN)
    story.call("extension", f"{JOHN_TOO};ext=12")
    story.when(john=csv_row("John", [EXTENSION]), too=csv_row("John Too", [JOHN_TOO]))
    story.belongs("plain", f"lead {JOHN}").belongs("extension", f"lead {JOHN_TOO};ext=12")


def test_a_call_that_was_assigned_elsewhere_stays_there(story: Story) -> None:
    story.given(mary=csv_row("Mary", [MARY])).call("first", JOHN)
    story.call("second", JOHN)
    story.assign("first", "mary")
    story.when(john=csv_row("John", [JOHN]))
    story.belongs("first", "mary", by="assigned").belongs("second", "john")


def test_a_call_that_was_assigned_to_the_lead_goes_along(story: Story) -> None:
    story.call("first", MARY)
    story.call_it("lead", "first")
    story.call("second", JOHN)
    story.assign("second", "lead")
    story.when(mary=csv_row("Mary", [MARY]))
    story.belongs("second", "mary", by="assigned")


def test_the_id_of_the_lead_may_still_be_assigned_to(story: Story) -> None:
    story.call("first", MARY)
    story.call_it("lead", "first")
    story.when(mary=csv_row("Mary", [MARY]), john=csv_row("John", [JOHN])).call("second", JOHN)
    story.assign("second", "lead")
    story.belongs("second", "mary", by="assigned")


# --- A captured lead that has become a contact.


def test_a_captured_lead_that_is_edited_is_a_contact_that_lists_its_number(story: Story) -> None:
    story.call("first", JOHN)
    story.call_it("caller", "first")
    story.edit("caller", name="Caller")
    story.shows("caller", name="Caller", phones=[JOHN]).belongs("first", "caller")


def test_a_captured_lead_that_was_edited_is_a_candidate_as_any_contact(story: Story) -> None:
    story.call("first", JOHN)
    story.call_it("caller", "first")
    story.edit("caller", name="Caller")
    story.when(row=csv_row(None, [JOHN], city="Ames"))
    story.shows("caller", name="Caller", phones=[JOHN], city="Ames").leads_to("row", "caller")
    assert story.merged() == [("row", "caller")]


def test_a_captured_lead_that_was_edited_is_taken_in_by_nobody(story: Story) -> None:
    story.call("first", JOHN)
    story.call_it("caller", "first")
    story.edit("caller", name="Caller")
    story.when(api=entered("api", "John", [JOHN]))
    story.belongs("first", "caller").live("api", "caller")


def test_a_captured_lead_that_is_merged_into_a_contact_brings_its_number(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN])).call("first", MARY)
    story.call_it("caller", "first")
    story.merge("john", "caller")
    story.shows("john", name="John", phones=[JOHN, MARY]).belongs("first", "john")


def test_a_captured_lead_that_takes_a_contact_in_lists_its_number(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN])).call("first", MARY)
    story.call_it("caller", "first")
    story.merge("caller", "john")
    story.shows("caller", name="John", phones=[JOHN, MARY]).belongs("first", "caller")


def test_two_captured_leads_that_are_merged_are_a_contact_with_both_numbers(
    story: Story,
) -> None:
    story.call("first", JOHN)
    story.call_it("one", "first")
    story.call("second", MARY)
    story.call_it("two", "second")
    story.merge("one", "two")
    story.shows("one", phones=[JOHN, MARY]).belongs("second", "one")


class TestExtensions:
    """Where a lead was captured earlier for the number without an extension."""

    def test_later_calls_go_to_the_only_one_that_holds_it_with_one(self, story: Story) -> None:
        story.call("first", JOHN)
        story.call_it("lead", "first")
        story.given(john=csv_row("John", [EXTENSION])).call("second", JOHN)
        story.belongs("first", "lead").belongs("second", "john", by="number")
        story.live("lead", "john")

    def test_the_lead_gets_them_again_once_there_are_two(self, story: Story) -> None:
        story.call("first", JOHN)
        story.call_it("lead", "first")
        story.given(john=csv_row("John", [EXTENSION]), two=csv_row("Two", [f"{JOHN};ext=13"]))
        story.call("second", JOHN)
        story.belongs("second", "lead", by="number")

    def test_whoever_holds_it_exactly_gets_all(self, story: Story) -> None:
        story.call("first", JOHN)
        story.given(two=csv_row("Two", [EXTENSION])).call("second", JOHN)
        story.given(john=csv_row("John", [JOHN]))
        story.call("third", JOHN)
        story.belongs("first", "john").belongs("second", "two").belongs("third", "john")
