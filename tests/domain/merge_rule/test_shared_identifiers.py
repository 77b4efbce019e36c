"""Identifiers that many share are stored and shown, never matched: docs/rules.md, "Identifiers"."""

from domain.settings import MergeSettings, read_settings
from domain.value import replace
from tests.domain.merge_rule.expected import imported, merged
from tests.given_when_then import given
from tests.messages import (
    JOHN,
    MARY,
    SWITCHBOARD,
    csv_row,
    email,
    entered,
    hubspot_contact,
    phone,
)

INFO = "info@b.test"
SHARED = read_settings(
    MergeSettings(default_region="US", shared_identifiers=("319-555-0199", "Info@B.test"))
)


def test_they_are_stored_and_shown() -> None:
    given(settings=SHARED).when(csv_row("John", [SWITCHBOARD, JOHN], [INFO])).shows(
        "c1", name="John", phones=[SWITCHBOARD, JOHN], emails=[INFO]
    )


def test_they_match_nothing() -> None:
    row = csv_row("Mary", [SWITCHBOARD], [INFO])
    given(entered("api", "John", [SWITCHBOARD], [INFO]), settings=SHARED).when(row).then(
        imported("c2", row, rule="csv", because="only_shared_identifiers")
    )


def test_another_identifier_of_the_record_still_matches_and_is_all_that_did() -> None:
    john = entered("api", "John", [SWITCHBOARD, JOHN], [INFO])
    row = csv_row("John J", [SWITCHBOARD, JOHN], [INFO])
    given(entered("api", "Mary", [SWITCHBOARD, MARY], [INFO]), john, settings=SHARED).when(
        row
    ).then(merged("c2", "c3", row, rule="csv", because="phone_matched", matched=[phone(JOHN)]))


def test_a_shared_phone_lets_the_email_decide() -> None:
    john = entered("api", "John", [SWITCHBOARD], ["john@b.test"])
    row = csv_row("John J", [SWITCHBOARD], ["john@b.test"])
    given(john, settings=SHARED).when(row).then(
        merged("c1", "c2", row, rule="csv", because="email_matched", matched=[email("john@b.test")])
    )


def test_a_shared_phone_does_not_count_for_phone_and_email() -> None:
    settings = replace(SHARED, integration_contacts="phone_and_email")
    john = entered("api", "John", [SWITCHBOARD], ["john@b.test"])
    record = hubspot_contact("1", "John J", [SWITCHBOARD], ["john@b.test"])
    given(john, settings=settings).when(record).then(
        imported(
            "c2",
            record,
            rule="phone_and_email",
            because="no_candidate_met_the_rule",
            lost={"c1": "rule_not_met"},
        )
    )


def test_an_extension_of_a_switchboard_is_not_the_switchboard() -> None:
    desk = f"{SWITCHBOARD};ext=12"
    row = csv_row("John J", [desk])
    given(entered("api", "John", [desk]), settings=SHARED).when(row).then(
        merged("c1", "c2", row, rule="csv", because="phone_matched", matched=[phone(desk)])
    )


def test_they_match_no_longer_once_declared_and_what_was_merged_stays() -> None:
    row = csv_row("Jim", [SWITCHBOARD])
    given(csv_row("John", [SWITCHBOARD]), csv_row("Mary", [SWITCHBOARD]), SHARED).when(row).then(
        imported("c4", row, rule="csv", because="only_shared_identifiers", settings_version=2)
    ).contacts("c1", "c4")


def test_a_row_of_shared_identifiers_alone_is_a_contact_and_the_same_row_again_nothing() -> None:
    row = csv_row("Reception", [SWITCHBOARD], [INFO])
    given(row, settings=SHARED).when(row).then().contacts("c1")
