"""Which side gets what after an undo: docs/rules.md, "Undo"."""

from tests.messages import (
    JOHN,
    JOHN_TOO,
    MARY,
    ROW,
    csv_row,
    day,
    entered,
    hubspot_contact,
    hubspot_lead,
)
from tests.story import Story


def by_hand(story: Story) -> Story:
    """John and Mary, merged by hand."""
    story.given(
        john=hubspot_contact("1", "John", [JOHN], updated_at=day(2), city="Ames"),
        mary=hubspot_contact("2", "Mary", [MARY], updated_at=day(1), city="Boone"),
    ).merge("john", "mary")
    return story


# --- Each record is on the side it came from.


def test_a_merge_by_hand(story: Story) -> None:
    by_hand(story).undo("mary")
    story.live("john", "mary")
    story.shows("john", name="John", phones=[JOHN], city="Ames")
    story.shows("mary", name="Mary", phones=[MARY], city="Boone")


def test_a_merge_by_rule(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]), row=csv_row("John J", [JOHN, ROW], city="Ames"))
    assert story.undo("row") == ["row"]
    story.live("john", "row").shows("john", name="John", phones=[JOHN])
    story.shows("row", name="John J", phones=[JOHN, ROW], city="Ames")


def test_a_contact_that_a_lead_had_become_is_a_lead_again(story: Story) -> None:
    story.given(lead=hubspot_lead("1", "Lead", [JOHN]), row=csv_row("Row", [JOHN])).undo("row")
    story.shows("lead", kind="lead", name="Lead", phones=[JOHN])
    story.shows("row", name="Row", phones=[JOHN])


def test_records_that_were_sent_again_since_say_it_where_they_are(story: Story) -> None:
    by_hand(story).when(again=hubspot_contact("2", "Marie", [MARY, ROW], city="Boone"))
    story.shows("john", name="Marie", phones=[JOHN, MARY, ROW], city="Boone").undo("mary")
    story.shows("john", name="John", phones=[JOHN], city="Ames")
    story.shows("mary", name="Marie", phones=[MARY, ROW], city="Boone")


def test_records_of_the_absorbed_one_that_were_withdrawn_stay_so(story: Story) -> None:
    by_hand(story).withdraw("2")
    story.undo("mary")
    story.live("john")
    assert story.is_deleted("mary")


def test_all_that_came_together_before_stays_together(story: Story) -> None:
    story.given(
        john=csv_row("John", [JOHN]), mary=csv_row("Mary", [MARY]), m=csv_row("M", [MARY, ROW])
    ).merge("john", "mary")
    story.undo("mary")
    story.live("john", "mary").leads_to("m", "mary")


def test_who_was_merged_the_other_way_round_lives_again_all_the_same(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]), mary=csv_row("Mary", [MARY])).merge("mary", "john")
    story.undo("john")
    story.live("john", "mary")


# --- Later records are where they would have gone.


def test_a_record_by_a_number_that_only_the_absorbed_holds(story: Story) -> None:
    by_hand(story).when(row=csv_row("Row", [MARY])).leads_to("row", "john").undo("mary")
    story.leads_to("row", "mary").shows("mary", name="Row", phones=[MARY], city="Boone")


def test_a_record_by_a_number_that_only_the_survivor_holds(story: Story) -> None:
    by_hand(story).when(row=csv_row("Row", [JOHN])).undo("mary")
    story.leads_to("row", "john").shows("mary", name="Mary", phones=[MARY], city="Boone")


def test_a_record_by_numbers_of_both_is_with_the_most_recently_updated(story: Story) -> None:
    by_hand(story).when(row=csv_row("Row", [JOHN, MARY])).undo("mary")
    story.leads_to("row", "mary")


def test_a_record_by_a_number_that_the_undone_one_brought_stands_alone(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]), row=csv_row("Row", [JOHN, ROW]))
    story.when(later=csv_row("Later", [ROW])).leads_to("later", "john")
    assert story.undo("row") == ["row"]
    story.leads_to("later", "row")


def test_a_record_that_joined_what_it_would_not_have_is_a_contact_of_its_own(
    story: Story,
) -> None:
    """Alone, `mary` would be a lead, and a lead record is merged into contacts only."""
    story.given(john=csv_row("John", [JOHN]), mary=hubspot_lead("1", "Mary", [MARY]))
    story.merge("john", "mary")
    story.when(lead=hubspot_lead("2", "Lead", [MARY])).leads_to("lead", "john")
    story.undo("mary")
    story.live("john", "mary", "lead")


def test_a_record_that_was_sent_again_to_a_deleted_side_is_seen_for_the_first_time(
    story: Story,
) -> None:
    """Deleting `john` would have left Mary's record alone: it was sent again, as it would be."""
    by_hand(story).delete("john")
    story.when(anew=hubspot_contact("2", "Marie", [MARY])).undo("mary")
    story.live("mary").shows("mary", name="Marie", phones=[MARY], city="Boone")
    story.leads_to("anew", "mary")


# --- A command sent to the absorbed id counts for the absorbed one.


def test_an_edit_of_the_absorbed_id_is_its_own(story: Story) -> None:
    by_hand(story).edit("mary", name="Marie", phones=[JOHN, MARY, ROW])
    story.shows("john", name="Marie", phones=[JOHN, MARY, ROW], city="Ames").undo("mary")
    story.shows("john", name="John", phones=[JOHN], city="Ames")
    story.shows("mary", name="Marie", phones=[MARY, ROW], city="Boone")


def test_an_edit_of_the_survivor_is_its_own(story: Story) -> None:
    by_hand(story).edit("john", name="Johnny", city=None)
    story.undo("mary")
    story.shows("john", name="Johnny", phones=[JOHN])
    story.shows("mary", name="Mary", phones=[MARY], city="Boone")


def test_an_edit_that_changed_nothing_then_counts_now(story: Story) -> None:
    """`mary` shows John's city, and an edit sets the same: after the undo it is hers."""
    by_hand(story).edit("mary", city="Ames")
    story.undo("mary")
    story.shows("mary", name="Mary", phones=[MARY], city="Ames")


def test_an_edit_of_a_record_that_merged_at_once_is_its_own(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]), row=csv_row("Row", [JOHN])).edit("row", city="Ames")
    story.undo("row")
    story.shows("john", name="John", phones=[JOHN])
    story.shows("row", name="Row", phones=[JOHN], city="Ames")


def test_a_deletion_of_the_absorbed_id_is_its_own(story: Story) -> None:
    by_hand(story).delete("mary")
    story.live().undo("mary")
    story.live("john")
    assert story.is_deleted("mary")


def test_a_deletion_of_the_survivor_is_its_own(story: Story) -> None:
    by_hand(story).delete("john")
    assert story.undo("mary") == ["mary"]
    story.live("mary")
    assert story.is_deleted("john")


def test_a_merge_of_the_absorbed_id_with_another_is_its_own(story: Story) -> None:
    by_hand(story).given(third=csv_row("Third", [ROW])).merge("third", "mary")
    story.live("third").undo("mary")
    story.live("third", "john")


def test_a_number_that_was_edited_away_from_both_is_hidden_where_it_was_sent(
    story: Story,
) -> None:
    by_hand(story).edit("john", phones=[JOHN])
    story.shows("john", name="John", phones=[JOHN], city="Ames").undo("mary")
    story.shows("mary", name="Mary", phones=[MARY], city="Boone")


# --- What nobody merged by a rule is not looked for again.


def test_a_record_whose_merge_was_undone_does_not_fall_to_its_next_candidate(
    story: Story,
) -> None:
    story.given(one=entered("api", "One", [JOHN]), two=entered("api", "Two", [JOHN]))
    story.when(row=csv_row("Row", [JOHN])).leads_to("row", "two").undo("row")
    story.live("one", "two", "row")


def test_it_does_not_do_so_when_another_merge_is_undone_later(story: Story) -> None:
    story.given(one=csv_row("One", [JOHN]), mary=csv_row("Mary", [MARY]))
    story.merge("one", "mary")
    story.when(row=csv_row("Row", [JOHN, MARY])).undo("row")
    story.undo("mary")
    story.live("one", "mary", "row")


def test_a_record_whose_merge_was_undone_is_updated_where_it_is(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]), record=hubspot_contact("1", "Jo", [JOHN]))
    story.undo("record")
    story.when(again=hubspot_contact("1", "Joe", [JOHN, ROW]))
    story.live("john", "record").shows("record", name="Joe", phones=[JOHN, ROW])


def test_a_csv_row_whose_merge_was_undone_changes_nothing_when_it_comes_again(
    story: Story,
) -> None:
    row = csv_row("Row", [JOHN, JOHN_TOO])
    story.given(john=csv_row("John", [JOHN]), row=row).undo("row")
    before = story.length
    story.when(again=row)
    assert story.length == before
    story.live("john", "row")
