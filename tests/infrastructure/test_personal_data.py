"""docs/personal-data.md names every table, column and file of a store in use."""

import re
from collections import defaultdict
from contextlib import closing
from fnmatch import fnmatch
from pathlib import Path
from sqlite3 import connect

import psycopg

from infrastructure.bootstrap import open_store_and_keys
from tests.acceptance.command_line import at
from tests.stores import Place, new_place

PAGE = Path(__file__).resolve().parents[2] / "docs" / "personal-data.md"
OF_ACCOUNT, OF_STORE = "Tables of an account", "Tables of a store"
OF_INDEX, FILES = "The text index on SQLite", "Files of an account on SQLite"
ROWS = "Name,Phone\nMary,+13195550100\nNobody,n/a\n"
Tables = dict[str, set[str]]


def named(section: str) -> list[list[str]]:
    """The cells of the rows of a section's table, without its header."""
    text = PAGE.read_text("utf-8").split(f"\n## {section}\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("|")]
    return rows[2:]


def columns_named(section: str, place: Place) -> Tables:
    """The columns of each table that a section names for this kind of store."""
    tables: Tables = {}
    for first, *cells in named(section):
        if place.kind == "postgresql" or "(PostgreSQL)" not in first:
            (table,) = re.findall(r"`(\w+)`", first)
            tables[table] = set(re.findall(r"`(\w+)`", " ".join(cells[:2])))
    return tables


def columns_of_file(path: Path) -> Tables:
    """The columns of each table of a SQLite file; those that FTS5 makes are its own."""
    with closing(connect(path)) as file:
        names = [
            name for (name,) in file.execute("SELECT name FROM sqlite_schema WHERE type='table'")
        ]
        return {
            name: {row[1] for row in file.execute(f"PRAGMA table_info({name})")}
            for name in names
            if not name.startswith("runs_")
        }


def columns_of_schema(place: Place, like: str) -> Tables:
    """The columns of each table of the schemas whose name is like this."""
    tables: defaultdict[str, set[str]] = defaultdict(set)
    with psycopg.connect(place.url) as connection:
        for table, column in connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema LIKE %s",
            (like,),
        ):
            tables[table].add(column)
    return tables


def use(place: Place, folder: Path) -> None:
    """Let a store have an account, an import with a rejected row, a text index and a key."""
    line = at(place, folder)
    assert line.imports(ROWS)["rejected"] == 1
    with closing(place.open("default")) as log:
        log.text.catch_up()
    store = open_store_and_keys(place.url, operator_key=None)
    with closing(store.accounts):
        store.keys.make("default", "", "agent", "Ann", None)


def test_every_table_and_column_is_named(place: Place, tmp_path: Path) -> None:
    use(place, tmp_path)
    if place.kind == "postgresql":
        assert columns_of_schema(place, "account\\_%") == columns_named(OF_ACCOUNT, place)
        assert columns_of_schema(place, "contact\\_merging") == columns_named(OF_STORE, place)
        return
    account = place.folder / "default"
    assert columns_of_file(account / "log.sqlite3") == columns_named(OF_ACCOUNT, place)
    assert columns_of_file(place.folder / "keys.sqlite3") == columns_named(OF_STORE, place)
    assert columns_of_file(account / "search.sqlite3") == columns_named(OF_INDEX, place)


def test_every_file_of_an_account_is_named(tmp_path: Path) -> None:
    with new_place("sqlite") as place:
        use(place, tmp_path)
        patterns = [
            name.replace("…", "*")
            for row in named(FILES)
            for name in re.findall(r"`([^`]+)`", row[0])
        ]
        folder = place.folder / "default"
        # Kept open, so that the files beside a database are there.
        with closing(connect(folder / "log.sqlite3")) as log:
            log.execute("SELECT * FROM events").fetchall()
            files = {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}
        assert "log.sqlite3-wal" in files
        assert any(each.startswith("imports/") for each in files)
        unnamed = [each for each in files if not any(fnmatch(each, name) for name in patterns)]
        assert not unnamed
