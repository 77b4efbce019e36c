"""What a preview of an import costs, as a multiple of the import that follows, in CPU time.

`python -m tests.benchmarks.preview_speed [ROWS]`: previews and imports by the command line, each
preview just before its import: of new rows, and of the same rows again. Prints one JSON document.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.files import write_contacts

ROWS = 50_000
RUNS = 3


def measure(rows: int = ROWS) -> dict[str, Any]:
    """Preview and import `rows` rows in turn. `ratio`s are the medians of three."""
    new: list[float] = []
    known: list[float] = []
    peaks = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "contacts.csv"
        write_contacts(file, rows)
        for run in range(RUNS):
            store = f"sqlite:{folder}/store{run}"
            for ratios in (new, known):
                preview, peak = _cpu_and_peak(file, store, "--dry-run")
                ratios.append(preview / _cpu_and_peak(file, store)[0])
                peaks.append(peak)
    return {
        "rows": rows,
        "ratios_new": [round(each, 2) for each in new],
        "ratio_new": round(median(new), 2),
        "ratios_known": [round(each, 2) for each in known],
        "ratio_known": round(median(known), 2),
        "peak_megabytes": max(peaks) // 1024,
    }


def _cpu_and_peak(file: Path, store: str, *options: str) -> tuple[float, int]:
    """Seconds of CPU of a command and the processes that it starts, and its peak memory in KiB."""
    command = [sys.executable, "-m", "infrastructure.cli", "import", str(file)]
    process = subprocess.Popen(
        [*command, *options, "--region", "US", "--store", store],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return used.ru_utime + used.ru_stime, used.ru_maxrss


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if sys.argv[1:] else ROWS), indent=2))  # noqa: T201
