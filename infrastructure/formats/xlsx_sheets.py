"""The sheets of a workbook and their cells, read with openpyxl: import it where one is read."""

import posixpath
from collections.abc import Iterator
from typing import Any, NamedTuple, cast
from xml.etree.ElementTree import Element, iterparse
from xml.parsers import expat

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel
from openpyxl.worksheet._reader import DATA_TAG, INLINE_STRING, ROW_TAG, WorkSheetParser
from openpyxl.xml.constants import SHEET_MAIN_NS

from application.refusals import Refused
from infrastructure.formats.xlsx_archive import LARGEST_PART, LARGEST_STRINGS, Archive, Part, Rows
from infrastructure.formats.xlsx_text import CellValue, shown, unescaped

LAST_ROW = 1_048_576
LAST_COLUMN = 16_384
LONGEST_TEXT = 8 << 20
"""The largest number of characters of a text that cells share."""
LONGEST_FORMAT = 255
"""The largest number of characters of a number format that is read; Excel writes no longer ones."""
_DATES = {*range(27, 37), *range(50, 59)}
"""Formats of dates that have a number and no text: those of East Asia."""
_STRICT = "http://purl.oclc.org/ooxml/"


class SheetPart(NamedTuple):
    """A worksheet: its title and the part that it is read from."""

    title: str
    part: str
    hidden: bool


class _Style(NamedTuple):
    number_format: str = "General"
    date: bool = False
    duration: bool = False


class Book:
    """A workbook that is open: its worksheets, and what their cells refer to."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._part = _workbook_part(archive)
        self._parts = _parts_beside(archive, self._part)
        self._epoch = WINDOWS_EPOCH
        self.sheets = self._read_sheets()
        self._styles = self._read_styles()
        self._strings = self._read_strings()

    def rows(self, part: str) -> Iterator[tuple[int, dict[int, str]]]:
        """Each row with its number: the texts that are not empty, by column from 0.

        openpyxl would fill gaps between rows and cells, however large; here they cost nothing.
        It would also read what follows the rows: thousands of links.
        """
        last = 0
        with self._archive.open(part, LARGEST_PART) as source:
            rows = Rows(source)
            parser = _Cells(rows, self._strings, data_only=True)
            for _, element in iterparse(rows):  # noqa: S314 -- `Part` lets no entities through
                if element.tag == ROW_TAG:
                    # Its types do not know that a dict is iterable.
                    number, cells = parser.parse_row(element)  # type: ignore[arg-type]
                    element.clear()
                    parser.row_dimensions.clear()
                    rows.next_row()
                    if not last < number <= LAST_ROW:
                        raise Refused(f"is damaged: a row has the number {number}")
                    last = number
                    yield number, self._texts(number, cells)
                elif element.tag == DATA_TAG:
                    return

    def _texts(self, number: int, cells: list[dict[str, object]]) -> dict[int, str]:
        texts = {}
        for cell in cells:
            value = cell["value"]
            if value is None or cell["data_type"] == "e":
                continue
            column = cast("int", cell["column"])
            if cell["row"] != number or not 0 < column <= LAST_COLUMN:
                raise Refused(f"is damaged: a cell of row {number} has a place outside of it")
            if isinstance(value, str):
                text = unescaped(value)
            else:
                text = self._shown(cast("CellValue", value), cast("int", cell["style_id"]))
            if text:
                texts[column - 1] = text
        return texts

    def _shown(self, value: CellValue, style_id: int) -> str:
        style = self._styles[style_id] if 0 <= style_id < len(self._styles) else _Style()
        if style.date and isinstance(value, int | float) and not isinstance(value, bool):
            try:
                return shown(from_excel(value, self._epoch, timedelta=style.duration))
            except (OverflowError, ValueError):
                return shown(value)  # a number that is no date: a phone in the wrong format
        return shown(value, style.number_format)

    def _read_sheets(self) -> list[SheetPart]:
        sheets: list[SheetPart] = []
        parts = set[str]()
        for tag, attributes in self._archive.elements(self._part):
            if tag == "workbook" and _STRICT in attributes.get("xmlns", ""):
                raise Refused('is a "Strict Open XML" workbook; save it as an ordinary .xlsx')
            if tag == "workbookPr" and attributes.get("date1904") in {"1", "true"}:
                self._epoch = MAC_EPOCH
            if tag == "sheet":
                kind, part = self._parts.get(attributes.get("id", ""), ("", ""))
                title = " ".join(attributes.get("name", "").split())[:31]
                if not part:
                    raise Refused(f"is damaged: the sheet `{title}` is missing")
                if kind == "worksheet":
                    hidden = attributes.get("state", "visible") != "visible"
                    sheets.append(SheetPart(title, part, hidden))
                if part in parts:
                    raise Refused(f"is damaged: the sheet `{title}` is also another one")
                parts.add(part)
        return sheets

    def _read_styles(self) -> list[_Style]:
        """The number format of each style. The others are not read: they are often odd."""
        part = self._beside("styles")
        if part is None:
            return []
        formats: dict[str, str] = {}
        ids: list[str] = []
        inside = False
        for tag, attributes in self._archive.elements(part):
            if tag == "numFmt":
                code = attributes["formatCode"]
                is_usual = len(code) <= LONGEST_FORMAT
                formats[attributes["numFmtId"]] = code if is_usual else "General"
            elif tag in {"cellXfs", "cellStyles", "dxfs"}:
                inside = tag == "cellXfs"
            elif tag == "xf" and inside:
                ids.append(attributes.get("numFmtId", "0"))
        styles = {each: _style(each, formats) for each in set(ids)}
        return [styles[each] for each in ids]

    def _read_strings(self) -> list[str]:
        """The texts that cells share. openpyxl's reader loses some of their escapes."""
        part = self._beside("sharedStrings")
        if part is None:
            return []
        reader = _Strings()
        with self._archive.open(part, LARGEST_STRINGS) as source:
            reader.read(Part(source))
        return reader.strings

    def _beside(self, kind: str) -> str | None:
        return next((part for of, part in self._parts.values() if of == kind), None)


class _Cells(WorkSheetParser):
    """Reads cells. openpyxl makes objects of a cell's own text, which takes half of the time."""

    def parse_cell(self, element: Any) -> dict[str, object]:
        inline = element.find(INLINE_STRING) if element.get("t") == "inlineStr" else None
        if inline is not None:
            element.remove(inline)
        cell: dict[str, object] = super().parse_cell(element)
        if inline is not None:
            cell["value"] = _text(inline)
        return cell


def _text(inline: Element) -> str:
    """The text of a cell that has its own: in one piece, or in pieces with fonts."""
    pieces = [
        piece if piece.tag.endswith("}t") else piece.find(f"{{{SHEET_MAIN_NS}}}t")
        for piece in inline
        if piece.tag.endswith(("}t", "}r"))
    ]
    return "".join(piece.text or "" for piece in pieces if piece is not None)


class _Strings:
    """Reads the texts of cells. Sounds beside Japanese texts (`rPh`) are left out."""

    def __init__(self) -> None:
        self.strings: list[str] = []
        self._pieces: list[str] = []
        self._length = 0
        self._text = self._sound = False

    def read(self, part: Part) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        while piece := part.read(1 << 20):
            parser.Parse(piece)
        parser.Parse(b"", True)  # noqa: FBT003 -- expat's parameter for the end has no name

    def _start(self, tag: str, _attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "t":
            self._text = True
        elif name == "rPh":
            self._sound = True

    def _characters(self, text: str) -> None:
        if self._text and not self._sound:
            self._pieces.append(text)
            self._length += len(text)
            if self._length > LONGEST_TEXT:
                raise Refused(f"a text is too long: the limit is {LONGEST_TEXT:,} characters")

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "t":
            self._text = False
        elif name == "rPh":
            self._sound = False
        elif name == "si":
            self.strings.append("".join(self._pieces))
            self._pieces.clear()
            self._length = 0


def _style(number: str, formats: dict[str, str]) -> _Style:
    text = formats.get(number)
    if text is None:
        if int(number) in _DATES:
            return _Style(date=True)
        text = BUILTIN_FORMATS.get(int(number), "General")
    return _Style(text, date=is_date_format(text), duration=is_timedelta_format(text))


def _workbook_part(archive: Archive) -> str:
    """The part that lists the sheets. Raises Refused, which says what the file is instead."""
    if "mimetype" in archive:
        with archive.open("mimetype") as file:
            if b"opendocument.spreadsheet" in file.read(200):
                raise Refused("is an OpenDocument spreadsheet (.ods); save it as .xlsx")
    part = "xl/workbook.xml"
    if "_rels/.rels" in archive:
        named = _parts_beside(archive, "").values()
        part = next((each for kind, each in named if kind == "officeDocument"), part)
    if part.endswith(".bin") or "xl/workbook.bin" in archive:
        raise Refused("is a binary Excel workbook (.xlsb); save it as .xlsx")
    if part not in archive and "xl/workbook.xml" in archive:
        part = "xl/workbook.xml"
    first = next(archive.elements(part), None) if part in archive else None
    if first is None and (part in archive or any(f"xl/{each}" in archive for each in _USUAL)):
        raise Refused(f"is damaged: its part {part[:100]!r} is missing")
    if first is None or first[0] != "workbook":
        raise Refused("is a zip file without a workbook")
    return part


_USUAL = ("worksheets/sheet1.xml", "styles.xml", "sharedStrings.xml")
"""A zip file that has one of these once was a workbook."""


def _parts_beside(archive: Archive, part: str) -> dict[str, tuple[str, str]]:
    """What a part refers to: by id, the kind and the name of another one."""
    folder, name = posixpath.split(part)
    list_of_parts = posixpath.join(folder, "_rels", f"{name}.rels")
    return {
        attributes["Id"]: (
            posixpath.basename(attributes["Type"]),
            posixpath.normpath(posixpath.join("/", folder, attributes["Target"]))[1:],
        )
        for tag, attributes in archive.elements(list_of_parts)
        if tag == "Relationship"
    }
