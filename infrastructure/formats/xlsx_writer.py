"""XLSX files as they are exported: one sheet, in which every cell is a text, none a formula.

The file is written as the rows come: no row stays in memory, nothing beside the file.
"""

import re
from collections.abc import Iterable, Sequence
from html import escape
from itertools import chain
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from application.refusals import Refused
from domain.records import MAX_TEXT
from infrastructure.formats.cells import unguarded

_MOST_ROWS = 1_048_576
_LARGEST_SHEET = (1 << 31) - (1 << 24)
"""Bytes of a sheet before it is compressed; spreadsheets warn of archives that hold more."""
_ODD = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)|[\x00-\x08\x0b-\x1f\ufffe\uffff]")
"""What XML cannot hold, and what would be read as such a character."""
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org"
_MAIN = f'xmlns="{_OFFICE}/spreadsheetml/2006/main"'
_RELATIONS = f'xmlns="{_OFFICE}/package/2006/relationships"'
_KIND = f"{_OFFICE}/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_OFFICE}/package/2006/content-types">'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
    "</Types>",
    "_rels/.rels": f"<Relationships {_RELATIONS}>"
    f'<Relationship Id="rId1" Type="{_KIND}/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>",
    "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_KIND}">'
    '<sheets><sheet name="Contacts" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f"<Relationships {_RELATIONS}>"
    f'<Relationship Id="rId1" Type="{_KIND}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_KIND}/styles" Target="styles.xml"/>'
    "</Relationships>",
    # Format 49 is `@`: what a person types into such a cell stays a text, too.
    "xl/styles.xml": f'<styleSheet {_MAIN}><fonts count="1"><font/></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>",
}


def write_xlsx(file: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table. Raises Refused if it does not fit into a sheet."""
    letters = [_letters(column) for column in range(len(header))]
    size = 0
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, part in _PARTS.items():
            archive.writestr(name, _HEAD + part)
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(f"{_HEAD}<worksheet {_MAIN}><sheetData>".encode())
            for number, cells in enumerate(chain([header], rows), start=1):
                row = _row(number, cells, letters)
                size += len(row)
                if number > _MOST_ROWS or size > _LARGEST_SHEET:
                    raise Refused(
                        f"row {number:,} does not fit into a sheet of XLSX; export them as csv"
                    )
                sheet.write(row)
            sheet.write(b"</sheetData></worksheet>")


def _row(number: int, cells: Sequence[str], letters: Sequence[str]) -> bytes:
    texts = (
        f'<c r="{column}{number}" s="1" t="inlineStr">'
        f'<is><t xml:space="preserve">{_text(text)}</t></is></c>'
        for column, text in zip(letters, cells, strict=True)
        if text
    )
    return f'<row r="{number}">{"".join(texts)}</row>'.encode()


def _text(text: str) -> str:
    """A text as XML. Whoever reads a sheet takes one `'` off, if it guards; so one is put on."""
    if unguarded(text) != text and len(text) < MAX_TEXT:
        text = f"'{text}"
    return escape(_ODD.sub(lambda odd: f"_x{ord(odd[0]):04X}_", text), quote=False)


def _letters(column: int) -> str:
    """The name of a column, counted from 0: `A`, `B`, …, `Z`, `AA`."""
    letters = ""
    column += 1
    while column:
        column, place = divmod(column - 1, 26)
        letters = chr(ord("A") + place) + letters
    return letters
