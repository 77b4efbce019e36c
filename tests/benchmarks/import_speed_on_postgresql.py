"""How many rows a second an import into PostgreSQL takes, as a share of one into SQLite.

`python -m tests.benchmarks.import_speed_on_postgresql [ROWS]`: both in one run, in turn, by the
command line into a new store, on this machine's disk. Prints one JSON document.
"""

import json
import sys
import tempfile
from pathlib import Path
from statistics import mean, median
from typing import Any

from domain.settings import MergeSettings
from infrastructure.bootstrap import open_store
from tests.benchmarks.files import write_contacts
from tests.benchmarks.import_speed import ROWS, run_import
from tests.postgresql import Server


def measure(rows: int = ROWS) -> dict[str, Any]:
    """Import `rows` rows into each, in turn; `share` is the median of three.

    Neighbours of a machine slow both alike, so each import into PostgreSQL is held against those
    into SQLite before and after it.
    """
    server = Server(durable=True)
    server.start()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "contacts.csv"
        write_contacts(file, rows)
        on_sqlite = [run_import(file, f"sqlite:{folder}/store0")["wall"]]
        on_postgresql = []
        for run in range(1, 4):
            url = server.new_database()
            open_store(url).create("default", MergeSettings(default_region="US"), "admin").close()
            imported = run_import(file, url)
            on_postgresql.append(imported["wall"])
            on_sqlite.append(run_import(file, f"sqlite:{folder}/store{run}")["wall"])
        shares = [
            mean(on_sqlite[run : run + 2]) / seconds for run, seconds in enumerate(on_postgresql)
        ]
        return {
            "rows": rows,
            "sqlite_seconds": [round(each, 2) for each in on_sqlite],
            "postgresql_seconds": [round(each, 2) for each in on_postgresql],
            "shares": [round(each, 2) for each in shares],
            "share": round(median(shares), 2),
            "rows_a_second": round(rows / median(on_postgresql)),
        }


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if sys.argv[1:] else ROWS), indent=2))  # noqa: T201
