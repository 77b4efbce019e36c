"""Phones and emails keep the value as written beside the canonical form."""

from domain.identifiers import ContactPoint, Identifier, read_emails, read_phones
from domain.phone_texts import is_blank
from tests.messages import hubspot_contact

INVISIBLE = "\u200b\u2060\ufeff"


def test_a_value_is_kept_as_written_with_its_canonical_form() -> None:
    assert read_phones([("319-555-5677", "home")], "US") == (
        ContactPoint("319-555-5677", "+13195555677", "home", region="US"),
    )
    assert read_emails([("John <JOHN@b.test>", None)]) == (
        ContactPoint("John <JOHN@b.test>", "john@b.test"),
    )


def test_what_is_no_identifier_is_kept_as_written_and_has_no_canonical_form() -> None:
    assert read_phones([("n/a", None), ("3.58504E+11", None)], "US") == (
        ContactPoint("n/a", region="US"),
        ContactPoint("3.58504E+11", region="US"),
    )
    assert read_emails([("a@@b", None)]) == (ContactPoint("a@@b"),)


def test_an_empty_value_is_never_an_identifier() -> None:
    blank = [("", None), (" \t\n", "home"), (INVISIBLE, None), ("\u00a0", None)]
    assert read_phones(blank, "US") == ()
    assert read_emails(blank) == ()
    assert all(is_blank(written) for written, _ in blank)


def test_two_ways_of_writing_one_number_are_one_value_and_the_first_is_kept() -> None:
    written = [("319-555-5677", "home"), ("+1 319 555 5677", "work"), ("n/a", None), ("n/a", None)]
    assert read_phones(written, "US") == (
        ContactPoint("319-555-5677", "+13195555677", "home", region="US"),
        ContactPoint("n/a", region="US"),
    )


def test_the_region_that_a_number_was_read_by_is_kept_unless_the_number_names_its_country() -> None:
    written = [("030 5550174", None), ("+49 30 5550175", None)]
    assert [each.region for each in read_phones(written, "DE")] == ["DE", None]
    assert [each.region for each in read_phones(written, None)] == [None, None]


def test_a_number_with_an_extension_is_a_value_of_its_own() -> None:
    points = read_phones([("319-555-5677", None), ("319-555-5677 x12", None)], "US")
    assert [point.key for point in points] == ["+13195555677", "+13195555677;ext=12"]


def test_the_identifiers_of_a_record_are_its_matchable_values() -> None:
    record = hubspot_contact("1", phones=["n/a", "319-555-5677"], emails=["a@@b", "A@b.test"])
    assert record.identifiers == (
        Identifier("phone", "+13195555677"),
        Identifier("email", "a@b.test"),
    )


def test_a_phone_that_reads_like_an_email_is_not_one() -> None:
    assert hubspot_contact("1", phones=["a@b.test"]).identifiers == ()
