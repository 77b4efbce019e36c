"""`backup` and `restore` as an operator types them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.command_line import CommandLine
from tests.stores import KINDS, Kind, new_place

ROWS = "Name,Phone\nJohn,+13195555677\nMary,+13195550100\n"


@pytest.fixture
def cli(kind: Kind, tmp_path: Path) -> Iterator[CommandLine]:
    with new_place(kind, tmp_path / "store") as place:
        yield CommandLine(tmp_path, place)


@pytest.fixture(params=KINDS)
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CommandLine]:
    (tmp_path / "other").mkdir()
    with new_place(request.param, tmp_path / "other" / "store") as place:
        yield CommandLine(tmp_path / "other", place)


def test_an_account_moves_and_says_the_same_head(cli: CommandLine, other: CommandLine) -> None:
    cli.imports(ROWS)
    file = cli.folder / "default.backup"
    said = cli.run("backup", file, "--json").document
    restored = other.run("restore", file, "--json", account="moved").document
    assert (restored["events"], restored["head"]) == (said["events"], said["head"])
    assert other.run("verify", "--json", account="moved").document["head"] == said["head"]
    assert other.contacts(account="moved") == cli.contacts()
    other.run("restore", file, account="moved").refuses("account `moved` exists already")
    cli.run("backup", file).refuses("exists already")


def test_people_are_told_where_and_how_much(cli: CommandLine) -> None:
    cli.imports(ROWS)
    file = cli.folder / "default.backup"
    (line,) = cli.run("backup", file).lines
    assert line.startswith(f"{file}: {cli.events()} events, head ")
    (line,) = cli.run("restore", file, account="again").lines
    assert line.startswith(f"account again: {cli.events()} events, head ")


def test_what_is_no_backup_is_refused_in_one_line(cli: CommandLine) -> None:
    cli.imports(ROWS)
    cli.run("restore", cli.file(ROWS), account="new").refuses("is no")
    cli.run("restore", "none.backup", account="new").refuses("none.backup: there is no such file")
    cli.run("restore", "nobody").refuses("there is no contact `nobody`")
    cli.run("backup", cli.folder / "no folder" / "file").refuses("no folder")
    cli.run("backup", "file", account="unknown").refuses("account `unknown` does not exist")
    assert cli.run("accounts", "--json", account=None).document["items"] == [{"id": "default"}]
