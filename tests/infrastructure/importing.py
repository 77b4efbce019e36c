"""Import a file in a separate process.

`python -m tests.infrastructure.importing FILE BATCH` says `begun` when it begins, then after every
batch how many rows are done, and at the end its counts, each on a line of its own. The store is
named in STORE_VARIABLE.
"""

import csv
import os
import sys
from collections.abc import Sequence
from io import StringIO
from json import dumps
from pathlib import Path

from application.jobs.job import Job, ReadRow
from infrastructure.account_log.log import EventLog
from infrastructure.bootstrap import STORE_VARIABLE, open_store
from infrastructure.jobs.carry_out import carry_out_here, carry_out_next
from infrastructure.jobs.file_imports import import_of
from infrastructure.jobs.running import Manner
from infrastructure.jobs.shown import rejected_csv

ACCOUNT = "default"


def import_whole(log: EventLog, file: Path, batch: int) -> Job:
    done = 0

    def told(rows: Sequence[ReadRow], _: object) -> None:
        nonlocal done
        done += len(rows)
        say(str(done))

    while carry_out_next(log, "changes", Manner(batch, told)):
        pass  # what was interrupted is completed first, and its rows are told too
    job = import_of(log, file=file.name, by="admin", region="US")
    job = carry_out_here(log, job, file, Manner(batch, told))
    rejected = [row[0] for row in csv.reader(StringIO("".join(rejected_csv(log, job.id))))][1:]
    assert job.result["rejected"] == len(set(rejected)) == len(rejected)
    return job


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    file, batch = sys.argv[1:]
    log = open_store(os.environ[STORE_VARIABLE]).open(ACCOUNT)
    say("begun")
    job = import_whole(log, Path(file), int(batch))
    say(dumps({"rows": job.done, **job.result}))
    log.close()


if __name__ == "__main__":
    main()
