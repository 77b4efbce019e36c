"""Records that merge: docs/rules.md, "The merge rule"."""

from typing import NamedTuple

import pytest

from domain.decisions import Because
from domain.events import ContactsMerged
from domain.identifiers import Identifier
from domain.records import Source
from domain.settings import MergeSettings, Rule
from tests.domain.merge_rule.expected import merged, merged_by_phone
from tests.given_when_then import given
from tests.messages import (
    JOHN,
    JOHN_TOO,
    MARY,
    ROW,
    csv_row,
    email,
    entered,
    hubspot_contact,
    hubspot_lead,
    phone,
)

EMAIL = "john@example.test"


class Matching(NamedTuple):
    """A rule, and what it says of a record that holds the phone and the email of a contact."""

    rule: Rule
    because: Because
    matched: list[Identifier]


each_rule = pytest.mark.parametrize(
    "matching",
    [
        Matching("phone", "phone_matched", [phone(JOHN)]),
        Matching("email", "email_matched", [email(EMAIL)]),
        Matching("phone_and_email", "phone_and_email_matched", [phone(JOHN), email(EMAIL)]),
    ],
    ids=lambda matching: matching.rule,
)


def test_john_jones_and_a_row_with_one_of_his_numbers() -> None:
    """The article's example as its text has it.

    "Based on this matching phone number, our system will register these two contacts as the same
    person, putting together the two records into one." Its name is John J, "the newest form of the
    contact name", and its numbers are +1-319-555-5677, +1-319-555-4929, +1-712-555-3956.
    """
    john_jones = entered("dashboard", "John Jones", ["+1-319-555-5677", "+1-319-555-4929"])
    row = csv_row("John J", ["+1-319-555-5677", "+1-712-555-3956"])
    given(john_jones).when(row).then(
        merged("c1", "c2", row, rule="csv", because="phone_matched", matched=[phone(JOHN)])
    ).shows("c1", name="John J", phones=[JOHN, JOHN_TOO, ROW]).contacts("c1")


@each_rule
def test_a_contact_of_an_integration_merges_by_the_rule_for_contacts(matching: Matching) -> None:
    settings = MergeSettings(integration_contacts=matching.rule, integration_leads="never")
    john = entered("api", "John", [JOHN], [EMAIL])
    record = hubspot_contact("1", "John J", [JOHN], [EMAIL])
    given(john, settings=settings).when(record).then(
        merged("c1", "c2", record, **matching._asdict())
    ).shows("c1", name="John J", phones=[JOHN], emails=[EMAIL]).contacts("c1")


@each_rule
def test_a_lead_of_an_integration_merges_by_the_rule_for_leads(matching: Matching) -> None:
    settings = MergeSettings(integration_contacts="never", integration_leads=matching.rule)
    john = entered("api", "John", [JOHN], [EMAIL])
    record = hubspot_lead("1", "John J", [JOHN], [EMAIL])
    given(john, settings=settings).when(record).then(
        merged("c1", "c2", record, **matching._asdict())
    ).shows("c1", name="John J", phones=[JOHN], emails=[EMAIL]).contacts("c1")


@each_rule
@pytest.mark.parametrize("source", ["csv", "api", "dashboard", "phone_app", "integration"])
def test_the_global_policy_has_one_rule_for_every_source(
    source: Source, matching: Matching
) -> None:
    settings = MergeSettings(
        policy="global",
        rule=matching.rule,
        integration_contacts="never",
        integration_leads="never",
    )
    john = entered("api", "John", [JOHN], [EMAIL])
    record = {
        "csv": csv_row("John J", [JOHN], [EMAIL]),
        "integration": hubspot_contact("1", "John J", [JOHN], [EMAIL]),
    }.get(source) or entered(source, "John J", [JOHN], [EMAIL])
    given(john, settings=settings).when(record).then(
        merged("c1", "c2", record, **matching._asdict())
    )


def test_a_csv_row_merges_by_phone() -> None:
    john = entered("api", "John", [JOHN], [EMAIL])
    row = csv_row("John J", [JOHN])
    given(john).when(row).then(
        merged("c1", "c2", row, rule="csv", because="phone_matched", matched=[phone(JOHN)])
    )


def test_a_csv_row_merges_by_email_if_no_phone_matches() -> None:
    john = entered("api", "John", [JOHN], [EMAIL])
    row = csv_row("John J", [ROW], ["JOHN@example.test"])
    given(john).when(row).then(
        merged("c1", "c2", row, rule="csv", because="email_matched", matched=[email(EMAIL)])
    ).shows("c1", name="John J", phones=[JOHN, ROW], emails=[EMAIL])


def test_johns_phone_comes_before_marys_email() -> None:
    """The article: "This means if a CSV contact has a matching phone number with John".

    "... but a matching email with Mary, the new contact will merge with John's contact because the
    phone number match takes priority." Mary's is the more recently updated one here, and is
    recorded as the other.
    """
    john = entered("api", "John", [JOHN])
    mary = entered("api", "Mary", [MARY], ["mary@example.test"])
    row = csv_row(None, [JOHN], ["mary@example.test"])
    given(john, mary).when(row).then(
        merged(
            "c1",
            "c3",
            row,
            rule="csv",
            because="phone_matched",
            matched=[phone(JOHN)],
            lost={"c2": "email_after_phone"},
        )
    ).shows("c1", name="John", phones=[JOHN], emails=["mary@example.test"]).shows(
        "c2", name="Mary", phones=[MARY], emails=["mary@example.test"]
    )


@pytest.mark.parametrize(
    "settings",
    [
        MergeSettings(integration_contacts="never", integration_leads="never"),
        MergeSettings(integration_contacts="email", integration_leads="phone_and_email"),
    ],
)
def test_csv_is_not_affected_by_the_settings_of_integrations(settings: MergeSettings) -> None:
    """The article says that CSV imports "will not be affected by these settings"."""
    john = entered("api", "John", [JOHN])
    row = csv_row("John J", [JOHN])
    given(john, settings=settings).when(row).then(
        merged("c1", "c2", row, rule="csv", because="phone_matched", matched=[phone(JOHN)])
    )


def test_a_record_merges_into_contacts_of_any_source() -> None:
    for held in (
        csv_row("John", [JOHN]),
        hubspot_contact("7", "John", [JOHN]),
        hubspot_contact("1", "John", [JOHN], integration="salesforce"),
        *(entered(source, "John", [JOHN]) for source in ("api", "dashboard", "phone_app")),
    ):
        record = hubspot_contact("1", "John J", [JOHN])
        given(held).when(record).then(merged_by_phone("c1", "c2", record))


def test_the_survivor_keeps_its_id_and_the_absorbed_id_leads_to_it() -> None:
    story = given(csv_row("John", [JOHN]), csv_row("John J", [JOHN]), csv_row("J", [JOHN]))
    account = story.contacts("c1").account
    merges = [each.event for each in account.log if isinstance(each.event, ContactsMerged)]
    assert [(each.absorbed, each.stream) for each in merges] == [("c2", "c1"), ("c3", "c1")]
    assert set(account.live["c1"].records) == {"c1", "c2", "c3"}


def test_any_of_several_numbers_may_match_and_all_that_do_are_recorded() -> None:
    john = entered("api", "John", [JOHN, JOHN_TOO])
    row = csv_row("John J", [ROW, JOHN_TOO, JOHN])
    given(john).when(row).then(
        merged(
            "c1",
            "c2",
            row,
            rule="csv",
            because="phone_matched",
            matched=[phone(JOHN_TOO), phone(JOHN)],
        )
    )


def test_a_number_that_came_with_a_merged_record_matches_as_well() -> None:
    story = given(entered("api", "John", [JOHN]), csv_row("John J", [JOHN, ROW]))
    row = csv_row("Johnny", [ROW])
    story.when(row).then(
        merged("c1", "c3", row, rule="csv", because="phone_matched", matched=[phone(ROW)])
    )
