"""A cell that holds several values: docs/rules.md, "Identifiers"."""

import pytest

from domain.identifiers import canonical_phone, split_cell


@pytest.mark.parametrize(
    "cell",
    [
        "319-555-5677;319-555-4929",
        "319-555-5677; 319-555-4929",
        "319-555-5677,319-555-4929",
        "319-555-5677 , 319-555-4929",
        "319-555-5677 ::: 319-555-4929",
        "319-555-5677\n319-555-4929",
        "319-555-5677\r\n319-555-4929",
        "319-555-5677\r319-555-4929",
        "319-555-5677\u2028319-555-4929",
        ";319-555-5677;;319-555-4929;",
        "\n319-555-5677\n\n319-555-4929\n",
    ],
)
def test_a_cell_is_split(cell: str) -> None:
    assert split_cell(cell) == ["319-555-5677", "319-555-4929"]


def test_emails_are_split_alike() -> None:
    assert split_cell("a@b.test ::: c@d.test;e@f.test") == ["a@b.test", "c@d.test", "e@f.test"]


@pytest.mark.parametrize("cell", ["", " ", ";", " ; , \n", " ::: "])
def test_an_empty_cell_holds_nothing(cell: str) -> None:
    assert split_cell(cell) == []


@pytest.mark.parametrize("cell", ["319-555-5677", "319 555 5677", "319:::5677", "a:b", "319/555"])
def test_nothing_else_splits(cell: str) -> None:
    assert split_cell(cell) == [cell]


@pytest.mark.parametrize(
    ("cell", "canonical"),
    [
        ("319-555-5677;ext=12", ["+13195555677;ext=12"]),
        ("319-555-5677; ext=12", ["+13195555677;ext=12"]),
        ("319-555-5677;EXT=12", ["+13195555677;ext=12"]),
        ("319-555-5677;ext = 12", ["+13195555677;ext=12"]),
        ("319-555-5677;isub=12", ["+13195555677"]),
        ("319-555-5677;ISUB=12", ["+13195555677"]),
        ("319-555-5677;ext=12;isub=7", ["+13195555677;ext=12"]),
        ("319-555-5677;isub=7;ext=12", ["+13195555677;ext=12"]),
        ("442012345678;isub=7", ["+442012345678"]),
        ("319-555-5677;1", ["+13195555677;ext=1"]),
        ("319-555-5677;123456", ["+13195555677;ext=123456"]),
        ("319-555-5677;12;319-555-4929;34", ["+13195555677;ext=12", "+13195554929;ext=34"]),
        ("319-555-5677;ext=12,319-555-4929", ["+13195555677;ext=12", "+13195554929"]),
    ],
)
def test_an_extension_after_a_semicolon_belongs_to_the_number_before(
    cell: str, canonical: list[str]
) -> None:
    assert [canonical_phone(value, "US") for value in split_cell(cell)] == canonical


def test_seven_digits_after_a_semicolon_are_a_number_of_their_own() -> None:
    assert split_cell("319-555-5677;1234567") == ["319-555-5677", "1234567"]


@pytest.mark.parametrize("separator", [",", " ::: ", "\n"])
@pytest.mark.parametrize("part", ["ext=12", "isub=12", "123456"])
def test_only_a_semicolon_joins(separator: str, part: str) -> None:
    assert split_cell(f"319-555-5677{separator}{part}") == ["319-555-5677", part]


def test_without_a_number_before_it_nothing_is_joined() -> None:
    assert split_cell(";ext=12") == ["ext=12"]
    assert split_cell("123456;ext=12") == ["123456;ext=12"]


def test_an_email_is_no_number_that_digits_could_belong_to() -> None:
    assert split_cell("a@b.test;12") == ["a@b.test", "12"]
