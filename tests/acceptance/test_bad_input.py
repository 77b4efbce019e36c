"""Bad input gives one clear line that names what and where, and nothing is half written."""

import gzip
import json
import os
import signal
from multiprocessing import active_children
from pathlib import Path

import pytest

from application.refusals import Refused
from infrastructure.formats import csv_file
from infrastructure.formats.contact_file import open_contacts
from infrastructure.formats.read_ahead import SMALL, read_batches
from tests.acceptance.command_line import (
    ON_POSTGRESQL,
    ON_SQLITE,
    Answer,
    CommandLine,
    Program,
    answer_of,
    counts,
    rejected,
)
from tests.acceptance.machine import without_privileges
from tests.messages import JOHN, MARY

OTHER_COLUMNS = ("Name", "Email", "Note")
PEOPLE = "Name,Phone\nJohn,319-555-5677\nMary,319-555-0100\n"
MISUSED = [
    (["nonsense"], "No such command 'nonsense'"),
    (["show"], "Missing argument"),
    (["show", "a", "b"], "(b)"),
    (["show", "a", "--loud"], "--loud"),
    (["show", "a", "--account", "Acme"], "'--account': `Acme`"),
    (["show", "a", "--account", "_a"], "'--account': `_a`"),
    (["show", "a", "--account", "a" * 41], "'--account'"),
    (["show", "a", "--account", "../a"], "'--account': `../a`"),
    (["show", "a", "--account", ""], "'--account': ``"),
    (["show", "a", "--store", "data"], "`data` is not a kind of store; use sqlite:DIR, such as"),
    (["show", "a", "--store", "data"], "or postgresql://USER@HOST/DATABASE"),
    (["show", "a", "--store", "sqlite:"], "`sqlite:` needs a folder; use sqlite:DIR"),
    (["show", "a", "--store", "mysql://h/db"], "`mysql` is not a kind of store"),
    (["demo", "--store", "data"], "`data` is not a kind of store"),
    (["contacts", "--limit", "0"], "'--limit'"),
    (["contacts", "--limit", "ten"], "'--limit'"),
    (["contacts", "--kind", "person"], "'--kind': 'person'"),
    (["import", "a.csv", "--region", "Utopia"], "'--region': `Utopia` is not a known region"),
]
NO_TEXT = {
    "bytes of no page": b"Name,Phone\nJ\x81n,319-555-5677\n",
    "gzip": gzip.compress(PEOPLE.encode()),
    "picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01",
    "a workbook that is none": b"PK\3\4" + PEOPLE.encode(),
    "zeros": bytes(100_000),
}
NO_TABLE = {
    "empty": ("", "is empty"),
    "only a mark": ("\ufeff", "is empty"),
    "no phone and no email": ("Name,Colour\nJohn,red\n", "no column holds phones or emails among"),
    "a quote in the header": ('Phone,"Name\n319-555-5677,John\n', "quote in the header is never"),
    "10 MB and no line end": (
        "x" * (10 << 20),
        "its header is too long: the limit is 1,048,576 characters",
    ),
}


class TestCommands:
    def test_misuse_is_status_2(self, program: Program) -> None:
        for arguments, said in MISUSED:
            program.run_alone(*arguments).refuses(said, "see --help", status=2)
        assert list(program.folder.glob("*/")) == []

    def test_a_mapping_that_is_none_is_misuse(self, cli: CommandLine) -> None:
        cli.run("import", cli.file(PEOPLE), "--mapping", "Name").refuses(
            "--mapping", "`Name` is not COLUMN=FIELD", status=2
        )
        assert cli.is_untouched

    def test_an_unknown_account_is_refused_and_not_made(self, cli: CommandLine) -> None:
        for command in (
            ["contacts"],
            ["show", "a"],
            ["history", "a"],
            ["merges", "--json"],
            ["explain", "a", "b"],
            ["settings", "--integration-leads", "email"],
            ["rebuild"],
            ["verify"],
        ):
            cli.run(*command, account="nobody").refuses("account `nobody` does not exist")
        assert cli.is_untouched

    def test_an_unknown_contact_phone_or_email_is_refused(self, cli: CommandLine) -> None:
        cli.imports(PEOPLE)
        (john, _) = cli.ids()
        for command in (
            ["show", "nobody"],
            ["history", "nobody", "--json"],
            ["explain", john, "nobody"],
            ["merges", "--contact", "nobody"],
        ):
            cli.run(*command).refuses("there is no contact `nobody`")
        for option, value in (("--phone", "call me"), ("--phone", "3.58504E+11")):
            cli.run("contacts", option, value).refuses(
                f"phone: `{value}` is not a valid phone number"
            )
        cli.run("contacts", "--email", "a@@b").refuses("email: `a@@b` is not a valid email address")
        cli.run("contacts", "--phone", JOHN, "--email", "a@b.test").refuses("give one of them")
        cli.run("show", "two\nlines\x1b[2J").refuses("there is no contact `two lines [2J`")


class TestFiles:
    """A file that cannot be read is refused as a whole: no account is made for it."""

    @pytest.mark.parametrize("content", NO_TEXT.values(), ids=NO_TEXT.keys())
    def test_one_that_is_no_text(self, cli: CommandLine, content: bytes) -> None:
        path = cli.file(content)
        cli.run("import", path, "--json").refuses(f"{path}: is ")
        assert cli.is_untouched

    @pytest.mark.parametrize(("content", "said"), NO_TABLE.values(), ids=NO_TABLE.keys())
    def test_one_that_is_no_table(self, cli: CommandLine, content: str, said: str) -> None:
        path = cli.file(content)
        cli.run("import", path).refuses(f"{path}: ", said)
        assert cli.is_untouched

    def test_the_line_that_is_no_text_is_named(self, cli: CommandLine) -> None:
        path = cli.file(PEOPLE.encode() * 50_000 + b"J\x81n,1\n")
        cli.run("import", path).refuses(f"{path}: is not text that can be read (line 150001)")

    def test_one_that_is_missing_no_file_or_not_to_be_read(self, cli: CommandLine) -> None:
        missing, pipe, secret = (cli.folder / name for name in ("none.csv", "pipe", "secret.csv"))
        os.mkfifo(pipe)
        secret.write_text(PEOPLE, "utf-8")
        secret.chmod(0)
        cli.run("import", missing).refuses(f"{missing}: there is no such file")
        cli.run("import", cli.folder).refuses(f"{cli.folder}: Is a directory")
        cli.run("import", pipe).refuses(f"{pipe}: is not a regular file")
        cli.run_as_process("import", secret, prefix=without_privileges()).refuses(
            f"{secret}: Permission denied"
        )
        assert cli.is_untouched

    def test_a_mapping_of_a_column_that_it_does_not_have(self, cli: CommandLine) -> None:
        path = cli.file(PEOPLE)
        cli.run("import", path, "--mapping", "Tel=phone").refuses(
            f"{path}: mapping: the file has no column `Tel`; it has Name, Phone"
        )
        assert cli.is_untouched

    def test_one_whose_name_is_no_text_is_imported(self, cli: CommandLine) -> None:
        path = cli.folder / os.fsdecode(b"J\xf3n\n.csv")
        path.write_text(PEOPLE, "utf-8")
        assert counts(cli.imports(path))["created"] == 2
        (imported,) = cli.run("history", cli.ids()[0], "--json").document["items"]
        assert imported["by"] == "import:J\ufffdn\n.csv"
        assert cli.run("history", cli.ids()[0]).status == 0

    def test_a_header_alone_is_an_import_of_nothing(self, cli: CommandLine) -> None:
        assert counts(cli.imports("Name,Phone\n")) == {}
        assert cli.events() == 1


class TestRows:
    """A row that is not valid is rejected alone."""

    @pytest.mark.parametrize(
        "column",
        ["Phone", *(pytest.param(each, marks=pytest.mark.heavy) for each in OTHER_COLUMNS)],
    )
    def test_a_cell_of_10_megabytes(self, cli: CommandLine, column: str) -> None:
        cells = dict.fromkeys(["Name", "Phone", "Email", "Note"], "") | {"Phone": JOHN}
        cells[column] = "1" * 10_000_000
        imported = cli.imports(
            f"{','.join(cells)}\n{','.join(cells.values())}\nMary,{MARY},m@b.test,\n"
        )
        assert counts(imported) == {"rows": 2, "created": 1, "rejected": 1, "contacts": 1}
        (_, row) = rejected(imported)
        assert row[0] == "2"
        assert f"{column.lower()}: is too long: 10000000 characters" in row[1].lower()
        assert row[2:] == list(cells.values())

    def test_rows_that_are_shorter_or_longer_than_the_header(self, cli: CommandLine) -> None:
        imported = cli.imports(
            f"Name,Phone,Email\nA,{JOHN}\nB,{MARY},b@b.test,,\nC\nD,{MARY},d@b.test,x\n"
        )
        assert counts(imported) == {"rows": 4, "created": 2, "rejected": 2, "contacts": 2}
        assert [row[:2] for row in rejected(imported)[1:]] == [
            ["4", "row: has no phone and no email that can be matched"],
            ["5", "row: has 4 cells, the header has 3"],
        ]

    @pytest.mark.parametrize("before", [0, 8_000], ids=["small file", "large file"])
    def test_a_quote_that_is_never_closed_loses_no_row(self, cli: CommandLine, before: int) -> None:
        """All rows that it swallowed are in the file of rejected rows."""
        sound = "".join(f"N{each},+131955{each:05},a sound row\n" for each in range(before))
        torn = f'B,{MARY},"never closed\nC,+13195550123,x\nD,+13195550124,y\n'
        path = cli.file(f"Name,Phone,Note\nA,{JOHN},x\n{sound}{torn}")
        assert (path.stat().st_size > SMALL) is (before > 0)
        cli.begins()
        imported = json.loads(cli.run_as_process("import", path, "--json").out)
        assert counts(imported) == {
            "rows": before + 2,
            "created": before + 1,
            "rejected": 1,
            "contacts": before + 1,
        }
        (_, row) = rejected(imported)
        assert row[0] == str(before + 3)
        assert row[1] == "row: has a quote that is never closed, up to the end of the file"
        assert row[2:] == ["B", MARY, "never closed\nC,+13195550123,x\nD,+13195550124,y\n"]

    def test_a_nul_byte(self, cli: CommandLine) -> None:
        imported = cli.imports(
            f"Name,Phone,Email\nA\0,{JOHN},\nB,\0{JOHN},\nC,,c\0@b.test\nD,{MARY},\n"
        )
        assert counts(imported) == {"rows": 4, "created": 1, "rejected": 3, "contacts": 1}
        assert [row[1] for row in rejected(imported)[1:]] == [
            f"{column}: contains a NUL character" for column in ("name", "Phone", "Email")
        ]

    @ON_SQLITE
    def test_a_file_of_rejected_rows_that_cannot_be_written_is_told(self, cli: CommandLine) -> None:
        cli.imports(PEOPLE)
        events = cli.events()
        folder = cli.store / "default" / "imports"
        folder.rmdir()
        folder.touch()
        cli.run("import", cli.file(f"{PEOPLE}Nobody,n/a\n")).refuses(f"{folder}: File exists")
        assert cli.events() == events

    @ON_POSTGRESQL
    def test_a_folder_that_takes_no_file_of_rejected_rows_is_told(self, cli: CommandLine) -> None:
        cli.imports(PEOPLE)
        events = cli.events()
        path = cli.file(f"{PEOPLE}Nobody,n/a\n")
        files = sorted(cli.folder.iterdir())
        cli.folder.chmod(0o500)
        told = cli.run_as_process("import", path, prefix=without_privileges())
        cli.folder.chmod(0o700)
        told.refuses(f"contact-merging: {cli.folder}/", ".rejected.csv: Permission denied")
        assert sorted(cli.folder.iterdir()) == files
        assert cli.events() == events


class TestCutOff:
    def large(self, program: Program, rows: int = 40_000) -> Path:
        """A file in which each batch of ten thousand rows repeats a hundred people of its own."""
        people = (row // 10_000 * 100 + row % 100 for row in range(rows))
        lines = (f"N{number},+13195{number:06},{'x' * 20}\n" for number in people)
        return program.file("Name,Phone,Note\n" + "".join(lines))

    def test_an_import_that_is_interrupted_leaves_whole_batches(self, cli: CommandLine) -> None:
        cli.imports("Name,Phone\n")
        path = self.large(cli, 200_000)  # so that it cannot be done before it is interrupted
        # A test run in the background may have inherited that the signal is ignored.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        process = cli.start("import", path, "--store", cli.place.url)
        signal.signal(signal.SIGINT, before)
        cli.waits_for_events(2)
        os.killpg(process.pid, signal.SIGINT)
        assert answer_of(process) == Answer(130, "", "")
        events = cli.events()
        assert events < 2_001
        assert events % 100 == 1

    def test_a_reader_that_is_killed_is_told(self, program: Program) -> None:
        batches = read_batches(open_contacts(self.large(program)), "US", 1_000)
        next(batches)
        (reader,) = (child for child in active_children() if child.name == "read-ahead")
        reader.kill()
        with pytest.raises(Refused, match="the process that reads it ended before the file did"):
            list(batches)

    @pytest.mark.parametrize("rows", [10, 12_000], ids=["small file", "large file"])
    def test_a_file_that_changes_while_it_is_read_is_told(
        self, program: Program, rows: int
    ) -> None:
        path = program.file("Name,Phone\n" + f"John,{JOHN}\n" * rows)
        file = open_contacts(path)
        path.write_bytes(path.read_bytes() + b"J\xf3n,1\n")
        with pytest.raises(Refused, match=f"{path}: it changed while it was read"):
            list(read_batches(file, "US", 1_000))

    def test_a_cell_beyond_all_measure_is_told(
        self, program: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = program.file(f"Name,Phone\nA,{JOHN}\nB,{'1' * 1_001}\n")
        file = open_contacts(path)
        monkeypatch.setattr(csv_file, "_LONGEST_CELL", 1_000)
        with pytest.raises(Refused, match=f"{path}: after row 2: field larger than field limit"):
            list(read_batches(file, "US", 1_000))


class TestOutput:
    def test_another_locale_escapes_what_it_cannot_print(self, cli: CommandLine) -> None:
        cli.imports("Name,Phone\nJ\u00f3n \u2192 \U0001f600,319-555-5677\n")
        plain = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}
        people = cli.run_as_process("contacts", environment=plain)
        assert "J\\xf3n \\u2192 \\U0001f600" in people.lines[0]
        (contact,) = cli.run_as_process("contacts", "--json", environment=plain).document["items"]
        assert contact["name"] == "J\u00f3n \u2192 \U0001f600"

    def test_whoever_reads_it_may_have_had_enough(self, cli: CommandLine) -> None:
        name, email = "N" * 60, f"{'e' * 50}@b.test"
        rows = "".join(f"{name},+131955{each:05},{each}{email}\n" for each in range(1_500))
        cli.imports(f"Name,Phone,Email\n{rows}")
        where = ["--store", cli.place.url, "--all"]
        for command in (["contacts", *where], ["contacts", *where, "--json"]):
            process = cli.start(*command)
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.readline()
            process.stdout.close()
            with process.stderr as stream:
                assert stream.read() == ""
            assert process.wait(30) == 1
