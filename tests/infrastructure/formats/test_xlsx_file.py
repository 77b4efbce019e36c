"""A workbook gives the rows of its first visible sheet, or one line that says what it is."""

import pickle
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from time import process_time
from zipfile import ZipFile

import pytest
from openpyxl import Workbook

from infrastructure.formats.table import Row, Sheet
from infrastructure.formats.xlsx_file import open_xlsx
from tests.infrastructure.formats.workbooks import (
    MAIN,
    SHEET,
    STRINGS,
    cells,
    changed,
    little_memory,
    refused,
    rows,
    shared,
    with_number_format,
    with_rows,
    written,
)

OLE = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(504)


class TestRows:
    def test_they_have_the_numbers_and_columns_of_the_spreadsheet(self, tmp_path: Path) -> None:
        path = written(
            tmp_path, [None, "name", "phone", " ", ""], [], [" "], ["", "", 5, None], [None]
        )
        sheet: Sheet = open_xlsx(path)
        assert list(sheet.rows()) == [Row(1, ["", "name", "phone"]), Row(4, ["", "", "5"])]
        assert list(sheet.rows()) == list(pickle.loads(pickle.dumps(sheet)).rows())  # noqa: S301 -- our own
        assert (sheet.format, sheet.encoding, sheet.header, sheet.notes) == ("xlsx", None, None, ())

    def test_cells_may_share_texts(self, tmp_path: Path) -> None:
        path = written(tmp_path, ["name", "phone"], [" J\u00f3n", 5], Other=[["a<b"]])
        assert cells(shared(path)) == [["name", "phone"], [" J\u00f3n", "5"]]

    def test_cells_show_what_their_owner_sees(self, tmp_path: Path) -> None:
        book = Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append(["0305550174", 305550174, 14155552673, 493055501740.0, True, "#N/A", "=1+1"])
        sheet["B1"].number_format = "0000000000"
        sheet["C1"].number_format = '"+"0'
        sheet.append([datetime(2024, 3, 1, 14, 30), 0.5, 45352, 3195555677, "=A1", "x", "'=1"])  # noqa: DTZ001 -- a cell has no time zone
        for place, number_format in {"B2": "h:mm", "C2": "d/m/yy", "D2": "d/m/yy"}.items():
            sheet[place].number_format = number_format
        book.save(tmp_path / "a.xlsx")
        assert cells(tmp_path / "a.xlsx") == [
            ["0305550174", "0305550174", "+14155552673", "493055501740", "TRUE"],
            ["2024-03-01 14:30", "12:00", "2024-03-01", "3195555677", "", "x", "=1"],
        ]

    def test_texts_of_cells_and_shared_ones_in_pieces(self, tmp_path: Path) -> None:
        pieces = "<r><t>J</t></r><r><rPr><b/></rPr><t>\u00f3n_x000D_</t></r><rPh><t>no</t></rPh>"
        xml = (
            f'<row><c t="inlineStr"><is>{pieces}</is></c><c t="s"><v>0</v></c>'
            '<c t="str"><f>1</f><v>ok</v></c><c t="str"><f>1</f></c><c t="e"><v>#REF!</v></c>'
            '<c t="d"><v>2024-03-01</v></c><c s="99"><v>1E2</v></c></row>'
        )
        path = shared(with_rows(tmp_path, xml))
        sheet = f"<worksheet {MAIN}><sheetData>{xml}</sheetData></worksheet>"
        strings = f"<sst {MAIN}><si>{pieces}</si></sst>"
        changed(path, {SHEET: sheet.encode(), STRINGS: strings.encode()})
        assert cells(path) == [["J\u00f3n\r", "J\u00f3n\r", "ok", "", "", "2024-03-01", "100"]]

    def test_dates_that_count_from_1904(self, tmp_path: Path) -> None:
        book = Workbook()
        book.epoch = datetime(1904, 1, 1)  # noqa: DTZ001 -- a cell has no time zone
        assert book.active is not None
        book.active.append([datetime(2024, 3, 1)])  # noqa: DTZ001 -- as above
        book.save(tmp_path / "a.xlsx")
        assert cells(tmp_path / "a.xlsx") == [["2024-03-01"]]

    @pytest.mark.parametrize("dimension", ["A1", "A1:XFD1048576", "nonsense"])
    def test_what_the_sheet_says_of_its_size_does_not_count(
        self, tmp_path: Path, dimension: str
    ) -> None:
        path = with_rows(
            tmp_path,
            '<row r="2"><c r="B2"><v>1</v></c></row>',
            f'<dimension ref="{dimension}"/>',
        )
        assert rows(path) == [Row(2, ["", "1"])]

    def test_a_cell_far_away_costs_nothing(self, tmp_path: Path) -> None:
        far = '<c r="XFD{0}" s="1"/><c r="C{0}"><v>5</v></c>'
        xml = "".join(
            f'<row r="{number}">{far.format(number)}</row>' for number in (1_048_000, 1_048_576)
        )
        path = with_rows(tmp_path, xml)
        open_xlsx(path)
        began = process_time()
        with little_memory():
            assert rows(path) == [Row(1_048_000, ["", "", "5"]), Row(1_048_576, ["", "", "5"])]
        assert process_time() - began < 0.3

    @pytest.mark.parametrize("code", ["[$" * 200_000, "0." + "0" * 1_000])
    def test_a_format_that_is_too_long_is_not_applied(self, tmp_path: Path, code: str) -> None:
        path = with_number_format(with_rows(tmp_path, '<row><c s="0"><v>30.5</v></c></row>'), code)
        assert cells(path) == [["30.5"]]

    def test_a_long_cell_is_left_to_the_caller(self, tmp_path: Path) -> None:
        text = "x" * 40_000
        path = with_rows(tmp_path, f'<row><c t="inlineStr"><is><t>{text}</t></is></c></row>')
        assert cells(path) == [[text]]


class TestSheets:
    def test_the_first_with_content_is_read_and_the_others_are_named(self, tmp_path: Path) -> None:
        path = written(tmp_path, [" "], Contacts=[["a"]], Old=[["b"]], Empty=[], Notes=[["c"]])
        sheet = open_xlsx(path)
        assert [row.cells for row in sheet.rows()] == [["a"]]
        assert sheet.notes == ("Sheet `Contacts` is read; `Old` and `Notes` are left out.",)

    def test_many_others(self, tmp_path: Path) -> None:
        one: list[list[object]] = [["a"]]
        (note,) = open_xlsx(written(tmp_path, ["a"], B=one)).notes
        assert note == "Sheet `Sheet` is read; `B` is left out."
        (note,) = open_xlsx(written(tmp_path, ["a"], B=one, C=one, D=one, E=one, F=one)).notes
        assert note == "Sheet `Sheet` is read; `B`, `C`, `D` and 2 more are left out."

    def test_hidden_ones_are_not_read(self, tmp_path: Path) -> None:
        path = written(tmp_path, ["a"], Second=[["b"]])
        hide = {
            "xl/workbook.xml": lambda xml: xml.replace(b'state="visible"', b'state="hidden"', 1)
        }
        sheet = open_xlsx(changed(path, hide))
        assert [row.cells for row in sheet.rows()] == [["b"]]
        assert sheet.notes == ()
        assert refused(changed(path, hide)) == "has no rows; hidden sheets are not read"

    def test_none_with_content(self, tmp_path: Path) -> None:
        assert refused(written(tmp_path, [], [" "])) == "has no rows"


class TestOtherFiles:
    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "is empty"),
            (b"name,phone\n", "is not an Excel workbook; save it as .xlsx"),
            (OLE, "is an old Excel workbook (.xls); save it as .xlsx"),
            (
                OLE + bytes((1 << 20) - 20) + "EncryptedPackage".encode("utf-16-le") + bytes(99),
                "is protected with a password; remove it and save again",
            ),
            (b"PK\3\4" + bytes(100), "is damaged: File is not a zip file"),
        ],
        ids=["empty", "csv", "xls", "protected", "truncated"],
    )
    def test_files_that_are_no_zip_files(self, tmp_path: Path, content: bytes, said: str) -> None:
        path = tmp_path / "contacts.xlsx"
        path.write_bytes(content)
        assert refused(path) == said

    @pytest.mark.parametrize(
        ("parts", "said"),
        [
            ({"a.txt": "a"}, "is a zip file without a workbook"),
            ({"xl/workbook.bin": ""}, "is a binary Excel workbook (.xlsb); save it as .xlsx"),
            (
                {"mimetype": "application/vnd.oasis.opendocument.spreadsheet"},
                "is an OpenDocument spreadsheet (.ods); save it as .xlsx",
            ),
        ],
    )
    def test_other_zip_files(self, tmp_path: Path, parts: dict[str, str], said: str) -> None:
        path = tmp_path / "contacts.xlsx"
        with ZipFile(path, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, content)
        assert refused(path) == said

    def test_a_strict_workbook(self, tmp_path: Path) -> None:
        strict = f"<workbook {MAIN.replace('schemas.openxmlformats', 'purl.oclc')}/>"
        strict = strict.replace("purl.oclc.org/spreadsheetml", "purl.oclc.org/ooxml/spreadsheetml")
        path = changed(written(tmp_path, ["a"]), {"xl/workbook.xml": strict.encode()})
        assert refused(path).startswith('is a "Strict Open XML" workbook; save it as')

    def test_a_folder_and_no_file_at_all(self, tmp_path: Path) -> None:
        assert refused(tmp_path) == "Is a directory"
        assert refused(tmp_path / "nowhere.xlsx") == "No such file or directory"

    def test_openpyxl_is_imported_only_for_a_workbook(self) -> None:
        code = "import sys, infrastructure.formats.xlsx_file; assert 'openpyxl' not in sys.modules"
        subprocess.run([sys.executable, "-c", code], check=True)
