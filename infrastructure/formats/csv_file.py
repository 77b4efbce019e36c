"""CSV files: cells apart by comma, semicolon, tab or `|`, in any encoding."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from itertools import islice, zip_longest
from pathlib import Path
from typing import Literal, TextIO

from application.refusals import Refused
from infrastructure.formats.cells import unguarded
from infrastructure.formats.encodings import Encoding, read_once_more
from infrastructure.formats.exported import ID
from infrastructure.formats.table import LONGEST_HEADER, MOST_ROWS_ABOVE, Row

DELIMITERS = ",;\t|"
_LONGEST_CELL = 256 << 20
TORN = "has a quote that is never closed, up to the end of the file"
_WRAPPED = (
    "Each line is in quotes as a whole, as when a csv is saved as a csv of one column; it is read "
    "as if it were not."
)
_ERRORS = frozenset(
    "#N/A #NV #N/D #REF! #VALUE! #NAME? #DIV/0! #NULL! #NUM! (blank) (null) <null> [null]".split()  # noqa: SIM905
)
"""What programs write for want of a value; nobody is called so."""
_MISSING = frozenset({"NULL", "null", "None", "nan", "NaN", "<NA>", "\\N"})
"""What programs write for want of a value, and people may be called, or mean."""
_ROWS_LOOKED_AT = 500
_POINT = re.compile(r"@|(?:\d[^\d]?){7}")
"""What only phones and emails have."""
_EXPORTED = re.compile(rf'(?:[^\r\n]*([{DELIMITERS}]))?"?{ID}"?(?:([{DELIMITERS}])|[\r\n]|$)')
"""The header of contacts that this program exported, before or after a delimiter."""
_SAYS_DELIMITER = "sep="
"""The beginning of a first line with which Excel is told the delimiter."""


@dataclass(frozen=True, slots=True)
class CsvSheet:
    """The rows of a csv file."""

    path: Path
    read_as: Encoding
    delimiter: str
    first_row: int = 1
    wrapped: bool = False
    blank: frozenset[str] = _ERRORS
    format: Literal["csv"] = "csv"
    header: None = None

    @property
    def encoding(self) -> str:
        return self.read_as.name

    @property
    def notes(self) -> tuple[str, ...]:
        blank = [f"`{each}` is read as blank." for each in sorted(self.blank - _ERRORS)]
        return tuple(filter(None, [self.read_as.note, _WRAPPED if self.wrapped else None, *blank]))

    def rows(self) -> Iterator[Row]:
        number = 0
        try:
            with _opened(self.path, self.read_as) as file:
                lines = map(read_once_more, file) if self.read_as.is_twice else file
                read = _Cells(lines, self.delimiter, wrapped=self.wrapped)
                for number, cells in enumerate(read, start=1):
                    if not self.blank.isdisjoint(cells):
                        cells[:] = ("" if cell in self.blank else cell for cell in cells)
                    if number >= self.first_row and (read.torn or any(cells)):
                        yield Row(number, cells, TORN if read.torn else None)
        except UnicodeDecodeError:
            raise Refused(f"{self.path}: it changed while it was read") from None
        except csv.Error as error:
            raise Refused(f"{self.path}: after row {number}: {error}") from None
        except OSError as error:
            raise Refused(f"{self.path}: {error.strerror}") from None


def _opened(path: Path, read_as: Encoding) -> TextIO:
    return path.open(encoding=read_as.codec, errors=read_as.errors, newline="")


class _Cells:
    """The cells of each row, and whether the last one has a quote that is never closed.

    `wrapped`: each row is a cell of its own, which holds the row as another csv.
    """

    def __init__(self, lines: Iterable[str], delimiter: str, *, wrapped: bool = False) -> None:
        csv.field_size_limit(_LONGEST_CELL)
        # Some programs put a space between a comma and a quote.
        self._rows = csv.reader(self._until_end(lines), delimiter=delimiter, skipinitialspace=True)
        self._delimiter, self._wrapped = delimiter, wrapped
        self.torn = False

    def _until_end(self, lines: Iterable[str]) -> Iterator[str]:
        yield from lines
        # Whoever asks for a line after the last one and gives a row then, gives one that is open.
        self.torn = True

    def __iter__(self) -> Iterator[list[str]]:
        for row in self._rows:
            cells = _unwrapped(row, self._delimiter) if self._wrapped else row
            yield [unguarded(cell) if cell[:1] == "'" else cell for cell in cells]


def _unwrapped(cells: list[str], delimiter: str) -> list[str]:
    """The cells of a row that a program took for one cell, with quotes around the whole line."""
    if len(cells) != 1:
        return cells
    line = " ".join(cells[0].splitlines())
    return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])


def open_csv(path: Path, read_as: Encoding, known: Callable[[Sequence[str]], int]) -> CsvSheet:
    """Find out the delimiter of a file whose bytes can be read so.

    `known`: how many cells of a row name a column that is known. Raises Refused, which names the
    file.
    """
    with _opened(path, read_as) as file:
        beginning = file.read(LONGEST_HEADER + 1)
        if exported := _EXPORTED.match(beginning):
            as_written = Encoding(read_as.codec, read_as.errors)
            delimiter = exported[2] or exported[1] or ","
            return CsvSheet(path, as_written, delimiter, blank=frozenset())
        if read_as.is_twice:
            beginning = read_once_more(beginning)
    if not beginning.strip():
        raise Refused(f"{path}: is empty")
    sheet = _by_delimiter(path, read_as, beginning, known)
    lines = StringIO(beginning, newline="")
    first = islice(_Cells(lines, sheet.delimiter, wrapped=sheet.wrapped), _ROWS_LOOKED_AT)
    return replace(sheet, blank=_ERRORS | _missing(list(first)))


def _missing(rows: Sequence[Sequence[str]]) -> frozenset[str]:
    """The words that stand for a missing phone or email, and so for any other missing value."""
    found: set[str] = set()
    for column in zip_longest(*rows, fillvalue=""):
        missing = _MISSING.intersection(column) - found
        if missing and any(_POINT.search(cell[:200]) for cell in column):
            found |= missing
    return frozenset(found)


def _by_delimiter(
    path: Path, read_as: Encoding, beginning: str, known: Callable[[Sequence[str]], int]
) -> CsvSheet:
    first_line = beginning.lstrip("\r\n").partition("\n")[0].strip()
    said = first_line.casefold().strip('"')
    if said.startswith(_SAYS_DELIMITER) and said[-1] in DELIMITERS:
        return CsvSheet(path, read_as, said[-1], first_row=2)
    if said == _SAYS_DELIMITER:  # a tab, which was stripped
        return CsvSheet(path, read_as, "\t", first_row=2)
    rows = {each: _first_rows(beginning, each) for each in DELIMITERS}
    delimiter = _fittest(rows, known)
    if not rows[delimiter]:
        raise Refused(f"{path}: its header is too long: the limit is {LONGEST_HEADER:,} characters")
    if all(len(row) == 1 for each in DELIMITERS for row in rows[each]):
        inner = {each: [_unwrapped(row, each) for row in rows[each]] for each in DELIMITERS}
        wrapped = _fittest(inner, known)
        widths = {len(row) for row in inner[wrapped]}
        if len(widths) == 1 and widths.pop() > 1 and len(inner[wrapped]) > 1:
            return CsvSheet(path, read_as, wrapped, wrapped=True)
    return CsvSheet(path, read_as, delimiter)


def _fittest(
    rows: Mapping[str, Sequence[Sequence[str]]], known: Callable[[Sequence[str]], int]
) -> str:
    return max(DELIMITERS, key=lambda each: _fitness(rows[each], known))


def _first_rows(beginning: str, delimiter: str) -> list[list[str]]:
    """The first rows of a file, without one that is cut."""
    rows = filter(any, _Cells(StringIO(beginning, newline=""), delimiter))
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
