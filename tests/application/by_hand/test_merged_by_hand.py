"""An admin says that two contacts are one: docs/rules.md, "The merge rule"."""

import pytest

from application.refusals import Conflict, NotFound
from tests.messages import JOHN, MARY, ROW, csv_row, day, entered, hubspot_contact, hubspot_lead
from tests.story import Story


def test_the_survivor_says_what_both_said(story: Story) -> None:
    story.given(
        john=hubspot_contact("1", "John", [JOHN], updated_at=day(2), city="Ames"),
        mary=hubspot_contact("2", "Mary", [MARY], ["mary@b.test"], updated_at=day(1), title="Dr"),
    ).merge("john", "mary")
    story.shows(
        "john",
        name="John",
        phones=[JOHN, MARY],
        emails=["mary@b.test"],
        city="Ames",
        title="Dr",
    ).live("john")


def test_the_numbers_stay_in_the_order_first_seen(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]), mary=csv_row("Mary", [MARY])).merge("mary", "john")
    story.shows("mary", name="Mary", phones=[JOHN, MARY])


def test_the_absorbed_id_answers_with_the_survivor(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]), mary=csv_row("Mary", [MARY])).merge("john", "mary")
    story.leads_to("mary", "john")
    assert story.contact("mary").requested_id == story.id("mary")
    assert story.contact("john").absorbed == [story.id("mary")]


def test_a_merge_says_that_it_was_by_hand(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]), mary=csv_row("Mary", [MARY])).merge("john", "mary")
    (merge,) = story.merges()
    assert (merge.decision.rule, merge.decision.because) == ("manual", "merged_by_hand")
    assert merge.source is None


def test_no_rule_and_no_separation_stands_in_its_way(story: Story) -> None:
    story.settings(policy="global", rule="never")
    story.given(john=csv_row("John", [JOHN]), mary=csv_row("Mary", [MARY]))
    story.separate("john", "mary")
    story.merge("john", "mary")
    story.live("john")


def test_a_contact_and_a_lead_are_a_contact(story: Story) -> None:
    story.given(lead=hubspot_lead("1", "Lead", [JOHN]), mary=csv_row("Mary", [MARY]))
    story.merge("lead", "mary")
    story.shows("lead", name="Mary", phones=[JOHN, MARY])


def test_a_record_of_the_absorbed_updates_the_survivor(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]), mary=hubspot_contact("1", "Mary", [MARY]))
    story.merge("john", "mary")
    story.when(again=hubspot_contact("1", "Marie", [MARY, ROW]))
    story.shows("john", name="Marie", phones=[JOHN, MARY, ROW]).live("john")


def test_ids_that_were_absorbed_are_merged_where_they_lead(story: Story) -> None:
    story.given(
        john=entered("api", "John", [JOHN]),
        mary=entered("api", "Mary", [MARY]),
        row=entered("api", "Row", [ROW]),
    ).merge("john", "mary")
    story.merge("row", "mary")
    story.live("row")
    assert story.merged() == [("mary", "john"), ("john", "row")]


def test_two_that_are_one_already_cannot_be_merged(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]), row=csv_row("Row", [JOHN]))
    with pytest.raises(Conflict, match="are already one contact"):
        story.merge("john", "row")
    with pytest.raises(Conflict, match="are already one contact"):
        story.merge("john", "john")


def test_nobody_and_a_deleted_contact_cannot_be_merged(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]), mary=csv_row("Mary", [MARY])).delete("mary")
    with pytest.raises(Conflict, match="is deleted"):
        story.merge("john", "mary")
    with pytest.raises(NotFound, match="there is no contact `nobody`"):
        story.merge("john", "nobody")
