"""An index that lacks rows of its table is found where the extension amcheck is there."""

from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from application.commands.receive_records import receive_records
from tests.attack.an_account import ACCOUNT, fill
from tests.messages import ADMIN, csv_row
from tests.stores import Place, server_of_its_own


@pytest.mark.heavy
def test_an_index_of_yesterday_is_found(tmp_path: Path) -> None:
    with server_of_its_own() as server:
        place = Place("postgresql", server.new_database(), tmp_path)
        with closing(place.create(ACCOUNT)) as log:
            fill(log)
            verified = log.verify()
            assert verified.problems == ()
            assert "amcheck is not there" in verified.unchecked[0]
            with psycopg.connect(place.url, autocommit=True) as connection:
                connection.execute("CREATE EXTENSION amcheck")
                connection.execute("CHECKPOINT")
                file = server.log_file.parent / file_of_index(connection, "identifiers_pkey")
            assert (log.verify().problems, log.verify().unchecked) == ((), ())
            before = file.read_bytes()
            receive_records(log, [csv_row("Ann", ["+13195550177"])], by=ADMIN)
        server.stop()
        file.write_bytes(before)
        server.start()
        with closing(place.open(ACCOUNT)) as log:
            (problem,) = log.verify().problems
        assert problem.startswith("index identifiers_pkey: ")


def file_of_index(connection: "psycopg.Connection[tuple[str]]", name: str) -> str:
    found = "SELECT pg_relation_filepath(oid) FROM pg_class WHERE relname = %s"
    row = connection.execute(found, (name,)).fetchone()
    assert row is not None
    return row[0]
