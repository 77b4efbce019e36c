"""A CRM sends an id first and a phone in its next message: docs/rules.md, "First identifier"."""

import pytest

from application.history.explain import explain
from domain.records import Record
from tests.messages import (
    JOHN,
    JOHN_TOO,
    MARY,
    SWITCHBOARD,
    csv_row,
    entered,
    hubspot_contact,
    hubspot_lead,
)
from tests.story import Story

EMAIL = "john@b.test"
ID_ALONE = hubspot_contact("1", "John")


def said(story: Story, record: Record) -> tuple[str, str]:
    """The outcome of a message, and why."""
    story.when(message=record)
    assert story.received is not None
    assert story.received.decision is not None
    return story.received.outcome, story.received.decision.because


@pytest.fixture
def story(story: Story) -> Story:
    """A contact with a phone and an email, and a record of a CRM that says only an id."""
    return story.given(john=csv_row("John Jones", [JOHN], [EMAIL]), record=ID_ALONE)


def test_it_merges_as_if_it_had_been_seen_once(story: Story) -> None:
    assert said(story, hubspot_contact("1", phones=[JOHN, MARY])) == ("merged", "phone_matched")
    story.live("john").leads_to("record", "john")
    story.shows("john", name="John", phones=[JOHN, MARY], emails=[EMAIL])
    assert story.conflicts() == []


def test_a_lead_too(story: Story) -> None:
    story.given(lead=hubspot_lead("1", "John"))
    assert said(story, hubspot_lead("1", phones=[JOHN])) == ("merged", "phone_matched")


def test_an_email_is_none_if_the_rule_compares_phones(story: Story) -> None:
    assert said(story, hubspot_contact("1", emails=[EMAIL])) == ("updated", "sent_again")
    assert said(story, hubspot_contact("1", phones=[JOHN])) == ("merged", "phone_matched")


def test_both_are_needed_if_the_rule_compares_both(story: Story) -> None:
    story.settings(integration_contacts="phone_and_email", integration_leads="never")
    assert said(story, hubspot_contact("1", phones=[JOHN])) == ("updated", "sent_again")
    assert said(story, hubspot_contact("1", emails=[EMAIL])) == (
        "merged",
        "phone_and_email_matched",
    )


def test_one_that_matches_nobody_is_not_asked_again(story: Story) -> None:
    assert said(story, hubspot_contact("1", phones=[MARY])) == ("updated", "nothing_matched")
    assert said(story, hubspot_contact("1", phones=[MARY, JOHN])) == ("updated", "sent_again")
    story.live("john", "record")


def test_one_that_it_took_back_was_said(story: Story) -> None:
    said(story, hubspot_contact("1", phones=[MARY]))
    said(story, hubspot_contact("1", phones=[]))
    assert said(story, hubspot_contact("1", phones=[JOHN])) == ("updated", "sent_again")


def test_a_shared_one_and_a_placeholder_do_not_count(story: Story) -> None:
    story.settings(shared_identifiers=[SWITCHBOARD])
    assert said(story, hubspot_contact("1", phones=[SWITCHBOARD, "1111111111"]))[0] == "updated"
    assert said(story, hubspot_contact("1", phones=[])) == ("updated", "sent_again")
    assert said(story, hubspot_contact("1", phones=[JOHN])) == ("merged", "phone_matched")


def test_under_never_it_counts_as_matched(story: Story) -> None:
    story.settings(integration_contacts="never", integration_leads="never")
    assert said(story, hubspot_contact("1", phones=[JOHN])) == ("updated", "sent_again")
    story.live("john", "record")


def test_it_must_be_the_only_record_of_its_contact(story: Story) -> None:
    story.given(mary=entered("api", "Mary"))
    story.merge("record", "mary")
    assert said(story, hubspot_contact("1", phones=[JOHN])) == ("updated", "not_alone")
    assert story.conflicts() == [("john", "record", JOHN)]


def test_its_contact_must_have_no_identifier_by_hand(story: Story) -> None:
    story.edit("record", phones=[MARY])
    assert said(story, hubspot_contact("1", phones=[JOHN])) == ("updated", "not_alone")


def test_notes_and_assigned_calls_go_along(story: Story) -> None:
    story.edit("record", note="Call in May")
    story.call("call", None)
    story.assign("call", "record")
    said(story, hubspot_contact("1", phones=[JOHN]))
    story.shows("john", name="John", phones=[JOHN], emails=[EMAIL], note="Call in May")
    story.belongs("call", "john", by="assigned")


def test_its_contact_gets_the_lead_of_a_number_that_nobody_else_has(story: Story) -> None:
    story.call("call", MARY)
    said(story, hubspot_contact("1", phones=[MARY]))
    story.belongs("call", "record")


def test_the_survivor_gets_the_lead_of_another_number(story: Story) -> None:
    story.call("call", MARY)
    said(story, hubspot_contact("1", phones=[MARY, JOHN]))
    story.live("john").belongs("call", "john")


def test_undo_takes_it_back_like_any_merge_by_rule(story: Story) -> None:
    story.edit("record", note="Call in May")
    said(story, hubspot_contact("1", phones=[JOHN, MARY]))
    said(story, hubspot_contact("1", name="Johnny"))
    story.undo("record")
    story.live("john", "record").shows("john", name="John Jones", phones=[JOHN], emails=[EMAIL])
    story.shows("record", name="Johnny", phones=[JOHN, MARY], note="Call in May")
    assert story.conflicts() == []


def test_it_does_not_join_whom_it_was_separated_from(story: Story) -> None:
    story.separate("john", "record")
    assert said(story, hubspot_contact("1", phones=[JOHN]))[0] == "updated"
    story.live("john", "record")


def test_what_it_was_compared_with_is_told(story: Story) -> None:
    story.settings(integration_contacts="email", integration_leads="never")
    story.given(mary=entered("api", "Mary", [MARY], ["mary@b.test"]))
    story.separate("mary", "record")
    said(story, hubspot_contact("1", emails=["mary@b.test"]))
    with story.log.reading() as reading:
        told = explain(reading, story.id("record"), story.id("mary")).because
    assert f"was compared with {story.id('mary')} and not merged: they were declared" in told


def test_after_an_undo_of_another_merge_it_is_decided_again(story: Story) -> None:
    """The number by which it matched was brought by a row that never belonged there."""
    story.given(row=csv_row("Row", [JOHN_TOO], [EMAIL]))
    said(story, hubspot_contact("1", phones=[JOHN_TOO]))
    story.leads_to("record", "john")
    story.undo("row")
    story.live("john", "row").leads_to("record", "row")
