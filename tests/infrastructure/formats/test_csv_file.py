"""CSV files: how rows are read, and which files are refused as a whole."""

from pathlib import Path

import pytest

from application.jobs.job import ReadRow
from application.refusals import Refused
from domain.records import Record, ValueRefused
from infrastructure.formats.contact_file import ContactFile, open_contacts
from infrastructure.formats.read_ahead import read_batches
from tests.messages import JOHN, JOHN_TOO, ROW, csv_row


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "contacts.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def rows(file: ContactFile, region: str | None = "US", size: int = 100) -> list[ReadRow]:
    return [row for batch in read_batches(file, region, size) for row in batch]


def records(folder: Path, content: str | bytes, region: str | None = "US") -> list[Record]:
    """The rows of a file, none of which may be refused."""
    read = [row.record for row in rows(open_contacts(written(folder, content)), region)]
    assert all(isinstance(record, Record) for record in read), read
    return [record for record in read if isinstance(record, Record)]


def refusals(folder: Path, content: str | bytes) -> list[tuple[int, str]]:
    """The number and the reason of each refused row."""
    return [
        (row.number, str(row.record))
        for row in rows(open_contacts(written(folder, content)))
        if isinstance(row.record, ValueRefused)
    ]


def refused(folder: Path, content: str | bytes) -> str:
    """The reason why a file is refused as a whole, in one line that names the file."""
    path = written(folder, content)
    with pytest.raises(Refused) as error:
        open_contacts(path)
    message = str(error.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message.removeprefix(f"{path}: ")


class TestForms:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    @pytest.mark.parametrize("mark", ["", "\ufeff"])
    def test_comma_semicolon_or_tab_with_and_without_a_byte_order_mark(
        self, tmp_path: Path, delimiter: str, end: str, mark: str
    ) -> None:
        lines = [["Name", "Phone", "City"], ["J\u00f3n", "319-555-5677", "Ames"], ["B", ROW, ""]]
        content = mark + "".join(delimiter.join(line) + end for line in lines)
        assert records(tmp_path, content) == [
            csv_row("J\u00f3n", ["319-555-5677"], city="Ames"),
            csv_row("B", [ROW]),
        ]

    def test_a_delimiter_in_quotes_is_none(self, tmp_path: Path) -> None:
        content = 'name;phone;note\n"Jones; John";"319-555-5677";"a ""b"", c\nd"\n'
        assert records(tmp_path, content) == [
            csv_row("Jones; John", ["319-555-5677"], note='a "b", c\nd')
        ]

    def test_a_single_column_is_a_file(self, tmp_path: Path) -> None:
        assert records(tmp_path, "phone\n319-555-5677\n") == [csv_row(None, ["319-555-5677"])]

    @pytest.mark.parametrize("line", ["\0the end of the file\0", "\0", "\x1a"])
    def test_no_line_is_taken_for_the_end(self, tmp_path: Path, line: str) -> None:
        file = open_contacts(written(tmp_path, f"phone\n{JOHN}\n{line}\n{ROW}"))
        assert [(row.number, row.cells) for row in file.rows()] == [
            (2, [JOHN]),
            (3, [line]),
            (4, [ROW]),
        ]

    def test_lines_that_are_quoted_as_a_whole_are_read_as_if_they_were_not(
        self, tmp_path: Path
    ) -> None:
        content = (
            '"Name;Phone;City"\n'
            '"""Jones; John"";319-555-5677;Ames"\n'
            "\n"
            '"J. ""The Cat"" B;319-555-4929;"\n'
        )
        file = open_contacts(written(tmp_path, content))
        assert [(row.number, row.cells) for row in file.rows()] == [
            (2, ["Jones; John", "319-555-5677", "Ames"]),
            (4, ['J. "The Cat" B', "319-555-4929", ""]),
        ]
        (note,) = file.understood()["notes"]
        assert note.startswith("Each line is in quotes as a whole")

    @pytest.mark.parametrize(
        "content",
        [
            f'Phone\n"{JOHN},{ROW}"\n"{JOHN_TOO}"\n',
            f'"Phone, mobile"\n"{JOHN}"\n"{ROW}"\n',
            f'"Name,Phone"\n"A,{JOHN}"\n"B,{ROW},x"\n',
        ],
    )
    def test_one_column_in_quotes_is_one_column(self, tmp_path: Path, content: str) -> None:
        file = open_contacts(
            written(tmp_path, content), {"Name,Phone": "phone"} if "Name" in content else {}
        )
        assert {len(row.cells) for row in file.rows()} == {1}

    def test_the_last_line_needs_no_end(self, tmp_path: Path) -> None:
        assert records(tmp_path, "phone\n319-555-5677") == [csv_row(None, ["319-555-5677"])]

    def test_a_header_alone_is_a_file_without_rows(self, tmp_path: Path) -> None:
        assert records(tmp_path, "name,phone\n") == []

    def test_empty_lines_are_no_rows_but_are_counted(self, tmp_path: Path) -> None:
        file = open_contacts(written(tmp_path, f"name,phone\n\nA,{JOHN}\n,\n\nB,{ROW}\n\n"))
        assert [(row.number, row.record) for row in rows(file)] == [
            (3, csv_row("A", [JOHN])),
            (6, csv_row("B", [ROW])),
        ]


class TestRows:
    def test_phones_and_emails_of_several_columns_and_cells_are_one_list_each(
        self, tmp_path: Path
    ) -> None:
        content = (
            "Phone 1 - Value,E-mail 1 - Value,Mobile,Email 2\n"
            '319-555-5677 ::: 319-555-4929,a@b.test,"(712) 555-3956;ext=12",c@d.test\n'
        )
        assert records(tmp_path, content) == [
            csv_row(
                None,
                ["319-555-5677", "319-555-4929", "(712) 555-3956;ext=12"],
                ["a@b.test", "c@d.test"],
            )
        ]

    def test_names_are_put_together(self, tmp_path: Path) -> None:
        content = f"First name,Last name,phone\nJohn,Jones,{JOHN}\n,Jones,{JOHN}\n ,,{JOHN}\n"
        assert [record.name for record in records(tmp_path, content)] == [
            "John Jones",
            "Jones",
            None,
        ]

    @pytest.mark.parametrize("word", ["NULL", "null", "None", "NaN", "\\N"])
    def test_a_word_for_a_missing_phone_is_blank_in_every_column(
        self, tmp_path: Path, word: str
    ) -> None:
        content = f"Name,Phone,Email,City\n{word},{JOHN},{word},{word}\nB,{word},b@b.test,Ames\n"
        file = open_contacts(written(tmp_path, content))
        assert [row.record for row in rows(file)] == [
            csv_row(None, [JOHN], []),
            csv_row("B", [], ["b@b.test"], city="Ames"),
        ]
        assert file.understood()["notes"] == [f"`{word}` is read as blank."]

    @pytest.mark.parametrize("name", ["NULL", "Null", "None", "Nan"])
    def test_a_person_may_be_called_so(self, tmp_path: Path, name: str) -> None:
        content = f"Name,Phone,Pets\n{name},{JOHN},None\nB,{ROW},None\n"
        assert [(record.name, record.attributes) for record in records(tmp_path, content)] == [
            (name, {"Pets": "None"}),
            ("B", {"Pets": "None"}),
        ]

    @pytest.mark.parametrize("error", ["#N/A", "#REF!", "(blank)", "<null>"])
    def test_an_error_of_a_spreadsheet_is_blank(self, tmp_path: Path, error: str) -> None:
        (record,) = records(tmp_path, f"Name,Phone,City\n{error},{JOHN},{error}\n")
        assert record == csv_row(None, [JOHN])

    def test_a_whole_name_comes_before_its_parts(self, tmp_path: Path) -> None:
        content = f"Name,First name,phone\nJohn Jones,John,{JOHN}\n,John,{JOHN}\n"
        assert [record.name for record in records(tmp_path, content)] == ["John Jones", "John"]

    def test_the_country_of_a_row_comes_before_the_region_of_the_account(
        self, tmp_path: Path
    ) -> None:
        content = (
            "phone,country\n020 1234 5678,GB\n020 1234 5678,de\n319-555-5677,\n319-555-5677,?\n"
        )
        read = records(tmp_path, content, "US")
        assert [identifier.value for record in read for identifier in record.identifiers] == [
            "+442012345678",
            "+492012345678",
            JOHN,
            JOHN,
        ]
        assert [record.attributes.get("country") for record in read] == ["GB", "de", None, "?"]

    def test_a_file_without_emails_says_nothing_of_emails(self, tmp_path: Path) -> None:
        (record,) = records(tmp_path, f"name,phone\nJohn,{JOHN}\n")
        assert record.emails is None
        (record,) = records(tmp_path, f"email,phone\n,{JOHN}\n")
        assert record.emails == ()

    def test_a_short_row_lacks_its_last_cells(self, tmp_path: Path) -> None:
        assert records(tmp_path, f"phone,email,city\n{JOHN}\n{ROW},a@b.test\n") == [
            csv_row(None, [JOHN], []),
            csv_row(None, [ROW], ["a@b.test"]),
        ]

    def test_empty_cells_too_many_do_not_count(self, tmp_path: Path) -> None:
        assert records(tmp_path, f"phone,city\n{JOHN},Ames,,\n") == [
            csv_row(None, [JOHN], None, city="Ames")
        ]

    def test_columns_can_be_mapped(self, tmp_path: Path) -> None:
        path = written(tmp_path, f"wer,wo,was\nJohn,{JOHN},Chef\n")
        file = open_contacts(path, {"wer": "name", "wo": "phone", "was": "title"})
        assert [row.record for row in rows(file)] == [csv_row("John", [JOHN], None, title="Chef")]


class TestRefusedRows:
    def test_they_are_refused_one_by_one_with_number_and_reason(self, tmp_path: Path) -> None:
        content = (
            "name,phone,email\n"
            f"A,{JOHN},\n"
            "B,n/a,a@@b\n"
            f"C,{JOHN},,more\n"
            "D,3.58504E+11,\n"
            "E,,\n"
            f"F,{ROW},\n"
        )
        no_identifier = "row: has no phone and no email that can be matched"
        shortened = (
            "a spreadsheet left out the last digits of `3.58504E+11`; "
            "format the column as text and export it again"
        )
        assert refusals(tmp_path, content) == [
            (3, no_identifier),
            (4, "row: has 4 cells, the header has 3"),
            (5, f"{no_identifier}: {shortened}"),
            (6, no_identifier),
        ]

    def test_a_number_that_a_spreadsheet_shortened_is_named(self, tmp_path: Path) -> None:
        ((_, reason),) = refusals(
            tmp_path, "name,phone,country\nA,'4,93E+11',Frankonia\n".replace("'", '"')
        )
        assert reason.endswith(
            "that can be matched: a spreadsheet left out the last digits of `4,93E+11`; "
            "format the column as text and export it again"
        )

    def test_a_country_that_is_not_understood_is_named(self, tmp_path: Path) -> None:
        content = (
            "name,phone,country\n"
            "A,319-555-5677,Frankonia\n"
            "B,n/a,Frankonia\n"
            "C,319,US\n"
            f"D,{JOHN},Frankonia\n"
        )
        no_identifier = "row: has no phone and no email that can be matched"
        assert refusals(tmp_path, content) == [
            (2, f"{no_identifier}: the country `Frankonia` is not understood"),
            (3, no_identifier),
            (4, no_identifier),
        ]

    def test_their_cells_are_kept_so_that_they_can_be_corrected(self, tmp_path: Path) -> None:
        (row,) = rows(open_contacts(written(tmp_path, "name,phone\nA,n/a\n")))
        assert isinstance(row.record, ValueRefused)
        assert list(row.cells) == ["A", "n/a"]

    @pytest.mark.parametrize("column", ["name", "phone", "city"])
    def test_a_nul_byte(self, tmp_path: Path, column: str) -> None:
        cells = {"name": "A", "phone": JOHN, "city": "Ames"} | {column: "a\0b"}
        content = f"name,phone,city\n{','.join(cells.values())}\nB,{ROW},Ames\n"
        ((number, reason),) = refusals(tmp_path, content)
        assert number == 2
        assert reason.endswith("contains a NUL character")
        assert column in reason

    @pytest.mark.parametrize("column", ["name", "phone", "city"])
    def test_a_cell_of_10_megabytes(self, tmp_path: Path, column: str) -> None:
        cells = {"name": "A", "phone": JOHN, "city": "Ames"} | {column: "1" * 10_000_000}
        content = f"name,phone,city\n{','.join(cells.values())}\nB,{ROW},Ames\n"
        ((number, reason),) = refusals(tmp_path, content)
        assert number == 2
        assert "is too long: 10000000 characters" in reason
        assert column in reason
        assert len(reason) < 100

    def test_a_cell_of_too_many_values(self, tmp_path: Path) -> None:
        ((number, reason),) = refusals(tmp_path, f'phone\n"{"1234567;" * 1_001}"\n{JOHN}\n')
        assert (number, reason) == (2, "phones: has too many values: 1001, the limit is 1000")

    def test_a_quote_that_is_never_closed_takes_the_rest_of_the_file(self, tmp_path: Path) -> None:
        content = f'name,phone\n"A,{JOHN}\nB,{JOHN_TOO}\n'
        assert refusals(tmp_path, content) == [
            (2, "row: has a quote that is never closed, up to the end of the file")
        ]

    def test_the_reason_names_the_column(self, tmp_path: Path) -> None:
        content = f"Mobile,Work phone,E-mail\n{JOHN};{ROW},{'1' * 2_000},a@b.test\n"
        assert refusals(tmp_path, content) == [
            (2, "Work phone: is too long: 2000 characters, the limit is 1000")
        ]


class TestRefusedFiles:
    @pytest.mark.parametrize("content", ["", "\n", "  \n", "\ufeff", "\ufeff\n"])
    def test_an_empty_file(self, tmp_path: Path, content: str) -> None:
        assert "is empty" in refused(tmp_path, content)

    def test_one_without_phone_and_email_columns(self, tmp_path: Path) -> None:
        assert "no column holds phones or emails among name, city" in refused(
            tmp_path, "name,city\nJohn,Ames\n"
        )

    @pytest.mark.parametrize(
        ("content", "kind"),
        [
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a picture"),
            (b"%PDF-1.7\n", "a PDF"),
            (b"\x1f\x8b\x08", "a compressed file"),
            (b'[ {"phone": 1}]', "JSON"),
            (b"dn: cn=Ann\nmail: a@b.test\n", "LDIF"),
            (b"<!DOCTYPE html><table>", "a web page"),
            (b"{\\rtf1\\ansi", "a text document"),
        ],
    )
    def test_one_of_another_kind_whatever_its_name(
        self, tmp_path: Path, content: bytes, kind: str
    ) -> None:
        assert f"is {kind}" in refused(tmp_path, content)

    def test_one_that_does_not_exist(self, tmp_path: Path) -> None:
        with pytest.raises(Refused, match=r"nowhere\.csv: No such file or directory"):
            open_contacts(tmp_path / "nowhere.csv")

    def test_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(Refused, match="Is a directory"):
            open_contacts(tmp_path)

    @pytest.mark.parametrize("header", ["phone,a\0b\n", f"phone,{'x' * 1_001}\n", 'phone,"a\n'])
    def test_one_whose_header_is_none(self, tmp_path: Path, header: str) -> None:
        assert "header" in refused(tmp_path, header)

    def test_a_mapping_of_a_column_that_it_does_not_have(self, tmp_path: Path) -> None:
        with pytest.raises(Refused, match=r"contacts\.csv: mapping: the file has no column `tel`"):
            open_contacts(written(tmp_path, "phone\n"), {"tel": "phone"})


class TestRefusedValues:
    LONG = "1" * 1_001

    @pytest.mark.parametrize(
        ("column", "said"), [('"Phone\nnumber"', "Phone number"), ("", "Column 2")]
    )
    def test_the_column_is_named_in_one_line(self, tmp_path: Path, column: str, said: str) -> None:
        phones = [f",+1 319-555-{number}\n" for number in range(5_600, 5_612)]
        content = f"Email,{column}\n{''.join(phones)},{self.LONG}\n"
        ((_, reason),) = refusals(tmp_path, content)
        assert reason == f"{said}: is too long: 1001 characters, the limit is 1000"

    def test_an_attribute_is_named_in_one_line(self, tmp_path: Path) -> None:
        ((_, reason),) = refusals(tmp_path, f'Phone,"a\nb"\n{JOHN},{"x" * 40_000}\n')
        assert reason.startswith("a b: is too long")

    def test_the_numbers_of_a_fax_before_it_do_not_count(self, tmp_path: Path) -> None:
        header = "Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value\n"
        row = f"Home fax,{JOHN} ::: {ROW},Home,{self.LONG}\n"
        ((_, reason),) = refusals(tmp_path, header + row)
        assert reason.startswith("Phone 2 - Value: is too long")
