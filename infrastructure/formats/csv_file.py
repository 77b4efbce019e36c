"""CSV files: comma, semicolon or tab, UTF-8 with or without a byte order mark, with a header."""

import codecs
import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import chain
from pathlib import Path
from typing import NamedTuple, TextIO

from application.refusals import Refused
from domain.cells import split_cell
from domain.countries import region_of
from domain.phone_texts import MAX_LENGTH
from domain.records import Record, ValueRefused, Written, read_record
from infrastructure.formats.cells import unguarded
from infrastructure.formats.columns import Columns, recognise

MOST_COLUMNS = 2_000
"""The largest number of columns of a file."""
LONGEST_HEADER = 1 << 20
"""The largest number of characters of a header."""
_LONGEST_CELL = 256 << 20
_DELIMITERS = ",;\t"
_END = "\0the end of the file\0"
"""A line after the last one: a row that contains it has a quote that is never closed."""


class Row(NamedTuple):
    """A row with its number as in a spreadsheet (the header is row 1).

    `torn`: it has a quote that is never closed, so it contains the rest of the file.
    """

    number: int
    cells: list[str]
    torn: bool


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file that can be read: its path, delimiter and columns."""

    path: Path
    delimiter: str
    columns: Columns

    def rows(self) -> Iterator[Row]:
        """Rows in order; empty lines are only counted. Raises Refused if it cannot read on."""
        number = 0
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                for number, cells in enumerate(_read_cells(file, self.delimiter), start=1):
                    if number > 1 and any(cells):
                        torn = cells[-1].endswith(_END)
                        if torn:
                            cells[-1] = cells[-1].removesuffix(_END)
                        yield Row(number, cells, torn)
        except UnicodeDecodeError:
            raise Refused(f"{self.path}: it changed while it was read") from None
        except csv.Error as error:
            raise Refused(f"{self.path}: after row {number}: {error}") from None
        except OSError as error:
            raise Refused(f"{self.path}: {error.strerror}") from None


def _read_cells(file: TextIO, delimiter: str) -> Iterator[list[str]]:
    """The cells of each row; those of a torn one end in `_END`."""
    csv.field_size_limit(_LONGEST_CELL)
    for cells in csv.reader(chain(file, [_END]), delimiter=delimiter):
        if cells != [_END]:
            yield [unguarded(cell) if cell[:1] == "'" else cell for cell in cells]


def open_csv(path: Path, mapping: Mapping[str, str] | None = None) -> CsvFile:
    """Find out how to read a file. Raises Refused, which names the file and what is wrong.

    It checks that the whole file is text before a single row is taken.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        raise Refused(
            f"{path}: is not a regular file; it is read twice, so save it as a file first"
        )
    _check_text(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        beginning = file.read(LONGEST_HEADER + 1)
        first_line = StringIO(beginning, newline="").readline()
        if not first_line.strip():
            raise Refused(f"{path}: is empty, or its first line is; it needs a header")
        delimiter = max(_DELIMITERS, key=first_line.count)
        try:
            header = _read_header(beginning, delimiter)
            _check_header(header)
            return CsvFile(path, delimiter, recognise(header, mapping))
        except (Refused, csv.Error) as refused:
            raise Refused(f"{path}: {refused}") from None


def _read_header(beginning: str, delimiter: str) -> list[str]:
    """The first row of a file. `beginning`: what it begins with, or all of it if it is short."""
    lines = StringIO(beginning, newline="")
    header = next(_read_cells(lines, delimiter))
    if len(beginning) > LONGEST_HEADER and not lines.readline():
        raise Refused(f"its header is too long: the limit is {LONGEST_HEADER:,} characters")
    return header


def _check_header(header: Sequence[str]) -> None:
    if len(header) > MOST_COLUMNS:
        raise Refused(f"has {len(header)} columns, the limit is {MOST_COLUMNS}")
    if header[-1].endswith(_END):
        raise Refused("a quote in the header is never closed")
    for number, column in enumerate(header, start=1):
        if "\0" in column:
            raise Refused(f"is not text: column {number} of the header contains a NUL character")
        if len(column) > MAX_LENGTH:
            raise Refused(
                f"column {number} of the header is too long: {len(column)} characters, "
                f"the limit is {MAX_LENGTH}"
            )


def _check_text(path: Path) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                decoder.decode(block)
                line += block.count(b"\n")
            decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        line += error.object.count(b"\n", 0, error.start)
        raise Refused(f"{path}: is not UTF-8 text (line {line}); save it as UTF-8") from None
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from None


def read_row(row: Row, columns: Columns, region: str | None) -> Record:
    """One row as a record. Raises ValueRefused, which names the field by its column.

    `region`: two letters, the region of phones in a row without a country.
    """
    if row.torn:
        raise ValueRefused("row", "has a quote that is never closed, up to the end of the file")
    cells, width = row.cells, len(columns.header)
    if len(cells) > width and any(cells[width:]):
        raise ValueRefused("row", f"has {len(cells)} cells, the header has {width}")
    if columns.countries:
        region = region_of((_cell(cells, place) for place in columns.countries), region)
    attributes = columns.attributes.items()
    try:
        return read_record(
            source="csv",
            region=region,
            name=_name(cells, columns),
            phones=_values(cells, columns.phones, region),
            emails=_values(cells, columns.emails, region),
            attributes={name: cells[place] for place, name in attributes if place < len(cells)},
        )
    except ValueRefused as refused:
        field = _column_of(refused.field, cells, columns, region)
        raise ValueRefused(field, refused.reason) from None


def _column_of(field: str, cells: Sequence[str], columns: Columns, region: str | None) -> str:
    """The column that a record's field comes from: that of `phones[3]` is the fourth phone's."""
    name, bracket, index = field.partition("[")
    places = {"phones": columns.phones, "emails": columns.emails}.get(name)
    if places is None or not bracket:
        return field.removeprefix("attributes.")
    of_values = [place for place in places for _ in split_cell(_cell(cells, place), region)]
    return columns.header[of_values[int(index.partition("]")[0])]]


def _cell(cells: Sequence[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""


def _name(cells: Sequence[str], columns: Columns) -> str:
    name = _cell(cells, columns.name)
    if name.strip():
        return name
    parts = (_cell(cells, place).strip() for place in columns.name_parts)
    return " ".join(part for part in parts if part)


def _values(
    cells: Sequence[str], places: Sequence[int], region: str | None
) -> list[Written] | None:
    """The values of a row's phone or email columns; None if the file has no such columns."""
    if not places:
        return None
    return [value for place in places for value in split_cell(_cell(cells, place), region)]
