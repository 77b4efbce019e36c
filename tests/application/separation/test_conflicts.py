"""Conflicts are a view: docs/rules.md, "The merge rule"."""

from tests.messages import JOHN, MARY, ROW, SWITCHBOARD, csv_row, entered, hubspot_lead
from tests.story import Story

EMAIL = "john@b.test"


def two(story: Story) -> Story:
    """Two contacts with one number."""
    return story.given(one=entered("api", "One", [JOHN]), two=entered("api", "Two", [JOHN, MARY]))


def test_two_live_contacts_with_one_number_are_in_conflict(story: Story) -> None:
    assert two(story).conflicts() == [("one", "two", JOHN)]


def test_two_with_one_email_are_in_conflict(story: Story) -> None:
    story.given(
        one=entered("api", "One", [JOHN], [EMAIL]),
        two=entered("api", "Two", [MARY], ["JOHN@b.test"]),
    )
    assert story.conflicts() == [("one", "two", EMAIL)]


def test_a_contact_and_an_imported_lead_may_be_in_conflict(story: Story) -> None:
    story.settings(integration_leads="never")
    story.given(one=csv_row("One", [JOHN]), lead=hubspot_lead("1", "Lead", [JOHN]))
    assert story.conflicts() == [("one", "lead", JOHN)]


def test_every_pair_and_every_identifier_is_a_conflict_of_its_own(story: Story) -> None:
    story.given(
        one=entered("api", "One", [JOHN], [EMAIL]),
        two=entered("api", "Two", [JOHN], [EMAIL]),
        three=entered("api", "Three", [JOHN]),
    )
    assert story.conflicts() == [
        ("one", "two", EMAIL),
        ("one", "two", JOHN),
        ("one", "three", JOHN),
        ("two", "three", JOHN),
    ]


def test_a_shared_identifier_is_none(story: Story) -> None:
    story.settings(shared_identifiers=[SWITCHBOARD])
    story.given(one=csv_row("One", [SWITCHBOARD]), two=csv_row("Two", [SWITCHBOARD]))
    assert story.conflicts() == []


def test_it_is_one_again_when_the_identifier_is_shared_no_more(story: Story) -> None:
    story.settings(shared_identifiers=[JOHN])
    assert two(story).conflicts() == []
    story.settings(shared_identifiers=[])
    assert story.conflicts() == [("one", "two", JOHN)]


def test_what_is_not_matchable_is_none(story: Story) -> None:
    story.given(one=csv_row("One", [JOHN, "n/a"]), two=csv_row("Two", [MARY, "n/a"]))
    assert story.conflicts() == []


def test_one_with_an_extension_and_one_without_are_none(story: Story) -> None:
    story.given(one=csv_row("One", [JOHN]), two=csv_row("Two", [f"{JOHN};ext=12"]))
    assert story.conflicts() == []


def test_it_ends_when_an_admin_merges_them(story: Story) -> None:
    two(story).merge("one", "two")
    assert story.conflicts() == []


def test_it_ends_when_an_admin_separates_them(story: Story) -> None:
    two(story).separate("two", "one")
    assert story.conflicts() == []


def test_it_ends_when_one_of_them_is_deleted(story: Story) -> None:
    two(story).delete("one")
    assert story.conflicts() == []
    story.restore("one")
    assert story.conflicts() == [("one", "two", JOHN)]


def test_it_ends_when_one_of_them_lists_the_number_no_more(story: Story) -> None:
    two(story).edit("two", phones=[MARY])
    assert story.conflicts() == []


def test_it_begins_with_an_edit(story: Story) -> None:
    story.given(one=csv_row("One", [JOHN]), two=csv_row("Two", [MARY])).edit("one", phones=[MARY])
    assert story.conflicts() == [("one", "two", MARY)]


def test_a_record_that_could_join_one_of_several_leaves_them_in_conflict(story: Story) -> None:
    story.given(one=csv_row("One", [JOHN]), two=csv_row("Two", [MARY]))
    story.when(both=csv_row("Both", [JOHN, MARY, ROW]))
    story.leads_to("both", "two")
    assert story.conflicts() == [("one", "two", JOHN)]


def test_the_two_sides_of_an_undone_merge_are_none(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]), row=csv_row("Row", [JOHN])).undo("row")
    story.live("john", "row")
    assert story.conflicts() == []
