"""Files as tables: every format gives the same rows of cells, which mean nothing yet.

A format is a function from a path to a `Sheet`; what its columns mean: columns.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

Format = Literal["csv", "xlsx", "vcard"]

MOST_COLUMNS = 2_000
"""The largest number of columns of a file."""
LONGEST_HEADER = 1 << 20
"""The largest number of characters of a header."""
MOST_ROWS_ABOVE = 30
"""The header is one of so many rows at the beginning of a file."""


class Row(NamedTuple):
    """A row with its number as in a spreadsheet, from 1; of vCards, the number of the card.

    `wrong`: the reason why it cannot be a record, whatever its cells say; `external_id`: the id by
    which it is known when it is sent again: that of a card, or of the contact that was exported.
    """

    number: int
    cells: list[str]
    wrong: str | None = None
    external_id: str | None = None


def first_time(external_id: str, seen: set[int]) -> str | None:
    """The id of a row; None if an earlier row of the file has the same one.

    Of those seen only digests are held: a file may have a million rows.
    """
    digest = int.from_bytes(blake2b(external_id.encode(), digest_size=8).digest())
    if digest in seen:
        return None
    seen.add(digest)
    return external_id


class Sheet(Protocol):
    """The rows of a file, before anybody knows what they mean. It can be sent to a process."""

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def format(self) -> Format:
        """Its format."""

    @property
    def encoding(self) -> str | None:
        """How its bytes are read as text; None if the format says it itself."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What its owner should know, in whole sentences: other sheets that are left out."""

    @property
    def header(self) -> tuple[str, ...] | None:
        """The names of the columns if the format itself has them; else a row may have them."""

    def rows(self) -> Iterator[Row]:
        """All rows in order but blank ones. Raises Refused if it cannot read on."""


@dataclass(frozen=True, slots=True)
class Table:
    """A file with its header: the names of its columns.

    `header_row`: the number of the row with the names; 0 if no row has them. `groups`: what the row
    above says of several columns at once, for each column, such as `Company`.
    """

    sheet: Sheet
    header: tuple[str, ...]
    header_row: int
    groups: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """The file."""
        return self.sheet.path

    def rows(self) -> Iterator[Row]:
        """The rows below the header. Raises Refused if it cannot read on."""
        header = list(self.header)
        for row in self.sheet.rows():
            if row.number > self.header_row:
                yield row if row.cells != header else row._replace(wrong="repeats the header")
