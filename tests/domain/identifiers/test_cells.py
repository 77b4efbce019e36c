"""A cell that holds several values: docs/rules.md, "Identifiers"."""

from time import process_time

import pytest

from domain.cells import split_cell
from domain.phones import canonical_phone, read_phone

OR_AND = [
    " oder ",
    " ou ",
    " y ",
    " e ",
    " lub ",
    " \u00e9s ",
    " \u0438\u043b\u0438 ",
    " \u0623\u0648 ",
]


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
        "319-555-5677\u3001319-555-4929",
        "319-555-5677\uff1b319-555-4929",
        "319-555-5677\u060c 319-555-4929",
        "\n319-555-5677\n\n319-555-4929\n",
    ],
)
def test_a_cell_is_split(cell: str) -> None:
    assert split_cell(cell, "US") == ["319-555-5677", "319-555-4929"]


def test_emails_are_split_alike() -> None:
    assert split_cell("a@b.test ::: c@d.test;e@f.test", "US") == [
        "a@b.test",
        "c@d.test",
        "e@f.test",
    ]


@pytest.mark.parametrize("cell", ["", " ", ";", " ; , \n", " ::: "])
def test_an_empty_cell_holds_nothing(cell: str) -> None:
    assert split_cell(cell, "US") == []


@pytest.mark.parametrize("cell", ["319-555-5677", "319 555 5677", "319:::5677", "a:b", "319/555"])
def test_nothing_else_splits(cell: str) -> None:
    assert split_cell(cell, "US") == [cell]


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
    assert [canonical_phone(value, "US") for value in split_cell(cell, "US")] == canonical


def test_seven_digits_after_a_semicolon_are_a_number_of_their_own() -> None:
    assert split_cell("319-555-5677;1234567", "US") == ["319-555-5677", "1234567"]


@pytest.mark.parametrize("separator", [",", " ::: ", "\n", "|"])
def test_six_digits_after_anything_else_are_a_number_of_their_own(separator: str) -> None:
    assert split_cell(f"319-555-5677{separator}123456", "US") == ["319-555-5677", "123456"]


@pytest.mark.parametrize("separator", [";", ",", ", ", "; ", " ::: ", "\n", "|"])
@pytest.mark.parametrize("part", ["ext=12", "ext. 12", "x12", "x 12", "#12", "Durchwahl 12"])
def test_a_marked_extension_belongs_to_the_number_before(separator: str, part: str) -> None:
    (value,) = split_cell(f"319-555-5677{separator}{part}", "US")
    assert canonical_phone(value, "US") == "+13195555677;ext=12"


def test_a_subaddress_belongs_to_the_number_before() -> None:
    (value,) = split_cell("319-555-5677,isub=12", "US")
    assert canonical_phone(value, "US") == "+13195555677"


def test_pauses_dial_an_extension() -> None:
    (value,) = split_cell("319-555-5677,,101", "US")
    assert canonical_phone(value, "US") == "+13195555677;ext=101"


@pytest.mark.parametrize("mark", [" / ", " or ", " & ", " and ", " OR ", "|", *OR_AND])
def test_two_valid_numbers_are_two_values(mark: str) -> None:
    cell = f"319-555-5677{mark}319-555-4929"
    assert split_cell(cell, "US") == ["319-555-5677", "319-555-4929"]


def test_a_plus_after_a_space_begins_another_number() -> None:
    both = ["+1 319-555-5677", "+49 30 5550174"]
    assert split_cell(" ".join(both), "US") == both
    assert split_cell("+1 319-555-5677 +4", "US") == ["+1 319-555-5677 +4"]


@pytest.mark.parametrize("mark", [" / ", " or ", " & ", " and ", " ", "/", *OR_AND])
def test_two_emails_are_two_values(mark: str) -> None:
    assert split_cell(f"a@b.test{mark}c@d.test", None) == ["a@b.test", "c@d.test"]


@pytest.mark.parametrize(
    "cell", ["319-555-5677 / after 5 pm", "319-555-5677 & co", "a@b.test or ask", "rock and roll"]
)
def test_what_is_no_number_or_email_on_one_side_is_not_split(cell: str) -> None:
    assert split_cell(cell, "US") == [cell]


def test_an_area_code_before_a_slash_belongs_to_the_number() -> None:
    (value,) = split_cell("06221 / 123456", "DE")
    assert canonical_phone(value, "DE") == "+496221123456"


@pytest.mark.parametrize("cell", ["030 5550174 / 75", "030 5550174 / 5"])
def test_a_short_number_after_a_slash_is_no_value(cell: str) -> None:
    (value,) = split_cell(cell, "DE")
    assert canonical_phone(value, "DE") == "+49305550174"


@pytest.mark.parametrize(
    ("cell", "values"),
    [
        ("030 5550174/030 5550175", ["030 5550174", "030 5550175"]),
        ("030/5550174/030/5550175", ["030/5550174", "030/5550175"]),
        ("030 5550174/0151 23456789/030 5550175", ["030 5550174", "0151 23456789", "030 5550175"]),
        ("030 5550174 oder 030 5550175/0151 23456789", None),
        ("+49 30 5550174/+49 30 5550175", ["+49 30 5550174", "+49 30 5550175"]),
        ("030/5550174", ["030/5550174"]),
        ("0151/234/56789", ["0151/234/56789"]),
        ("030 5550174/75", ["030 5550174/75"]),
        ("030 5550174/nach 17 Uhr 12345", ["030 5550174/nach 17 Uhr 12345"]),
    ],
)
def test_a_slash_separates_two_numbers_that_are_not_one(
    cell: str, values: list[str] | None
) -> None:
    three = ["030 5550174", "030 5550175", "0151 23456789"]
    assert split_cell(cell, "DE") == (values or three)


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        (
            "H: 202-555-0134 C: 202-555-0156",
            [("+12025550134", "H"), ("+12025550156", "C")],
        ),
        (
            "Home 202-555-0134 Work 202-555-0156 ext. 12",
            [("+12025550134", "Home"), ("+12025550156;ext=12", "Work")],
        ),
        ("202-555-0134 Cell 202-555-0156", [("+12025550134", None), ("+12025550156", "Cell")]),
        (
            "202-555-0134 (home) 202-555-0156 (work)",
            [("+12025550134", "home"), ("+12025550156", "work")],
        ),
        ("H: 202-555-0134/C: 202-555-0156", [("+12025550134", "H"), ("+12025550156", "C")]),
        ("Tel 202-555-0134 Fax 202-555-0156", [("+12025550134", "Tel"), (None, None)]),
        ("T: 202-555-0134 F: 202-555-0156", [("+12025550134", "T"), (None, None)]),
        ("T +1 202-555-0134 M +1 202-555-0156", [("+12025550134", "T"), ("+12025550156", "M")]),
        ("202-555-0134 / Fax: 202-555-0156", [("+12025550134", None), (None, None)]),
        (
            "Tel 202/555-0134 Mobile 202/555-0156",
            [("+12025550134", "Tel"), ("+12025550156", "Mobile")],
        ),
        ("202-555-0134 work", [("+12025550134", "work")]),
        ("202-555-0134 P: 12", [("+12025550134;ext=12", None)]),
        ("Work 202-555-0134 cell 0156", [(None, "Work")]),
        ("202-555-0134 ask 202-555-0156", [(None, None)]),
    ],
)
def test_a_label_between_two_numbers_separates_them(
    cell: str, read: list[tuple[str | None, str | None]]
) -> None:
    assert [read_phone(value, "US") for value in split_cell(cell, "US")] == read


@pytest.mark.parametrize("cell", ["4,93E+11", "4,9305550174E+11", "4,93e+11", "4.93E+11"])
def test_the_comma_in_a_number_that_a_spreadsheet_shortened_does_not_separate(cell: str) -> None:
    assert split_cell(cell, "DE") == [cell]
    assert split_cell(f"{cell}; 030 5550174, 030 5550175", "DE")[0] == cell
    assert canonical_phone(cell, "DE") is None


@pytest.mark.parametrize("cell", ["Doe, Ann <ann@oak.test>", "Ann Doe <ann@oak.test>"])
def test_a_comma_belongs_to_the_name_before_an_email(cell: str) -> None:
    assert split_cell(cell, None) == [cell]
    both = split_cell(f"{cell}, bob@oak.test; Roe, Bob <roe@oak.test>", None)
    assert both == [cell, "bob@oak.test", "Roe, Bob <roe@oak.test>"]


def test_a_bracket_without_an_email_splits_as_if_it_were_not_there() -> None:
    assert split_cell("Doe, Ann <ann, b@oak.test", None) == ["Doe", "Ann <ann", "b@oak.test"]


@pytest.mark.parametrize(
    "part",
    ["1,", "x,", "@", ";12", "<a@,", "1/", "1 a ", "1 (tel) ", "1 tel: ", "1 +1", "123456 a"],
)
def test_a_long_cell_takes_no_longer_for_its_length(part: str) -> None:
    began = process_time()
    split_cell(part * 50_000, None)
    assert process_time() - began < 2


def test_without_a_number_before_it_nothing_is_joined() -> None:
    assert split_cell(";ext=12", "US") == ["ext=12"]
    assert split_cell("123456;ext=12", "US") == ["123456;ext=12"]


def test_an_email_is_no_number_that_digits_could_belong_to() -> None:
    assert split_cell("a@b.test;12", "US") == ["a@b.test", "12"]
