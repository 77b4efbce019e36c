"""Workbooks for tests: real ones, and some whose parts were changed by hand."""

import re
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest
from openpyxl import Workbook

from application.refusals import Refused
from infrastructure.formats.table import Row
from infrastructure.formats.xlsx_file import open_xlsx

SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
RELS = "xl/_rels/workbook.xml.rels"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
Change = bytes | Callable[[bytes], bytes] | None


def written(folder: Path, *rows: list[object], **sheets: list[list[object]]) -> Path:
    """A workbook with a sheet `Sheet`, and others."""
    book = Workbook()
    first = book.active
    assert first is not None
    for title, of_sheet in {"": list(rows), **sheets}.items():
        sheet = book.create_sheet(title) if title else first
        for row in of_sheet:
            sheet.append(row)
    path = folder / "contacts.xlsx"
    book.save(path)
    return path


def changed(path: Path, changes: Mapping[str, Change], method: int = ZIP_DEFLATED) -> Path:
    """The same file with other parts; None leaves one out."""
    with ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with ZipFile(path, "w", method) as archive:
        for name in [*parts, *(changes.keys() - parts.keys())]:
            change = changes.get(name, parts.get(name))
            content = change(parts[name]) if callable(change) else change
            if content is not None:
                archive.writestr(name, content)
    return path


def shared(path: Path) -> Path:
    """The same workbook as Excel writes it: cells share texts; openpyxl writes them in cells."""
    texts: list[bytes] = []

    def cell(found: re.Match[bytes]) -> bytes:
        texts.append(b"<si>%b</si>" % found[1])
        return b't="s"><v>%d</v>' % (len(texts) - 1)

    with ZipFile(path) as archive:
        sheets = [name for name in archive.namelist() if "/sheet" in name]
        changes: dict[str, Change] = {
            name: re.sub(rb't="inlineStr"><is>(.*?)</is>', cell, archive.read(name))
            for name in sheets
        }
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    strings = f'<Relationship Id="texts" Type="{kind}" Target="sharedStrings.xml"/></Relation'
    rels = {RELS: lambda xml: xml.replace(b"</Relation", strings.encode())}
    sst = f"<sst {MAIN}>".encode() + b"".join(texts) + b"</sst>"
    unread = dict.fromkeys(["xl/theme/theme1.xml", "docProps/app.xml", "docProps/core.xml"])
    return changed(path, {**changes, **rels, **unread, STRINGS: sst})


def with_rows(folder: Path, xml: str, before: str = "") -> Path:
    """A workbook whose sheet says this. It is not packed, so that it may repeat itself."""
    sheet = f"<worksheet {MAIN}>{before}<sheetData>{xml}</sheetData></worksheet>"
    return changed(written(folder, ["a"]), {SHEET: sheet.encode()}, ZIP_STORED)


def with_number_format(path: Path, code: str) -> Path:
    """The same workbook, where style 0 has this number format."""
    styles = (
        f'<styleSheet {MAIN}><numFmts><numFmt numFmtId="200" formatCode="{code}"/></numFmts>'
        '<cellXfs><xf numFmtId="200"/></cellXfs></styleSheet>'
    )
    return changed(path, {"xl/styles.xml": styles.encode()}, ZIP_STORED)


def rows(path: Path) -> list[Row]:
    return list(open_xlsx(path).rows())


def cells(path: Path) -> list[list[str]]:
    return [row.cells for row in rows(path)]


def refused(path: Path) -> str:
    """The reason why a file or its rows are refused, in one line that names the file."""
    with pytest.raises(Refused) as error:
        rows(path)
    message = str(error.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message.removeprefix(f"{path}: ")


@contextmanager
def little_memory() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < 20 << 20
    finally:
        tracemalloc.stop()
