"""Records that do not merge, and why not: docs/rules.md, "The merge rule"."""

import pytest

from domain.records import Source
from domain.settings import MergeSettings, Rule
from tests.domain.merge_rule.expected import imported
from tests.given_when_then import given
from tests.messages import (
    JOHN,
    JOHN_TOO,
    MARY,
    ROW,
    Withdrawal,
    csv_row,
    entered,
    hubspot_contact,
    hubspot_lead,
)

EMAIL = "john@example.test"
RULES: list[Rule] = ["phone", "email", "phone_and_email", "never"]


def test_john_jones_and_a_row_without_any_of_his_numbers() -> None:
    """The article's example as it is printed.

    John Jones holds +1-319-555-5677 and +1-319-555-4929, the row "John J" holds +1-712-555-3956.
    No rule matches: two contacts.
    """
    john_jones = entered("dashboard", "John Jones", ["+1-319-555-5677", "+1-319-555-4929"])
    row = csv_row("John J", ["+1-712-555-3956"])
    given(john_jones).when(row).then(
        imported("c2", row, rule="csv", because="nothing_matched")
    ).shows("c1", name="John Jones", phones=[JOHN, JOHN_TOO]).shows(
        "c2", name="John J", phones=[ROW]
    ).contacts("c1", "c2")


def test_the_first_record_of_an_account_becomes_a_contact() -> None:
    row = csv_row("John", [JOHN])
    given().when(row).then(imported("c1", row, rule="csv", because="nothing_matched"))


@pytest.mark.parametrize("source", ["api", "dashboard", "phone_app"])
@pytest.mark.parametrize("rule", RULES)
def test_what_comes_through_api_dashboard_or_phone_app_never_merges(
    source: Source, rule: Rule
) -> None:
    """The article: "We do not merge when...".

    "... A new contact is created directly in CloudTalk which has the same phone number and/or
    email address as a contact previously imported from an integration", or "Contacts are added or
    updated through a public API (not one of our supported integrations)".
    """
    settings = MergeSettings(integration_contacts=rule, integration_leads=rule)
    john = hubspot_contact("1", "John", [JOHN], [EMAIL])
    record = entered(source, "John", [JOHN], [EMAIL])
    given(john, settings=settings).when(record).then(
        imported("c2", record, rule="never", because="source_never_merges")
    ).contacts("c1", "c2")


def test_never_keeps_contacts_of_integrations_apart() -> None:
    """The article: "Never merge CloudTalk contacts with contacts imported from integrations"."""
    settings = MergeSettings(integration_contacts="never", integration_leads="never")
    record = hubspot_contact("1", "John", [JOHN], [EMAIL])
    given(entered("api", "John", [JOHN], [EMAIL]), settings=settings).when(record).then(
        imported("c2", record, rule="never", because="rule_is_never")
    )


def test_never_keeps_leads_of_integrations_apart() -> None:
    """The article: "Never merge CloudTalk contacts with leads imported from integrations"."""
    settings = MergeSettings(integration_contacts="phone", integration_leads="never")
    record = hubspot_lead("1", "John", [JOHN], [EMAIL])
    given(entered("api", "John", [JOHN], [EMAIL]), settings=settings).when(record).then(
        imported("c2", record, rule="never", because="rule_is_never")
    )


@pytest.mark.parametrize("source", ["csv", "api", "dashboard", "phone_app", "integration"])
def test_never_under_the_global_policy_turns_merging_off_everywhere(source: Source) -> None:
    record = {
        "csv": csv_row("John", [JOHN], [EMAIL]),
        "integration": hubspot_contact("1", "John", [JOHN], [EMAIL]),
    }.get(source) or entered(source, "John", [JOHN], [EMAIL])
    settings = MergeSettings(policy="global", rule="never")
    given(entered("api", "John", [JOHN], [EMAIL]), settings=settings).when(record).then(
        imported("c2", record, rule="never", because="rule_is_never")
    )


def test_phone_of_one_contact_and_email_of_another_give_a_third_under_phone_and_email() -> None:
    """One and the same contact must hold a phone and an email of the record."""
    settings = MergeSettings(integration_contacts="phone_and_email")
    john = entered("api", "John", [JOHN])
    mary = entered("api", "Mary", [MARY], [EMAIL])
    record = hubspot_contact("1", "John", [JOHN], [EMAIL])
    given(john, mary, settings=settings).when(record).then(
        imported(
            "c3",
            record,
            rule="phone_and_email",
            because="no_candidate_met_the_rule",
            lost={"c2": "rule_not_met", "c1": "rule_not_met"},
        )
    ).contacts("c1", "c2", "c3")


def test_an_email_does_not_count_under_the_rule_phone() -> None:
    record = hubspot_contact("1", "John", [ROW], [EMAIL])
    given(entered("api", "John", [JOHN], [EMAIL])).when(record).then(
        imported("c2", record, rule="phone", because="nothing_matched")
    )


def test_a_phone_does_not_count_under_the_rule_email() -> None:
    settings = MergeSettings(integration_contacts="email", integration_leads="email")
    record = hubspot_contact("1", "John", [JOHN], ["j@example.test"])
    given(entered("api", "John", [JOHN], [EMAIL]), settings=settings).when(record).then(
        imported("c2", record, rule="email", because="nothing_matched")
    )


def test_a_lead_never_merges_into_a_lead() -> None:
    """A lead record merges into contacts only."""
    record = hubspot_lead("2", "John", [JOHN])
    given(hubspot_lead("1", "John", [JOHN])).when(record).then(
        imported(
            "c2",
            record,
            rule="phone",
            because="no_candidate_met_the_rule",
            lost={"c1": "lead_into_contacts_only"},
        )
    )


def test_a_record_of_an_integration_without_an_identifier_is_kept_and_matches_nothing() -> None:
    record = hubspot_contact("2", "John", ["n/a"], ["a@@b"])
    given(hubspot_contact("1", "John", ["n/a"], ["a@@b"])).when(record).then(
        imported("c2", record, rule="phone", because="no_identifier")
    ).shows("c2", name="John", phones=["n/a"], emails=["a@@b"])


@pytest.mark.parametrize("value", ["n/a", "3.58504E+11", "0000", "5677"])
def test_what_is_not_matchable_matches_nothing(value: str) -> None:
    john = entered("api", "John", [value, JOHN])
    row = csv_row("Mary", [value, MARY])
    given(john).when(row).then(imported("c2", row, rule="csv", because="nothing_matched")).shows(
        "c1", name="John", phones=[value, JOHN]
    ).shows("c2", name="Mary", phones=[value, MARY])


def test_a_number_with_an_extension_is_not_the_same_number_without() -> None:
    row = csv_row("Desk 12", [f"{JOHN};ext=12"])
    given(entered("api", "John", [JOHN])).when(row).then(
        imported("c2", row, rule="csv", because="nothing_matched")
    )


def test_names_match_nothing() -> None:
    row = csv_row("John Jones", [ROW], company="Acme")
    given(csv_row("John Jones", [JOHN], company="Acme")).when(row).then(
        imported("c2", row, rule="csv", because="nothing_matched")
    )


def test_the_same_id_of_another_integration_is_another_record() -> None:
    record = hubspot_contact("1", "Mary", [MARY], integration="salesforce")
    given(hubspot_contact("1", "John", [JOHN])).when(record).then(
        imported("c2", record, rule="phone", because="nothing_matched")
    )


def test_the_same_id_of_the_other_kind_is_another_record() -> None:
    record = hubspot_lead("1", "Mary", [MARY])
    given(hubspot_contact("1", "John", [JOHN])).when(record).then(
        imported("c2", record, rule="phone", because="nothing_matched")
    )


def test_a_contact_that_is_gone_is_no_candidate() -> None:
    row = csv_row("John", [JOHN])
    given(hubspot_contact("1", "John", [JOHN]), Withdrawal("1")).when(row).then(
        imported("c3", row, rule="csv", because="nothing_matched")
    ).contacts("c3")


def test_a_number_that_was_taken_back_matches_no_longer() -> None:
    john = hubspot_contact("1", "John", [JOHN, JOHN_TOO])
    row = csv_row("Jim", [JOHN_TOO])
    given(john, hubspot_contact("1", "John", [JOHN])).when(row).then(
        imported("c3", row, rule="csv", because="nothing_matched")
    )
