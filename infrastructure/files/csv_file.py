"""CSV files: comma, semicolon or tab, UTF-8 with or without a byte order mark, with a header."""

import codecs
import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from application.refusals import Refused
from domain.identifiers import is_region, split_cell
from domain.records import Record, RecordRefused, Written, read_record
from infrastructure.files.columns import Columns, recognise

_LONGEST_CELL = 256 << 20
_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file that can be read: its path, delimiter and columns."""

    path: Path
    delimiter: str
    columns: Columns

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Rows with their number, as a spreadsheet counts them (the header is row 1).

        Lines that are empty are no rows.
        """
        csv.field_size_limit(_LONGEST_CELL)
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, delimiter=self.delimiter)
            for number, cells in enumerate(reader, start=1):
                if number > 1 and any(cells):
                    yield number, cells


def open_csv(path: Path, mapping: Mapping[str, str] | None = None) -> CsvFile:
    """Find out how a file is to be read. Raises Refused, naming the file and what is wrong.

    The whole file is checked to be text before a single row is taken.
    """
    _check_text(path)
    csv.field_size_limit(_LONGEST_CELL)
    with path.open(encoding="utf-8-sig", newline="") as file:
        sample = file.readline(1 << 20)
        if not sample.strip():
            raise Refused(f"{path}: is empty, or its first line is; it needs a header")
        delimiter = max(_DELIMITERS, key=sample.count)
        file.seek(0)
        header = next(csv.reader(file, delimiter=delimiter))
    try:
        return CsvFile(path, delimiter, recognise(header, mapping))
    except Refused as refused:
        raise Refused(f"{path}: {refused}") from None


def _check_text(path: Path) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                decoder.decode(block)
                line += block.count(b"\n")
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise Refused(f"{path}: is not UTF-8 text (at or after line {line})") from None
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from None


def read_row(cells: Sequence[str], columns: Columns, region: str | None) -> Record:
    """One row as a record. Raises RecordRefused, naming the field by its column.

    `region`: two letters, what phones are read with where the row names no country.
    """
    width = len(columns.header)
    if len(cells) > width and any(cells[width:]):
        raise RecordRefused("row", f"has {len(cells)} cells, the header has {width}")
    country = _cell(cells, columns.country).strip().upper()
    return read_record(
        source="csv",
        region=country if is_region(country) else region,
        name=_name(cells, columns),
        phones=_values(cells, columns.phones),
        emails=_values(cells, columns.emails),
        attributes={
            name: cells[place] for place, name in columns.attributes.items() if place < len(cells)
        },
    )


def _cell(cells: Sequence[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""


def _name(cells: Sequence[str], columns: Columns) -> str:
    name = _cell(cells, columns.name)
    if name.strip():
        return name
    parts = (_cell(cells, place).strip() for place in columns.name_parts)
    return " ".join(part for part in parts if part)


def _values(cells: Sequence[str], places: Sequence[int]) -> list[Written] | None:
    """The values of a row's phone or email columns; None where the file has none."""
    if not places:
        return None
    return [value for place in places for value in split_cell(_cell(cells, place))]
