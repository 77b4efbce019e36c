"""A file that is made to cost much costs no more for its size than a smaller one of its kind."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from time import process_time

import pytest

from application.refusals import Refused
from domain.records import ValueRefused
from infrastructure.formats.contact_file import open_contacts
from infrastructure.formats.rows import read_row
from tests.infrastructure.formats.workbooks import with_number_format, with_rows

pytestmark = pytest.mark.alone
SMALL = 1_500
MOST_GROWTH = 15
"""How many times as long a file may take that is ten times as large."""
new_number = count().__next__


def text_cell(text: str) -> str:
    return f'<c t="inlineStr"><is><t>{text}</t></is></c>'


def text(folder: Path, content: str) -> Path:
    path = folder / "contacts"
    path.write_text(content, encoding="utf-8")
    return path


def csv_cell(folder: Path, column: str, cell: str) -> Path:
    return text(folder, f'name,phone,{column}\nA,319-555-5677,"{cell}"\n')


def card(folder: Path, lines: str) -> Path:
    return text(folder, f"BEGIN:VCARD\nVERSION:3.0\nTEL:319-555-5677\n{lines}\nEND:VCARD\n")


def sheet(folder: Path, rows: str) -> Path:
    return with_rows(folder, f"<row>{text_cell('Phone')}</row>{rows}")


def number_format(folder: Path, code: str) -> Path:
    return with_number_format(sheet(folder, '<row><c s="0"><v>3195555677</v></c></row>'), code)


def compound_names(folder: Path, length: int) -> Path:
    """Names of columns whose characters each stand for several; none was read before."""
    names = ("々" + "㌀" * (length // 300) + str(new_number()) for _ in range(50))
    return text(folder, f"phone,{','.join(names)}\n")


HOSTILE: dict[str, Callable[[Path, int], Path]] = {
    "csv, commas in a cell": lambda at, n: csv_cell(at, "mobile", "1," * n),
    "csv, commas before a bracket": lambda at, n: csv_cell(at, "email", f"{'x,' * n}<{'y' * n}"),
    "csv, extensions": lambda at, n: csv_cell(at, "mobile", "319-555-5677" + ";12" * n),
    "csv, at signs": lambda at, n: csv_cell(at, "unknown", "@" * n),
    "csv, schemes of an email": lambda at, n: csv_cell(at, "unknown", f"{'mailto:' * n}@"),
    "csv, ends of lines in a cell": lambda at, n: csv_cell(at, "mobile", "\n" * n),
    "csv, columns without a header": lambda at, n: text(at, "319-555-5677" + ",x" * n),
    "csv, names of columns": compound_names,
    "csv, open quotes": lambda at, n: text(at, "name,phone\n" + 'A,"1\n' * (n // 3)),
    "vcard, cards that never end": lambda at, n: text(at, "BEGIN:VCARD\nTEL:1\n" * (n // 20)),
    "vcard, cards in cards": lambda at, n: card(at, "AGENT:BEGIN:VCARD\n" * (n // 3)),
    "vcard, folded lines": lambda at, n: card(at, "NOTE:" + "\n a" * n),
    "vcard, soft ends of lines": lambda at, n: card(
        at, "NOTE;ENCODING=QUOTED-PRINTABLE:" + "=\n" * n
    ),
    "vcard, parameters": lambda at, n: card(at, f"TEL{';a' * n}:1"),
    "vcard, backslashes": lambda at, n: card(at, "N:" + "\\" * n),
    "vcard, commas in a value": lambda at, n: card(at, "TEL:" + "1," * n),
    "xlsx, rows": lambda at, n: sheet(at, f"<row>{text_cell('1')}</row>" * (n // 10)),
    "xlsx, escapes": lambda at, n: sheet(at, f"<row>{text_cell('_x0041_' * n)}</row>"),
    "xlsx, commas in a cell": lambda at, n: sheet(at, f"<row>{text_cell('1,' * n)}</row>"),
    "xlsx, currencies": lambda at, n: number_format(at, "[$" * (n // 20)),
    "xlsx, conditions": lambda at, n: number_format(at, "[" + "&lt;" * n),
    "xlsx, decimals": lambda at, n: number_format(at, "0." + "0" * n),
}


def cost(path: Path) -> float:
    """Seconds of the processor for reading a file to its end, or until it is refused."""
    began = process_time()
    try:
        file = open_contacts(path, region="US")
        for row in file.rows():
            try:
                read_row(row, file.columns, "US")
            except ValueRefused:
                continue
    except Refused:
        pass
    return process_time() - began


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_ten_times_as_large_takes_about_ten_times_as_long(
    tmp_path: Path, make: Callable[[Path, int], Path]
) -> None:
    cost(make(tmp_path, SMALL))  # what is read once, such as the words of headers
    small = min(cost(make(tmp_path, SMALL)) for _ in range(3))
    large = min(cost(make(tmp_path, 10 * SMALL)) for _ in range(2))
    assert large < MOST_GROWTH * small
