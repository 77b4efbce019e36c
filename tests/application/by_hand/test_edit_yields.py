"""What an edit yields to, and what it does not: docs/rules.md, "What a merged contact says".

It yields to a record first seen after it, or to a message that changed its own record's value after
it, but only if these are newer by time.
"""

from datetime import timedelta

from tests.messages import JOHN, JOHN_TOO, MARY, NOON, ROW, csv_row, day, hubspot_contact
from tests.story import Story

IN_A_WEEK = NOON + timedelta(days=7)
EMAIL = "john@b.test"


def edited(story: Story) -> Story:
    """John, whose name and city were edited ten days ago."""
    john = hubspot_contact("1", "John", [JOHN], updated_at=day(2), city="Ames")
    story.given(john=john).edit("john", name="Johnny", city="Boone")
    return story.days_pass(10)


# --- A record seen for the first time.


def test_it_yields_to_a_record_first_seen_since(story: Story) -> None:
    edited(story).when(row=csv_row("Jack", [JOHN]))
    story.shows("john", name="Jack", phones=[JOHN], city="Boone")


def test_it_yields_to_a_record_first_seen_since_that_was_changed_since(story: Story) -> None:
    edited(story).when(other=hubspot_contact("2", "Jack", [JOHN], updated_at=IN_A_WEEK))
    story.shows("john", name="Jack", phones=[JOHN], city="Boone")


def test_it_does_not_yield_to_a_record_that_is_older_by_time(story: Story) -> None:
    edited(story).when(
        other=hubspot_contact("2", "Jack", [JOHN, ROW], updated_at=day(20), title="Dr")
    )
    story.shows("john", name="Johnny", phones=[JOHN, ROW], city="Boone", title="Dr")


def test_a_value_that_was_cleared_yields_as_well(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN], city="Ames")).edit("john", city=None)
    story.when(older=hubspot_contact("2", None, [JOHN], updated_at=day(20), city="Boone"))
    story.shows("john", name="John", phones=[JOHN])
    story.when(row=csv_row(None, [JOHN], city="Carroll"))
    story.shows("john", name="John", phones=[JOHN], city="Carroll")


def test_what_it_has_yielded_to_may_lose_to_what_is_newer_still(story: Story) -> None:
    edited(story).when(row=csv_row("Jack", [JOHN]))
    story.when(other=hubspot_contact("2", "Jim", [JOHN]))
    story.shows("john", name="Jim", phones=[JOHN], city="Boone")


def test_it_shows_again_once_the_record_that_it_yielded_to_is_withdrawn(story: Story) -> None:
    edited(story).when(other=hubspot_contact("2", "Jack", [JOHN]))
    story.withdraw("2")
    story.shows("john", name="Johnny", phones=[JOHN], city="Boone")


def test_it_does_not_yield_to_records_that_were_there_before_and_come_in_by_hand(
    story: Story,
) -> None:
    mary = hubspot_contact("2", "Mary", [MARY], city="Carroll")
    story.given(john=hubspot_contact("1", "John", [JOHN]), mary=mary).edit("john", name="Johnny")
    story.merge("john", "mary")
    story.shows("john", name="Johnny", phones=[JOHN, MARY], city="Carroll")


# --- A message of a record that is there.


def test_it_yields_to_a_message_that_changes_what_its_record_said(story: Story) -> None:
    changed = hubspot_contact("1", "Jack", [JOHN], updated_at=IN_A_WEEK, city="Ames")
    edited(story).when(again=changed)
    story.shows("john", name="Jack", phones=[JOHN], city="Boone")


def test_it_does_not_yield_to_a_message_that_repeats_what_its_record_said(story: Story) -> None:
    edited(story).when(
        again=hubspot_contact("1", "John", [JOHN], updated_at=IN_A_WEEK, city="Ames")
    )
    story.shows("john", name="Johnny", phones=[JOHN], city="Boone")


def test_it_does_not_yield_to_a_change_that_is_older_by_time(story: Story) -> None:
    edited(story).when(again=hubspot_contact("1", "Jack", [JOHN], updated_at=day(20), city="Ames"))
    story.shows("john", name="Johnny", phones=[JOHN], city="Boone")


def test_it_does_not_yield_to_a_change_that_was_made_before_it(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN], updated_at=day(2))).when(
        again=hubspot_contact("1", "Jack", [JOHN], updated_at=day(3))
    ).edit("john", name="Johnny")
    story.when(third=hubspot_contact("1", "Jack", [JOHN], updated_at=IN_A_WEEK))
    story.shows("john", name="Johnny", phones=[JOHN])


def test_it_yields_to_a_field_that_its_record_says_for_the_first_time(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN])).edit("john", city="Boone")
    story.when(again=hubspot_contact("1", "John", [JOHN], city="Ames"))
    story.shows("john", name="John", phones=[JOHN], city="Ames")


def test_a_change_and_back_again_is_a_change(story: Story) -> None:
    edited(story).when(again=hubspot_contact("1", "Jack", [JOHN]))
    story.when(third=hubspot_contact("1", "John", [JOHN]))
    story.shows("john", name="John", phones=[JOHN], city="Boone")


# --- Lists.


def test_a_number_that_was_removed_stays_hidden_while_its_record_goes_on_listing_it(
    story: Story,
) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN, ROW], updated_at=day(2)))
    story.edit("john", phones=[JOHN])
    story.when(again=hubspot_contact("1", "John", [JOHN, ROW], updated_at=IN_A_WEEK, city="Ames"))
    story.shows("john", name="John", phones=[JOHN], city="Ames")


def test_a_number_that_was_removed_shows_once_its_source_took_it_back_and_lists_it_anew(
    story: Story,
) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN, ROW])).edit("john", phones=[JOHN])
    story.when(without=hubspot_contact("1", "John", [JOHN]))
    story.shows("john", name="John", phones=[JOHN])
    story.when(anew=hubspot_contact("1", "John", [JOHN, ROW]))
    story.shows("john", name="John", phones=[JOHN, ROW])


def test_a_number_that_was_removed_shows_once_a_record_that_did_not_list_it_does(
    story: Story,
) -> None:
    story.given(
        john=hubspot_contact("1", "John", [JOHN, ROW]), other=hubspot_contact("2", "John", [JOHN])
    )
    story.edit("john", phones=[JOHN])
    story.when(again=hubspot_contact("2", "John", [JOHN, ROW]))
    story.shows("john", name="John", phones=[JOHN, ROW])


def test_a_number_that_was_removed_shows_once_a_new_record_lists_it(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN, ROW], updated_at=day(2)))
    story.edit("john", phones=[JOHN])
    story.when(row=csv_row("John", [JOHN, ROW]))
    story.shows("john", name="John", phones=[JOHN, ROW])


def test_an_older_record_that_arrives_late_adds_a_number_that_was_removed(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN, ROW])).edit("john", phones=[JOHN])
    story.when(older=hubspot_contact("2", "Jack", [JOHN, ROW], updated_at=day(1)))
    story.shows("john", name="John", phones=[JOHN, ROW])


def test_a_number_that_was_removed_is_hidden_in_all_records_that_listed_it(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN, ROW]), row=csv_row("John", [JOHN, ROW]))
    story.edit("john", phones=[JOHN])
    story.shows("john", name="John", phones=[JOHN])


def test_a_number_that_was_added_stays_when_a_source_takes_its_own_back(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN], [EMAIL]))
    story.edit("john", phones=[JOHN, MARY], emails=[EMAIL, "too@b.test"])
    story.when(again=hubspot_contact("1", "John", [JOHN_TOO], []))
    story.shows("john", name="John", phones=[MARY, JOHN_TOO], emails=["too@b.test"])


def test_a_number_that_was_added_stays_when_a_record_that_lists_it_too_is_withdrawn(
    story: Story,
) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN])).edit("john", phones=[JOHN, MARY])
    story.when(other=hubspot_contact("2", None, [MARY]))
    story.withdraw("2")
    story.shows("john", name="John", phones=[JOHN, MARY])


def test_an_edit_shows_again_once_the_record_that_it_yielded_to_is_taken_back(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN])).edit("john", name="Johnny")
    story.when(jack=hubspot_contact("2", "Jack", [JOHN])).shows("john", name="Jack", phones=[JOHN])
    story.withdraw("2")
    story.shows("john", name="Johnny", phones=[JOHN])
