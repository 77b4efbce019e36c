"""Numbers that were typed for want of one: docs/rules.md, "Identifiers"."""

import pytest

from domain.activities import CallSent, called, read_activity
from domain.identifiers import ContactPoint, Identifier, identifiers_of, read_phones
from domain.phones import is_placeholder, read_caller
from domain.records import ValueRefused, read_record
from tests.messages import NOON


@pytest.mark.parametrize(
    ("written", "region", "canonical"),
    [
        ("1111111111", "US", "+11111111111"),
        ("222-222-2222", "US", "+12222222222"),
        ("07777 777777", "GB", "+447777777777"),
        ("123 456 7890", "US", "+11234567890"),
        ("0123456789", "DE", "+49123456789"),
        ("1234567", "EE", "+3721234567"),
        ("222-222-2222 x5", "US", "+12222222222;ext=5"),
    ],
)
def test_a_placeholder_is_shown_and_is_not_matchable(
    written: str, region: str, canonical: str
) -> None:
    (point,) = read_phones([(written, None)], region)
    assert point == ContactPoint(written, canonical, region=region)
    assert is_placeholder(canonical)
    assert not point.matchable
    assert identifiers_of([point]) == (Identifier("phone_placeholder", canonical),)


@pytest.mark.parametrize(
    ("written", "region"),
    [("222-222-2223", "US"), ("234 567 8901", "US"), ("02345678", "CH"), ("123 456 7891", "US")],
)
def test_other_numbers_are_none(written: str, region: str) -> None:
    (point,) = read_phones([(written, None)], region)
    assert point.canonical is None or not is_placeholder(point.canonical)


@pytest.mark.parametrize("value", ["n/a", "", "+", "+1", "a@b.test", "+1@b.test", "+\u0967"])
def test_any_text_may_be_asked(value: str) -> None:
    assert not is_placeholder(value)


def test_a_row_with_a_placeholder_alone_is_rejected() -> None:
    with pytest.raises(ValueRefused, match="no phone and no email"):
        read_record(source="csv", region="US", name="Ann", phones=["1111111111"])


def test_a_callers_placeholder_must_be_a_valid_number() -> None:
    assert read_caller("07777 777777", "GB") == "+447777777777"
    assert read_caller("1111111111", "US") is None
    sent = CallSent(direction="inbound", number="1111111111", status="missed", started_at=NOON)
    assert called(read_activity(sent, region="US", now=NOON)) is None
