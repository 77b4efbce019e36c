"""Calls and messages without a number to link by: docs/rules.md, "Calls and messages"."""

import pytest

from tests.messages import JOHN, csv_row
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
