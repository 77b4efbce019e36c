"""CSV files that are long or have long headers."""

from itertools import islice
from multiprocessing import active_children
from pathlib import Path
from threading import active_count
from time import process_time

import pytest

from application.jobs.job import ReadRow
from application.refusals import Refused
from domain.records import ValueRefused
from infrastructure.formats.contact_file import open_contacts
from infrastructure.formats.read_ahead import SMALL, read_batches
from infrastructure.formats.table import LONGEST_HEADER, MOST_COLUMNS
from tests.infrastructure.formats.test_csv_file import records, refusals, refused, rows, written
from tests.messages import JOHN, ROW, csv_row


class TestLongHeaders:
    def test_the_number_of_columns_is_limited(self, tmp_path: Path) -> None:
        names = [f"c{number}" for number in range(MOST_COLUMNS + 1)]
        said = f"has {MOST_COLUMNS + 1} columns, the limit is {MOST_COLUMNS}"
        assert refused(tmp_path, ",".join(names) + "\n") == said
        most = written(tmp_path, ",".join(["Name", "Phone", *names[2:-1]]) + "\nJ," + JOHN)
        began = process_time()
        file = open_contacts(most)
        assert process_time() - began < 0.5
        assert len(file.columns.header) == MOST_COLUMNS
        assert [row.record for row in rows(file)] == [csv_row("J", [JOHN])]

    def test_the_number_of_columns_is_limited_without_a_header_too(self, tmp_path: Path) -> None:
        wide = "," * MOST_COLUMNS
        said = f"has {MOST_COLUMNS + 1} columns, the limit is {MOST_COLUMNS}"
        assert refused(tmp_path, f"{JOHN}{wide}\n") == said
        assert refusals(tmp_path, f"{JOHN},a\n{ROW}{wide}x\n{ROW},b,c\n") == [
            (2, f"row: has {MOST_COLUMNS + 1} cells, the header has 3")
        ]

    @pytest.mark.parametrize("begin", ["", '"', 'Name,"a\n'])
    def test_a_long_one_is_refused_at_once(self, tmp_path: Path, begin: str) -> None:
        path = written(tmp_path, begin + "a" * (20 << 20))
        began = process_time()
        with pytest.raises(Refused, match=r"its header is too long: the limit is 1,048,576"):
            open_contacts(path)
        assert process_time() - began < 0.5

    def test_one_that_is_cut_by_the_limit_is_not_taken_for_a_whole_one(
        self, tmp_path: Path
    ) -> None:
        lines = f'Name,"{"a" * 100}\n{"b" * LONGEST_HEADER}",Phone\nJ,,{JOHN}\n'
        assert "its header is too long" in refused(tmp_path, lines)

    def test_rows_after_it_may_be_longer(self, tmp_path: Path) -> None:
        long = f"Name,Phone,Note\nJ,{JOHN},{'a' * 30_000}\n" + f"K,{JOHN},{'b' * 30_000}\n" * 50
        assert [each.name for each in records(tmp_path, long)][:2] == ["J", "K"]


class TestReadAhead:
    """A second process reads a large file, and the result is the same."""

    LINES = 6_000

    def content(self, lines: int) -> str:
        kinds = [
            "J\u00f3n {0},319-555-{0:04},a{0}@b.test,US",
            "B {0},n/a,a@@b,",
            "C {0},020 1234 {0:04};ext=7,,GB",
            "D {0},319-555-{0:04} ::: n/a,A{0}@B.test ::: c@d.test,",
            "E {0},319-555-{0:04},,,more",
        ]
        body = "".join(f"{kinds[number % 5].format(number)}\n" for number in range(lines))
        return f"name,phone,email,country\n{body}"

    def comparable(self, read: list[ReadRow]) -> list[object]:
        """A row for comparing: only refused rows must have their cells."""
        return [
            (row.number, str(row.record), list(row.cells))
            if isinstance(row.record, ValueRefused)
            else (row.number, row.record, row.record.fingerprint)
            for row in read
        ]

    def test_the_rows_are_those_that_this_process_reads(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = open_contacts(written(tmp_path, self.content(self.LINES)))
        assert file.path.stat().st_size > SMALL
        ahead = list(read_batches(file, "US", 700))
        monkeypatch.setattr("infrastructure.formats.read_ahead.SMALL", file.path.stat().st_size + 1)
        here = list(read_batches(file, "US", 700))
        assert [len(batch) for batch in ahead] == [700] * 8 + [400]
        for one, other in zip(ahead, here, strict=True):
            assert self.comparable(one) == self.comparable(other)

    @pytest.mark.parametrize("taken", [1, 60, 61])
    def test_whoever_stops_leaves_nothing_behind_that_reads_on(
        self, tmp_path: Path, taken: int
    ) -> None:
        """Stopping in the middle, before the end is known, or after it."""
        threads = active_count()
        file = open_contacts(written(tmp_path, self.content(self.LINES)))
        batches = read_batches(file, "US", 100)
        assert len(list(islice(batches, taken))) == min(taken, 60)
        batches.close()
        assert not [child for child in active_children() if child.name == "read-ahead"]
        assert active_count() == threads

    def test_a_file_that_ends_in_a_full_batch_has_no_empty_one(self, tmp_path: Path) -> None:
        file = open_contacts(written(tmp_path, self.content(4)))
        assert [len(batch) for batch in read_batches(file, "US", 2)] == [2, 2]
