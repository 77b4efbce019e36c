"""Backups that are damaged, or made by somebody who wants to hurt: refused, or restored equal."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from shutil import copyfile
from sqlite3 import Connection
from typing import cast

import pytest

from application.refusals import Refused
from infrastructure.account_log.log import EventLog
from infrastructure.backup import back_up, restore
from infrastructure.backup_checks import digest_beside
from infrastructure.bootstrap import open_store
from infrastructure.sqlite.database import open_file
from infrastructure.storage.beside import COLUMNS, insert
from infrastructure.storage.session import Session
from tests.attack.an_account import ACCOUNT, fill
from tests.stores import Place


@pytest.fixture
def log(place: Place) -> Iterator[EventLog]:
    with closing(place.create(ACCOUNT)) as log:
        fill(log)
        yield log


@pytest.fixture
def backup(log: EventLog, tmp_path: Path) -> Path:
    path = tmp_path / "acme.backup"
    back_up(log, path)
    return path


def everything(folder: Path) -> dict[Path, bytes | None]:
    """Every file of a folder with its content, but those of the account that is restored."""
    return {
        each: each.read_bytes() if each.is_file() else None
        for each in sorted(folder.rglob("*"))
        if "restored" not in each.parts
    }


def refuses_or_restores_equal(place: Place, log: EventLog, file: Path) -> bool:
    """Restore a file under another id. Returns whether it was refused, in one line."""
    around = everything(file.parent)
    accounts, said = open_store(place.url), ""
    try:
        restore(accounts, "restored", file)
    except Refused as refused:
        said = str(refused)
    assert everything(file.parent) == around
    if said:
        assert "\n" not in said
        assert str(file) in said
        assert "restored" not in accounts.names()
        return True
    with closing(place.open("restored")) as restored:
        verified = restored.verify()
    accounts.remove("restored")
    assert (verified.problems, verified.head) == ((), log.verify().head)
    return False


def forged(backup: Path, change: Callable[[Connection], object]) -> None:
    """Change a backup, and say that it was so from the beginning."""
    with closing(open_file(backup, "rw")) as file:
        change(file)
        for table in COLUMNS:
            seal_again(file, table)
        file.execute("UPDATE backup SET beside = ?", (digest_beside(file),))


def seal_again(file: Connection, table: str) -> None:
    """Write the checksums anew, as whoever forges a backup can."""
    kind = "SELECT type FROM sqlite_schema WHERE name = ?"
    if file.execute(kind, (table,)).fetchone() == ("table",):
        rows = file.execute(f"SELECT {', '.join(COLUMNS[table])} FROM {table}").fetchall()
        file.execute(f"DELETE FROM {table}")
        insert(cast("Session", file), table, rows)


def sql(*statements: str) -> Callable[[Connection], object]:
    return lambda file: [file.execute(each) for each in statements]


OUTSIDE = "../../outside"
OPTIONS: dict[str, object] = {"file": "a.csv", "region": None, "mapping": {}, "header": []}


def test_what_is_wrong_is_named(place: Place, backup: Path) -> None:
    forged(backup, FORGERIES["a status that there is not"])
    with pytest.raises(Refused, match="not valid: status: Input should be 'running'"):
        restore(open_store(place.url), "restored", backup)


FORGERIES: dict[str, Callable[[Connection], object]] = {
    "an id that is a path": sql(
        f"UPDATE jobs SET job_id = '{OUTSIDE}' WHERE status = 'running'",
        f"UPDATE uploads SET job_id = '{OUTSIDE}'",
    ),
    "an id that is an absolute path": sql(
        "UPDATE jobs SET job_id = '/tmp/outside' WHERE status = 'running'",
        "UPDATE uploads SET job_id = '/tmp/outside'",
    ),
    "a file of no job": sql("UPDATE uploads SET job_id = 'other'"),
    "a file of a job that is done": sql("UPDATE jobs SET status = 'done'"),
    "a file that is a text": sql("UPDATE uploads SET block = 'text'"),
    "a status that there is not": sql("UPDATE jobs SET status = 'begun'"),
    "options that are a list": sql("UPDATE jobs SET options = '[]'"),
    "options of another kind": sql('UPDATE jobs SET options = \'{"url": "http://x"}\''),
    "a mapping that is none": sql(
        f"UPDATE jobs SET options = '{json.dumps({**OPTIONS, 'mapping': {'a': {}}})}'"
    ),
    "what is not JSON": sql("UPDATE jobs SET result = '{'"),
    "deep JSON": sql(f"UPDATE jobs SET result = '{'[' * 100_000}'"),
    "a number that is a text": sql("UPDATE jobs SET done = 'some'"),
    "a time that there is not": sql(f"UPDATE jobs SET begun_at = {1 << 62}"),
    "a rejected row of no job": sql("UPDATE rejected_rows SET job_id = 'other'"),
    "a mapping of numbers": sql("UPDATE mappings SET mapping = '{\"Name\": 1}'"),
    "a mapping for a number": sql("UPDATE mappings SET header = x'00'"),
    "cells that are a text": sql("UPDATE rejected_rows SET cells = '\"a\"'"),
    "a header of one's own": sql('UPDATE answers SET headers = \'{"Set-Cookie": "a=b"}\''),
    "a header with a line break": sql('UPDATE answers SET headers = \'{"Location": "a\\r\\nb"}\''),
    "a status of another kind": sql("UPDATE answers SET status = 302"),
    "a body that is a text": sql("UPDATE answers SET body = 'text'"),
    "a view in place of a table": sql(
        "ALTER TABLE answers RENAME TO a", "CREATE VIEW answers AS SELECT * FROM a"
    ),
    "a table of its own": sql("CREATE TABLE more (a)"),
    "a trigger": sql("CREATE TRIGGER t AFTER INSERT ON jobs BEGIN DELETE FROM jobs; END"),
    "an index over an expression": sql("CREATE INDEX i ON jobs (abs(done))"),
    "no end": sql("DELETE FROM backup"),
    "two ends": sql("INSERT INTO backup SELECT * FROM backup"),
    "a version that is a text": sql("UPDATE events SET version = 'one' WHERE position = 2"),
}


@pytest.mark.parametrize("what", FORGERIES)
def test_a_forged_backup_is_refused(place: Place, log: EventLog, backup: Path, what: str) -> None:
    forged(backup, FORGERIES[what])
    assert refuses_or_restores_equal(place, log, backup)


def test_a_backup_as_it_is_is_restored(place: Place, log: EventLog, backup: Path) -> None:
    assert not refuses_or_restores_equal(place, log, backup)


def damage(backup: Path, way: int, random: Random) -> None:
    """One of the four ways in which files are damaged: they are cut, or bytes of them change."""
    content = bytearray(backup.read_bytes())
    if way == 0:
        del content[random.randrange(len(content)) :]
    elif way == 1:
        content[random.randrange(len(content))] ^= 1 << random.randrange(8)
    elif way == 2:
        start = random.randrange(len(content))
        content[start : start + 512] = random.randbytes(min(512, len(content) - start))
    else:
        page = random.randrange(1, len(content) // 4096) * 4096
        other = random.randrange(1, len(content) // 4096) * 4096
        content[page : page + 4096] = content[other : other + 4096]
    backup.write_bytes(content)


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(each, marks=pytest.mark.heavy) for each in range(1, 100))]
)
def test_a_damaged_backup_is_refused_or_restored_equal(
    place: Place, log: EventLog, backup: Path, seed: int
) -> None:
    whole = backup.with_suffix(".whole")
    copyfile(backup, whole)
    random, refused = Random(seed), 0  # noqa: S311 - a seed brings it back
    for number in range(10):
        copyfile(whole, backup)
        damage(backup, number % 4, random)
        refused += refuses_or_restores_equal(place, log, backup)
    assert refused


def test_one_cut_near_its_end_is_refused(place: Place, log: EventLog, backup: Path) -> None:
    content = backup.read_bytes()
    backup.write_bytes(content[: len(content) * 95 // 100])
    assert refuses_or_restores_equal(place, log, backup)
