"""What reading a file, rebuilding and verifying cost, and how much room an account takes.

`python -m tests.benchmarks.upkeep_speed [ROWS]`: one import by the command line into a new store,
then `rebuild` and `verify` of it, three times; the reader alone beside the yardstick of
import_speed.py, in seconds of CPU. Prints one JSON document.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

from infrastructure.formats.contact_file import open_contacts
from infrastructure.formats.read_ahead import read_batches
from tests.benchmarks.files import write_contacts
from tests.benchmarks.import_speed import ROWS, read_and_normalise, run_import

RUNS = 3
BATCH = 10_000


def measure(rows: int = ROWS) -> dict[str, Any]:
    """Import `rows` rows, then measure. `rebuild` and `verify`: rows a second, as a share of it."""
    with tempfile.TemporaryDirectory() as folder:
        file, store = Path(folder) / "contacts.csv", Path(folder) / "store"
        write_contacts(file, rows)
        readers = [_reader(file) / _yardstick(file) for _ in range(RUNS)]
        imported = run_import(file, f"sqlite:{store}")["wall"]
        size = sum(each.stat().st_size for each in store.rglob("*") if each.is_file())
        shares: dict[str, list[float]] = {"rebuild": [], "verify": []}
        for _ in range(RUNS):
            for command, found in shares.items():
                found.append(imported / _seconds(command, f"sqlite:{store}"))
        return {
            "rows": rows,
            "reader": [round(each, 2) for each in readers],
            "reader_ratio": round(median(readers), 2),
            "bytes_a_row": round(size / rows),
            "import_seconds": round(imported, 2),
            **{name: [round(each, 2) for each in found] for name, found in shares.items()},
            **{f"{name}_ratio": round(median(found), 2) for name, found in shares.items()},
        }


def _reader(file: Path) -> float:
    """Seconds of CPU of the process that reads ahead."""
    before = os.times()
    with closing(read_batches(open_contacts(file, region="US"), "US", BATCH)) as batches:
        for _ in batches:
            pass
    after = os.times()
    return sum(after[2:4]) - sum(before[2:4])


def _yardstick(file: Path) -> float:
    before = time.process_time()
    read_and_normalise(file)
    return time.process_time() - before


def _seconds(command: str, store: str) -> float:
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "infrastructure.cli", command, "--store", store],
        capture_output=True,
        check=True,
    )
    return time.perf_counter() - begun


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if sys.argv[1:] else ROWS), indent=2))  # noqa: T201
