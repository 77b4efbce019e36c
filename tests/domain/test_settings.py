"""Merge settings: docs/rules.md, "The merge rule", and how shared identifiers are listed."""

import pytest
from msgspec.structs import asdict

from domain.records import ValueRefused
from domain.settings import MergeSettings, read_settings
from tests.messages import JOHN, SWITCHBOARD, email, phone


def test_the_default_is_the_articles_policy_with_both_rules_phone() -> None:
    assert asdict(MergeSettings()) == {
        "policy": "per_source",
        "integration_leads": "phone",
        "integration_contacts": "phone",
        "rule": "phone",
        "shared_identifiers": (),
        "default_region": None,
    }


def test_shared_identifiers_are_listed_in_canonical_form_without_repeats() -> None:
    written = ("319-555-0199", "Info@B.test", "+1 319 555 0199", "info@b.test")
    settings = read_settings(MergeSettings(default_region="US", shared_identifiers=written))
    assert settings == MergeSettings(
        default_region="US", shared_identifiers=(SWITCHBOARD, "info@b.test")
    )


def test_settings_that_were_read_read_as_themselves() -> None:
    """In any region: a switchboard stays the same when the region changes."""
    settings = MergeSettings(
        default_region="GB", rule="never", shared_identifiers=(f"{SWITCHBOARD};ext=1", "a+x@b.test")
    )
    assert read_settings(settings) == settings


@pytest.mark.parametrize("value", ["n/a", "", "a@@b", "319-555-0199", "0000"])
def test_a_shared_identifier_that_is_none_is_refused_by_its_value(value: str) -> None:
    with pytest.raises(ValueRefused, match=f"^shared_identifiers: `{value}`"):
        read_settings(MergeSettings(shared_identifiers=("info@b.test", value)))


@pytest.mark.parametrize("region", ["UK", "us", "", "USA", "001"])
def test_a_region_that_is_none_is_refused_by_its_name(region: str) -> None:
    with pytest.raises(ValueRefused, match=f"^default_region: `{region}`"):
        read_settings(MergeSettings(default_region=region))


def test_an_identifier_is_shared_only_as_it_is_listed() -> None:
    settings = MergeSettings(shared_identifiers=(SWITCHBOARD, "info@b.test"))
    assert settings.is_shared(phone(SWITCHBOARD))
    assert settings.is_shared(email("info@b.test"))
    assert not settings.is_shared(phone(JOHN))
    assert not settings.is_shared(phone(f"{SWITCHBOARD};ext=12"))
    assert not settings.is_shared(email("info+x@b.test"))


def test_settings_cannot_be_changed_in_place() -> None:
    with pytest.raises(AttributeError):
        MergeSettings().rule = "never"  # type: ignore[misc]
