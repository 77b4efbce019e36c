"""A cell of a workbook becomes the text that its owner sees, and a phone loses no digit."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastructure.formats.xlsx_text import CellValue, shown, unescaped

PHONE = "[<=9999999]###-####;(###) ###-####"
FRENCH = '0#" "##" "##" "##" "##'
ACCOUNTS = r'_(* #,##0.00_);_(* \(#,##0.00\);_(* "-"??_);_(@_)'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (493055501740, "493055501740"),
        (14155552673.0, "14155552673"),
        (4.9305550174e11, "493055501740"),
        (123456789012345680000.0, "123456789012345680000"),
        (12345678901234567890, "12345678901234567890"),
        (10**25, "1" + "0" * 25),
        (0.1 + 0.2, "0.3"),
        (1e-7, "0.0000001"),
        (-2.50, "-2.5"),
        (0, "0"),
        (-0.0, "0"),
        (1e21, "1e+21"),
        (float("inf"), ""),
        (float("nan"), ""),
    ],
)
def test_a_number_shows_all_its_digits(value: float, text: str) -> None:
    assert shown(value) == text


@given(st.integers(-(10**21), 10**21))
def test_whole_numbers_are_never_cut(value: int) -> None:
    assert shown(value) == shown(value, "0") == shown(value, "#,##0") == str(value)


@pytest.mark.parametrize(
    ("number_format", "value", "text"),
    [
        ("0000000000", 305550174, "0305550174"),
        ("0000000000", 14155552673, "14155552673"),
        ('"+"0', 14155552673.0, "+14155552673"),
        ("+0", 14155552673, "+14155552673"),
        (r"\+0", 14155552673, "+14155552673"),
        ('"+"General', 14155552673, "+14155552673"),
        ('"00"0', 4930555, "004930555"),
        ("000-000-0000", 3195555677, "319-555-5677"),
        ("000-000-0000", 13195555677, "1319-555-5677"),
        ("(000) 000-0000", 3195555677, "(319) 555-5677"),
        (r"###\-###\-####;@", 3195555677, "319-555-5677"),
        (PHONE, 5555677, "555-5677"),
        (PHONE, 3195555677, "(319) 555-5677"),
        (FRENCH, 612345678, "06 12 34 56 78"),
        ('+###" "###" "###" "###', 420777123456, "+420 777 123 456"),
        ("0#", 305550174, "305550174"),
        ("0#", 5, "05"),
        ("#", 0, ""),
        ("#,##0", 14155552673, "14155552673"),
        ("0,", 14155552673, "14155552673"),
    ],
)
def test_the_format_of_a_phone_is_applied(number_format: str, value: float, text: str) -> None:
    assert shown(value, number_format) == text


@pytest.mark.parametrize(
    ("number_format", "value", "text"),
    [
        ("0.00", 12, "12.00"),
        ("0.00", 12.345, "12.35"),
        ("0.00", -0.001, "0.00"),
        ("0", 12.7, "13"),
        ("#.##", 12.5, "12.5"),
        ("#.##", 12, "12"),
        (".00", 12.5, "12.50"),
        ("0%", 0.12, "12%"),
        ("0.0%", 0.125, "12.5%"),
        ("0.00E+00", 493055501740, "493055501740"),
        ("##0.0E+0", 1.5, "1.5"),
        ("# ?/?", 1.5, "1.5"),
        ("[$\u20ac-407]\\ 0.00", 15, "\u20ac 15.00"),
        ("[$-407]0", 15, "15"),
        ("@", 305550174.0, "305550174"),
        ("", 5, "5"),
        ("0 items", 5, "5"),
        (ACCOUNTS, 1234.5, "1234.50"),
        (ACCOUNTS, -1234.5, "(1234.50)"),
        (ACCOUNTS, 0, "-"),
    ],
)
def test_any_other_number(number_format: str, value: float, text: str) -> None:
    assert shown(value, number_format) == text


@pytest.mark.parametrize(
    ("number_format", "value", "text"),
    [
        ("0;-0;;@", 0, ""),
        ("0;-0;;@", 3, "3"),
        ("0;-0;;@", -3, "-3"),
        ("[Red]0;[Blue](0)", -5, "(5)"),
        ("[Red]0;[Blue](0)", 0, "0"),
        ('"yes";"no"', -1, "no"),
        ("[<0]0;+0", -7, "7"),
        ("[<0]0;+0", 7, "+7"),
        ("[>5]0;0.0", -7, "-7.0"),
        ("[=1]0;[=2]00", 3, "3"),
        ("[<>1]00", 3, "03"),
        ("[<<1]00", 3, "03"),
    ],
)
def test_the_section_is_chosen_by_sign_or_condition(
    number_format: str, value: float, text: str
) -> None:
    assert shown(value, number_format) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2024, 3, 1), "2024-03-01"),  # noqa: DTZ001 -- a cell has no time zone
        (datetime(2024, 3, 1, 14, 30), "2024-03-01 14:30"),  # noqa: DTZ001 -- as above
        (datetime(2024, 3, 1, 14, 30, 5), "2024-03-01 14:30:05"),  # noqa: DTZ001 -- as above
        (datetime(2024, 3, 1, 14, 29, 59, 999000), "2024-03-01 14:30"),  # noqa: DTZ001 -- as above
        (datetime(9999, 12, 31, 23, 59, 59, 999000), "9999-12-31 23:59:59"),  # noqa: DTZ001 -- same
        (date(2024, 3, 1), "2024-03-01"),
        (time(14, 30), "14:30"),
        (time(14, 30, 5), "14:30:05"),
        (timedelta(hours=26, minutes=5), "26:05"),
        (timedelta(hours=26, seconds=5), "26:00:05"),
        (-timedelta(minutes=90), "-01:30"),
    ],
)
def test_dates_and_times(value: CellValue, text: str) -> None:
    assert shown(value, "d/m/yyyy") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), ("0305550174", "0305550174"), ("#N/A", "#N/A"), (True, "TRUE"), (False, "FALSE")],
)
def test_the_format_changes_numbers_only(value: CellValue, text: str) -> None:
    assert shown(value, "000-000-0000") == text


def test_a_number_shows_at_most_thirty_decimals() -> None:
    assert shown(1.5, "0." + "0" * 100) == "1.5" + "0" * 29
    assert shown(9e20, "0." + "0" * 100 + "%") == "9" + "0" * 22 + "." + "0" * 30 + "%"


@given(st.text("0#?.,%;@\"\\_*[]$<=>E+-/ Generaldmy1'", max_size=20), st.floats() | st.integers())
def test_any_format_gives_a_text(number_format: str, value: float) -> None:
    assert isinstance(shown(value, number_format), str)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("a_x000D_b", "a\rb"),
        ("a_x000d_b", "a\rb"),
        ("_x005F_x000D_", "_x000D_"),
        ("_xD83D__xDE00_", "\U0001f600"),
        ("_xD800_", "_xD800_"),
        ("_x12_ _xyzab_ x0041_", "_x12_ _xyzab_ x0041_"),
    ],
)
def test_escaped_characters(text: str, meant: str) -> None:
    assert unescaped(text) == meant
