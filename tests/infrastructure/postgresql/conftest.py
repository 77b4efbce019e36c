"""A PostgreSQL database for the tests of this folder, which concern only PostgreSQL."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.stores import Place, new_place


@pytest.fixture
def database() -> Iterator[Place]:
    """An empty store without connections, not even of earlier tests."""
    with new_place("postgresql") as place:
        with psycopg.connect(place.url) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        yield place
