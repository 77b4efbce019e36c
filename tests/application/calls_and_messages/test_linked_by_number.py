"""A call or message is linked by its number: docs/rules.md, "Calls and messages"."""

import pytest

from tests.messages import (
    JOHN,
    JOHN_TOO,
    MARY,
    ROW,
    SWITCHBOARD,
    csv_row,
    entered,
    hubspot_contact,
    hubspot_lead,
)
from tests.story import Story

EXTENSION = f"{JOHN};ext=12"


def test_a_call_belongs_to_the_contact_that_holds_its_number(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]), mary=csv_row("Mary", [MARY])).call("first", JOHN)
    story.belongs("first", "john", by="number").live("john", "mary")


def test_a_message_belongs_to_whom_a_call_of_its_number_would(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN])).message("hello", JOHN)
    story.belongs("hello", "john", by="number")


def test_an_imported_lead_has_the_calls_of_its_number(story: Story) -> None:
    story.given(lead=hubspot_lead("1", "Lead", [JOHN])).call("first", JOHN)
    story.belongs("first", "lead", by="number").shows(
        "lead", kind="lead", name="Lead", phones=[JOHN]
    )


@pytest.mark.parametrize(
    "written", ["(319) 555-5677", "319.555.5677", "001 319 555 5677", "13195555677"]
)
def test_the_spelling_of_a_number_does_not_count(story: Story, written: str) -> None:
    story.given(john=csv_row("John", [JOHN])).call("first", written)
    story.belongs("first", "john", by="number")
    assert (story.activity("first").number, story.activity("first").written) == (JOHN, written)


def test_of_several_the_most_recently_updated_contact_has_it(story: Story) -> None:
    story.given(one=entered("api", "One", [JOHN]), two=entered("api", "Two", [JOHN]))
    story.call("first", JOHN)
    story.edit("one", city="Ames")
    story.call("second", JOHN)
    story.belongs("first", "two", by="most_recent").belongs("second", "one", by="most_recent")


def test_a_merge_into_a_contact_makes_it_the_most_recently_updated(story: Story) -> None:
    story.given(
        one=entered("api", "One", [JOHN]),
        two=entered("api", "Two", [JOHN]),
        mary=entered("api", "Mary", [MARY]),
    )
    story.merge("one", "mary")
    story.call("first", JOHN)
    story.belongs("first", "one", by="most_recent")


def test_calls_do_not_count_as_updates(story: Story) -> None:
    story.given(one=entered("api", "One", [JOHN, MARY]), two=entered("api", "Two", [JOHN]))
    story.call("first", MARY)
    story.assign("first", "one")
    story.call("second", JOHN)
    story.belongs("second", "two", by="most_recent")


def test_a_message_of_a_source_that_changes_nothing_does_not_count_as_an_update(
    story: Story,
) -> None:
    one = hubspot_contact("1", "One", [JOHN])
    story.given(one=one, two=entered("api", "Two", [JOHN])).when(again=one).call("first", JOHN)
    story.belongs("first", "two")


def test_an_undo_does_not_count_as_an_update(story: Story) -> None:
    story.given(
        one=entered("api", "One", [JOHN]),
        mary=entered("api", "Mary", [MARY]),
        two=entered("api", "Two", [JOHN]),
    )
    story.merge("one", "mary")
    story.undo("mary")
    story.call("first", JOHN)
    story.belongs("first", "two", by="most_recent")


def test_contacts_come_before_leads_however_recent(story: Story) -> None:
    story.settings(integration_leads="never")
    story.given(john=csv_row("John", [JOHN]), lead=hubspot_lead("1", "Lead", [JOHN]))
    story.call("first", JOHN)
    story.belongs("first", "john", by="most_recent")


def test_who_alone_holds_it_with_an_extension_has_it(story: Story) -> None:
    story.given(john=csv_row("John", [EXTENSION])).call("first", JOHN)
    story.belongs("first", "john", by="number").live("john")


def test_who_holds_it_exactly_comes_before_who_holds_it_with_an_extension(story: Story) -> None:
    story.given(extension=csv_row("Extension", [EXTENSION]), lead=hubspot_lead("1", "L", [JOHN]))
    story.call("first", JOHN)
    story.belongs("first", "lead", by="number")


def test_two_that_hold_it_with_extensions_have_nothing_of_it(story: Story) -> None:
    story.given(one=csv_row("One", [EXTENSION]), two=csv_row("Two", [f"{JOHN};ext=13"])).call(
        "first", JOHN
    )
    story.belongs("first", f"lead {JOHN}", by="new_lead")


def test_two_extensions_of_one_contact_are_one_contact(story: Story) -> None:
    story.given(one=csv_row("One", [EXTENSION, f"{JOHN};ext=13"])).call("first", JOHN)
    story.belongs("first", "one", by="number")


def test_a_number_with_an_extension_is_not_the_number_without(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN])).call("first", EXTENSION)
    story.belongs("first", f"lead {EXTENSION}", by="new_lead")


def test_a_number_that_begins_alike_is_another_number(story: Story) -> None:
    story.given(john=csv_row("John", ["+4930123456;ext=1"])).call("first", "+493012345")
    story.belongs("first", "lead +493012345", by="new_lead")


def test_a_shared_number_links_calls_as_any_number_does(story: Story) -> None:
    story.settings(shared_identifiers=[SWITCHBOARD])
    story.given(one=csv_row("One", [SWITCHBOARD]), two=csv_row("Two", [SWITCHBOARD]))
    story.call("first", SWITCHBOARD)
    story.belongs("first", "two", by="most_recent").live("one", "two")


def test_the_rule_of_merging_is_not_asked_for_calls(story: Story) -> None:
    story.settings(policy="global", rule="never")
    story.given(john=csv_row("John", [JOHN])).call("first", JOHN)
    story.belongs("first", "john")


def test_a_number_that_a_source_took_back_links_no_more(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN, JOHN_TOO])).when(
        again=hubspot_contact("1", "John", [JOHN_TOO])
    ).call("first", JOHN)
    story.belongs("first", f"lead {JOHN}", by="new_lead")


def test_a_number_that_a_contact_no_longer_holds_leaves_its_calls_where_they_are(
    story: Story,
) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN, JOHN_TOO])).call("first", JOHN)
    story.when(again=hubspot_contact("1", "John", [JOHN_TOO]))
    story.when(mary=hubspot_contact("2", "Mary", [JOHN]))
    story.belongs("first", "john")


def test_calls_go_along_with_who_is_absorbed(story: Story) -> None:
    story.given(john=entered("api", "John", [JOHN]), mary=entered("api", "Mary", [MARY]))
    story.call("of john", JOHN)
    story.message("of mary", MARY)
    story.merge("john", "mary")
    story.belongs("of john", "john").belongs("of mary", "john", by="number")


def test_an_absorbed_contact_has_its_calls_through_the_survivor(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]), row=csv_row("Row", [JOHN, ROW])).call("first", ROW)
    story.belongs("first", "john", by="number").leads_to("row", "john")
