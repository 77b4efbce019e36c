"""Texts are ordered by their bytes, as SQLite orders them, whatever the language of a database."""

from collections.abc import Iterator

import psycopg
import pytest

from domain.settings import MergeSettings
from infrastructure.bootstrap import open_store
from tests.stores import Place, new_place


@pytest.fixture
def place() -> Iterator[Place]:
    with new_place("postgresql") as made:
        open_store(made.url).create("acme", MergeSettings(), "admin").close()
        yield made


def test_every_text_of_every_table_is_compared_by_its_bytes(place: Place) -> None:
    with psycopg.connect(place.url) as connection:
        rows = connection.execute(
            "SELECT table_name, column_name, collation_name FROM information_schema.columns"
            " WHERE (table_schema = 'contact_merging' OR table_schema LIKE 'account%')"
            " AND data_type IN ('text', 'ARRAY')"
        ).fetchall()
    assert len(rows) > 40
    assert [row for row in rows if row[2] != "C"] == []


def test_where_the_server_can_the_database_itself_orders_otherwise(place: Place) -> None:
    """So every other test would notice, too."""
    with psycopg.connect(place.url) as connection:
        provider = connection.execute(
            "SELECT datlocprovider FROM pg_database WHERE datname = current_database()"
            if connection.info.server_version >= 150000
            else "SELECT 'c'"
        ).fetchone()
        (is_less,) = connection.execute("SELECT 'a' < 'B'").fetchone() or (None,)
    assert is_less is (provider == ("i",))
