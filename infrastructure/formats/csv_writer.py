"""CSV files as they are exported: UTF-8 with a mark by which spreadsheets know it, commas."""

import re
from collections.abc import Iterable, Sequence
from io import TextIOWrapper
from typing import IO

from infrastructure.formats.cells import guarded

_IN_QUOTES = re.compile(r'[",;|\t\r\n]|^\s|\s$')


def write_csv(file: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table. No cell runs as a formula, and phones stay as they are."""
    text = TextIOWrapper(file, "utf-8-sig", newline="")
    text.write(csv_line(header))
    for row in rows:
        text.write(csv_line(row))
    text.detach()


def csv_line(cells: Sequence[str]) -> str:
    """A row with its line end. No cell runs as a formula, and phones stay as they are."""
    return ",".join(map(_cell, cells)) + "\r\n"


def _cell(text: str) -> str:
    text = guarded(text)
    if _IN_QUOTES.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text
