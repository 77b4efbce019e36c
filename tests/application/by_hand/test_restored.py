"""Bringing a deleted contact back: docs/rules.md, "What a merged contact says"."""

import pytest

from application.refusals import Conflict, NotFound
from tests.messages import JOHN, JOHN_TOO, MARY, ROW, csv_row, entered, hubspot_contact
from tests.story import Story


def test_it_says_what_it_said_before(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN]), row=csv_row("Row", [JOHN, ROW]))
    story.edit("john", city="Ames")
    story.delete("john")
    story.restore("john")
    story.shows("john", name="Row", phones=[JOHN, ROW], city="Ames").leads_to("row", "john")


def test_it_holds_its_identifiers_again(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN])).delete("john")
    story.restore("john")
    story.when(row=csv_row("Row", [JOHN]))
    story.live("john").leads_to("row", "john")


def test_it_is_restored_by_an_id_that_it_absorbed(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]), row=csv_row("Row", [JOHN])).delete("john")
    story.restore("row")
    story.live("john")


def test_its_records_are_known_again(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN])).delete("john")
    story.restore("john")
    story.when(again=hubspot_contact("1", "Johnny", [JOHN]))
    story.live("john").shows("john", name="Johnny", phones=[JOHN])


def test_calls_that_a_lead_was_captured_for_come_back(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN])).call("before", JOHN)
    story.delete("john")
    story.call("after", JOHN)
    story.restore("john")
    story.belongs("before", "john").belongs("after", "john").live("john")


def test_calls_that_others_hold_the_number_of_stay_there(story: Story) -> None:
    story.given(one=entered("api", "One", [JOHN]), two=entered("api", "Two", [JOHN]))
    story.call("first", JOHN)
    story.delete("two")
    story.restore("two")
    story.belongs("first", "one").live("one", "two")


def test_calls_that_were_assigned_to_it_come_back(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]), mary=csv_row("Mary", [MARY]))
    story.call("first", JOHN)
    story.call("second", ROW)
    story.assign("first", "mary")
    story.assign("second", "mary")
    story.delete("mary")
    story.belongs("first", "john").belongs("second", f"lead {ROW}")
    story.restore("mary")
    story.belongs("first", "mary", by="assigned").belongs("second", "mary", by="assigned")


def test_it_is_not_merged_with_who_holds_its_number_now(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN])).delete("john")
    story.when(row=csv_row("Row", [JOHN]))
    story.restore("john")
    story.live("john", "row")


def test_records_that_their_source_has_sent_anew_stay_out(story: Story) -> None:
    record = hubspot_contact("1", "John", [JOHN, JOHN_TOO])
    story.given(john=record, row=csv_row("Row", [JOHN, ROW])).delete("john")
    story.when(anew=hubspot_contact("1", "Johnny"))
    story.restore("john")
    story.live("anew", "john").shows("john", name="Row", phones=[JOHN, ROW])
    story.shows("anew", name="Johnny", phones=[JOHN, JOHN_TOO])


def test_rows_that_were_imported_again_come_back(story: Story) -> None:
    row = csv_row("Row", [JOHN, ROW])
    story.given(john=hubspot_contact("1", "John", [JOHN]), row=row).delete("john")
    story.when(again=csv_row("Row", [ROW, JOHN]))
    story.restore("john")
    story.live("john").shows("john", name="Row", phones=[JOHN, ROW])


def test_a_row_that_says_something_else_now_does_not_keep_it_out(story: Story) -> None:
    story.given(row=csv_row("Row", [ROW])).delete("row")
    story.when(other=csv_row("Row", [ROW], company="Acme"))
    story.restore("row")
    story.live("row", "other")


def test_a_row_that_comes_back_is_known_again(story: Story) -> None:
    story.given(row=csv_row("Row", [ROW])).delete("row")
    story.restore("row")
    story.when(again=csv_row("Row", [ROW]))
    story.live("row").leads_to("again", "row")


def test_who_has_only_records_that_were_sent_anew_has_nothing_to_restore(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN])).delete("john")
    story.when(anew=hubspot_contact("1", "Johnny"))
    with pytest.raises(Conflict, match="cannot be restored: nothing of it is left"):
        story.restore("john")
    story.live("anew")


def test_who_was_left_without_records_has_nothing_to_restore(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN])).withdraw("1")
    with pytest.raises(Conflict, match="cannot be restored: nothing of it is left"):
        story.restore("john")


def test_a_record_that_was_sent_anew_and_is_gone_again_comes_back(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN])).delete("john")
    story.when(anew=hubspot_contact("1", "Johnny")).delete("anew")
    story.restore("john")
    story.shows("john", name="John", phones=[JOHN])


def test_only_what_is_deleted_can_be_restored(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]))
    with pytest.raises(Conflict, match="is not deleted"):
        story.restore("john")
    with pytest.raises(NotFound, match="there is no contact `nobody`"):
        story.restore("nobody")
