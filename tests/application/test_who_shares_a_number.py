"""People who share a number are told apart by their emails: docs/rules.md, "The merge rule"."""

from collections.abc import Callable

import pytest

from domain.records import Record
from tests.messages import JOHN, csv_row, entered, hubspot_contact, hubspot_lead
from tests.story import Story

ANN, BOB = "ann@oak.test", "bob@oak.test"


@pytest.fixture
def story(story: Story) -> Story:
    """Ann and Bob, who have one number; Bob changed last."""
    return story.given(
        ann=entered("dashboard", "Ann", [JOHN], [ANN]),
        bob=entered("dashboard", "Bob", [JOHN], [BOB]),
    )


@pytest.mark.parametrize("email", [ANN, BOB])
@pytest.mark.parametrize(
    "message",
    [
        lambda email: csv_row("Row", [JOHN], [email]),
        lambda email: hubspot_contact("1", "Record", [JOHN], [email]),
        lambda email: hubspot_lead("1", "Record", [JOHN], [email]),
    ],
    ids=["a row", "a contact of an integration", "a lead of an integration"],
)
def test_a_record_with_phone_and_email_joins_the_one_that_holds_both(
    story: Story, email: str, message: Callable[[str], Record]
) -> None:
    story.when(record=message(email))
    story.leads_to("record", "ann" if email == ANN else "bob")


def test_without_an_email_it_joins_the_most_recently_updated(story: Story) -> None:
    story.when(record=hubspot_contact("1", "Record", [JOHN]))
    story.leads_to("record", "bob")


def test_the_next_file_puts_each_row_on_the_right_one_of_two_that_were_separated(
    story: Story,
) -> None:
    story.separate("ann", "bob")
    story.when(
        first=csv_row("Ann", [JOHN], [ANN]),
        second=csv_row("Bob", [JOHN], [BOB]),
        third=csv_row("Ann Smith", [JOHN], [ANN]),
    )
    for row, contact in (("first", "ann"), ("second", "bob"), ("third", "ann")):
        story.leads_to(row, contact)


def test_a_shared_email_does_not_count(story: Story) -> None:
    story.settings(shared_identifiers=[ANN])
    story.when(record=hubspot_contact("1", "Record", [JOHN], [ANN]))
    story.leads_to("record", "bob")
