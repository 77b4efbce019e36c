"""Damaged, huge and hostile workbooks are refused in one line, and cost little."""

import random
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo
from zlib import crc32

import pytest

from application.refusals import Refused
from infrastructure.formats import xlsx_archive
from infrastructure.formats.table import MOST_COLUMNS
from infrastructure.formats.xlsx_file import open_xlsx
from tests.infrastructure.formats.workbooks import (
    MAIN,
    RELS,
    SHEET,
    STRINGS,
    changed,
    little_memory,
    refused,
    shared,
    with_rows,
    written,
)
from tests.normal_run import examples

PARTS = [SHEET, STRINGS, "xl/workbook.xml", "xl/styles.xml", RELS]


def small(folder: Path) -> Path:
    rows: list[list[object]] = [["name", "phone"], ["John", 3195555677], ["Jo", True]]
    return shared(written(folder, *rows, Other=[["b"]]))


def read(path: Path) -> None:
    """A damaged file is read or refused, and no other error comes."""
    try:
        list(open_xlsx(path).rows())
    except Refused as error:
        said = str(error)
    else:
        said = f"{path}: "
    assert said.startswith(f"{path}: ")
    assert "\n" not in said


class TestDamage:
    def test_a_changed_byte(self, tmp_path: Path) -> None:
        path = small(tmp_path)
        content = path.read_bytes()
        chance = random.Random(1)  # noqa: S311 -- a test needs the same bytes each time
        for place in chance.sample(range(len(content)), examples(len(content) // 10)):
            other = bytes([content[place] ^ chance.randrange(1, 256)])
            path.write_bytes(content[:place] + other + content[place + 1 :])
            read(path)

    @pytest.mark.parametrize("part", PARTS)
    def test_bytes_of_a_part(self, tmp_path: Path, part: str) -> None:
        """As above, but zip's checksum is right."""
        path = small(tmp_path)
        with ZipFile(path) as archive:
            content = archive.read(part)
        chance = random.Random(part)  # noqa: S311 -- as above
        for _ in range(40):
            place = chance.randrange(len(content))
            other = bytes([chance.choice([*b'0<>"/ 9Z-', 0, 255])])
            read(changed(path, {part: content[:place] + other + content[place + 1 :]}, ZIP_STORED))

    @pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
    def test_a_part_of_the_file_alone(self, tmp_path: Path, share: float) -> None:
        path = small(tmp_path)
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * share)])
        assert refused(path).startswith("is damaged: ")

    @pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", SHEET])
    def test_a_part_that_is_missing(self, tmp_path: Path, part: str) -> None:
        said = refused(changed(small(tmp_path), {part: None}))
        assert said == f"is damaged: its part {part!r} is missing"

    def test_a_sheet_without_a_part(self, tmp_path: Path) -> None:
        nowhere = {"xl/workbook.xml": lambda xml: xml.replace(b"rId1", b"rId77")}
        assert refused(changed(small(tmp_path), nowhere)) == (
            "is damaged: the sheet `Sheet` is missing"
        )

    def test_sheets_that_are_one(self, tmp_path: Path) -> None:
        """Each would be read, and a large one a thousand times."""
        twice = {RELS: lambda xml: xml.replace(b"sheet2.xml", b"sheet1.xml")}
        assert refused(changed(small(tmp_path), twice)) == (
            "is damaged: the sheet `Other` is also another one"
        )

    @pytest.mark.parametrize(
        ("xml", "said"),
        [
            ('<row r="1"><c r="A1" t="s"><v>7</v></c></row>', "something is missing in it"),
            ('<row r="1"><c r="A1"><v>one</v></c></row>', "could not convert"),
            ('<row r="1048577"/>', "a row has the number 1048577"),
            (f'<row r="{10**30}"/>', "a row has the number 1000"),
            ('<row r="2"/><row r="1"/>', "a row has the number 1"),
            ('<row r="0"/>', "a row has the number 0"),
            ('<row r="1"><c r="A2"><v>1</v></c></row>', "a cell of row 1 has a place outside"),
            ('<row r="1"><c r="ZZZ1"><v>1</v></c></row>', "a cell of row 1 has a place outside"),
            ('<row r="1"><c r="AAAA1"><v>1</v></c></row>', ""),
            ('<row r="1"><c r="?"><v>1</v></c></row>', ""),
            ('<row r="1"><c r="A1"><v>1</v></row>', "mismatched tag"),
        ],
    )
    def test_nonsense_in_a_sheet(self, tmp_path: Path, xml: str, said: str) -> None:
        assert refused(with_rows(tmp_path, xml)).startswith(f"is damaged: {said}")

    def test_the_last_row_before_it_is_named(self, tmp_path: Path) -> None:
        good = '<row r="{0}"><c r="A{0}"><v>5</v></c></row>'
        path = with_rows(tmp_path, good.format(3) + good.format(7) + "<row><c><v>x</v></c></row>")
        assert refused(path).startswith("is damaged: after row 7: ")

    @pytest.mark.parametrize("part", PARTS)
    def test_entities(self, tmp_path: Path, part: str) -> None:
        bomb = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">' + "".join(
            f'<!ENTITY a{level} "{f"&a{level - 1 or str()};" * 10}">' for level in range(1, 10)
        )
        entities = f"{bomb}]><worksheet {MAIN}><sheetData>&a9;</sheetData></worksheet>"
        with little_memory():
            said = refused(changed(small(tmp_path), {part: entities.encode()}))
        assert said == "is damaged: a part of it declares a document type"

    @pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
    def test_other_encodings(self, tmp_path: Path, encoding: str) -> None:
        xml = f'<?xml version="1.0" encoding="{encoding}"?><worksheet {MAIN}/>'
        path = changed(small(tmp_path), {SHEET: xml.encode(encoding)})
        assert refused(path) == "is damaged: a part of it is not UTF-8 text"


def lying(path: Path, part: str, content: bytes, size: int) -> Path:
    """A part with another size in the zip's directory, and the checksum of what that leaves."""
    changed(path, {part: None})
    with ZipFile(path, "a", ZIP_DEFLATED) as archive:
        archive.writestr(part, content)
        info = archive.getinfo(part)
        info.file_size, info.CRC = size, crc32(content[:size])
    return path


class TestLimits:
    def test_a_bomb(self, tmp_path: Path) -> None:
        path = changed(small(tmp_path), {"xl/media/image1.png": bytes(25 << 20)})
        with little_memory():
            said = refused(path)
        assert said == (
            "its part 'xl/media/image1.png' is too large for what the file stores of it: "
            "the limit is 250 times"
        )

    @pytest.mark.parametrize("part", PARTS[:3])
    def test_a_directory_that_lies(self, tmp_path: Path, part: str) -> None:
        path = lying(small(tmp_path), part, b"<workbook>" + b" " * (25 << 20), 1_000)
        with little_memory():
            assert refused(path).startswith("is damaged: ")

    @pytest.mark.parametrize(
        ("part", "size", "said"),
        [
            (SHEET, 513 << 20, "its part 'xl/worksheets/sheet1.xml' is too large: 513 MiB"),
            (STRINGS, 65 << 20, "its part xl/sharedStrings.xml is too large: 65 MiB unpacked"),
            ("xl/styles.xml", 17 << 20, "its part xl/styles.xml is too large: 17 MiB unpacked"),
        ],
    )
    def test_sizes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str, size: int, said: str
    ) -> None:
        monkeypatch.setattr(xlsx_archive, "MOST_PACKED", 1 << 30)
        assert refused(lying(small(tmp_path), part, b"<a/>", size)).startswith(said)

    def test_the_size_of_all_parts(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(xlsx_archive, "LARGEST", 2 << 20)
        path = changed(small(tmp_path), {"a": bytes(1 << 20), "b": bytes(1 << 20)})
        assert refused(path) == "is too large: 3 MiB unpacked, the limit is 2 MiB"

    @pytest.mark.parametrize("number", [5_001, 30_000])
    def test_the_number_of_parts(self, tmp_path: Path, number: int) -> None:
        path = tmp_path / "contacts.xlsx"
        with ZipFile(path, "w") as archive:
            archive.filelist = [ZipInfo(f"part{each:05}") for each in range(number)]
            for info in archive.filelist:
                info.header_offset = info.CRC = info.compress_size = 0
            archive._didModify = True  # type: ignore[attr-defined]  # noqa: SLF001 -- 30,000 real ones take seconds
        assert refused(path).endswith("the limit is 5,000")

    def test_a_way_to_pack_that_is_unpacked_at_once(self, tmp_path: Path) -> None:
        said = refused(changed(small(tmp_path), {}, ZIP_BZIP2))
        assert said.endswith("is packed in a way that no workbook uses")

    @pytest.mark.parametrize(
        ("xml", "said"),
        [
            (
                lambda: f"<row>{'<c/>' * 30_000}</row>",
                "a row has too many cells and marks: the limit is 20,000",
            ),
            (lambda: f"<row a='{'a' * (2 << 20)}'/>", "a row is too large: the limit is 1 MiB"),
            (lambda: f"<!--{'> <' * 400_000}--><row/>", "a row "),
        ],
        ids=["cells", "bytes", "comment"],
    )
    def test_a_row(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, xml: Callable[[], str], said: str
    ) -> None:
        monkeypatch.setattr(xlsx_archive, "LARGEST_ROW", 1 << 20)
        monkeypatch.setattr(xlsx_archive, "MOST_TAGS", 20_000)
        path = with_rows(tmp_path, xml())
        with little_memory():
            assert refused(path).startswith(said)

    def test_the_number_of_columns(self, tmp_path: Path) -> None:
        most: list[object] = [*range(MOST_COLUMNS)]
        path = written(tmp_path, most)
        assert [len(row.cells) for row in open_xlsx(path).rows()] == [MOST_COLUMNS]
        path = written(tmp_path, ["a"], [*most, "b"])
        assert refused(path) == "after row 1: has 2001 columns, the limit is 2000"
