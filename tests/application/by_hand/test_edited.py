"""What is edited by hand replaces what was shown: docs/rules.md, "What a merged contact says"."""

import pytest

from application.commands.edit_contact import ContactEdit, edit_contact
from application.refusals import Conflict, NotFound, Refused, Stale
from tests.messages import JOHN, JOHN_TOO, MARY, ROW, csv_row, day, entered, hubspot_contact
from tests.story import AGENT, Story

EMAIL = "john@b.test"


def test_a_value_replaces_what_was_shown(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN], city="Ames")).edit("john", name="Johnny")
    story.shows("john", name="Johnny", phones=[JOHN], city="Ames")


def test_a_value_that_is_cleared_is_shown_no_more(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN], city="Ames")).edit("john", city=None)
    story.shows("john", name="John", phones=[JOHN])


def test_a_blank_value_clears(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN], city="Ames")).edit("john", city="  ")
    story.shows("john", name="John", phones=[JOHN])


def test_a_value_that_nobody_had_is_added(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN])).edit("john", city="Ames")
    story.shows("john", name="John", phones=[JOHN], city="Ames")


def test_a_value_says_that_it_came_from_no_record_and_since_when(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN])).edit("john", name="Johnny")
    contact = story.contact("john")
    assert contact.name_from is not None
    assert (contact.name_from.record, contact.name_from.since) == (None, story.now)


def test_a_list_replaces_what_was_shown(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN, ROW], [EMAIL])).edit("john", phones=[ROW, MARY])
    story.shows("john", name="John", phones=[ROW, MARY], emails=[EMAIL])


def test_an_empty_list_leaves_none(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN], [EMAIL])).edit("john", phones=[], emails=[])
    story.shows("john", name="John")


def test_a_list_is_recorded_as_what_was_added_and_removed(story: Story) -> None:
    """So a number that a later record brings is shown beside those of the edit."""
    story.given(john=hubspot_contact("1", "John", [JOHN, ROW])).edit("john", phones=[ROW, MARY])
    story.when(row=csv_row("Row", [ROW, JOHN_TOO]))
    story.shows("john", name="Row", phones=[ROW, MARY, JOHN_TOO])


def test_a_number_that_was_added_knows_that_no_record_lists_it(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN])).edit("john", phones=[JOHN, MARY])
    points = [(each.value, each.by_hand, each.records) for each in story.contact("john").phones]
    assert points == [(JOHN, False, [story.id("john")]), (MARY, True, [])]


def test_the_lists_that_an_edit_does_not_name_stay(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN], [EMAIL])).edit("john", name="Johnny")
    story.shows("john", name="Johnny", phones=[JOHN], emails=[EMAIL])


def test_a_number_is_read_as_one_of_the_region(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN])).edit("john", phones=["(319) 555-5677", "n/a"])
    story.shows("john", name="John", phones=[JOHN, "n/a"])


def test_the_last_edit_counts(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN])).edit("john", name="Johnny", phones=[MARY])
    story.edit("john", name="Jack", phones=[JOHN])
    story.shows("john", name="Jack", phones=[JOHN])


def test_a_number_that_was_removed_and_is_added_again_shows(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN, ROW])).edit("john", phones=[ROW])
    story.edit("john", phones=[ROW, JOHN])
    story.shows("john", name="John", phones=[ROW, JOHN])


def test_an_edit_never_merges(story: Story) -> None:
    story.settings(policy="global", rule="phone")
    story.given(john=csv_row("John", [JOHN]), mary=csv_row("Mary", [MARY]))
    story.edit("john", phones=[JOHN, MARY])
    story.live("john", "mary")
    assert story.merges() == []


def test_a_number_that_was_added_is_matched_by_later_records(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN])).edit("john", phones=[JOHN, MARY])
    story.when(row=csv_row("Row", [MARY]))
    story.leads_to("row", "john").live("john")


def test_a_number_that_was_removed_is_not_matched_any_more(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN, ROW])).edit("john", phones=[ROW])
    story.when(row=csv_row("Row", [JOHN]))
    story.live("john", "row")


def test_an_edit_of_an_absorbed_id_is_one_of_its_survivor(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]), row=csv_row("Row", [JOHN])).edit("row", city="Ames")
    story.shows("john", name="Row", phones=[JOHN], city="Ames")


def test_an_edit_that_changes_nothing_now_is_recorded_all_the_same(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN])).edit("john", name="John", phones=[JOHN])
    assert story.told("john") == ["ContactImported", "ContactEdited"]


def test_an_edit_that_changes_nothing_now_may_matter_later(story: Story) -> None:
    john = hubspot_contact("1", "John", [JOHN], updated_at=day(2))
    story.given(john=john).edit("john", name="John")
    story.when(row=hubspot_contact("2", "Jack", [JOHN], updated_at=day(3)))
    story.shows("john", name="John", phones=[JOHN])


def test_an_edit_counts_as_an_update_only_where_it_changes_something(story: Story) -> None:
    story.given(one=entered("api", "One", [JOHN]), two=entered("api", "Two", [JOHN]))
    story.edit("one", name="One", phones=[JOHN])
    story.call("first", JOHN)
    story.belongs("first", "two")


def test_of_a_contact_that_is_merged_the_edits_come_along(story: Story) -> None:
    story.given(john=entered("api", "John", [JOHN]), mary=entered("api", "Mary", [MARY]))
    story.edit("mary", name="Marie", city="Ames", phones=[ROW])
    story.merge("john", "mary")
    story.shows("john", name="Marie", phones=[JOHN, ROW], city="Ames")


def test_of_two_edits_that_meet_the_later_counts(story: Story) -> None:
    story.given(john=entered("api", "John", [JOHN]), mary=entered("api", "Mary", [MARY]))
    story.edit("mary", name="Marie", city="Ames")
    story.edit("john", name="Johnny")
    story.merge("john", "mary")
    story.shows("john", name="Johnny", phones=[JOHN, MARY], city="Ames")


# --- Labels.


def labels(story: Story, name: str) -> dict[str, str | None]:
    contact = story.contact(name)
    return {point.value: point.label for point in (*contact.phones, *contact.emails)}


def test_an_edit_of_a_label_alone_takes(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [(JOHN, "home"), ROW], [(EMAIL, "home")]))
    story.edit("john", phones=[(JOHN, "work"), (ROW, "mobile")], emails=[(EMAIL, "work")])
    story.shows("john", name="John", phones=[JOHN, ROW], emails=[EMAIL])
    assert labels(story, "john") == {JOHN: "work", ROW: "mobile", EMAIL: "work"}


def test_a_number_without_a_label_keeps_the_one_it_has(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [(JOHN, "home")])).edit("john", phones=[JOHN])
    assert labels(story, "john") == {JOHN: "home"}


def test_an_empty_label_clears(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [(JOHN, "home")]))
    story.edit("john", phones=[(JOHN, "")])
    assert labels(story, "john") == {JOHN: None}


def test_a_label_that_nobody_edited_is_the_first_that_a_record_gave(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN], [EMAIL]))
    story.when(two=hubspot_contact("2", None, [(JOHN, "home")]))
    story.when(three=hubspot_contact("3", None, [(JOHN, "work")]))
    assert labels(story, "john") == {JOHN: "home", EMAIL: None}


def test_a_label_by_hand_stays_whatever_records_say(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [(JOHN, "home")], updated_at=day(1)))
    story.edit("john", phones=[(JOHN, "work")])
    story.when(again=hubspot_contact("1", "John", [(JOHN, "mobile")], updated_at=day(2)))
    assert labels(story, "john") == {JOHN: "work"}


def test_a_label_by_hand_does_not_keep_a_number_that_its_source_takes_back(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [(JOHN, "home"), ROW]))
    story.edit("john", phones=[(JOHN, "work"), ROW])
    story.when(again=hubspot_contact("1", "John", [ROW]))
    story.shows("john", name="John", phones=[ROW])


def test_a_number_that_was_removed_forgets_its_label(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [(JOHN, "home"), ROW]))
    story.edit("john", phones=[(JOHN, "work"), ROW])
    story.edit("john", phones=[ROW])
    story.edit("john", phones=[ROW, JOHN])
    assert labels(story, "john") == {ROW: None, JOHN: None}


def test_a_number_that_is_added_brings_its_label(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [(JOHN, "home"), ROW]))
    story.edit("john", phones=[(JOHN, "work"), ROW])
    story.when(again=hubspot_contact("1", "John", [ROW]))
    story.edit("john", phones=[ROW, (JOHN, "")])
    assert labels(story, "john") == {ROW: None, JOHN: None}


def test_of_two_labels_by_hand_that_meet_the_later_counts(story: Story) -> None:
    story.given(one=entered("api", "One", [JOHN]), two=entered("api", "Two", [JOHN]))
    story.edit("two", phones=[(JOHN, "home")])
    story.edit("one", phones=[(JOHN, "work")])
    story.merge("two", "one")
    assert labels(story, "two") == {JOHN: "work"}


def test_an_undone_merge_takes_the_labels_along(story: Story) -> None:
    story.given(one=hubspot_contact("1", "One", [JOHN, (ROW, "home")]), two=csv_row("Two", [JOHN]))
    story.edit("two", phones=[(JOHN, "work"), (ROW, "fax")])
    story.undo("two")
    story.shows("two", name="Two", phones=[JOHN])
    assert labels(story, "one") == {JOHN: None, ROW: "home"}
    assert labels(story, "two") == {JOHN: "work"}


# --- Refused.


def test_who_has_read_an_older_contact_is_told_so(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]))
    version = story.contact("john").version
    story.edit("john", city="Ames")
    with pytest.raises(Stale, match="has changed since you read it: it is now at version 2, not 1"):
        edit_contact(
            story.log, story.id("john"), ContactEdit(fields={}), versions={version}, by=AGENT
        )
    edit_contact(
        story.log, story.id("john"), ContactEdit(fields={"city": "Boone"}), versions={2}, by=AGENT
    )
    story.shows("john", name="John", phones=[JOHN], city="Boone")


def test_nobody_and_a_deleted_contact_cannot_be_edited(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN])).delete("john")
    with pytest.raises(NotFound, match="there is no contact `nobody`"):
        story.edit("nobody", name="Nobody")
    with pytest.raises(Conflict, match="is deleted"):
        story.edit("john", name="Johnny")


def test_an_attribute_without_a_name_is_refused(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]))
    with pytest.raises(Refused, match="the name of an attribute is blank"):
        story.edit("john", **{" ": "Ames"})


def test_a_value_that_cannot_be_taken_is_refused(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]))
    with pytest.raises(Refused, match="contains a NUL character"):
        story.edit("john", city="A\0")
    assert story.told("john") == ["ContactImported"]
