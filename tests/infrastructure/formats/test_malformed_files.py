"""Malformed files: each is refused in one line, or each of its rows gives a record or a reason.

A failure names its seed, and `changed_bytes(SEED)` gives the same file again.
"""

import csv
import json
import warnings
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.refusals import Refused
from domain.records import Record, ValueRefused
from infrastructure.formats.cells import unguarded
from infrastructure.formats.contact_file import ContactFile, open_contacts
from infrastructure.formats.csv_file import TORN, CsvSheet
from infrastructure.formats.rows import read_row
from infrastructure.formats.table import Row
from tests.infrastructure.formats.malformed import (
    as_csv,
    as_vcards,
    as_xlsx,
    changed_bytes,
    header,
    tables,
)

FEW, MANY = (70, 30), (7_000, 3_000)
"""How many files with changed bytes are read, and how many tables of odd cells."""
MOST_SECONDS = 2
"""Of the processor, for one file: a hundred times what such a small one costs."""
REGIONS = (None, "US", "DE", "JP", "CZ")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name)


def check(path: Path, content: bytes, region: str | None) -> bool:
    """Whether a file could be opened; everything else that it may do is checked."""
    path.write_bytes(content)
    with warnings.catch_warnings(record=True) as warned:  # an error might become a refusal
        warnings.simplefilter("always")
        began = process_time()
        try:
            file = open_contacts(path, region=region)
        except Refused as refused:
            check_refused(path, refused)
            return False
        finally:
            assert process_time() - began < MOST_SECONDS
            assert not warned
        assert json.loads(json.dumps(file.understood(), allow_nan=False)) == file.understood()
        check_rows(file, region)
        assert process_time() - began < MOST_SECONDS
    assert not warned
    return True


def check_refused(path: Path, refused: Refused) -> None:
    text = str(refused)
    assert text.startswith(f"{path}: ")
    assert text.splitlines() == [text]
    assert text.encode()


def check_row_refused(refused: ValueRefused) -> None:
    assert refused.field.strip()
    assert refused.reason
    assert str(refused).splitlines() == [str(refused)]


def check_rows(file: ContactFile, region: str | None) -> None:
    rows: list[Row] = []
    try:
        for row in file.rows():
            assert row.number > (rows[-1].number if rows else file.table.header_row)
            rows.append(row)
            try:
                assert isinstance(read_row(row, file.columns, region), Record)
            except ValueRefused as refused:
                check_row_refused(refused)
    except Refused as refused:
        check_refused(file.path, refused)
        return
    sheet = file.table.sheet
    if isinstance(sheet, CsvSheet) and not sheet.wrapped:
        given_cells = [row.cells for row in rows if row.wrong != TORN or any(row.cells)]
        assert given_cells == cells_of(sheet, file.table.header_row)


def cells_of(sheet: CsvSheet, header_row: int) -> list[list[str]]:
    """The rows below the header as Python reads them, without blank ones."""
    text = sheet.path.read_bytes().decode(sheet.read_as.codec, sheet.read_as.errors)
    reader = csv.reader(
        StringIO(text, newline=""), delimiter=sheet.delimiter, skipinitialspace=True
    )
    below = list(reader)[max(header_row, sheet.first_row - 1) :]
    told = [[unguarded(cell) for cell in cells] for cells in below]
    kept = [["" if cell in sheet.blank else cell for cell in cells] for cells in told]
    return [cells for cells in kept if any(cells)]


def check_changed_bytes(folder: Path, seeds: range) -> None:
    opened = sum(check_seed(folder, seed) for seed in seeds)
    assert 0.3 * len(seeds) < opened < 0.95 * len(seeds)


def check_seed(folder: Path, seed: int) -> bool:
    try:
        return check(folder / "contacts", changed_bytes(seed), REGIONS[seed % len(REGIONS)])
    except Exception as error:
        error.add_note(f"seed {seed}")
        raise


def check_tables(folder: Path, number: int) -> None:
    @settings(max_examples=number, deadline=None, database=None, derandomize=True)
    @given(header, tables, st.integers(0, 1 << 32))
    def check_table(names: list[str], table: list[list[str]], seed: int) -> None:
        random = Random(seed)  # noqa: S311 - a seed tells it again
        form = random.choice([as_csv, as_csv, as_vcards, as_xlsx])
        content = form([names, *table] if names else table, random)
        check(folder / "contacts", content, random.choice(REGIONS))

    check_table()


def test_changed_bytes_give_rows_or_a_reason(folder: Path) -> None:
    check_changed_bytes(folder, range(FEW[0]))


@pytest.mark.heavy
def test_changed_bytes_give_rows_or_a_reason_in_thousands_of_files(folder: Path) -> None:
    check_changed_bytes(folder, range(MANY[0]))


def test_odd_cells_give_rows_or_a_reason(folder: Path) -> None:
    check_tables(folder, FEW[1])


@pytest.mark.heavy
def test_odd_cells_give_rows_or_a_reason_in_thousands_of_tables(folder: Path) -> None:
    check_tables(folder, MANY[1])
