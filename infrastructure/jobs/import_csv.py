"""Import a csv file into an account: read, decide, and keep what was rejected."""

import csv
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from application.commands.import_file import BATCH, Imported, ReadRow, import_file
from application.ports import AccountLog
from domain.records import RecordRefused
from infrastructure.formats.csv_file import CsvFile
from infrastructure.formats.garbage import garbage_collected_seldom
from infrastructure.formats.read_ahead import read_batches


@dataclass(frozen=True, slots=True)
class ImportedCsv:
    """The counts, and the file with the rejected rows if there were any."""

    counts: Imported
    rejected_file: Path | None


def import_csv(
    log: AccountLog,
    file: CsvFile,
    *,
    by: str,
    import_id: str,
    region: str | None,
    rejected_folder: Path,
    progress: Callable[[int], None] | None = None,
) -> ImportedCsv:
    """Import a file that `open_csv` found readable.

    `region`: what phones are read with, instead of the account's default region.
    """
    with log.reading() as reading:
        region = region or reading.settings.default_region

    def done(rows: int) -> None:
        collect(rows)
        if progress is not None:
            progress(rows)

    with ExitStack() as stack, garbage_collected_seldom() as collect:
        rejects = _Rejects(
            rejected_folder / f"{import_id}.rejected.csv", file.columns.header, stack
        )
        counts = import_file(
            log,
            read_batches(file, region, BATCH),
            by=by,
            import_id=import_id,
            reject=rejects.add,
            progress=done,
        )
    return ImportedCsv(counts, rejects.path if counts.rejected else None)


class _Rejects:
    """The rejected rows as a file of their own, with row number and reason; made when needed."""

    def __init__(self, path: Path, header: tuple[str, ...], stack: ExitStack) -> None:
        self.path = path
        self._header = header
        self._stack = stack
        self._writer: Any = None

    def add(self, row: ReadRow, refused: RecordRefused) -> None:
        if self._writer is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = self._stack.enter_context(self.path.open("w", encoding="utf-8", newline=""))
            self._writer = csv.writer(file)
            self._writer.writerow(["row", "reason", *self._header])
        self._writer.writerow([row.number, str(refused), *row.cells])
