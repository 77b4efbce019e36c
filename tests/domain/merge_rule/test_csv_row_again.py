"""A csv row that comes again: docs/rules.md, "The merge rule".

It has no `external_id`: rows are the same if their identifiers, as sets, and attributes are equal.
"""

import pytest

from domain.records import Record
from tests.domain.merge_rule.expected import merged
from tests.given_when_then import given
from tests.messages import (
    JOHN,
    JOHN_TOO,
    MARY,
    ROW,
    Withdrawal,
    csv_row,
    day,
    entered,
    hubspot_contact,
    phone,
)

A_ROW = csv_row("John J", [JOHN, ROW], ["john@b.test"], company="Acme")


def test_the_same_row_changes_nothing() -> None:
    given(A_ROW).when(A_ROW).then().contacts("c1")


@pytest.mark.parametrize(
    "same",
    [
        csv_row("John J", [ROW, JOHN], ["john@b.test"], company="Acme"),
        csv_row("John J", ["319-555-5677", "(712) 555-3956"], ["JOHN@b.test"], company="Acme"),
        csv_row("John J", [JOHN, ROW, JOHN], ["john@b.test", "john@b.test"], company="Acme"),
        csv_row(" John J ", [JOHN, ROW], ["john@b.test"], company="Acme", title=" "),
        csv_row("John J", [JOHN, ROW, "n/a"], ["john@b.test", ""], company="Acme"),
    ],
    ids=["order", "writing", "repeats", "blanks", "not matchable"],
)
def test_a_row_is_the_same_with_the_same_identifiers_as_sets_and_the_same_attributes(
    same: Record,
) -> None:
    given(A_ROW).when(same).then().contacts("c1")


@pytest.mark.parametrize(
    "other",
    [
        csv_row("John J", [JOHN], ["john@b.test"], company="Acme"),
        csv_row("John J", [JOHN, ROW, MARY], ["john@b.test"], company="Acme"),
        csv_row("John J", [JOHN, ROW], None, company="Acme"),
        csv_row("John", [JOHN, ROW], ["john@b.test"], company="Acme"),
        csv_row("John J", [JOHN, ROW], ["john@b.test"]),
        csv_row("John J", [JOHN, ROW], ["john@b.test"], company="Acme", title="Chef"),
        csv_row("John J", [JOHN, ROW], ["john@b.test"], firm="Acme"),
    ],
    ids=["one less", "one more", "no email", "name", "attribute less", "attribute more", "column"],
)
def test_any_other_row_is_matched(other: Record) -> None:
    matched = [each for each in other.identifiers if each in A_ROW.identifiers]
    given(A_ROW).when(other).then(
        merged("c1", "c2", other, rule="csv", because="phone_matched", matched=matched)
    )


def test_it_changes_nothing_whatever_came_since() -> None:
    """Not even if a newer value is shown now, or another contact holds one of its numbers."""
    later = csv_row("Johnny", [JOHN, JOHN_TOO])
    other = entered("api", "Jim", [JOHN])
    given(A_ROW, later, other).when(A_ROW).then().shows(
        "c1",
        name="Johnny",
        phones=[JOHN, ROW, JOHN_TOO],
        emails=["john@b.test"],
        company="Acme",
    )


def test_a_row_that_merged_is_known_in_the_survivor() -> None:
    given(entered("api", "John", [JOHN]), A_ROW).when(A_ROW).then().contacts("c1")


def test_a_row_is_compared_with_csv_records_only() -> None:
    row = csv_row("John", [JOHN])
    given(entered("api", "John", [JOHN])).when(row).then(
        merged("c1", "c2", row, rule="csv", because="phone_matched", matched=[phone(JOHN)])
    )


def test_two_rows_that_differ_in_one_letter_are_both_known_afterwards() -> None:
    other = csv_row("John I", [JOHN, ROW], ["john@b.test"], company="Acme")
    given(A_ROW, other).when(A_ROW).then().when(other).then()


def test_a_row_stays_known_when_another_record_leaves_its_contact() -> None:
    record = hubspot_contact("1", "John", [JOHN], updated_at=day(1))
    given(record, A_ROW, Withdrawal("1")).when(A_ROW).then().contacts("c1")
