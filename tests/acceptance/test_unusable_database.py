"""If a database cannot be used, each command says so in one line and leaves it as it is."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from application.commands.change_settings import change_settings
from application.refusals import StoreUnusable
from infrastructure.account_log.log import EventLog
from infrastructure.storage.schema import SCHEMA_VERSION
from tests.acceptance.command_line import ON_POSTGRESQL, CommandLine, Program, answer_of, counts
from tests.acceptance.machine import database_on_a_small_disk
from tests.acceptance.over_a_database import (
    MORE,
    NEVER,
    PEOPLE,
    SECRET,
    every_command,
    over,
    refused_by_every_command,
)
from tests.postgresql import Server
from tests.stores import server_of_its_own

LOCKED = "another process has it locked; try again later"


def asked(url: str, *statements: str) -> list[tuple[Any, ...]]:
    """The answer of the last of some statements, each committed by itself."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that asks everybody except its owner for a password, and may be stopped."""
    with server_of_its_own() as server:
        ((rules,),) = asked(server.url("postgres"), "SHOW hba_file")
        Path(rules).write_text(
            "local all all trust\n"
            "host all postgres 127.0.0.1/32 trust\n"
            "host all all 127.0.0.1/32 scram-sha-256\n",
            "utf-8",
        )
        asked(server.url("postgres"), "SELECT pg_reload_conf()")
        yield server


@pytest.fixture
def own(server: Server, program: Program) -> Iterator[CommandLine]:
    """A database of that server for its owner."""
    url = server.new_database()
    yield over(program, url)
    server.drop_database(url)


def as_role(cli: CommandLine, role: str, password: str = SECRET) -> CommandLine:
    """The same database as another role."""
    return over(cli, cli.place.url.replace("postgres@", f"{role}:{password}@"))


def make_role(cli: CommandLine, role: str) -> CommandLine:
    """Make a role that may connect to the database, and nothing else."""
    asked(
        cli.place.url,
        f"DROP ROLE IF EXISTS {role}",
        f"CREATE ROLE {role} LOGIN PASSWORD '{SECRET}'",
    )
    return as_role(cli, role)


class TestAPassword:
    def test_that_is_wrong_is_said_and_not_told(self, own: CommandLine) -> None:
        own.begins()
        make_role(own, "ops")
        wrong = as_role(own, "ops", f"not-{SECRET}")
        said = refused_by_every_command(wrong, 'password authentication failed for user "ops"')
        assert SECRET not in said

    @pytest.mark.parametrize(
        "where", ["before the host", pytest.param("among the options", marks=pytest.mark.heavy)]
    )
    def test_that_is_right_is_told_by_no_command(self, own: CommandLine, where: str) -> None:
        ops = make_role(own, "ops")
        asked(own.place.url, f"GRANT CREATE ON DATABASE {own.place.url.rpartition('/')[2]} TO ops")
        plain = own.place.url.replace("postgres@", "ops@")
        if where == "among the options":
            ops = over(own, f"{plain}?password={SECRET}")
        ops.begins()
        told = [ops.run(*map(str, command)) for command in every_command(ops)]
        told.append(ops.run("import", ops.file("Name,Phone\nNobody,n/a\n")))
        assert [answer.status for answer in told] == [0, 0, 1, *[0] * 9]
        for answer in told:
            assert SECRET not in answer.out + answer.err
        demo = told[-2]
        assert demo.err == "the commands ask PGPASSWORD for the password of the database\n"
        *_, shown = re.findall(r"^  contact-merging (.*)$", demo.out, re.MULTILINE)
        assert shown == f"contacts --q kim --store {plain} --account default"
        again = answer_of(ops.start(*shown.split(), environment={"PGPASSWORD": SECRET}))
        assert "Kim" in again.lines[0]


class TestPermission:
    def test_to_make_tables_is_missing(self, own: CommandLine) -> None:
        """Reading needs none: there are no accounts."""
        guest = make_role(own, "guest")
        database = own.place.url.rpartition("/")[2]
        for command in (["accounts", "--add", "acme"], ["accounts", "--add", "acme", "--json"]):
            guest.run(*command).refuses(f"the database: permission denied for database {database}")
        for command in (["contacts"], ["import", str(guest.file(MORE))], ["demo", "--once"]):
            guest.run(*command).refuses("account `default` does not exist")
        assert guest.run("accounts").lines == []
        assert own.is_untouched

    def test_to_make_an_account_is_missing(self, own: CommandLine) -> None:
        own.imports(PEOPLE)
        guest = make_role(own, "guest")
        asked(
            own.place.url,
            "GRANT USAGE ON SCHEMA contact_merging TO guest",
            "GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA contact_merging TO guest",
        )
        guest.run("accounts", "--add", "acme").refuses("the database: permission denied for")
        assert own.run("accounts").lines == ["default"]
        assert own.run("accounts", "--add", "acme").lines == ["acme", "default"]

    def test_for_anything_is_missing(self, own: CommandLine) -> None:
        own.imports(PEOPLE)
        before = own.run("verify", "--json").document
        guest = make_role(own, "guest")
        refused_by_every_command(guest, "permission denied for schema contact_merging")
        assert own.run("verify", "--json").document == before

    def test_to_write_is_missing(self, own: CommandLine) -> None:
        """A role that may read still reads."""
        own.imports(PEOPLE)
        before = own.run("verify", "--json").document
        reader = make_role(own, "reader")
        for schema in ("contact_merging", "account_default_1"):
            asked(
                own.place.url,
                f"GRANT USAGE ON SCHEMA {schema} TO reader",
                f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO reader",
            )
        assert reader.run("accounts").lines == ["default"]
        assert reader.contacts() == own.contacts()
        assert reader.contacts("--q", "john") == own.contacts("--q", "john")
        assert reader.run("verify", "--json").document == before
        for command in (NEVER, ["import", str(reader.file(MORE))]):
            reader.run(*command).refuses("the database: permission denied for ")
        assert own.run("verify", "--json").document == before

    def test_is_that_of_a_database_which_is_read_only(self, own: CommandLine) -> None:
        own.imports(PEOPLE)
        before = own.run("verify", "--json").document
        database = own.place.url.rpartition("/")[2]
        change = f"ALTER DATABASE {database} SET default_transaction_read_only"
        asked(own.place.url, f"{change} = on")
        assert own.run("accounts").lines == ["default"]
        assert len(own.contacts()) == 2
        assert len(own.contacts("--q", "john")) == 1
        for command in (
            NEVER,
            ["accounts", "--add", "acme"],
            ["import", str(own.file(MORE))],
            ["demo", "--once"],
        ):
            told = own.run(*command)
            assert (told.status, told.err) == (
                1,
                "contact-merging: the database: it is read-only\n",
            )
        with psycopg.connect(own.place.url, options="-c default_transaction_read_only=off") as c:
            c.execute(f"{change} = off".encode())
        assert own.run("verify", "--json").document == before

    def test_for_one_more_connection_is_missing(self, own: CommandLine) -> None:
        own.imports(PEOPLE)
        few = make_role(own, "few")
        asked(own.place.url, "ALTER ROLE few CONNECTION LIMIT 0")
        refused_by_every_command(few, 'too many connections for role "few"')


@ON_POSTGRESQL
class TestNotOurs:
    def test_an_account_that_a_newer_version_wrote(self, cli: CommandLine) -> None:
        """Other accounts work as before."""
        cli.imports(PEOPLE)
        cli.imports(PEOPLE, account="acme")
        tables = cli.place.database("default")
        tables.execute("UPDATE schema_version SET version = 99, works_with = 99")
        before = tables.dump(tables.all_tables())
        said = f"it was written by a newer version (schema 99, this program knows {SCHEMA_VERSION})"
        for command in every_command(cli):
            if "accounts" not in command:
                cli.run(*map(str, command)).refuses(f"{said}; upgrade to open it")
        assert tables.dump(tables.all_tables()) == before
        assert counts(cli.imports(MORE, account="acme"))["created"] == 1
        assert cli.run("accounts").lines == ["acme", "default"]

    def test_a_database_that_another_program_uses_too(self, cli: CommandLine) -> None:
        """Its tables stay as they are, and ours are beside them."""
        asked(
            cli.place.url,
            "CREATE SCHEMA IF NOT EXISTS other_program",
            "CREATE TABLE other_program.accounts AS SELECT 'theirs' AS account",
            "CREATE TABLE other_program.events AS SELECT 1 AS position",
        )
        try:
            assert cli.run("accounts").lines == []
            cli.imports(PEOPLE)
            assert cli.events() == 3
            assert cli.run("accounts").lines == ["default"]
            assert asked(cli.place.url, "SELECT * FROM other_program.accounts") == [("theirs",)]
            assert asked(cli.place.url, "SELECT * FROM other_program.events") == [(1,)]
        finally:
            asked(cli.place.url, "DROP SCHEMA other_program CASCADE")


@ON_POSTGRESQL
class TestLocked:
    def test_by_another_process_that_writes(self, cli: CommandLine) -> None:
        """Writers wait in turn and give up; readers do not wait."""
        cli.imports(PEOPLE)
        with an_impatient(cli) as log, somebody_at_turn(cli):
            with pytest.raises(StoreUnusable, match=f"^the database: {LOCKED}$"):
                change_settings(log, {"integration_leads": "never"}, by="admin")
            assert len(cli.contacts()) == 2
        assert cli.run("settings", "--json").document["integration_leads"] == "phone"
        assert counts(cli.imports(MORE))["created"] == 1

    def test_by_another_program_that_has_a_table(self, cli: CommandLine) -> None:
        """Only that program can read it meanwhile."""
        cli.imports(PEOPLE)
        with an_impatient(cli) as log, cli.place.database("default").connected() as execute:
            execute("LOCK TABLE contacts IN ACCESS EXCLUSIVE MODE")
            with (
                pytest.raises(StoreUnusable, match=f"^the database: {LOCKED}$"),
                log.reading() as r,
            ):
                r.contact_ids(limit=1)
        assert len(cli.contacts()) == 2

    @pytest.mark.heavy
    def test_for_longer_than_a_writer_waits(self, cli: CommandLine) -> None:
        cli.imports(PEOPLE)
        events = cli.events()
        with somebody_at_turn(cli):
            cli.run("import", cli.file(MORE)).refuses(f"the database: {LOCKED}")
        assert cli.events() == events


@contextmanager
def an_impatient(cli: CommandLine) -> Iterator[EventLog]:
    """The account, for commands that wait only a moment."""
    ids = count()
    accounts = cli.place.accounts(
        lambda: datetime(2024, 5, 1, tzinfo=UTC), lambda: f"{next(ids)}", lock_timeout=0.2
    )
    with closing(accounts), closing(accounts.open("default")) as log:
        yield log


@contextmanager
def somebody_at_turn(cli: CommandLine) -> Iterator[None]:
    """Another program has the account's lock, on a connection of its own."""
    with closing(cli.place.open("default")) as log, log.database.writing():
        yield


class TestStopped:
    """In the middle of an import of three batches; once it is back, the import is done again."""

    PEOPLE, ROWS = 300, 30_000

    @pytest.mark.parametrize("way", ["stop", pytest.param("kill", marks=pytest.mark.heavy)])
    def test_and_the_import_ends_as_one_never_stopped(
        self, own: CommandLine, server: Server, way: str
    ) -> None:
        people = [f"N{each},+13195550{each:03}" for each in range(self.PEOPLE)]
        rows = (people[row // 10_000 * 100 + row % 100] for row in range(self.ROWS))
        path = own.file("Name,Phone\n" + "\n".join(rows))
        own.begins()
        process = own.start("import", path, "--store", own.place.url)
        own.waits_for_events(2)
        server.kill() if way == "kill" else server.stop()
        answer_of(process).refuses("the database: it cannot be reached: ")
        own.run("contacts").refuses("the database: it cannot be reached: ")

        server.start()
        assert own.events() - 1 in {100, 200}
        assert counts(own.imports(path)) == {
            "rows": self.ROWS,
            "unchanged": self.ROWS,  # the one that was interrupted is completed first
            "contacts": self.PEOPLE,
        }
        assert own.events() == 1 + self.PEOPLE
        assert own.contacts("--limit", "1000") == [
            {"name": name, "phones": [phone]} for name, phone in (row.split(",") for row in people)
        ]


class TestFull:
    @pytest.mark.heavy
    def test_a_disk_without_room(self, program: Program) -> None:
        """When there is room again, the import works as if nothing had happened."""
        with database_on_a_small_disk() as (url, grow):
            cli = over(program, url)
            cli.imports(PEOPLE)
            before = cli.run("verify", "--json").document
            note = "x" * 400
            rows = "".join(f"N{each},+13195{each:06},{note}\n" for each in range(8_000))
            path = cli.file(f"Name,Phone,Note\n{rows}")
            cli.run("import", path).refuses("the database: its disk is full")
            assert len(cli.contacts()) == 2
            grow()
            assert cli.run("verify", "--json").document == before
            imported = cli.imports(path)  # the one that was interrupted is completed first
            assert counts(imported)["unchanged"] == 8_000
            assert len(cli.contacts("--limit", "1000")) == 1_000
