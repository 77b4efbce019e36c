"""CSV files: cells apart by comma, semicolon, tab or `|`, in any encoding."""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import chain, islice
from pathlib import Path
from typing import Literal, TextIO

from application.refusals import Refused
from infrastructure.formats.cells import unguarded
from infrastructure.formats.encodings import Encoding
from infrastructure.formats.table import LONGEST_HEADER, MOST_ROWS_ABOVE, Row

DELIMITERS = ",;\t|"
_LONGEST_CELL = 256 << 20
_END = "\0the end of the file\0"
"""A line after the last one: a row that contains it has a quote that is never closed."""
TORN = "has a quote that is never closed, up to the end of the file"
_SAYS_DELIMITER = "sep="
"""The beginning of a first line with which Excel is told the delimiter."""


@dataclass(frozen=True, slots=True)
class CsvSheet:
    """The rows of a csv file."""

    path: Path
    read_as: Encoding
    delimiter: str
    first_row: int = 1
    format: Literal["csv"] = "csv"
    header: None = None

    @property
    def encoding(self) -> str:
        return self.read_as.name

    @property
    def notes(self) -> tuple[str, ...]:
        return () if self.read_as.note is None else (self.read_as.note,)

    def rows(self) -> Iterator[Row]:
        number = 0
        try:
            with _opened(self.path, self.read_as) as file:
                for number, cells in enumerate(_read_cells(file, self.delimiter), start=1):
                    if number >= self.first_row and any(cells):
                        yield _row(number, cells)
        except UnicodeDecodeError:
            raise Refused(f"{self.path}: it changed while it was read") from None
        except csv.Error as error:
            raise Refused(f"{self.path}: after row {number}: {error}") from None
        except OSError as error:
            raise Refused(f"{self.path}: {error.strerror}") from None


def _opened(path: Path, read_as: Encoding) -> TextIO:
    return path.open(encoding=read_as.codec, errors=read_as.errors, newline="")


def _read_cells(lines: TextIO, delimiter: str) -> Iterator[list[str]]:
    """The cells of each row; those of a torn one end in `_END`."""
    csv.field_size_limit(_LONGEST_CELL)
    # Some programs put a space between a comma and a quote.
    reader = csv.reader(chain(lines, [_END]), delimiter=delimiter, skipinitialspace=True)
    for cells in reader:
        if cells != [_END]:
            yield [unguarded(cell) if cell[:1] == "'" else cell for cell in cells]


def _row(number: int, cells: list[str]) -> Row:
    if not cells[-1].endswith(_END):
        return Row(number, cells)
    return Row(number, [*cells[:-1], cells[-1].removesuffix(_END)], TORN)


def open_csv(path: Path, read_as: Encoding, known: Callable[[Sequence[str]], int]) -> CsvSheet:
    """Find out the delimiter of a file whose bytes can be read so.

    `known`: how many cells of a row name a column that is known. Raises Refused, which names the
    file.
    """
    with _opened(path, read_as) as file:
        beginning = file.read(LONGEST_HEADER + 1)
    first_line = beginning.lstrip("\r\n").partition("\n")[0].strip()
    if not beginning.strip():
        raise Refused(f"{path}: is empty")
    said = first_line.casefold().strip('"')
    if said.startswith(_SAYS_DELIMITER) and said[-1] in DELIMITERS:
        return CsvSheet(path, read_as, said[-1], first_row=2)
    if said == _SAYS_DELIMITER:  # a tab, which was stripped
        return CsvSheet(path, read_as, "\t", first_row=2)
    rows = {each: _first_rows(beginning, each) for each in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda each: _fitness(rows[each], known))
    if not rows[delimiter]:
        raise Refused(f"{path}: its header is too long: the limit is {LONGEST_HEADER:,} characters")
    return CsvSheet(path, read_as, delimiter)


def _first_rows(beginning: str, delimiter: str) -> list[list[str]]:
    """The first rows of a file, without one that is cut."""
    rows = filter(any, _read_cells(StringIO(beginning, newline=""), delimiter))
    first = list(islice(rows, MOST_ROWS_ABOVE))
    is_cut = len(beginning) > LONGEST_HEADER and len(first) < MOST_ROWS_ABOVE
    return first[:-1] if is_cut else first


def _fitness(
    rows: Sequence[Sequence[str]], known: Callable[[Sequence[str]], int]
) -> tuple[int, int]:
    """How well a delimiter fits: known columns of a row, then how many rows are equally wide."""
    widths = [len(row) for row in rows]
    usual = max(widths, key=lambda width: (widths.count(width), width), default=1)
    return max(map(known, rows), default=0), widths.count(usual) if usual > 1 else 0
