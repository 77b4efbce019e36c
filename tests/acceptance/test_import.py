"""Importing a file: how it is read, which rows are rejected, and what is counted."""

import json
import re
from pathlib import Path

import pytest

from tests.acceptance.command_line import ON_SQLITE, CommandLine, counts, rejected
from tests.messages import JOHN, JOHN_TOO

JOHN_JONES = 'Name,Phone\nJohn Jones,"+1-319-555-5677, +1-319-555-4929"\n'
NO_IDENTIFIER = "row: has no phone and no email that can be matched"
SHORTENED = (
    "a spreadsheet left out the last digits of `3.58504E+11`; "
    "format the column as text and export it again"
)


@pytest.mark.parametrize(
    "content",
    [
        "Name;E-mail;Mobile\nJ\u00f3n, of Ames;jon@b.test;319-555-5677\n",
        "Name\tE-mail\tMobile\r\nJ\u00f3n, of Ames\tjon@b.test\t319-555-5677\r\n",
        '\ufeffName,E-mail,Mobile\n"J\u00f3n, of Ames",jon@b.test,319-555-5677',
        '\ufeff"Name";"E-mail";"Mobile"\r\n\r\n"J\u00f3n, of Ames";"jon@b.test";"319-555-5677"\r\n',
    ],
    ids=["semicolon", "tab", "byte order mark", "byte order mark, semicolon and blank line"],
)
def test_a_file_is_read_whatever_its_form(cli: CommandLine, content: str) -> None:
    assert counts(cli.imports(content)) == {"rows": 1, "created": 1, "contacts": 1}
    assert cli.contacts() == [
        {"name": "J\u00f3n, of Ames", "phones": [JOHN], "emails": ["jon@b.test"]}
    ]


def test_columns_are_found_by_common_names(cli: CommandLine) -> None:
    cli.imports(
        "First Name,Last Name,Phone 1 - Value,Mobile,E-mail 1 - Value,email2,Organization,Shoe\n"
        "John,Jones,319-555-5677,319-555-4929 ::: n/a,J@B.test,jj@b.test,Acme,44\n"
    )
    (contact,) = cli.contacts()
    assert contact == {
        "name": "John Jones",
        "phones": [JOHN, JOHN_TOO, "n/a"],
        "emails": ["j@b.test", "jj@b.test"],
        "company": "Acme",
        "Shoe": "44",
    }


def test_columns_can_be_named(cli: CommandLine) -> None:
    mapping = [
        argument
        for pair in ("Wer=name", "Wo=phone", "wohin = email", "Was=title", "Geheim=ignore")
        for argument in ("--mapping", pair)
    ]
    cli.imports("Wer,Wo,Wohin,Was,Geheim\nJohn,319-555-5677,j@b.test,Koch,x\n", *mapping)
    assert cli.contacts() == [
        {"name": "John", "phones": [JOHN], "emails": ["j@b.test"], "title": "Koch"}
    ]


def test_rejected_rows_land_in_a_file_with_number_reason_and_cells(cli: CommandLine) -> None:
    """Rows are counted as a spreadsheet counts them: the header is row 1, a blank line is a row."""
    path = cli.file(
        "Name,Phone,Email,Note\n"
        "Words,call me,,\n"
        "Spreadsheet,3.58504E+11,,\n"
        "\n"
        'Two signs,,a@@b,"two\nlines, one row"\n'
        "Zeros,0000,,\n"
        "Too short,123,n/a,\n"
        "Good,319-555-5677,a@@b,kept\n"
        "Nothing,,,x\n"
        "Too wide,319-555-4929,,,more\n"
        "NUL,319-555-4929,,a\0b\n"
        "Good too,n/a,good@b.test\n"
    )
    cli.begins()
    first = cli.run("import", path, "--region", "US")
    assert first.status == 0
    assert first.lines[0].startswith(
        "10 rows: 2 created, 0 merged, 0 updated, 0 unchanged, 8 rejected; 2 contacts now"
    )
    *understood, told = first.err.splitlines()
    assert understood == [
        "read as CSV, UTF-8, header in row 1",
        "  Name: name (its name says so)",
        "  Phone: phone (its name says so)",
        "  Email: email (its name says so)",
        "  Note: attribute `Note` (its name says it is not a name, phone or email)",
    ]
    assert told.startswith("rejected rows, with their reasons: ")
    assert Path(told.partition(": ")[2]).is_file()

    imported = cli.imports(path)
    assert counts(imported) == {"rows": 10, "unchanged": 2, "rejected": 8, "contacts": 2}
    on_sqlite, elsewhere = cli.store / "default" / "imports", cli.folder
    folder = on_sqlite if cli.place.kind == "sqlite" else elsewhere
    assert Path(imported["rejected_file"]).parent == folder
    assert rejected(imported) == [
        ["row", "reason", "Name", "Phone", "Email", "Note"],
        ["2", NO_IDENTIFIER, "Words", "call me", "", ""],
        ["3", f"{NO_IDENTIFIER}: {SHORTENED}", "Spreadsheet", "3.58504E+11", "", ""],
        ["5", NO_IDENTIFIER, "Two signs", "", "a@@b", "two\nlines, one row"],
        ["6", NO_IDENTIFIER, "Zeros", "0000", "", ""],
        ["7", NO_IDENTIFIER, "Too short", "123", "n/a", ""],
        ["9", NO_IDENTIFIER, "Nothing", "", "", "x"],
        ["10", "row: has 5 cells, the header has 4", "Too wide", "319-555-4929", "", "", "more"],
        ["11", "Note: contains a NUL character", "NUL", "319-555-4929", "", "a\0b"],
    ]
    assert cli.contacts() == [
        {"name": "Good", "phones": [JOHN], "emails": ["a@@b"], "Note": "kept"},
        {"name": "Good too", "phones": ["n/a"], "emails": ["good@b.test"]},
    ]
    (listed,) = cli.run("contacts", "--email", "good@b.test").lines
    assert listed.split() == [listed[:16], "Good", "too", "n/a", "good@b.test"]
    assert "n/a (not matchable)" in cli.run("show", listed[:16]).out


class TestDryRun:
    def test_it_counts_and_writes_nothing(self, cli: CommandLine) -> None:
        cli.imports(JOHN_JONES)
        before = kept(cli)
        dry = cli.imports("Name,Phone\nJ,3195555677\nN,3195550123\nW,words\n", "--dry-run")
        assert counts(dry) == {"rows": 3, "created": 1, "merged": 1, "rejected": 1, "contacts": 2}
        assert rejected(dry)[1] == ["4", NO_IDENTIFIER, "W", "words"]
        Path(dry["rejected_file"]).unlink()
        assert kept(cli) == before

    def test_it_says_with_names_who_would_join(self, cli: CommandLine) -> None:
        cli.imports("Name,Phone\nAnn Lee,319-555-0101\n")
        (ann,) = cli.ids()
        file = cli.file(
            "Name,Phone\nAnn L.,319-555-0101\nBob Wood,319-555-0101\nNew,319-555-0109\n"
            "New Two,319-555-0109\nNobody,n/a\n"
        )
        dry = cli.run("import", file, "--dry-run")
        said = [re.split("  +", line.strip()) for line in dry.lines]
        assert "2 contacts then; nothing was written" in dry.lines[0]
        at = said.index(["The first rows, as they are read"])
        assert said[at + 1] == ["row 2", "Ann L.", "+13195550101"]
        assert said[at + 5] == ["row 6", f"rejected: {NO_IDENTIFIER}"]
        at = said.index(["Look at these first: they would join, and their names share no word"])
        assert said[at + 1] == ["row 3", "Bob Wood", ann, "Ann L.", "+13195550101"]
        at = said.index(["These would join"])
        assert said[at + 1] == ["row 2", "Ann L.", ann, "Ann Lee", "+13195550101"]
        assert said[at + 2] == ["row 5", "New Two", "row 4", "New", "+13195550109"]
        at = said.index(["These would be rejected"])
        assert said[at + 1] == ["1", f"{NO_IDENTIFIER} (row 6)"]
        preview = cli.imports(file, "--dry-run")["preview"]
        assert [each["row"] for each in preview["joins"]] == [3, 2, 5]

    @ON_SQLITE
    def test_it_makes_no_account_and_no_store(self, cli: CommandLine) -> None:
        assert counts(cli.imports(JOHN_JONES, "--dry-run")) == {
            "rows": 1,
            "created": 1,
            "contacts": 1,
        }
        assert cli.is_untouched
        cli.run("contacts").refuses("account `default` does not exist")


def kept(cli: CommandLine) -> object:
    """All that the store has: every row, the digest of the log, the files."""
    database = cli.place.database("default")
    verified = cli.run("verify", "--json").document
    return database.dump(database.all_tables()), verified, sorted(cli.store.rglob("*"))


def test_a_region_is_what_phones_without_a_country_are_read_with(cli: CommandLine) -> None:
    """That of the file, else that of the account.

    A new account's is that of its first file, or what the operator says who makes it.
    """
    path = cli.file("Name,Phone\nLondon,020 7946 0018\n")
    assert counts(cli.imports(path)) == {"rows": 1, "rejected": 1}
    assert cli.run("import", path).lines[0].startswith("1 rows: 0 created")
    assert cli.run("import", path, "--region", "gb").lines[0].startswith("1 rows: 1 created")
    assert cli.contacts() == [{"name": "London", "phones": ["+442079460018"]}]
    assert cli.run("settings", "--json").document["default_region"] == "US"
    cli.begins("london", "GB")
    cli.run("import", path, "--region", "GB", account="london")
    assert cli.run("settings", "--json", account="london").document["default_region"] == "GB"


def test_nothing_crosses_from_one_account_into_another(cli: CommandLine) -> None:
    cli.imports(JOHN_JONES, account="acme")
    assert counts(cli.imports(JOHN_JONES, account="apex"))["created"] == 1
    acme, apex = (
        cli.run("contacts", "--json", account=account).document["items"][0]
        for account in ("acme", "apex")
    )
    assert acme["id"] != apex["id"]
    cli.run("show", acme["id"], account="apex").refuses(f"no contact `{acme['id']}`")


def test_a_file_is_completed_by_importing_it_again(cli: CommandLine) -> None:
    rows = [f"N{number // 4},+131955{number // 4:05}\n" for number in range(12_000)]
    half = cli.file("Name,Phone\n" + "".join(rows[:6_000]))
    whole = cli.file("Name,Phone\n" + "".join(rows))
    assert counts(cli.imports(half))["created"] == 1_500
    again = cli.run_as_process("import", whole, "--json")
    assert counts(json.loads(again.out)) == {
        "rows": 12_000,
        "created": 1_500,
        "unchanged": 10_500,
        "contacts": 3_000,
    }
    assert cli.events() == 3_001


def test_what_is_written_is_for_its_owner_alone(cli: CommandLine) -> None:
    cli.begins()
    path = cli.file("Name,Phone\nJohn,319-555-5677\nNobody,n/a\n")
    answer = cli.run_as_process("import", path, "--region", "US", "--json")
    kept = cli.folder / json.loads(answer.out)["rejected_file"]
    assert kept.stat().st_mode & 0o077 == 0
    if cli.place.kind == "sqlite":
        written = [cli.store, *cli.store.rglob("*")]
        assert len(written) > 5
        assert not [each for each in written if each.stat().st_mode & 0o077]
