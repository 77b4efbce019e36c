"""Tables of one version become those of the next, account by account: docs/scaling.md, "Upgrades".

The next release is a copy of the program with one more step: it and this one serve side by side.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from application.commands.receive_records import receive_records
from application.refusals import StoreUnusable
from domain.settings import MergeSettings
from infrastructure.bootstrap import open_store
from infrastructure.storage.schema import FIRST_VERSION, SCHEMA_VERSION
from tests.filled_account import ACCOUNT
from tests.messages import ADMIN, JOHN, csv_row
from tests.stores import Place

ROOT = Path(__file__).resolve().parents[2]
NEXT = SCHEMA_VERSION + 1
ADDS = """
ALTER TABLE {schema}.contacts ADD COLUMN nickname TEXT;
CREATE TABLE {schema}.nicknames (name TEXT PRIMARY KEY)
"""


def test_an_account_of_a_draft_is_refused_in_one_line(place: Place) -> None:
    with an_account(place):
        before = "PRAGMA user_version = {0}"
        if place.kind == "postgresql":
            before = "UPDATE schema_version SET version = {0}, works_with = {0}"
        place.database(ACCOUNT).execute(before.format(FIRST_VERSION - 1))
        said = rf"written before the first release \(schema {FIRST_VERSION - 1}, this program needs"
        with pytest.raises(StoreUnusable, match=said):
            place.open(ACCOUNT)


class NextRelease:
    """A copy of the program that has one more step."""

    def __init__(self, folder: Path, works_with: int) -> None:
        for name in ("domain", "application", "infrastructure"):
            shutil.copytree(ROOT / name, folder / name)
        schema = folder / "infrastructure" / "storage" / "schema.py"
        text = schema.read_text("utf-8")
        step = f"\nSTEPS = (*STEPS, Step({NEXT}, works_with={works_with}, statements={ADDS!r}))\n"
        assert text.count("\nSCHEMA_VERSION = ") == 1
        text = text.replace("\nSCHEMA_VERSION = ", f"{step}SCHEMA_VERSION = ")
        new = "    yield from read_model_schema(schema)\n"
        assert text.count(new) == 1
        also = f"    yield from statements({ADDS!r}, schema)\n"  # new accounts have it too
        schema.write_text(text.replace(new, new + also), "utf-8")
        self._folder = folder

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "infrastructure.cli", *arguments],
            cwd=self._folder,
            env={**os.environ, "PYTHONPATH": str(self._folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def imports(self, place: Place, row: str) -> None:
        """Import a row."""
        file = self._folder / "row.csv"
        file.write_text(f"Name,Phone\n{row}\n", "utf-8")
        self.run("import", str(file), *_where(place))


def _where(place: Place) -> list[str]:
    return ["--store", place.url, "--account", ACCOUNT]


@contextmanager
def an_account(place: Place) -> Iterator[None]:
    accounts = open_store(place.url)
    settings = MergeSettings(default_region="US")
    with closing(accounts.create(ACCOUNT, settings, ADMIN)) as log:
        receive_records(log, [csv_row("Of this release", [JOHN])], by=ADMIN)
    yield


def test_old_and_new_processes_work_side_by_side(place: Place, tmp_path: Path) -> None:
    """After a step that works with the version before, both read and write, in turn."""
    release = NextRelease(tmp_path / "next", works_with=SCHEMA_VERSION)
    with an_account(place), closing(place.open(ACCOUNT)) as log:
        release.imports(place, f"Of the next,{JOHN}")
        assert "nicknames" in place.database(ACCOUNT).all_tables()
        assert "nickname" in place.database(ACCOUNT).columns("contacts")
        # One account was open before the step, and one is opened after it.
        for again, name in ((log, "Open before"), (place.open(ACCOUNT), "Opened after")):
            (received,) = receive_records(again, [csv_row(name, [JOHN])], by=ADMIN)
            assert received.outcome == "merged"
            release.imports(place, f"Of the next after {name},{JOHN}")
            assert again.verify().problems == ()
            assert again.rebuild().differences == ()
            if again is not log:
                again.close()
        verified = json.loads(release.run("verify", *_where(place), "--json"))
        assert (verified["problems"], verified["contacts"]) == ([], 1)
        assert json.loads(release.run("rebuild", *_where(place), "--json"))["same"]


def test_one_that_is_too_old_says_so_and_writes_nothing(place: Place, tmp_path: Path) -> None:
    release = NextRelease(tmp_path / "next", works_with=NEXT)
    with an_account(place), closing(place.open(ACCOUNT)) as log:
        release.imports(place, f"Of the next,{JOHN}")
        before = place.database(ACCOUNT).dump(["events"])
        too_old = rf"written by a newer version \(schema {NEXT}.*upgrade to open it"
        with pytest.raises(StoreUnusable, match=too_old):
            receive_records(log, [csv_row("Too late", [JOHN])], by=ADMIN)
        with pytest.raises(StoreUnusable, match=too_old), log.reading():
            pass
        with pytest.raises(StoreUnusable, match=too_old):
            place.open(ACCOUNT)
        assert place.database(ACCOUNT).dump(["events"]) == before


def test_other_accounts_are_as_they_were(place: Place, tmp_path: Path) -> None:
    """A step is taken for each account when it is opened."""
    release = NextRelease(tmp_path / "next", works_with=NEXT)
    open_store(place.url).create("another", MergeSettings(), ADMIN).close()
    with an_account(place):
        release.imports(place, f"Of the next,{JOHN}")
        with closing(place.open("another")) as another:
            receive_records(another, [csv_row("Still here", [JOHN])], by=ADMIN)
            assert another.verify().problems == ()
