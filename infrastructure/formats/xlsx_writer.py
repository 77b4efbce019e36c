"""XLSX files as they are exported: one sheet, each cell a text."""

from collections.abc import Iterable, Sequence
from typing import BinaryIO

from application.refusals import Refused
from infrastructure.formats.cells import unguarded

_MOST_ROWS = 1_048_576


def write_xlsx(file: BinaryIO, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table, row by row. Raises Refused if it has more rows than a sheet."""
    # Few commands write a workbook, so only they load what writes it.
    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # noqa: PLC0415 -- see above

    book = Workbook(file, {"constant_memory": True})
    sheet = book.add_worksheet("Contacts")
    sheet.freeze_panes(1, 0)
    for number, cells in enumerate(_all(header, rows)):
        if number == _MOST_ROWS:
            raise Refused(f"a sheet of XLSX has {_MOST_ROWS:,} rows at most; export them as csv")
        for column, text in enumerate(cells):
            if text and sheet.write_string(number, column, _as_read(text)):
                raise Refused(
                    f"row {number + 1}: `{header[column]}` is too long for a cell of XLSX"
                )
    book.close()


def _all(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[Sequence[str]]:
    yield header
    yield from rows


def _as_read(text: str) -> str:
    """A text that is read as it is: whoever reads a sheet takes one `'` off, if it guards."""
    return text if unguarded(text) == text else f"'{text}"
