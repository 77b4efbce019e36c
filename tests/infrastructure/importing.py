"""Import a file in a process of its own.

`python -m tests.infrastructure.importing FILE BATCH` says `begun` when it begins, then after every
batch how many rows are done, and at the end its counts, each on a line of its own. The store is
named in STORE_VARIABLE.
"""

import os
import sys
from dataclasses import asdict
from json import dumps
from pathlib import Path

from application.commands.import_file import Imported, import_file
from infrastructure.account_log.log import EventLog
from infrastructure.bootstrap import STORE_VARIABLE, open_store
from infrastructure.formats.csv_file import open_csv
from infrastructure.formats.read_ahead import read_batches

ACCOUNT = "default"


def import_whole(log: EventLog, file: Path, batch: int) -> Imported:
    done = 0
    rejected: list[int] = []

    def progress(rows: int) -> None:
        nonlocal done
        done += rows
        say(str(done))

    imported = import_file(
        log,
        read_batches(open_csv(file), "US", batch),
        by="admin",
        import_id="file",
        reject=lambda row, _: rejected.append(row.number),
        progress=progress,
    )
    assert imported.rejected == len(set(rejected)) == len(rejected)
    return imported


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    file, batch = sys.argv[1:]
    log = open_store(os.environ[STORE_VARIABLE]).open(ACCOUNT)
    say("begun")
    say(dumps(asdict(import_whole(log, Path(file), int(batch)))))
    log.close()


if __name__ == "__main__":
    main()
