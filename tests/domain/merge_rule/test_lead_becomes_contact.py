"""An imported lead that becomes a contact: docs/rules.md, "The merge rule", "Candidates"."""

import pytest

from domain.settings import MergeSettings, Rule
from tests.domain.merge_rule.expected import imported, merged, merged_by_phone
from tests.given_when_then import given
from tests.messages import JOHN, ROW, csv_row, email, entered, hubspot_contact, hubspot_lead

EMAIL = "john@b.test"
LEAD = hubspot_lead("1", "Lead", [JOHN], [EMAIL])
RECORD = hubspot_contact("9", "John", [JOHN], [EMAIL])


def test_a_contact_record_merges_into_a_lead_which_then_is_a_contact() -> None:
    given(LEAD).shows("c1", kind="lead", name="Lead", phones=[JOHN], emails=[EMAIL]).when(
        RECORD
    ).then(merged_by_phone("c1", "c2", RECORD)).shows(
        "c1", kind="contact", name="John", phones=[JOHN], emails=[EMAIL]
    ).contacts("c1")


def test_only_if_no_contact_matches() -> None:
    contact = entered("api", "Contact", [JOHN])
    given(contact, LEAD, settings=MergeSettings(integration_leads="email")).when(RECORD).then(
        merged_by_phone("c1", "c3", RECORD, lost={"c2": "lead_after_contact"})
    )


@pytest.mark.parametrize("contacts", ["phone", "email", "phone_and_email", "never"])
def test_what_brings_a_lead_and_a_contact_together_is_the_rule_for_leads(contacts: Rule) -> None:
    """Whichever of the two came first."""
    settings = MergeSettings(integration_contacts=contacts, integration_leads="email")
    given(LEAD, settings=settings).when(RECORD).then(
        merged("c1", "c2", RECORD, rule="email", because="email_matched", matched=[email(EMAIL)])
    )
    given(RECORD, settings=settings).when(LEAD).then(
        merged("c1", "c2", LEAD, rule="email", because="email_matched", matched=[email(EMAIL)])
    )


def test_a_lead_that_must_not_merge_does_not_whichever_came_first() -> None:
    settings = MergeSettings(integration_contacts="phone", integration_leads="never")
    given(LEAD, settings=settings).when(RECORD).then(
        imported(
            "c2",
            RECORD,
            rule="phone",
            because="no_candidate_met_the_rule",
            lost={"c1": "rule_is_never"},
        )
    )
    given(RECORD, settings=settings).when(LEAD).then(
        imported("c2", LEAD, rule="never", because="rule_is_never")
    )


def test_a_contact_that_may_not_be_joined_does_not_keep_a_record_from_its_lead() -> None:
    """Contacts never merge with contacts here, leads do: the contact is recorded as the other."""
    settings = MergeSettings(integration_contacts="never", integration_leads="phone")
    contact = entered("api", "Contact", [JOHN])
    given(LEAD, contact, settings=settings).when(RECORD).then(
        merged_by_phone("c1", "c3", RECORD, lost={"c2": "rule_is_never"})
    )


@pytest.mark.parametrize("leads", ["phone", "email", "phone_and_email", "never"])
def test_csv_asks_no_setting(leads: Rule) -> None:
    settings = MergeSettings(integration_contacts=leads, integration_leads=leads)
    row = csv_row("Row", [ROW], [EMAIL])
    given(LEAD, settings=settings).when(row).then(
        merged("c1", "c2", row, rule="csv", because="email_matched", matched=[email(EMAIL)])
    ).shows("c1", kind="contact", name="Row", phones=[JOHN, ROW], emails=[EMAIL])


def test_a_lead_that_merges_into_a_contact_leaves_it_a_contact() -> None:
    given(RECORD).when(LEAD).then(merged_by_phone("c1", "c2", LEAD)).shows(
        "c1", kind="contact", name="Lead", phones=[JOHN], emails=[EMAIL]
    )


def test_what_became_a_contact_is_one_for_the_next_lead() -> None:
    other = hubspot_lead("2", "Other lead", [JOHN])
    given(LEAD, RECORD).when(other).then(merged_by_phone("c1", "c3", other))
