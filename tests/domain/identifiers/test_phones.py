"""Phones in canonical form: docs/rules.md, "Identifiers"."""

import pytest

from domain.phones import canonical_phone, is_region


@pytest.mark.parametrize(
    ("written", "region", "canonical"),
    [
        ("319-555-5677", "US", "+13195555677"),
        ("(319) 555 5677", "US", "+13195555677"),
        ("319.555.5677", "US", "+13195555677"),
        ("1 319 555 5677", "US", "+13195555677"),
        ("020 1234 5678", "GB", "+442012345678"),
        ("06 12345678", "HU", "+3612345678"),
        ("040 1234567", "FI", "+358401234567"),
    ],
)
def test_a_phone_is_parsed_with_the_region(written: str, region: str, canonical: str) -> None:
    assert canonical_phone(written, region) == canonical


def test_the_same_digits_are_other_numbers_in_other_regions() -> None:
    assert canonical_phone("020 1234 5678", "GB") == "+442012345678"
    assert canonical_phone("020 1234 5678", "DE") == "+492012345678"


@pytest.mark.parametrize("written", ["319-555-5677", "442012345678", "13195555677"])
def test_without_a_region_a_number_that_is_not_international_is_no_identifier(written: str) -> None:
    assert canonical_phone(written, None) is None


@pytest.mark.parametrize("region", [None, "US", "GB", "DE"])
@pytest.mark.parametrize(
    "written",
    ["+442012345678", "+44 20 1234 5678", "+44 (20) 1234-5678", "\uff0b442012345678"],
)
def test_an_international_number_is_the_same_in_every_region(
    written: str, region: str | None
) -> None:
    assert canonical_phone(written, region) == "+442012345678"


@pytest.mark.parametrize("region", [None, "US", "GB", "DE"])
@pytest.mark.parametrize("written", ["00442012345678", "0044 20 1234 5678", "00 44 (20) 1234-5678"])
def test_00_stands_for_plus(written: str, region: str | None) -> None:
    assert canonical_phone(written, region) == "+442012345678"


@pytest.mark.parametrize("written", ["0044 20 1234 5678 ext 5", "0044 20 1234 5678 x5"])
@pytest.mark.parametrize("region", [None, "US", "GB"])
def test_00_stands_for_plus_before_a_number_with_an_extension(
    written: str, region: str | None
) -> None:
    assert canonical_phone(written, region) == "+442012345678;ext=5"


@pytest.mark.parametrize("region", ["US", "FR", "FI"])
def test_digits_that_are_valid_only_with_a_plus_are_read_so(region: str) -> None:
    """As phone systems send them: `442012345678`."""
    assert canonical_phone("442012345678", region) == "+442012345678"


def test_digits_that_are_valid_in_the_region_are_read_there_first() -> None:
    """The same digits are a number of Oldenburg in Germany."""
    assert canonical_phone("442012345678", "DE") == "+49442012345678"


def test_digits_that_are_valid_nowhere_are_read_in_the_region_if_possible_there() -> None:
    assert canonical_phone("123 456 7890", "US") == "+11234567890"


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("319-555-5677 x12", "+13195555677;ext=12"),
        ("319-555-5677 ext. 12", "+13195555677;ext=12"),
        ("319-555-5677;ext=12", "+13195555677;ext=12"),
        ("319-555-5677 extension 12", "+13195555677;ext=12"),
        ("+1 319 555 5677;ext=12", "+13195555677;ext=12"),
        ("442012345678;ext=12", "+442012345678;ext=12"),
        ("319-555-5677;isub=12", "+13195555677"),
    ],
)
def test_an_extension_is_part_of_the_canonical_form(written: str, canonical: str) -> None:
    assert canonical_phone(written, "US") == canonical


def test_a_number_with_and_without_an_extension_are_two_identifiers() -> None:
    assert canonical_phone("319-555-5677", "US") != canonical_phone("319-555-5677 x12", "US")
    assert canonical_phone("319-555-5677 x12", "US") != canonical_phone("319-555-5677 x13", "US")


@pytest.mark.parametrize(
    "written",
    [
        "n/a",
        "none",
        "call the office",
        "anonymous",
        "unknown",
        "-",
        "+",
        "AMAZON",
        "john@example.test",
        "",
        " ",
        "\u200b",
    ],
)
@pytest.mark.parametrize("region", [None, "US"])
def test_words_are_no_phone(written: str, region: str | None) -> None:
    assert canonical_phone(written, region) is None


@pytest.mark.parametrize(
    "written",
    ["3.58504E+11", "3,58504E+11", "3.58504e+11", "3.58504E11", "4E+11", "1.3195555677E10"],
)
@pytest.mark.parametrize("region", [None, "US", "FI"])
def test_what_a_spreadsheet_made_of_a_number_is_no_phone(written: str, region: str | None) -> None:
    assert canonical_phone(written, region) is None


@pytest.mark.parametrize(
    "written", ["0000", "0", "00", "0000000000", "000-000-0000", "+1 000 000 0000", "+39 000000"]
)
@pytest.mark.parametrize("region", [None, "US", "IT"])
def test_all_zeros_are_no_phone(written: str, region: str | None) -> None:
    assert canonical_phone(written, region) is None


@pytest.mark.parametrize(
    ("written", "region"),
    [
        ("5677", "US"),
        ("12", "US"),
        ("+1", None),
        ("+1 319 555", None),
        ("319 555 5677 5677 5677", "US"),
        ("+44 20 1234 5678 9012", None),
        pytest.param("9" * 1_001, "US", id="longer than any number"),
    ],
)
def test_too_short_or_too_long_is_no_phone(written: str, region: str | None) -> None:
    assert canonical_phone(written, region) is None


@pytest.mark.parametrize(("written", "region"), [("555-5677", "US"), ("+1 555 5677", None)])
def test_possible_as_a_local_part_only_is_no_phone(written: str, region: str | None) -> None:
    assert canonical_phone(written, region) is None


def test_a_possible_number_need_not_be_a_valid_one() -> None:
    """A number of an unused range, such as those in films, is an identifier."""
    assert canonical_phone("+1 555 555 0100", None) == "+15555550100"


@pytest.mark.parametrize(
    "written",
    [
        " 319-555-5677\t",
        "\u202a319-555-5677\u202c",
        "319\u00ad-555-5677",
        "\ufeff319-555-5677",
        "319\u00a0555\u00a05677",
        "319\u2011555\u20115677",
        "\u0663\u0661\u0669\u0665\u0665\u0665\u0665\u0666\u0667\u0667",
    ],
)
def test_how_a_phone_is_typed_does_not_count(written: str) -> None:
    assert canonical_phone(written, "US") == "+13195555677"


def test_letters_stand_for_the_digits_on_a_telephone() -> None:
    assert canonical_phone("1-800-FLOWERS", "US") == "+18003569377"


@pytest.mark.parametrize("region", ["US", "GB", "DE", "FI"])
def test_a_region_is_two_letters(region: str) -> None:
    assert is_region(region)


@pytest.mark.parametrize("region", ["", "us", "USA", "UK", "XX", "1", "001", "United States"])
def test_anything_else_is_no_region(region: str) -> None:
    assert not is_region(region)
