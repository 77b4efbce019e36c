"""The text index on PostgreSQL has no pending entries that a search would have to read."""

from contextlib import closing

from application.commands.receive_records import receive_records
from infrastructure.postgresql import text_index as postgresql_text_index
from tests.messages import ADMIN, csv_row
from tests.stores import Place


def test_nothing_of_it_is_left_to_be_put_in_its_place(database: Place) -> None:
    """Otherwise every search would read these."""
    with closing(database.create("default")) as log:
        rows = [csv_row(f"Person {each}", emails=[f"{each}@b.test"]) for each in range(100)]
        receive_records(log, rows, by=ADMIN)
        log.text.catch_up()
    behind = database.database("default")
    pages_to_do = "SELECT gin_clean_pending_list('indexed_contacts_by_tokens')"
    assert behind.execute(pages_to_do) == [(0,)]


def test_one_of_another_format_is_none(database: Place) -> None:
    with closing(database.create("default")) as log:
        receive_records(log, [csv_row("Ann", emails=["ann@b.test"])], by=ADMIN)
        log.text.catch_up()
        database.index("default").execute("UPDATE indexed SET format = format + 1")
        assert log.text.behind() == 2
        log.text.catch_up()
        assert log.text.behind() == 0
    formats = database.index("default").execute("SELECT format FROM indexed")
    assert formats == [(postgresql_text_index.FORMAT,)]
