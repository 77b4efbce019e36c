"""Rows that stay, since something that was done by hand would be lost with their contact."""

from collections.abc import Callable

import pytest

from tests.messages import JOHN, MARY, ROW, csv_row, entered, hubspot_contact
from tests.story import Story


def edited(story: Story) -> None:
    story.edit("row", name="Ann")


def call_assigned(story: Story) -> None:
    story.call("call", "+13195550177")
    story.assign("call", "row")


@pytest.mark.parametrize("done", [edited, call_assigned])
def test_a_row_whose_contact_somebody_changed_stays(
    story: Story, done: Callable[[Story], None]
) -> None:
    file = story.imports(row=csv_row("Row", [JOHN]), other_row=csv_row("Mary", [MARY]))
    done(story)
    assert story.undo_import(file) == {"row": done.__name__}
    story.live(*(["row", "lead +13195550177"] if done is call_assigned else ["row"]))


def test_rows_that_somebody_merged_stay(story: Story) -> None:
    file = story.imports(one=csv_row("One", [JOHN]), two=csv_row("Two", [MARY]))
    story.merge("one", "two")
    assert story.undo_import(file) == {"one": "merged_by_hand", "two": "merged_by_hand"}
    story.live("one").leads_to("two", "one")


def test_one_that_somebody_merged_with_another_contact_need_not_stay(story: Story) -> None:
    story.given(other=entered("api", "Other", [ROW]))
    file = story.imports(row=csv_row("Row", [JOHN]))
    story.merge("row", "other")
    assert story.undo_import(file) == {}
    story.live("other").shows("other", name="Other", phones=[ROW]).leads_to("row", "other")


def test_only_the_row_of_that_contact_stays(story: Story) -> None:
    file = story.imports(row=csv_row("Row", [JOHN]), joined=csv_row("Joined", [JOHN, MARY]))
    story.edit("row", name="Ann")
    assert story.undo_import(file) == {"row": "edited"}
    story.live("row").shows("row", name="Ann", phones=[JOHN])


def test_an_edit_goes_to_what_is_left_of_its_contact(story: Story) -> None:
    file = story.imports(row=csv_row("Row", [JOHN]))
    story.given(john=hubspot_contact("1", "John", [JOHN]))
    story.edit("row", name="Ann")
    assert story.undo_import(file) == {}
    story.live("john").shows("john", name="Ann", phones=[JOHN])


def test_a_row_stays_if_there_was_nothing_else_when_it_was_edited(story: Story) -> None:
    file = story.imports(row=csv_row("Row", [JOHN]))
    story.edit("row", note="Calls on Mondays")
    story.given(john=hubspot_contact("1", "John", [JOHN]))
    assert story.undo_import(file) == {"row": "edited"}
    story.live("row").shows("row", name="John", phones=[JOHN], note="Calls on Mondays")


def test_a_row_that_joined_another_contact_need_not_stay(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN]))
    file = story.imports(row=csv_row("Row", [JOHN, MARY]))
    story.edit("row", name="Ann")
    assert story.undo_import(file) == {}
    story.live("john").shows("john", name="Ann", phones=[JOHN])


def test_one_that_somebody_deleted_does_not_stay(story: Story) -> None:
    file = story.imports(row=csv_row("Row", [JOHN]))
    story.delete("row")
    assert story.undo_import(file) == {}
    assert story.is_deleted("row")


def test_a_merge_by_hand_that_was_undone_keeps_nothing(story: Story) -> None:
    story.given(other=entered("api", "Other", [ROW]))
    file = story.imports(row=csv_row("Row", [JOHN]))
    story.merge("row", "other")
    story.undo("other")
    assert story.undo_import(file) == {}
    story.live("other")
