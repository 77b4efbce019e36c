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
from itertools import pairwise
from pathlib import Path
from statistics import mean, median
from typing import Any

import phonenumbers

from tests.benchmarks.files import write_contacts

ROWS = 200_000


def measure(rows: int = ROWS) -> dict[str, Any]:
    """Import `rows` rows, each time between two yardsticks; `ratio` is the median of three.

    Neighbours of a machine slow both alike, so each import is held against what ran beside it.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "contacts.csv"
        write_contacts(file, rows)
        yardsticks, imports = [read_and_normalise(file)], []
        for run in range(3):
            imports.append(run_import(file, f"sqlite:{folder}/store{run}"))
            yardsticks.append(read_and_normalise(file))
        again = run_import(file, f"sqlite:{folder}/store0")
        seconds = [each["wall"] for each in imports]
        beside = [mean(pair) for pair in pairwise(yardsticks)]
        ratios = [wall / yardstick for wall, yardstick in zip(seconds, beside, strict=True)]
        return {
            "rows": rows,
            "yardstick_seconds": [round(each, 2) for each in yardsticks],
            "import_seconds": [round(each, 2) for each in seconds],
            "ratios": [round(each, 2) for each in ratios],
            "ratio": round(median(ratios), 2),
            "again_ratio": round(again["wall"] / yardsticks[-1], 2),
            "rows_a_second": round(rows / median(seconds)),
            "counts": {name: imports[0][name] for name in ("created", "merged", "rejected")},
            "counts_again": {name: again[name] for name in ("created", "merged", "unchanged")},
        }


def read_and_normalise(file: Path) -> float:
    """Seconds to read a file and normalise its phones: the yardstick."""
    start = time.perf_counter()
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            number = phonenumbers.parse(row["Phone"], "US")
            if phonenumbers.is_possible_number(number):
                phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return time.perf_counter() - start


def run_import(file: Path, store: str) -> dict[str, Any]:
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
