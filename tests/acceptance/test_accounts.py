"""Accounts are listed, and made by an operator; on SQLite also by the first import."""

from pathlib import Path

import pytest

from tests.acceptance.command_line import ON_POSTGRESQL, ON_SQLITE, CommandLine, counts

PEOPLE = "Name,Phone\nJohn,319-555-5677\nMary,319-555-0100\nNobody,n/a\n"
LONDON = "Name,Phone\nLondon,020 7946 0018\n"
NO_ACCOUNT = "account `default` does not exist"


class TestListed:
    def test_in_a_new_store_there_are_none_and_it_stays_new(self, cli: CommandLine) -> None:
        assert cli.run("accounts").lines == []
        assert cli.run("accounts", "--json").document == {"items": [], "next": None}
        assert cli.is_untouched

    def test_they_are_in_the_order_of_their_ids(self, cli: CommandLine) -> None:
        for account in ("zeta", "0_a", "b", "b_c", "ba"):
            cli.run("accounts", "--add", account)
        assert cli.run("accounts").lines == ["0_a", "b", "b_c", "ba", "zeta"]
        listed = cli.run("accounts", "--json").document
        assert [each["id"] for each in listed["items"]] == ["0_a", "b", "b_c", "ba", "zeta"]
        assert listed["next"] is None

    @ON_SQLITE
    def test_a_folder_without_an_account_in_it_is_none(self, cli: CommandLine) -> None:
        cli.imports(PEOPLE)
        (cli.store / "Not an account").mkdir()
        (cli.store / "empty").mkdir()
        assert cli.run("accounts").lines == ["default"]


class TestMade:
    def test_by_an_operator_with_the_region_that_its_phones_are_read_with(
        self, cli: CommandLine
    ) -> None:
        assert cli.run("accounts", "--add", "london", "--region", "gb").lines == ["london"]
        settings = cli.run("settings", "--json", account="london").document
        assert settings["default_region"] == "GB"
        assert cli.events("london") == 1
        assert cli.run("contacts", "--json", account="london").document["items"] == []
        imported = cli.run("import", cli.file(LONDON), "--json", account="london").document
        assert counts(imported) == {"rows": 1, "created": 1, "contacts": 1}
        (contact,) = cli.contacts(account="london")
        assert contact["phones"] == ["+442079460018"]

    def test_without_a_region_if_none_is_given(self, cli: CommandLine) -> None:
        made = cli.run("accounts", "--add", "acme", "--json").document
        assert made == {"items": [{"id": "acme"}], "next": None}
        assert cli.run("settings", "--json", account="acme").document["default_region"] is None
        told = cli.run("import", cli.file(LONDON), account="acme")
        assert told.err.startswith(
            "no region is set: phone numbers without + or 00 cannot be matched"
        )

    def test_beside_others_which_stay_as_they_are(self, cli: CommandLine) -> None:
        cli.imports(PEOPLE)
        before = cli.run("verify", "--json").document
        assert cli.run("accounts", "--add", "acme").lines == ["acme", "default"]
        assert cli.run("verify", "--json").document == before

    def test_once_only(self, cli: CommandLine) -> None:
        cli.imports(PEOPLE)
        events = cli.events()
        cli.run("accounts", "--add", "default", "--region", "GB").refuses(
            "account `default` exists already"
        )
        assert cli.events() == events
        assert cli.run("settings", "--json").document["default_region"] == "US"
        assert len(cli.contacts()) == 2

    @pytest.mark.parametrize("account", ["Acme", "_a", "a" * 41, "../a", "a b", "\u00e4", ""])
    def test_not_by_an_id_that_is_none(self, cli: CommandLine, account: str) -> None:
        cli.run("accounts", "--add", account).refuses(
            "'--add'", f"`{account}` is not a valid account id", status=2
        )
        assert cli.is_untouched

    def test_not_by_misuse_of_a_region(self, cli: CommandLine) -> None:
        cli.run("accounts", "--region", "US").refuses("--region", "goes with --add", status=2)
        cli.run("accounts", "--add", "acme", "--region", "Utopia").refuses(
            "'--region': `Utopia` is not a known region", status=2
        )
        assert cli.is_untouched


@ON_SQLITE
class TestAnImportOnSqlite:
    def test_makes_the_account_that_it_names(self, cli: CommandLine) -> None:
        cli.run("import", cli.file(LONDON), "--region", "GB", account="london")
        assert cli.run("accounts").lines == ["london"]
        assert cli.run("settings", "--json", account="london").document["default_region"] == "GB"
        assert len(cli.contacts(account="london")) == 1


@ON_POSTGRESQL
class TestAnImportOnPostgresql:
    """Many programs use one database, so a misspelt name must not make an account."""

    def test_into_an_unknown_account_is_refused_and_writes_nothing(self, cli: CommandLine) -> None:
        path = cli.file(PEOPLE)
        for options in ([], ["--json"], ["--region", "US"], ["--dry-run"]):
            cli.run("import", path, *options).refuses(NO_ACCOUNT)
        cli.run("demo", "--once").refuses(NO_ACCOUNT)
        assert cli.is_untouched
        assert files_of_rejected_rows(cli) == []

    def test_beside_others_leaves_them_as_they_are(self, cli: CommandLine) -> None:
        cli.imports(PEOPLE, account="acme")
        rejected = files_of_rejected_rows(cli)
        before = cli.run("verify", "--json", account="acme").document
        cli.run("import", cli.file(PEOPLE)).refuses(NO_ACCOUNT)
        cli.run("demo", "--once").refuses(NO_ACCOUNT)
        assert cli.run("accounts").lines == ["acme"]
        assert cli.run("verify", "--json", account="acme").document == before
        assert files_of_rejected_rows(cli) == rejected

    def test_is_taken_once_an_operator_has_made_the_account(self, cli: CommandLine) -> None:
        path = cli.file(PEOPLE)
        cli.run("import", path).refuses(NO_ACCOUNT)
        cli.run("accounts", "--add", "default", "--region", "US")
        imported = cli.run("import", path, "--json")
        (rejected,) = files_of_rejected_rows(cli)
        assert imported.err == f"rejected rows, with their reasons: {rejected}\n"
        assert [contact["name"] for contact in cli.contacts()] == ["John", "Mary"]


def files_of_rejected_rows(cli: CommandLine) -> list[Path]:
    """Those in the folder that the commands are run in."""
    return sorted(cli.folder.glob("*.rejected.csv"))
