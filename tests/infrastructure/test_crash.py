"""An import that is killed leaves a sound account; importing again completes it."""

import os
import random
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from json import loads
from pathlib import Path
from signal import SIGKILL
from statistics import median
from time import monotonic

import pytest

from application.documents.contacts import ContactDocument, PointDocument
from application.reads.contacts import find_contacts
from application.reads.paging import LARGEST_PAGE
from infrastructure.account_log.log import EventLog
from infrastructure.bootstrap import STORE_VARIABLE
from tests.benchmarks.files import write_contacts
from tests.infrastructure.importing import ACCOUNT
from tests.stores import Kind, Place, new_place

BATCHES = 20
KILLS = 3
"""How often one import is killed; it is started again after each."""


@dataclass(frozen=True)
class Whole:
    """The outcome of an undisturbed import."""

    file: Path
    rows: int
    contacts: list[tuple[object, ...]]
    length: int
    rejected: int
    batch_seconds: float


@pytest.fixture(scope="module")
def whole(
    request: pytest.FixtureRequest, kind: Kind, tmp_path_factory: pytest.TempPathFactory
) -> Whole:
    rows: int = request.param
    file = tmp_path_factory.mktemp("whole") / "contacts.csv"
    write_contacts(file, rows - 2)
    with file.open("a", encoding="utf-8") as appended:
        appended.write("No,Number,n/a,,Acme,,Boston\nNo,Number,,a@@b,Acme,,Boston\n")
    with new_place(kind) as place, closing(place.create(ACCOUNT)) as log:
        counts, batch_seconds = import_again(file, place, rows // BATCHES)
        assert counts["rows"] == counts["created"] + counts["merged"] + counts["rejected"] == rows
        length, rejected = log.verify().events, counts["rejected"]
        return Whole(file, rows, read_contacts(log), length, rejected, batch_seconds)


def import_in_process(file: Path, place: Place, batch: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.infrastructure.importing", str(file), str(batch)],
        env={**os.environ, STORE_VARIABLE: place.url},
        stdout=subprocess.PIPE,
        text=True,
    )


def import_again(file: Path, place: Place, batch: int) -> tuple[dict[str, int], float]:
    """Import a file to its end. Returns its counts, and how long a batch took."""
    with import_in_process(file, place, batch) as process:
        assert process.stdout is not None
        said = [(monotonic(), line) for line in process.stdout]
    assert process.returncode == 0
    counts: dict[str, int] = loads(said[-1][1])
    return counts, median(after - before for (before, _), (after, _) in pairwise(said))


def kill_at(file: Path, place: Place, batch: int, done: int, delay: float) -> None:
    """Import a file, or the rest of it, and kill the process `delay` seconds after some rows."""
    with import_in_process(file, place, batch) as process:
        assert process.stdout is not None
        line = f"{done}\n" if done else "begun\n"
        while process.stdout.readline() != line:
            assert process.poll() is None
        try:
            process.wait(delay)
        except subprocess.TimeoutExpired:
            process.kill()
    assert process.returncode == -SIGKILL


def read_contacts(log: EventLog) -> list[tuple[object, ...]]:
    """What every live contact says, oldest first."""

    def values(points: Sequence[PointDocument]) -> list[str]:
        return [point.value for point in points]

    def contact(each: ContactDocument) -> tuple[object, ...]:
        attributes = {name: shown.value for name, shown in each.attributes.items()}
        return each.kind, each.name, values(each.phones), values(each.emails), attributes

    contacts: list[tuple[object, ...]] = []
    cursor = None
    with log.reading() as reading:
        while True:
            page = find_contacts(reading, limit=LARGEST_PAGE, cursor=cursor)
            contacts += [contact(each) for each in page.items]
            cursor = page.next
            if cursor is None:
                return contacts


def check_killed_import(whole: Whole, place: Place, seed: int, kills: int) -> None:
    """Kill an import at random moments, ever later; then let it end, and run it once more."""
    chance = random.Random(seed)  # noqa: S311 - a seed replays the moments
    log, batch, length = place.create(ACCOUNT), whole.rows // BATCHES, 1
    for batches in sorted(chance.sample(range(BATCHES - 5), kills)):
        # Each row is one event after the first one, and the import goes on where it was killed.
        done = max(0, batches - (length - 1) // batch) * batch
        kill_at(whole.file, place, batch, done, chance.uniform(0, whole.batch_seconds))
        with log.database.writing():
            pass  # a server may finish the commit although no client waits for its answer
        verified = log.verify()
        assert verified.problems == ()
        assert length <= verified.events < whole.length
        length = verified.events
    counts, _ = import_again(whole.file, place, batch)
    assert counts["rows"] == whole.rows == sum(counts.values()) - counts["rows"]
    assert (counts["rejected"], counts["updated"]) == (whole.rejected, 0)
    assert counts["unchanged"] == whole.rows - whole.rejected  # what was killed is completed first
    verified = log.verify()
    assert (verified.problems, verified.events) == ((), whole.length)
    assert read_contacts(log) == whole.contacts
    counts, _ = import_again(whole.file, place, batch)
    assert counts["unchanged"] == whole.rows - whole.rejected
    assert log.recorder.max_notification_id() == whole.length
    log.close()


@pytest.mark.parametrize(
    ("kind", "whole"),
    [("sqlite", 3_000), pytest.param("postgresql", 2_000, marks=pytest.mark.heavy)],
    indirect=True,
)
def test_an_import_that_is_killed_is_sound_and_can_be_completed(whole: Whole, place: Place) -> None:
    check_killed_import(whole, place, seed=0, kills=1)


@pytest.mark.heavy
@pytest.mark.parametrize("whole", [20_000], indirect=True)
@pytest.mark.parametrize("seed", range(10))
def test_an_import_that_is_killed_at_thirty_moments_is_sound_and_can_be_completed(
    whole: Whole, place: Place, seed: int
) -> None:
    check_killed_import(whole, place, seed, KILLS)
