"""A file of contacts in any format: what it is, and what was understood of it.

The format is found by what the file contains, never by its name.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from application.refusals import Refused
from domain.phone_texts import MAX_LENGTH
from infrastructure.formats.columns import Columns, recognise
from infrastructure.formats.contents import are_emails, are_phones
from infrastructure.formats.csv_file import TORN, open_csv
from infrastructure.formats.encodings import encoding_of
from infrastructure.formats.exported import is_id
from infrastructure.formats.exported_rows import is_exported
from infrastructure.formats.header_words import names_group, says_field
from infrastructure.formats.presets import preset_of
from infrastructure.formats.table import (
    LONGEST_HEADER,
    MOST_COLUMNS,
    MOST_ROWS_ABOVE,
    Row,
    Sheet,
    Table,
    first_time,
)
from infrastructure.formats.vcard_file import open_vcard
from infrastructure.formats.xlsx_archive import BEGINNINGS
from infrastructure.formats.xlsx_file import open_xlsx

Remembered = Callable[[Sequence[Sequence[str]]], tuple[int, Mapping[str, str]] | None]
"""The first of some possible headers for which a mapping was given before, and the mapping.

All are asked for at once: each question takes time of a request.
"""
_SIGNATURES = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x1f\x8b": "a compressed file",
    b"7z\xbc\xaf": "a compressed file",
    b"Rar!": "a compressed file",
    b"SQLite format 3": "a database",
    b"{\\rtf": "a text document (RTF)",
}
_TEXT_SIGNATURES = {
    "{": "JSON",
    "[{": "JSON",
    "<!doctype": "a web page (HTML)",
    "<html": "a web page (HTML)",
    "<?xml": "XML",
    "dn:": "LDIF",
    "version: 1\n": "LDIF",
}
_CARD = "begin:vcard"
_FEWEST_GROUPS = 2
_CELLS_LOOKED_AT = 100
"""How many cells of a row may say that it is data, where lines stand above the header."""
ROWS_LOOKED_AT = 500
"""How many rows decide what columns are whose names say nothing."""


@dataclass(frozen=True, slots=True)
class ContactFile:
    """A file that can be imported: its table and its columns.

    `mapping`: what a person said columns are; `mapping_by`: `given` with the import, `remembered`
    from an earlier one, or None.
    """

    table: Table
    columns: Columns
    mapping: Mapping[str, str]
    mapping_by: str | None = None

    @property
    def path(self) -> Path:
        """The file."""
        return self.table.path

    def rows(self) -> Iterator[Row]:
        """The rows below the header. Raises Refused if it cannot read on."""
        rows, exported = self.table.rows(), self.columns.exported
        return rows if exported is None else _with_ids(rows, exported.id)

    def understood(self) -> dict[str, Any]:
        """What was understood of the file, as JSON: format, encoding, header row, columns."""
        sheet, preset = self.table.sheet, preset_of(self.table.header)
        return {
            "format": sheet.format,
            "encoding": sheet.encoding,
            "header_row": self.table.header_row or None,
            "preset": preset and preset.name,
            "mapping": self.mapping_by,
            "columns": [
                {"column": each.column, "becomes": each.becomes, "because": each.because}
                for each in self.columns.understood
            ],
            "notes": list(sheet.notes),
            "warnings": list(self.columns.warnings),
        }


def _with_ids(rows: Iterator[Row], place: int) -> Iterator[Row]:
    """Rows of exported contacts with the ids that they have in a column."""
    seen: set[int] = set()
    for row in rows:
        text = row.cells[place].strip() if place < len(row.cells) else ""
        yield row._replace(external_id=first_time(text, seen) if is_id(text) else None)


def open_contacts(
    path: Path,
    mapping: Mapping[str, str] | None = None,
    *,
    region: str | None = None,
    encoding: str | None = None,
    header_row: int | None = None,
    remembered: Remembered = lambda _: None,
) -> ContactFile:
    """Find out how to read a file and what its columns are.

    `mapping`: COLUMN to FIELD (see columns.py); `region`: that of the import; `encoding`: what a
    person says it is; `header_row`: the number of the row with the names of columns, 0 if there is
    none. Both are found if left out. Raises Refused, which names the file and what is wrong. The
    whole file is read once, so that nothing is taken of one that is not text.
    """
    said = _Said(mapping or {}, remembered, region, header_row)
    sheet = _sheet(path, region, encoding, said)
    first = list(islice(sheet.rows(), ROWS_LOOKED_AT))
    try:
        return said.understand(sheet, first)
    except Refused as refused:
        raise Refused(f"{path}: {refused}") from None


class _Said(NamedTuple):
    """What is said of a file besides what it contains."""

    mapping: Mapping[str, str]
    remembered: Remembered
    region: str | None
    header_row: int | None

    def understand(self, sheet: Sheet, first: Sequence[Row]) -> ContactFile:
        """What a sheet is by its first rows. Raises Refused, which does not name the file."""
        table, known = self._table(sheet, first)
        given = self.mapping or known or {}
        columns = recognise(
            table.header,
            given,
            rows=[row.cells for row in first if row.number > table.header_row],
            region=self.region,
            groups=table.groups,
        )
        said_by = "given" if self.mapping else "remembered" if given else None
        return ContactFile(table, columns, given, said_by)

    def _table(self, sheet: Sheet, first: Sequence[Row]) -> tuple[Table, Mapping[str, str] | None]:
        """The table of a sheet, and the mapping that is remembered for its header."""
        if self.header_row is None:
            return _found(sheet, first, self.mapping, self.remembered, self.region)
        if sheet.header is not None:
            raise Refused(f"header_row: a file in the format {sheet.format} has none")
        if not self.header_row:
            return _without_header(sheet, first), None
        row = next((each for each in first if each.number == self.header_row), None)
        if row is None:
            raise Refused(f"header_row: row {self.header_row} is empty or not among the first rows")
        known = None if self.mapping else self.remembered([row.cells])
        return _below(sheet, row, first), known and known[1]

    def has_contacts(self, sheet: Sheet, rows: Iterator[Row]) -> bool:
        """Whether a sheet of a workbook can be read as contacts."""
        try:
            self.understand(sheet, list(islice(rows, ROWS_LOOKED_AT)))
        except Refused:
            return False
        return True


def is_workbook(path: Path) -> bool:
    """Whether a file is of an Office program. Raises Refused."""
    return _beginning(path).startswith(BEGINNINGS)


def _sheet(path: Path, region: str | None, encoding: str | None, said: _Said) -> Sheet:
    """A file as rows of cells. Raises Refused."""
    if is_workbook(path):
        return open_xlsx(path, said.has_contacts)
    beginning = _beginning(path)
    for signature, kind in _SIGNATURES.items():
        if beginning.startswith(signature):
            raise Refused(f"{path}: is {kind}, not a file of contacts (CSV, XLSX or vCard)")
    read_as = encoding_of(path, region, encoding)
    text = beginning.decode(read_as.codec, "ignore").lstrip("\ufeff \t\r\n").casefold()
    if text.startswith(_CARD):
        return open_vcard(path, read_as.codec)
    for mark, written_in in _TEXT_SIGNATURES.items():
        if "".join(text.split(" ")).startswith("".join(mark.split(" "))):
            raise Refused(f"{path}: is {written_in}; export it as CSV, XLSX or vCard")
    return open_csv(path, read_as, _known)


def _beginning(path: Path) -> bytes:
    """The first bytes of a file. Raises Refused."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise Refused(
            f"{path}: is not a regular file; it is read twice, so save it as a file first"
        )
    try:
        with path.open("rb") as file:
            return file.read(4_096)
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from None


def _known(cells: Sequence[str]) -> int:
    return sum(map(says_field, cells))


def _found(
    sheet: Sheet,
    rows: Sequence[Row],
    mapping: Mapping[str, str],
    remembered: Remembered,
    region: str | None,
) -> tuple[Table, Mapping[str, str] | None]:
    """The same where nobody says which row the header is."""
    if sheet.header is not None:
        known = remembered([sheet.header])
        return Table(sheet, sheet.header, 0), known and known[1]
    if not rows:
        raise Refused("is empty")
    candidates = rows[:MOST_ROWS_ABOVE]
    known = None if mapping else remembered([row.cells for row in candidates])
    if known is not None:
        return _below(sheet, candidates[known[0]], rows), known[1]
    if not mapping and is_exported(rows[0].cells):
        return _below(sheet, rows[0], rows), None
    wanted = {column.strip().casefold() for column in mapping}
    fits = [
        (len(wanted & {cell.strip().casefold() for cell in row.cells}), _known(row.cells))
        for row in candidates
    ]
    best = max(fits)
    first = rows[0]
    # A single word of the header's language may stand above it, or in a row of data.
    if best[0] or best[1] > 1 or (best[1] == 1 and fits[0] == best):
        return _below(sheet, candidates[fits.index(best)], rows), None
    if _is_data(first.cells, region):
        return _without_header(sheet, rows), None
    header = _as_wide_as_data(candidates, region)
    if header is None:
        return _without_header(sheet, rows), None
    return _below(sheet, header, rows), None


def _as_wide_as_data(rows: Sequence[Row], region: str | None) -> Row | None:
    """The first row that fills as many columns as the data below it; None if there is data alone.

    The first row if none is known to be data.
    """
    filled = [sum(map(bool, map(str.strip, row.cells))) for row in rows]
    if filled[0] < max(filled):
        for place, row in enumerate(rows):
            if filled[place] > 1 and _is_data(row.cells[:_CELLS_LOOKED_AT], region):
                above = zip(rows[:place], filled, strict=False)
                return next((each for each, width in above if width >= filled[place]), None)
    return rows[0]


def _without_header(sheet: Sheet, rows: Sequence[Row]) -> Table:
    """The table of rows whose columns have no names. Raises Refused."""
    if not rows:
        raise Refused("is empty")
    _check_width(rows[0].cells)
    width = max(len(row.cells) for row in rows if len(row.cells) <= MOST_COLUMNS)
    return Table(sheet, tuple(f"Column {place + 1}" for place in range(width)), 0)


def _below(sheet: Sheet, row: Row, rows: Sequence[Row]) -> Table:
    """The table below a row with the names of columns. Raises Refused if they cannot be names."""
    header = row.cells
    _check_width(header)
    if row.wrong == TORN:
        raise Refused("a quote in the header is never closed")
    if sum(map(len, header)) > LONGEST_HEADER:
        raise Refused(f"its header is too long: the limit is {LONGEST_HEADER:,} characters")
    for number, column in enumerate(header, start=1):
        if "\0" in column:
            raise Refused(f"is not text: column {number} of the header contains a NUL character")
        if len(column) > MAX_LENGTH:
            raise Refused(
                f"column {number} of the header is too long: {len(column)} characters, "
                f"the limit is {MAX_LENGTH}"
            )
    above = next((each.cells for each in rows if each.number == row.number - 1), [])
    return Table(sheet, tuple(header), row.number, _groups(above, len(header)))


def _groups(cells: Sequence[str], width: int) -> tuple[str, ...]:
    """What the row above a header says of each column, if it names groups of columns.

    Each name stands for its own column and those to the right, up to the next name.
    """
    named = [place for place, cell in enumerate(cells[:width]) if cell.strip()]
    if len(named) < _FEWEST_GROUPS or not all(names_group(cells[place]) for place in named):
        return ()
    ends = [*named[1:], width]
    groups = [""] * named[0]
    for place, end in zip(named, ends, strict=True):
        groups += [cells[place].strip()] * (end - place)
    return tuple(groups)


def _check_width(cells: Sequence[str]) -> None:
    if len(cells) > MOST_COLUMNS:
        raise Refused(f"has {len(cells)} columns, the limit is {MOST_COLUMNS}")


def _is_data(cells: Sequence[str], region: str | None) -> bool:
    """Whether a row says a phone or an email, which no name of a column is."""
    return any(are_phones([cell], region) or are_emails([cell]) for cell in cells)
