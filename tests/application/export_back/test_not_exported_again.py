"""What does not export an activity again: docs/rules.md, "Export back"."""

import pytest

from tests.messages import JOHN, MARY, ROW, csv_row, day, hubspot_contact, hubspot_lead
from tests.story import Exported, Story

ONCE = [Exported("first", "hubspot contact 1")]


@pytest.fixture
def john(story: Story) -> Story:
    """A contact with a call that is exported to its only record."""
    story.given(john=hubspot_contact("1", "John", [JOHN], updated_at=day(1))).call("first", JOHN)
    assert story.feed() == ONCE
    return story


def test_that_another_record_of_the_contact_becomes_the_most_recent(john: Story) -> None:
    john.when(other=hubspot_contact("2", "John", [JOHN], updated_at=day(2)))
    assert john.contact("john").counterparts[0].external_id == "2"
    assert john.feed() == ONCE


def test_that_a_lead_of_the_contact_becomes_the_most_recent(john: Story) -> None:
    john.when(lead=hubspot_lead("2", "John", [JOHN], updated_at=day(2)))
    assert john.feed() == ONCE


def test_that_another_record_is_withdrawn(john: Story) -> None:
    john.when(other=hubspot_contact("2", "John", [JOHN], updated_at=day(2)))
    john.withdraw("2")
    assert john.feed() == ONCE


def test_that_its_record_is_sent_again(john: Story) -> None:
    john.when(again=hubspot_contact("1", "Johnny", [JOHN, ROW]))
    assert john.feed() == ONCE


def test_that_the_call_comes_again(john: Story) -> None:
    john.call("first", JOHN)
    assert john.feed() == ONCE


def test_that_the_call_is_assigned_to_whose_it_is(john: Story) -> None:
    john.assign("first", "john")
    assert john.feed() == ONCE


def test_that_the_call_is_assigned_to_whose_it_is_though_another_record_is_newer(
    john: Story,
) -> None:
    john.when(other=hubspot_contact("2", "John", [JOHN], updated_at=day(2))).assign("first", "john")
    assert john.feed() == ONCE


def test_that_another_contact_is_merged_into_its_own(john: Story) -> None:
    john.given(mary=hubspot_contact("2", "Mary", [MARY], updated_at=day(2))).merge("john", "mary")
    assert john.feed() == ONCE


def test_that_a_merge_into_its_own_contact_is_undone(john: Story) -> None:
    john.given(mary=hubspot_contact("2", "Mary", [MARY], updated_at=day(2))).merge("john", "mary")
    john.undo("mary")
    assert john.feed() == ONCE


def test_that_it_comes_to_a_contact_with_the_same_counterpart_by_its_own_being_absorbed(
    john: Story,
) -> None:
    john.given(row=csv_row("Row", [ROW])).merge("row", "john")
    assert john.feed() == ONCE


def test_that_an_edit_changes_its_contact(john: Story) -> None:
    john.edit("john", name="Johnny", phones=[ROW])
    assert john.feed() == ONCE


def test_that_the_contacts_are_declared_separate(john: Story) -> None:
    john.given(mary=hubspot_contact("2", "Mary", [MARY])).separate("john", "mary")
    assert john.feed() == ONCE
