"""What an admin may set: each field is checked and named."""

from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import asdict

from application.commands.change_settings import change_settings, checked_settings
from application.commands.receive_records import receive_records
from application.reads.merges import merges_resting_on
from application.refusals import Refused
from domain.settings import MergeSettings
from infrastructure.account_log.log import EventLog
from tests.messages import ADMIN, SWITCHBOARD, csv_row, hubspot_contact


@pytest.mark.parametrize("rule", ["phone", "email", "phone_and_email", "never"])
@pytest.mark.parametrize("field", ["integration_leads", "integration_contacts", "rule"])
def test_each_of_the_four_rules_is_taken_for_each(field: str, rule: str) -> None:
    assert asdict(checked_settings({field: rule})) == {**asdict(MergeSettings()), field: rule}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"integration_leads": "always"}, "integration_leads"),
        ({"integration_contacts": "Phone"}, "integration_contacts"),
        ({"rule": ""}, "rule"),
        ({"rule": None}, "rule"),
        ({"policy": "local"}, "policy"),
        ({"default_region": "UK"}, "default_region"),
        ({"default_region": 1}, "default_region"),
        ({"integration_lead": "phone"}, "integration_lead"),
        ({"shared_identifiers": "info@b.test"}, "shared_identifiers"),
        ({"shared_identifiers": ["n/a"]}, "shared_identifiers"),
        ({"shared_identifiers": [None]}, "shared_identifiers[0]"),
    ],
)
def test_anything_else_is_refused_by_name(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(Refused) as refused:
        checked_settings(fields)
    assert str(refused.value).startswith(f"{named}: ")
    assert "\n" not in str(refused.value)


def test_fields_that_are_not_given_stay_as_they_are(log: EventLog) -> None:
    with log.writing() as work:
        before, version = work.settings, work.settings_version
    changed = change_settings(log, {"integration_leads": "email"}, by=ADMIN)
    assert asdict(changed) == {**asdict(before), "integration_leads": "email"}
    with log.writing() as work:
        assert (work.settings, work.settings_version) == (changed, version + 1)


def test_values_are_shared_and_unshared_beside_the_others(log: EventLog) -> None:
    change_settings(log, {"shared_identifiers": [SWITCHBOARD]}, by=ADMIN)
    more = change_settings(log, {}, share=["(319) 555-0177", "Info@Oak.test"], by=ADMIN)
    assert more.shared_identifiers == (SWITCHBOARD, "+13195550177", "info@oak.test")
    fewer = change_settings(log, {}, share=[SWITCHBOARD], unshare=["319 555 0177"], by=ADMIN)
    assert fewer.shared_identifiers == (SWITCHBOARD, "info@oak.test")


@pytest.mark.parametrize(
    ("value", "reason"),
    [("(319) 555-0166", "is not shared"), ("n/a", "is not a valid phone number or email")],
)
def test_what_is_not_shared_cannot_be_unshared(log: EventLog, value: str, reason: str) -> None:
    before = log.verify().events
    with pytest.raises(Refused) as refused:
        change_settings(log, {}, unshare=[value], by=ADMIN)
    assert str(refused.value) == f"shared_identifiers: `{value}` {reason}"
    assert log.verify().events == before


def test_setting_what_is_set_already_is_not_recorded(log: EventLog) -> None:
    before = log.verify().events
    change_settings(log, {"shared_identifiers": [SWITCHBOARD, "+1 319 555 0199"]}, by=ADMIN)
    assert log.verify().events == before


def test_a_refused_change_changes_nothing(log: EventLog) -> None:
    before = log.verify().head
    with pytest.raises(Refused, match="rule"):
        change_settings(log, {"integration_leads": "email", "rule": "always"}, by=ADMIN)
    assert log.verify().head == before


def test_declaring_an_identifier_shared_lists_every_past_merge_that_rested_on_it_alone(
    log: EventLog,
) -> None:
    """Newest first, without merges that another identifier would also have caused."""
    desk, info, own = "+13195550188", "info@acme.test", "+13195550177"
    received = receive_records(
        log,
        [
            hubspot_contact("10", "Reception", [desk, own], [info]),
            csv_row("By the desk alone", [desk]),
            csv_row("By its own number too", [desk, own]),
            csv_row("By the address alone", ["+13195550166"], [info]),
        ],
        by=ADMIN,
    )
    _, by_desk, _, by_info = (each.merge_id for each in received)
    shared = change_settings(log, {"shared_identifiers": [desk, info]}, by=ADMIN).shared_identifiers
    with log.reading() as reading:

        def resting(of: Sequence[str], newly: Sequence[str]) -> list[str | None]:
            return [each.event.merge_id for each in merges_resting_on(reading, of, newly)]

        assert resting(shared, [info, desk]) == [by_info, by_desk]
        assert resting(shared, [desk]) == [by_desk]
        assert resting([desk], [desk]) == [by_desk]
        assert resting([own], [own]) == []
        assert {each.outcome for each in received[1:]} == {"merged"}
