"""If a database is not reached, or an address is none, each command says so in one line."""

import pytest

from tests.acceptance.command_line import ON_POSTGRESQL, CommandLine, Program
from tests.acceptance.machine import nobody_listening, something_else_listening
from tests.acceptance.over_a_database import SECRET, over, refused_by_every_command


class TestNotReached:
    def test_where_nobody_listens(self, program: Program) -> None:
        port = nobody_listening()
        cli = over(program, f"postgresql://somebody@127.0.0.1:{port}/db")
        refused_by_every_command(
            cli, "it cannot be reached: ", f"port {port} failed: Connection refused"
        )

    def test_by_a_socket_that_is_not_there(self, program: Program) -> None:
        cli = over(program, f"postgresql:///db?host={program.folder}")
        cli.run("contacts").refuses(
            "the database: it cannot be reached: ", f'"{program.folder}/.s.PGSQL.5432" failed: No'
        )

    def test_where_another_program_answers(self, program: Program) -> None:
        with something_else_listening(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
            over(program, f"postgresql://127.0.0.1:{port}/db").run("contacts").refuses(
                "the database: it cannot be reached: ", "invalid response"
            )

    def test_where_another_program_keeps_silent(self, program: Program) -> None:
        with something_else_listening() as port:
            over(program, f"postgresql://127.0.0.1:{port}/db").run("contacts").refuses(
                "the database: it cannot be reached: ", "timeout expired"
            )

    @ON_POSTGRESQL
    def test_by_the_name_of_no_database(self, cli: CommandLine) -> None:
        """It is not made."""
        name = cli.place.url.rpartition("/")[2].partition("?")[0]
        wrong = over(cli, cli.place.url.replace(f"/{name}", "/no_such_database"))
        refused_by_every_command(wrong, 'database "no_such_database" does not exist')


class TestAnAddress:
    @pytest.mark.parametrize(
        "url",
        [
            "postgresql:",
            "postgresql:/host/db",
            "postgresql:host/db",
            "postgresql://host:port/db",
            "postgresql://[::1/db",
            "postgresql://host/db?no_such_option=1",
            "postgresql://host/db?sslmode",
            # Passwords with characters that should be escaped.
            f"postgresql://ops:{SECRET}@{SECRET}@host/db",
            f"postgresql://ops:1/{SECRET}@host/db",
            f"postgresql://ops:{SECRET}/{SECRET}@host/db",
            f"postgresql://ops:{SECRET}?/{SECRET}@host/db",
            f"postgresql://ops:{SECRET}%!{SECRET}@host/db",
            f"postgresql://ops@host/db?password={SECRET}&{SECRET}",
            f"postgresql://ops:{SECRET}\udcff@host/db",
            f"postgresql://ops:{SECRET}@host/db?password",
        ],
    )
    def test_that_is_none_is_misuse_and_its_password_is_not_told(
        self, program: Program, url: str
    ) -> None:
        for command in ("contacts", "accounts", "demo", "serve"):
            told = program.run_alone(command, "--store", url)
            told.refuses("'--store'", "is not an address that PostgreSQL can read", status=2)
            assert SECRET not in told.err

    def test_of_another_kind_of_store_is_misuse_and_its_password_is_not_told(
        self, program: Program
    ) -> None:
        told = program.run_alone("contacts", "--store", f"mysql://ops:{SECRET}@host/db")
        told.refuses("`mysql` is not a kind of store", status=2)
        assert SECRET not in told.err
