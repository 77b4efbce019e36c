"""What somebody deleted stays deleted until it changes: docs/rules.md, "The merge rule"."""

import pytest

from domain.records import Record
from tests.messages import (
    JOHN,
    JOHN_TOO,
    MARY,
    csv_row,
    day,
    entered,
    hubspot_contact,
    hubspot_lead,
)
from tests.story import Story

RECORD = hubspot_contact("1", "John", [JOHN], ["john@b.test"], day(1), city="Ames")

SAID: dict[str, str | list[str]] = {
    "name": "John",
    "phones": [JOHN],
    "emails": ["john@b.test"],
    "city": "Ames",
}


@pytest.fixture
def story(story: Story) -> Story:
    """John was deleted by hand."""
    story.given(john=RECORD)
    story.delete("john")
    return story


def outcome(story: Story, record: Record) -> tuple[str, str]:
    story.when(again=record)
    assert story.received is not None
    assert story.received.decision is not None
    return story.received.outcome, story.received.decision.because


@pytest.mark.parametrize(
    "again",
    [
        RECORD,
        hubspot_contact("1", "John", [JOHN], ["john@b.test"], day(9), city="Ames"),
        hubspot_contact("1", "John", ["(319) 555-5677"]),
        hubspot_contact("1", "John", [], []),
        hubspot_contact("1", None, [(JOHN, "work")]),
        hubspot_contact("1", "An older name", updated_at=day(1).replace(year=2023)),
    ],
    ids=["the same", "a newer time", "another spelling", "numbers gone", "a label", "older"],
)
def test_a_full_sync_that_says_nothing_new_leaves_it_deleted(story: Story, again: Record) -> None:
    length = story.length
    assert outcome(story, again) == ("unchanged", "deleted_by_hand")
    assert story.length == length
    story.live()


@pytest.mark.parametrize(
    ("again", "shown"),
    [
        (hubspot_contact("1", "Johnny"), {"name": "Johnny"}),
        (hubspot_contact("1", phones=[JOHN, MARY]), {"phones": [JOHN, MARY]}),
        (hubspot_contact("1", phones=[MARY]), {"phones": [MARY]}),
        (hubspot_contact("1", team="Sales"), {"team": "Sales"}),
    ],
)
def test_a_change_brings_it_back_with_all_that_it_said(
    story: Story, again: Record, shown: dict[str, str | list[str]]
) -> None:
    assert outcome(story, again)[0] == "created"
    story.live("again").shows("again", **{**SAID, **shown})


def test_it_counts_as_seen_for_the_first_time_and_is_matched_by_all_that_it_says(
    story: Story,
) -> None:
    story.given(mary=csv_row("Mary", [JOHN, MARY]))
    assert outcome(story, hubspot_contact("1", "Johnny")) == ("merged", "phone_matched")
    story.live("mary").leads_to("again", "mary")
    story.shows("mary", **{**SAID, "name": "Johnny", "phones": [JOHN, MARY]})
    story.undo("again")
    story.live("again", "mary")


def test_its_values_keep_their_times(story: Story) -> None:
    """What it said on the first day is older than what another record said on the fifth."""
    story.given(mary=hubspot_contact("2", "Mary", [JOHN], updated_at=day(5)))
    story.when(again=hubspot_contact("1", phones=[JOHN, MARY], updated_at=day(9)))
    story.leads_to("again", "mary")
    story.shows("mary", **{**SAID, "name": "Mary", "phones": [JOHN, MARY]})


def test_an_edit_by_hand_yields_to_it_as_to_any_record_seen_for_the_first_time(
    story: Story,
) -> None:
    story.given(mary=entered("api", "Mary", [JOHN]))
    story.edit("mary", name="Mary Miller")
    story.when(again=hubspot_contact("1", "Johnny"))
    story.shows("mary", **{**SAID, "name": "Johnny"})


def test_a_captured_number_goes_to_it(story: Story) -> None:
    story.call("call", JOHN)
    story.when(again=hubspot_contact("1", "Johnny"))
    story.belongs("call", "again")


def test_it_may_be_deleted_again(story: Story) -> None:
    story.when(again=hubspot_contact("1", "Johnny"))
    story.delete("again")
    assert outcome(story, hubspot_contact("1", "Johnny")) == ("unchanged", "deleted_by_hand")
    assert outcome(story, hubspot_contact("1", "John"))[0] == "created"


def test_a_restored_contact_is_updated_as_ever(story: Story) -> None:
    story.restore("john")
    assert outcome(story, hubspot_contact("1", "Johnny"))[0] == "updated"
    story.shows("john", **{**SAID, "name": "Johnny"})


def test_a_csv_row_of_a_deleted_contact_is_unchanged(story: Story) -> None:
    row = csv_row("Mary", [MARY], city="Ames")
    story.given(mary=row)
    story.delete("mary")
    assert outcome(story, row) == ("unchanged", "deleted_by_hand")
    assert outcome(story, csv_row("Mary", [MARY], city="Rome"))[0] == "created"


def test_a_contact_that_lost_its_last_record_is_not_deleted_by_hand(story: Story) -> None:
    record = hubspot_contact("2", "Mary", [MARY])
    story.given(mary=record).withdraw("2")
    assert outcome(story, record)[0] == "created"


def test_another_kind_or_integration_is_another_record(story: Story) -> None:
    assert outcome(story, hubspot_lead("1", "John", [JOHN_TOO]))[0] == "created"
    salesforce = hubspot_contact("1", "John", [JOHN], integration="salesforce")
    assert outcome(story, salesforce)[0] == "created"
