"""Properties of canonical forms, for values near the limits of what is valid."""

from string import ascii_lowercase, digits

import email_validator
import phonenumbers
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from domain.cells import split_cell
from domain.emails import canonical_email
from domain.phones import canonical_phone

email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()  # see domain/emails.py
REGIONS = [None, *sorted(phonenumbers.SUPPORTED_REGIONS)]
COUNTRY_CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)

extension = st.one_of(
    st.just(""), st.text(digits, min_size=1, max_size=8).map(lambda each: f";ext={each}")
)
written_phone = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["+", "00", "0", "", " (0) ", "+00"]),
    st.sampled_from(["", *COUNTRY_CODES]),
    st.text(digits + "0 -", min_size=2, max_size=15),
    extension,
)


@settings(deadline=None)
@given(written_phone, st.sampled_from(REGIONS), st.sampled_from(REGIONS))
@example("319-555-5677 x12", "US", None)
@example("002972041736", "CO", None)
@example("+598009508", None, None)
@example("0499872142", "IM", None)
@example("028682", "CX", None)
def test_the_canonical_form_of_a_phone_is_its_own_in_every_region(
    written: str, region: str | None, other: str | None
) -> None:
    """If a user types in a number as a page or a setting shows it, it is the same number."""
    canonical = canonical_phone(written, region)
    if canonical is not None:
        assert canonical_phone(canonical, other) == canonical


@settings(deadline=None)
@given(st.text(max_size=30), st.sampled_from(REGIONS))
def test_any_text_is_a_phone_in_e164_or_none(written: str, region: str | None) -> None:
    canonical = canonical_phone(written, region)
    if canonical is not None:
        number, _, extension_digits = canonical.partition(";ext=")
        assert number[0] == "+"
        assert number.isascii()
        assert number[1:].isdecimal()
        assert len(number) <= 18
        assert extension_digits.isdecimal() or ";" not in canonical


local_part = st.text(
    ascii_lowercase + "AZ09._+-'!%\u00df\u00d3\u212a\u017f", min_size=1, max_size=12
)
label = st.one_of(
    st.text(ascii_lowercase + "AZ09-", min_size=1, max_size=8),
    st.text("ab-", min_size=3, max_size=6),
    st.builds("{}--{}".format, st.text("abx1", min_size=1, max_size=3), st.text("a1", max_size=3)),
    st.text("abxn-019", max_size=6).map(lambda each: f"xn--{each}"),
    st.sampled_from(["xn--mnchen-3ya", "m\u00fcnchen", "a" * 62, "a" * 63, "a" * 64, "a_b", ""]),
)
last_label = st.one_of(
    label,
    st.sampled_from(["com", "test", "c", "local", "c1", "1", "1c", "xn--p1ai", "arpa", "a" * 63]),
)
written_email = st.one_of(
    st.builds("{}@{}.{}".format, local_part, label, last_label),
    st.builds("{}@{}.{}.{}".format, local_part, label, label, last_label),
    st.builds("{}@{}".format, st.sampled_from(["a" * 56, "a" * 57, "a" * 64]), last_label),
    st.emails(),
)


@settings(deadline=None)
@given(written_email)
@example("a@ab--c.test")
@example("a@xn--a.test")
@example("\u017f@b.test")
def test_the_canonical_form_of_an_email_is_its_own(written: str) -> None:
    canonical = canonical_email(written)
    if canonical is not None:
        assert canonical_email(canonical) == canonical


@settings(max_examples=400, deadline=None)
@given(written_email)
@example("a@ab--c.test")
@example("a@xn--a.test")
@example("a@xn--mnchen-3ya.test")
@example("a@-b.test")
@example("a@b-.test")
@example("a@b.1c")
@example("a@b.c1")
@example(f"a@{'b' * 56}.test")
@example(f"{'a' * 58}@b.test")
def test_an_email_is_what_email_validator_says_in_lower_case(written: str) -> None:
    """Most addresses never reach the library; the result must be the same as with it."""
    assume(written[0] not in "'\"`" and written[-1] != ".")  # These are taken off.
    try:
        address = email_validator.validate_email(written, check_deliverability=False)
    except email_validator.EmailNotValidError:
        expected = None
    else:
        expected = f"{address.local_part.casefold()}@{address.ascii_domain.lower()}"
    assert canonical_email(written) == expected


@settings(deadline=None)
@given(st.lists(st.sampled_from(["319-555-5677", "a@b.test", "n/a", "1234567"]), max_size=5))
@pytest.mark.parametrize("separator", [";", ",", " ::: ", "\n"])
def test_values_that_were_joined_are_split_again(separator: str, values: list[str]) -> None:
    assert split_cell(separator.join(values), "US") == values
