"""What is exported is read back by the import as it was, in every format."""

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.documents.contacts import ContactDocument, PointDocument
from domain.identifiers import ContactPoint
from domain.records import Record, ValueRefused
from infrastructure.formats.contact_file import open_contacts
from infrastructure.formats.export import write_contacts
from infrastructure.formats.rows import read_row
from infrastructure.formats.table import Format
from tests.export.contacts import CONTACTS, contact
from tests.normal_run import examples

every_format = pytest.mark.parametrize("format_", get_args(Format))


def written(folder: Path, contacts: Sequence[ContactDocument], format_: Format) -> Path:
    path = folder / "contacts"
    with path.open("wb") as file:
        write_contacts(contacts, file, format_)
    return path


def read(path: Path) -> list[Record]:
    file = open_contacts(path, region="US")
    return [read_row(row, file.columns, "US") for row in file.rows()]


def said(points: Sequence[ContactPoint] | Sequence[PointDocument]) -> list[tuple[str, str | None]]:
    return [
        (each.key if isinstance(each, ContactPoint) else each.value, plain(each.label))
        for each in points
    ]


def plain(text: str | None) -> str | None:
    """A text without the kind of its line ends, which a vCard does not keep."""
    return text and text.replace("\r\n", "\n")


@every_format
@settings(max_examples=examples(80), deadline=None)
@given(contacts=st.lists(CONTACTS, min_size=1, max_size=4))
def test_every_value_of_every_contact(
    tmp_path_factory: pytest.TempPathFactory, contacts: list[ContactDocument], format_: Format
) -> None:
    records = read(written(tmp_path_factory.getbasetemp(), contacts, format_))
    for record, exported in zip(records, contacts, strict=True):
        assert plain(record.name) == plain(exported.name)
        assert record.phones is not None
        assert record.emails is not None
        assert said(record.phones) == said(exported.phones)
        assert said(record.emails) == said(exported.emails)
        assert {plain(each): plain(value) for each, value in record.attributes.items()} == {
            plain(each): plain(attribute.value) for each, attribute in exported.attributes.items()
        }


MANY = {f"+131955{each:05}": None for each in range(600)}
NAMES = {f"attribute {each}": "x" for each in range(500)}


@every_format
def test_hundreds_of_phones_emails_and_attributes(tmp_path: Path, format_: Format) -> None:
    emails = {f"n{each}@b.test": None for each in range(600)}
    (record,) = read(written(tmp_path, [contact("Many", MANY, emails, NAMES)], format_))
    assert [each.key for each in record.phones or ()] == [*MANY]
    assert [each.key for each in record.emails or ()] == [*emails]
    assert record.attributes == NAMES


@every_format
def test_more_attributes_than_columns(tmp_path: Path, format_: Format) -> None:
    contacts = [
        contact(
            str(each), {f"+1319555{each:04}": None}, {}, {f"{each} {n}": "x" for n in range(60)}
        )
        for each in range(20)
    ]
    records = read(written(tmp_path, contacts, format_))
    assert [len(each.attributes) for each in records] == [60] * 20
    assert records[19].attributes == {f"19 {n}": "x" for n in range(60)}


class TestAFileThatSomebodyChanged:
    """As a spreadsheet saves it: with other delimiters, columns and rows."""

    MARY = contact("Mary", {"+13195555677": "home"}, {"m@b.test": None}, {"city": "Ames"})

    def changed(self, folder: Path, *changes: tuple[str, str]) -> list[Record]:
        path = written(folder, [self.MARY], "csv")
        text = path.read_text("utf-8-sig")
        for before, after in changes:
            assert before in text
            text = text.replace(before, after)
        path.write_text(text)
        return read(path)

    @pytest.mark.parametrize("delimiter", [";", "\t"])
    def test_another_delimiter(self, tmp_path: Path, delimiter: str) -> None:
        (record,) = self.changed(tmp_path, (",", delimiter))
        assert (record.name, record.attributes) == ("Mary", {"city": "Ames"})
        assert record.external_id == self.MARY.id

    def test_the_id_in_the_last_column(self, tmp_path: Path) -> None:
        path = written(tmp_path, [self.MARY], "csv")
        lines = [line.split(",") for line in path.read_text("utf-8-sig").splitlines()]
        path.write_text("".join(",".join([*cells[1:], cells[0]]) + "\n" for cells in lines))
        (record,) = read(path)
        assert (record.name, record.external_id) == ("Mary", self.MARY.id)

    def test_a_local_number_is_read_in_the_region(self, tmp_path: Path) -> None:
        (record,) = self.changed(tmp_path, ("+13195555677", "(319) 555-4929"))
        assert [each.key for each in record.phones or ()] == ["+13195554929"]

    def test_a_copied_row_is_another_person(self, tmp_path: Path) -> None:
        row = f"{self.MARY.id},Mary,home,+13195555677,m@b.test,Ames\n"
        first, second = self.changed(tmp_path, (row, row + row.replace("Mary", "Ann")))
        assert (first.external_id, second.external_id) == (self.MARY.id, None)

    def test_a_new_row_has_no_id(self, tmp_path: Path) -> None:
        _, record = self.changed(tmp_path, ("Ames\n", "Ames\n,Ann,,+13195554929,,\n"))
        assert (record.name, record.external_id) == ("Ann", None)

    def test_what_is_wrong_is_named_by_its_column(self, tmp_path: Path) -> None:
        with pytest.raises(ValueRefused, match=r"Phone 1 - Value: is too long"):
            self.changed(tmp_path, ("+13195555677", "5" * 1_001))

    def test_without_the_id_it_is_a_file_like_any_other(self, tmp_path: Path) -> None:
        (record,) = self.changed(tmp_path, ("Contact-Merging ID", "Number"))
        assert (record.name, record.external_id) == ("Mary", None)
        assert [each.key for each in record.phones or ()] == ["+13195555677"]


def test_cards_beside_those_of_other_programs_are_read_as_cards(tmp_path: Path) -> None:
    path = written(tmp_path, [contact("Mary", {"+13195555677": "home"}, {}, {"x": "y"})], "vcard")
    with path.open("a") as file:
        file.write("BEGIN:VCARD\nVERSION:3.0\nFN:Ann\nTEL:319-555-4929\nEND:VCARD\n")
    mary, ann = read(path)
    assert (mary.name, ann.name) == ("Mary", "Ann")
    assert [each.key for each in ann.phones or ()] == ["+13195554929"]
