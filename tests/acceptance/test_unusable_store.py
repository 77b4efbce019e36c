"""If a file cannot be used, each command says so in one line and leaves it as it is."""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from application.commands.change_settings import change_settings
from application.refusals import StoreUnusable
from infrastructure.sqlite.accounts import SqliteAccounts
from infrastructure.storage.schema import SCHEMA_VERSION
from tests.acceptance.command_line import ON_SQLITE, CommandLine, counts
from tests.acceptance.machine import on_a_small_disk, without_privileges
from tests.stores import Place

pytestmark = ON_SQLITE
PEOPLE = "Name,Phone\nJohn,319-555-5677\nMary,319-555-0100\n"
MORE = "Name,Phone\nAnn,319-555-0123\n"
LOCKED = "another process has it locked; try again later"


def log_of(cli: CommandLine, account: str = "default") -> Path:
    return cli.store / account / "log.sqlite3"


def refused_by_every_command(cli: CommandLine, said: str) -> None:
    """Commands that read and commands that write; the copy of a dry import has its own path."""
    for command in (
        ["verify", "--json"],
        ["rebuild"],
        ["settings", "--integration-leads", "never"],
    ):
        cli.run(*command).refuses(f"{log_of(cli)}: {said}")
    cli.run("import", cli.file(MORE), "--dry-run", "--json").refuses(said)
    told = cli.run("demo", "--once")
    assert (told.status, told.err.count("\n")) == (1, 1)
    assert told.err.endswith(f": {log_of(cli)}: {said}\n")
    refused_to_read_and_import(cli, said)


def refused_to_read_and_import(cli: CommandLine, said: str) -> None:
    cli.run("contacts", "--json").refuses(f"{log_of(cli)}: {said}")
    cli.run("import", cli.file(MORE)).refuses(f"{log_of(cli)}: {said}")


@contextmanager
def read_only(*paths: Path) -> Iterator[None]:
    """Files and folders that no user without privileges may write."""
    modes = {path: path.stat().st_mode for path in paths}
    for path in paths:
        path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        yield
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


class TestNotOurs:
    @pytest.mark.parametrize(
        "content",
        [b"", b"not a database\n", bytes(range(256)) * 40],
        ids=["empty", "text", "bytes"],
    )
    def test_no_database(self, cli: CommandLine, content: bytes) -> None:
        log_of(cli).parent.mkdir(parents=True)
        log_of(cli).write_bytes(content)
        refused_to_read_and_import(cli, "it is not a store of this program")
        assert log_of(cli).read_bytes() == content

    @pytest.mark.parametrize("application", [0, 0x12345678])
    def test_the_database_of_another_program(self, cli: CommandLine, application: int) -> None:
        log_of(cli).parent.mkdir(parents=True)
        with closing(sqlite3.connect(log_of(cli))) as other, other:
            other.execute("CREATE TABLE events (position INTEGER)")
            other.execute(f"PRAGMA application_id = {application}")
        content = log_of(cli).read_bytes()
        refused_to_read_and_import(cli, "it is not a store of this program")
        assert log_of(cli).read_bytes() == content

    def test_one_that_a_newer_version_wrote(self, cli: CommandLine) -> None:
        cli.imports(PEOPLE)
        with closing(sqlite3.connect(log_of(cli))) as newer, newer:
            newer.execute("PRAGMA user_version = 99")
        content = log_of(cli).read_bytes()
        refused_by_every_command(
            cli,
            f"it was written by a newer version (schema 99, this program knows {SCHEMA_VERSION}); "
            "upgrade to open it",
        )
        assert log_of(cli).read_bytes() == content

    def test_a_file_where_the_folder_should_be(self, cli: CommandLine) -> None:
        cli.store.write_text("a file", "utf-8")
        for command in (["accounts"], ["import", cli.file(PEOPLE)], ["demo", "--once"]):
            cli.run(*command).refuses(f"{cli.store}", "Not a directory")
        for command in (["contacts"], ["verify"]):
            cli.run(*command).refuses()
        assert cli.store.read_text("utf-8") == "a file"


class TestDamaged:
    def test_pages_that_were_overwritten(self, cli: CommandLine) -> None:
        cli.imports(PEOPLE)
        content = log_of(cli).read_bytes()
        log_of(cli).write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
        refused_by_every_command(cli, "its pages are damaged; restore a backup")

    def test_a_file_that_was_cut(self, cli: CommandLine) -> None:
        cli.imports(PEOPLE)
        os.truncate(log_of(cli), 12_288)
        refused_by_every_command(cli, "its pages are damaged; restore a backup")


class TestReadOnly:
    def test_a_store_that_may_not_be_written(self, cli: CommandLine) -> None:
        prefix = without_privileges()
        cli.imports(PEOPLE)
        before = cli.run("verify", "--json").document
        folder = log_of(cli).parent
        with read_only(cli.store, folder, *folder.iterdir()):
            for command in (
                ["settings", "--integration-leads", "never"],
                ["import", cli.file(MORE)],
            ):
                answer = cli.run_as_process(*command, prefix=prefix)
                answer.refuses(f"{log_of(cli)}: ")
                assert "read-only" in answer.err or "Permission denied" in answer.err
            answer = cli.run_as_process("import", cli.file(MORE), account="new", prefix=prefix)
            answer.refuses(f"{log_of(cli, 'new')}: Permission denied")
        assert cli.run("verify", "--json").document == before
        assert cli.run("accounts").lines == ["default"]

    def test_a_log_that_may_not_be_read(self, cli: CommandLine) -> None:
        prefix = without_privileges()
        cli.imports(PEOPLE)
        log_of(cli).chmod(0)
        for command in (["contacts"], ["import", cli.file(MORE)]):
            cli.run_as_process(*command, prefix=prefix).refuses(
                f"{log_of(cli)}: it cannot be opened"
            )


class TestLocked:
    def test_by_another_process_that_writes(self, cli: CommandLine) -> None:
        """Writers wait in turn and give up; readers do not wait."""
        cli.imports(PEOPLE)
        ids = count()
        accounts = SqliteAccounts(
            cli.store,
            lambda: datetime(2024, 5, 1, tzinfo=UTC),
            lambda: f"{next(ids)}",
            lock_timeout=0.2,
        )
        log = accounts.open("default")
        with log_of(cli).with_name("writer.lock").open("ab") as lock, closing(log):
            fcntl.flock(lock, fcntl.LOCK_EX)
            with pytest.raises(StoreUnusable, match=f"{log_of(cli)}: {LOCKED}"):
                change_settings(log, {"integration_leads": "never"}, by="admin")
            assert len(cli.contacts()) == 2
        assert cli.run("settings", "--json").document["integration_leads"] == "phone"

    @pytest.mark.heavy
    def test_for_longer_than_a_writer_waits(self, cli: CommandLine) -> None:
        cli.imports(PEOPLE)
        events = cli.events()
        with log_of(cli).with_name("writer.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            cli.run("import", cli.file(MORE)).refuses(f"{log_of(cli)}: {LOCKED}")
        assert cli.events() == events

    def test_by_another_program_that_opened_the_database(self, cli: CommandLine) -> None:
        cli.imports(PEOPLE)
        events = cli.events()
        with closing(sqlite3.connect(log_of(cli), isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            assert len(cli.contacts()) == 2
            cli.run("import", cli.file(MORE)).refuses(f"{log_of(cli)}: {LOCKED}")
        assert cli.events() == events
        assert counts(cli.imports(MORE))["created"] == 1


class TestFull:
    def many(self, cli: CommandLine) -> Path:
        note = "x" * 400
        rows = "".join(f"N{each},+131955{each:05},{note}\n" for each in range(400))
        return cli.file(f"Name,Phone,Note\n{rows}")

    def test_a_disk_without_room(self, cli: CommandLine) -> None:
        """If this machine permits no mount, a file with a size limit replaces the disk."""
        cli.imports(PEOPLE)
        before = cli.run("verify", "--json").document
        folder = cli.folder / "left"
        left = CommandLine(cli.folder, Place("sqlite", f"sqlite:{folder}", folder))
        disk = on_a_small_disk(cli.store, left.store, "280k")
        said = f"{log_of(cli)}: the disk is full"
        if disk is None:
            shutil.copytree(cli.store, left.store)
            disk, said = ["sh", "-c", 'ulimit -f 100; exec "$@"', "sh"], "the disk failed to"
        path = self.many(cli)
        cli.run_as_process("import", path, prefix=disk).refuses(said)
        assert left.run("verify", "--json").document == before

    def test_a_file_that_may_not_grow(self, cli: CommandLine) -> None:
        cli.imports(PEOPLE)
        before = cli.run("verify", "--json").document
        limit = ["sh", "-c", 'ulimit -f 100; exec "$@"', "sh"]
        cli.run_as_process("import", self.many(cli), prefix=limit).refuses(
            f"{log_of(cli)}: the disk failed to read or write"
        )
        assert cli.run("verify", "--json").document == before

    def test_no_account_is_left_that_could_not_be_made(self, cli: CommandLine) -> None:
        cli.imports(PEOPLE)
        limit = ["sh", "-c", 'ulimit -f 20; exec "$@"', "sh"]
        cli.run_as_process("import", cli.file(MORE), account="new", prefix=limit).refuses(
            f"{log_of(cli, 'new')}: the disk failed to read or write"
        )
        assert cli.run("accounts").lines == ["default"]
        assert counts(cli.imports(MORE, account="new"))["created"] == 1
