"""Merge settings: docs/rules.md, "The merge rule", and how shared identifiers are listed."""

from typing import Any

import pytest
from pydantic import ValidationError

from domain.settings import MergeSettings
from tests.messages import JOHN, SWITCHBOARD, email, phone


def test_the_default_is_the_articles_policy_with_both_rules_phone() -> None:
    assert MergeSettings().model_dump() == {
        "policy": "per_source",
        "integration_leads": "phone",
        "integration_contacts": "phone",
        "rule": "phone",
        "shared_identifiers": (),
        "default_region": None,
    }


@pytest.mark.parametrize("rule", ["phone", "email", "phone_and_email", "never"])
@pytest.mark.parametrize("field", ["integration_leads", "integration_contacts", "rule"])
def test_each_of_the_four_rules_is_taken_for_each(field: str, rule: str) -> None:
    assert getattr(MergeSettings.model_validate({field: rule}), field) == rule


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"integration_leads": "always"}, "integration_leads"),
        ({"integration_contacts": "Phone"}, "integration_contacts"),
        ({"rule": ""}, "rule"),
        ({"rule": None}, "rule"),
        ({"policy": "local"}, "policy"),
        ({"default_region": "UK"}, "default_region"),
        ({"default_region": "us"}, "default_region"),
        ({"default_region": ""}, "default_region"),
        ({"integration_lead": "phone"}, "integration_lead"),
        ({"shared_identifiers": "info@b.test"}, "shared_identifiers"),
    ],
)
def test_anything_else_is_refused_by_name(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(ValidationError) as refused:
        MergeSettings.model_validate(fields)
    assert [error["loc"] for error in refused.value.errors()] == [(named,)]


def test_shared_identifiers_are_listed_in_canonical_form_without_repeats() -> None:
    settings = MergeSettings(
        default_region="US",
        shared_identifiers=("319-555-0199", "Info@B.test", "+1 319 555 0199", "info@b.test"),
    )
    assert settings.shared_identifiers == (SWITCHBOARD, "info@b.test")


@pytest.mark.parametrize("value", ["n/a", "", "a@@b", "319-555-0199", "0000"])
def test_a_shared_identifier_that_is_none_is_refused_by_its_value(value: str) -> None:
    with pytest.raises(ValidationError, match=f"`{value}`"):
        MergeSettings(shared_identifiers=(value,))


def test_an_identifier_is_shared_only_as_it_is_listed() -> None:
    settings = MergeSettings(shared_identifiers=(SWITCHBOARD, "info@b.test"))
    assert settings.is_shared(phone(SWITCHBOARD))
    assert settings.is_shared(email("info@b.test"))
    assert not settings.is_shared(phone(JOHN))
    assert not settings.is_shared(phone(f"{SWITCHBOARD};ext=12"))
    assert not settings.is_shared(email("info+x@b.test"))


def test_settings_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValidationError):
        MergeSettings().rule = "never"  # type: ignore[misc]
