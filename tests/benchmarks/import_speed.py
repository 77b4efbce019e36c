"""How long an import takes, as a multiple of reading the file and normalising its phones.

`python -m tests.benchmarks.import_speed [ROWS]`: both in one run, the yardstick in one process,
the import by the command line into a new store. Prints one JSON document.
"""

import csv
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import phonenumbers

from tests.benchmarks.files import write_contacts

ROWS = 200_000


def measure(rows: int = ROWS) -> dict[str, Any]:
    """Import `rows` rows; `ratio` is its time over the yardstick's, the better of two."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "contacts.csv"
        write_contacts(file, rows)
        yardstick = min(_read_and_normalise(file) for _ in range(2))
        first, second = (_import(file, f"sqlite:{folder}/store{run}") for run in range(2))
        again = _import(file, f"sqlite:{folder}/store0")
        return {
            "rows": rows,
            "yardstick_seconds": round(yardstick, 2),
            "import_seconds": [round(first["wall"], 2), round(second["wall"], 2)],
            "ratio": round(min(first["wall"], second["wall"]) / yardstick, 2),
            "again_ratio": round(again["wall"] / yardstick, 2),
            "rows_a_second": round(rows / min(first["wall"], second["wall"])),
            "counts": {name: first[name] for name in ("created", "merged", "rejected")},
            "counts_again": {name: again[name] for name in ("created", "merged", "unchanged")},
        }


def _read_and_normalise(file: Path) -> float:
    start = time.perf_counter()
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            number = phonenumbers.parse(row["Phone"], "US")
            if phonenumbers.is_possible_number(number):
                phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return time.perf_counter() - start


def _import(file: Path, store: str) -> dict[str, Any]:
    """The import's counts and `wall`, its seconds from start to end of the process."""
    command = [sys.executable, "-m", "infrastructure.cli", "import", str(file), "--json"]
    start = time.perf_counter()
    done = subprocess.run(
        [*command, "--region", "US", "--store", store], capture_output=True, check=True
    )
    counts: dict[str, Any] = json.loads(done.stdout)
    return {**counts, "wall": time.perf_counter() - start}


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if sys.argv[1:] else ROWS), indent=2))  # noqa: T201
