"""Calls and messages without a number to link by: docs/rules.md, "Calls and messages"."""

import pytest

from domain.phones import spells_a_word
from tests.messages import JOHN, csv_row, entered, hubspot_lead
from tests.story import Story

NO_NUMBERS = [None, "", "  ", "AMAZON", "Anonymous", "0000", "n/a"]


@pytest.mark.parametrize("number", NO_NUMBERS)
def test_a_withheld_number_is_linked_to_nobody_and_captures_nothing(
    story: Story, number: str | None
) -> None:
    story.given(john=csv_row("John", [JOHN, "n/a", "0000"])).call("call", number)
    story.message("message", number)
    story.belongs("call", None, by="withheld").belongs("message", None, by="withheld")
    story.live("john")


def test_the_words_of_a_sender_are_kept(story: Story) -> None:
    story.message("parcel", "AMAZON")
    assert (story.activity("parcel").number, story.activity("parcel").written) == (None, "AMAZON")


def test_a_withheld_call_may_be_assigned_by_hand(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN])).call("call", None)
    story.assign("call", "john")
    story.belongs("call", "john", by="assigned")


def test_a_withheld_call_of_a_deleted_contact_is_nobodys_again(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN])).call("call", None)
    story.assign("call", "john")
    story.delete("john")
    story.belongs("call", None, by="withheld").live()


ANONYMOUS = "266696687"
"""A possible number of Germany, with the word that a telephone system spells on the keys."""


@pytest.fixture
def german(story: Story) -> Story:
    return story.settings(default_region="DE")


@pytest.mark.parametrize(
    "digits",
    [
        ANONYMOUS,
        f"1{ANONYMOUS}",
        "7378742833",
        "86282452253",
        "17378742833",
    ],
)
def test_a_word_spelled_on_the_keys_is_withheld(german: Story, digits: str) -> None:
    german.call("call", digits)
    german.belongs("call", None, by="withheld").live()


@pytest.mark.parametrize(
    "written", [f"+49{ANONYMOUS}", f"0{ANONYMOUS}", "266 696 687", "266696688"]
)
def test_another_spelling_of_these_digits_is_a_number(german: Story, written: str) -> None:
    german.call("call", written)
    assert german.activity("call").linked_by == "new_lead"


def test_it_is_a_number_if_a_contact_or_an_imported_lead_holds_it(german: Story) -> None:
    german.given(ann=entered("api", "Ann", [f"+49{ANONYMOUS}"]))
    german.call("first", ANONYMOUS)
    german.belongs("first", "ann")
    german.delete("ann")
    german.belongs("first", None, by="withheld")
    german.given(lead=hubspot_lead("1", "Lead", [f"+49{ANONYMOUS}"]))
    german.call("second", ANONYMOUS)
    german.belongs("second", "lead")


def test_it_is_withheld_although_a_lead_was_captured_for_the_number(german: Story) -> None:
    german.call("first", f"+49{ANONYMOUS}")
    german.call("second", ANONYMOUS)
    german.belongs("second", None, by="withheld")


@pytest.mark.parametrize(
    ("digits", "region", "is_withheld"),
    [
        ("2562533", "US", True),
        ("8656696", "US", True),
        ("7748283", "US", True),
        ("7748283", "EE", False),
        ("8656696", "IS", False),
        ("7378742833", "RU", True),
    ],
)
def test_seven_digits_may_be_a_number_of_the_region(
    digits: str, region: str, is_withheld: bool
) -> None:
    assert spells_a_word(digits, region) == is_withheld
