"""Lines in columns that fit the width of the terminal."""

import os
import sys
from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from infrastructure.cli import output

NARROWEST, WIDEST_WITHOUT_TERMINAL = 60, 120
_GAP = 2


class Column(NamedTuple):
    """A column: its least width, and its share of the width that is left.

    `whole`: what stands in it is never cut, such as an id. `beyond`: the width of a terminal from
    which on it is shown.
    """

    least: int
    share: int = 0
    whole: bool = False
    beyond: int = 0


class Cell(NamedTuple):
    """A text that may be cut, and what stands behind it that is never cut."""

    text: str
    behind: str = ""


ID = Column(16, whole=True)
DAY = Column(10)


def width() -> int:
    """The characters of a line: those of the terminal, else COLUMNS, else 120."""
    if sys.stdout.isatty():
        return max(output.console.width, NARROWEST)
    given = os.environ.get("COLUMNS", "")
    is_number = given.isascii() and given.isdigit()
    return max(int(given[:5]), NARROWEST) if is_number else WIDEST_WITHOUT_TERMINAL


def print_row(columns: Sequence[Column], cells: Sequence[str | Cell]) -> None:
    """Print a line with a cell in each column; a text that is too long is cut, and ends with `…`.

    The widths depend on the terminal alone, so that the pages of a list have the same columns.
    """
    across = width()
    shown = [pair for pair in zip(columns, cells, strict=True) if pair[0].beyond <= across]
    left = across - sum(column.least + _GAP for column, _ in shown) + _GAP
    shares = sum(column.share for column, _ in shown)
    parts = []
    for column, cell in shown:
        room = column.least + (left * column.share // shares if shares else 0)
        parts.append(_fitted(cell, max(room, 4), whole=column.whole))
    output.line((" " * _GAP).join(parts).rstrip())


def cut(text: str, room: int) -> str:
    """A text that takes at most so many places; `…` stands for what was cut off."""
    return text if cell_len(text) <= room else f"{set_cell_size(text, room - 1).rstrip()}…"


def wrapped(text: str, room: int) -> list[str]:
    """A text in lines of at most so many places."""
    lines = Text(output.printable(text)).wrap(output.console, max(room, 16))
    return [each.plain.rstrip() for each in lines]


def print_paragraph(indent: str, text: str) -> None:
    """Print a text in lines that fit, each after the first two places further in."""
    first, *rest = wrapped(text, width() - len(indent) - 2) or [""]
    output.line(f"{indent}{first}")
    for each in rest:
        output.line(f"{indent}  {each}")


def _fitted(cell: str | Cell, room: int, *, whole: bool) -> str:
    text, behind = (cell, "") if isinstance(cell, str) else cell
    text = output.printable(text)
    if not whole:
        text = cut(text, max(room - cell_len(behind), 4))
    return f"{text}{behind}{' ' * (room - cell_len(text) - cell_len(behind))}"
