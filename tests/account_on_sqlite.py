"""A real account on SQLite with a little of everything in it, made once, a copy for each test."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from shutil import copytree

import pytest

from application.change_settings import change_settings
from application.receive_records import receive_records
from application.withdraw_record import withdraw_record
from domain.settings import MergeSettings
from infrastructure.event_log.sqlite_accounts import SqliteAccounts, SqliteLog
from tests.messages import (
    ADMIN,
    JOHN,
    JOHN_TOO,
    MARY,
    NOON,
    ROW,
    SWITCHBOARD,
    csv_row,
    day,
    entered,
    hubspot_contact,
    hubspot_lead,
)

ACCOUNT = "acme"


def _accounts(folder: Path, *, first_id: int) -> SqliteAccounts:
    ids = _numbers(first_id)
    return SqliteAccounts(folder, _minutes(), ids, randomness=lambda size: b"s" * size)


def _minutes() -> Callable[[], datetime]:
    minutes = count()
    return lambda: NOON + timedelta(minutes=next(minutes))


def _numbers(first: int) -> Callable[[], str]:
    numbers = count(first)
    return lambda: f"{next(numbers):026}"


def _fill(log: SqliteLog) -> None:
    """Contacts that were imported, merged, sent again, withdrawn from and deleted."""
    receive_records(
        log,
        [
            entered("api", "John Jones", [JOHN, JOHN_TOO], ["john@b.test"]),
            csv_row("John J", [JOHN, ROW, "n/a"], ["a@@b"], company="Acme"),
            hubspot_contact("1", "J\u00f3n", [JOHN], updated_at=day(1), city="Ames"),
            hubspot_lead("1", "Lead", [MARY], ["mary@b.test"], day(1)),
            hubspot_contact("2", "Gone", ["+13195550111"], updated_at=day(1)),
        ],
        by=ADMIN,
    )
    change_settings(log, {"shared_identifiers": [SWITCHBOARD]}, by=ADMIN)
    receive_records(
        log,
        [
            hubspot_contact("1", "John", [JOHN, "+13195550122"], updated_at=day(2), city="Boone"),
            hubspot_contact("3", "Mary", [MARY, SWITCHBOARD], updated_at=day(3)),
            csv_row("Alone", [SWITCHBOARD]),
        ],
        by=ADMIN,
    )
    withdraw_record(log, "hubspot", "contact", "2", by=ADMIN)
    withdraw_record(log, "hubspot", "lead", "1", by=ADMIN)


@pytest.fixture(scope="session")
def filled_account(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled")
    log = _accounts(folder, first_id=1).create(ACCOUNT, MergeSettings(default_region="US"), ADMIN)
    _fill(log)
    log.file.close()
    return folder


@pytest.fixture
def log(filled_account: Path, tmp_path: Path) -> Iterator[SqliteLog]:
    """A copy of the account for one test, and open."""
    copytree(filled_account, tmp_path / "store")
    log = _accounts(tmp_path / "store", first_id=1_001).open(ACCOUNT)
    yield log
    log.file.close()


@pytest.fixture
def database(log: SqliteLog) -> Path:
    """The file of `log`, to be damaged behind its back."""
    return log.file.path
