"""Settings over time: docs/rules.md, "The merge rule": a setting applies to what comes after it."""

from domain.events import MergeSettingsChanged
from domain.settings import MergeSettings
from tests.domain.merge_rule.expected import imported, merged, merged_by_phone
from tests.given_when_then import given
from tests.messages import ADMIN, JOHN, hubspot_contact, hubspot_lead, phone

NEVER = MergeSettings(integration_contacts="never", integration_leads="never")
FIRST = hubspot_contact("1", "First", [JOHN])
SECOND = hubspot_contact("2", "Second", [JOHN])


def test_by_default_both_rules_are_phone() -> None:
    lead = hubspot_lead("3", "Lead", [JOHN])
    given(FIRST).when(SECOND).then(merged_by_phone("c1", "c2", SECOND)).when(lead).then(
        merged_by_phone("c1", "c3", lead)
    )


def test_changing_them_merges_nothing_by_itself() -> None:
    by_phone = MergeSettings()
    given(FIRST, SECOND, settings=NEVER).when(by_phone).then(
        MergeSettingsChanged(settings=by_phone, version=2, by=ADMIN)
    ).contacts("c1", "c2")


def test_changing_them_splits_nothing_by_itself() -> None:
    given(FIRST, SECOND).contacts("c1").when(NEVER).contacts("c1")


def test_the_decision_names_the_version_that_governed_it() -> None:
    third = hubspot_contact("3", "Third", [JOHN])
    given(FIRST, NEVER).when(SECOND).then(
        imported("c3", SECOND, rule="never", because="rule_is_never", settings_version=2)
    )
    given(FIRST, NEVER, MergeSettings()).when(third).then(
        merged(
            "c1",
            "c4",
            third,
            rule="phone",
            because="phone_matched",
            matched=[phone(JOHN)],
            settings_version=3,
        )
    )


def test_a_record_sent_again_after_a_change_is_not_matched_by_the_new_setting() -> None:
    again = hubspot_contact("2", "Second again", [JOHN])
    given(FIRST, SECOND, MergeSettings(), settings=NEVER).when(again).contacts("c1", "c2").shows(
        "c2", name="Second again", phones=[JOHN]
    )
