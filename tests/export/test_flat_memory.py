"""However many contacts there are, an export takes the same memory."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from application.commands.receive_records import receive_records
from domain.records import Record
from tests.messages import csv_row
from tests.stores import new_place

LARGEST = 200 << 10
"""KiB of a process, the whole program included."""
BATCH = 5_000
_MEASURED = r"""
import re
from infrastructure.cli import main
try:
    main()
finally:
    # The figure of getrusage may be that of the process that started this one.
    print(*re.findall(r"VmHWM:\s+(\d+) kB", open("/proc/self/status").read()))
"""


@pytest.mark.parametrize(
    ("many", "names"),
    [
        (600, ["contacts.csv"]),
        pytest.param(
            200_000, ["contacts.csv", "contacts.xlsx", "contacts.vcf"], marks=pytest.mark.heavy
        ),
    ],
)
def test_every_format(tmp_path: Path, many: int, names: list[str]) -> None:
    with new_place("sqlite") as place:
        with closing(place.create("default")) as log:
            for first in range(0, many, BATCH):
                numbers = range(first, min(many, first + BATCH))
                receive_records(log, [person(each) for each in numbers], by="sender")
        for name in names:
            exported = subprocess.run(
                [sys.executable, "-c", _MEASURED, "export", tmp_path / name, "--store", place.url],
                capture_output=True,
                text=True,
                check=False,
            )
            assert f"{many} contacts exported" in exported.stderr
            assert int(exported.stdout) < LARGEST, name


def person(number: int) -> Record:
    return csv_row(
        f"Person {number}",
        [f"+1319{2_000_000 + number:07}", f"+1515{2_000_000 + number:07}"],
        [f"person{number}@example.test"],
        company=f"Company {number % 5_000}",
        city="Ames",
        note=f"A note of some length about the person {number}",
    )
