"""Excel workbooks (.xlsx): the rows of the first visible sheet that has contacts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from application.refusals import Refused
from infrastructure.formats.cells import unguarded
from infrastructure.formats.table import MOST_COLUMNS, Format, Row, Sheet
from infrastructure.formats.xlsx_archive import Opened

if TYPE_CHECKING:
    from infrastructure.formats.xlsx_sheets import Book, SheetPart

HasContacts = Callable[[Sheet, Iterator[Row]], bool]
"""Whether rows of a sheet are read as contacts."""
_MOST_TRIED = 20
"""How many sheets with content are looked at for contacts."""
_NAMED = 3
"""How many sheets that are left out are named."""


@dataclass(frozen=True, slots=True)
class XlsxSheet:
    """A sheet of a workbook. `part`: where the workbook stores it."""

    path: Path
    part: str
    notes: tuple[str, ...] = ()
    format: Format = "xlsx"
    encoding: str | None = None
    header: tuple[str, ...] | None = None

    def rows(self) -> Iterator[Row]:
        """Rows in order with their numbers; blank ones are left out. Raises Refused."""
        with Opened(self.path) as opened:
            yield from _rows(_book(opened), self.part, opened)


def check_xlsx(path: Path) -> None:
    """Check what a workbook's directory says, which takes no time. Raises Refused."""
    with Opened(path) as opened:
        opened.archive()


def _rows(book: "Book", part: str, opened: Opened) -> Iterator[Row]:
    for number, texts in book.rows(part):
        if cells := _cells(texts):
            yield Row(number, cells)
        opened.after = number


def open_xlsx(path: Path, has_contacts: HasContacts = lambda *_: True) -> XlsxSheet:
    """Find the sheet to read: the first with contacts, else the first with content.

    Raises Refused, which names the file and what is wrong.
    """
    with Opened(path) as opened:
        book = _book(opened)
        visible = [sheet for sheet in book.sheets if not sheet.hidden]
        filled = [sheet for sheet in visible if _has_rows(book, sheet)]
        if not filled:
            hidden = len(visible) < len(book.sheets)
            raise Refused("has no rows" + ("; hidden sheets are not read" if hidden else ""))
        read = filled[0]
        if len(filled) > 1:
            tried = (
                sheet
                for sheet in filled[:_MOST_TRIED]
                if has_contacts(XlsxSheet(path, sheet.part), _rows(book, sheet.part, opened))
            )
            read = next(tried, read)
        others = [sheet.title for sheet in filled if sheet is not read]
        return XlsxSheet(path, read.part, _notes([read.title, *others]))


def _book(opened: Opened) -> "Book":
    # openpyxl takes a quarter of a second to import: only who reads a workbook pays for it.
    from infrastructure.formats.xlsx_sheets import Book  # noqa: PLC0415 -- see above

    return Book(opened.archive())


def _has_rows(book: "Book", sheet: "SheetPart") -> bool:
    return any(text.strip() for _, texts in book.rows(sheet.part) for text in texts.values())


def _cells(texts: dict[int, str]) -> list[str]:
    """The cells of a row from column A on, up to the last one that is not blank."""
    filled = {column: text for column, text in texts.items() if not text.isspace()}
    width = max(filled, default=-1) + 1
    if width > MOST_COLUMNS:
        raise Refused(f"has {width} columns, the limit is {MOST_COLUMNS}")
    cells = [""] * width
    for column, text in texts.items():
        if column < width:
            cells[column] = unguarded(text) if text[:1] == "'" else text
    return cells


def _notes(titles: list[str]) -> tuple[str, ...]:
    """A sentence about the sheets that are left out, if there are any."""
    read, *others = titles
    if not others:
        return ()
    *names, last = [f"`{title}`" for title in others[:_NAMED]]
    if len(others) > _NAMED:
        names, last = [*names, last], f"{len(others) - _NAMED} more"
    left_out = f"{', '.join(names)} and {last}" if names else last
    return (f"Sheet `{read}` is read; {left_out} {'is' if not names else 'are'} left out.",)
