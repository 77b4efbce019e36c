"""On a full disk commands are refused and write nothing, until there is room again."""

from contextlib import closing
from pathlib import Path
from time import monotonic, sleep

import psycopg
import pytest

from tests.acceptance.machine import database_on_a_small_disk
from tests.faults.load import PATIENCE, Load
from tests.stores import Place
from tests.web.service import running


def fill(url: str) -> None:
    """Leave no room for another page."""
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute("CREATE TABLE filler AS SELECT 'a text' AS text")
        for rows in (1_000, 1):
            try:
                while True:
                    connection.execute(
                        "INSERT INTO filler SELECT repeat('x', 1000) FROM generate_series(1, %s)",
                        [rows],
                    )
            except psycopg.errors.DiskFull:
                continue


@pytest.mark.heavy
def test_commands_are_refused_until_there_is_room_and_are_done_once(tmp_path: Path) -> None:
    with (
        database_on_a_small_disk() as (url, grow),
        running(Place("postgresql", url, tmp_path)) as service,
    ):
        account = service.account()
        with Load(account).running() as load:
            load.goes_on()
            fill(url)
            until = monotonic() + PATIENCE
            while load.statuses[503] < 50:
                assert monotonic() < until
                sleep(0.01)
            assert account.get("/contacts").status_code == 200
            assert account.admin.get("/readyz").status_code == 200
            grow()
            load.goes_on()
        load.check_done_once()
