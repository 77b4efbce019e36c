"""Numbers typed for want of one match nobody and link calls: docs/rules.md, "Identifiers"."""

from tests.messages import JOHN, csv_row, entered, hubspot_contact
from tests.story import Story

VALID = "+44 7777 777777"
"""A placeholder that is a valid number, so that it may call."""
CANONICAL = "+447777777777"


def test_two_with_the_same_placeholder_stay_two(story: Story) -> None:
    story.when(
        ann=csv_row("Ann", ["1111111111"], ["ann@oak.test"]),
        bob=csv_row("Bob", ["1111111111"], ["bob@oak.test"]),
        cem=hubspot_contact("1", "Cem", ["1111111111"]),
    )
    story.live("ann", "bob", "cem")
    assert story.conflicts() == []


def test_it_is_shown_as_not_matchable(story: Story) -> None:
    story.when(ann=csv_row("Ann", [JOHN, VALID]))
    assert [(each.value, each.matchable) for each in story.contact("ann").phones] == [
        (JOHN, True),
        (CANONICAL, False),
    ]


def test_a_call_from_it_goes_to_its_holder(story: Story) -> None:
    story.given(ann=entered("api", "Ann", [VALID]))
    story.call("call", VALID)
    story.belongs("call", "ann", "number")


def test_a_lead_that_was_captured_for_it_goes_to_whoever_holds_it(story: Story) -> None:
    story.call("call", VALID)
    story.given(ann=entered("api", "Ann", [VALID]))
    story.belongs("call", "ann")


def test_a_contact_that_is_restored_gets_its_calls_again(story: Story) -> None:
    story.given(ann=entered("api", "Ann", [VALID]))
    story.call("call", VALID)
    story.delete("ann")
    story.restore("ann")
    story.belongs("call", "ann")


def test_a_call_from_one_that_is_no_valid_number_is_withheld(story: Story) -> None:
    story.given(ann=entered("api", "Ann", ["1111111111"]))
    story.call("call", "1111111111")
    story.belongs("call", None, "withheld")
