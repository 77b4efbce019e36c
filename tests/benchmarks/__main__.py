"""All yardsticks in one go: `python -m tests.benchmarks [ROWS]`.

Prints the table of docs/performance.md as Markdown: each figure is a ratio to something that ran in
the same minutes on the same machine. It takes about a quarter of an hour, on a quiet machine.
"""

import os
import platform
import sqlite3
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

from tests.benchmarks import (
    http_speed,
    import_speed,
    import_speed_on_postgresql,
    preview_speed,
    upkeep_speed,
)


def rows_of_table(rows: int) -> Iterator[tuple[str, object]]:
    """What was measured, and the figure."""
    on_sqlite = import_speed.measure(rows)
    yield (
        f"import of {rows:,} rows ÷ reading the file and normalising its phones",
        (f"{on_sqlite['ratio']} ({on_sqlite['rows_a_second']:,} rows a second)"),
    )
    yield "the same file again ÷ the same", on_sqlite["again_ratio"]
    upkeep = upkeep_speed.measure(rows)
    yield "CPU of the process that reads ÷ the same", upkeep["reader_ratio"]
    yield "bytes a row, all files of the account", upkeep["bytes_a_row"]
    yield "rebuild, rows a second ÷ import", upkeep["rebuild_ratio"]
    yield "verify, rows a second ÷ import", upkeep["verify_ratio"]
    on_postgresql = import_speed_on_postgresql.measure(rows)
    yield "import into PostgreSQL, rows a second ÷ SQLite", on_postgresql["share"]
    preview = preview_speed.measure()
    yield "CPU of a preview of 50,000 new rows ÷ their import", preview["ratio_new"]
    yield "CPU of a preview of 50,000 known rows ÷ their import", preview["ratio_known"]
    http = http_speed.measure(look_ups=False)
    for clients in (16, 1):
        commands, reads = http[f"commands_{clients}"], http[f"reads_{clients}"]
        told = f"{clients} client{'s' if clients > 1 else ''}"
        yield (
            f"calls recorded over HTTP, {told} ÷ a service written by hand",
            (f"{commands['share']['own/by_hand']} ({commands['a_second']['own']:,} a second)"),
        )
        yield f"the same, {told} ÷ an endpoint that inserts one row", commands["share"]["own/bare"]
        for name, what in (
            ("own_contact", "a contact by its id"),
            ("own_phone", "contacts by a phone"),
            ("own_who", "who is calling"),
        ):
            share, rate = reads["share"][f"{name}/empty"], reads["a_second"][name]
            yield (
                f"{what}, {told} ÷ an endpoint that does nothing",
                (f"{share} ({rate:,} a second)"),
            )


def main() -> None:
    """Measure and print."""
    today = datetime.now(UTC).date().isoformat()  # noqa: TID251 - it dates the table
    sqlite, python = sqlite3.sqlite_version, platform.python_version()
    _say(f"{today}, {os.cpu_count()} cores, Python {python}, SQLite {sqlite}\n")
    _say("| what | figure |\n| --- | --- |")
    for what, figure in rows_of_table(int(sys.argv[1]) if sys.argv[1:] else import_speed.ROWS):
        _say(f"| {what} | {figure} |")


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the table itself


if __name__ == "__main__":
    main()
