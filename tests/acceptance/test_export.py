"""Exporting by command: to a file, to standard output, and what stops it."""

import csv
import io

import pytest

from tests.acceptance.command_line import ON_SQLITE, CommandLine
from tests.acceptance.machine import small_disk

PEOPLE = """Name,Phone,Email,Company
Ann Oak,319-555-0100,ann@oak.test,=1+1
Bob Elm,319-555-0101,bob@elm.test,Elm
Ann again,319-555-0100,,
"""


@pytest.fixture
def filled(cli: CommandLine) -> CommandLine:
    cli.imports(PEOPLE)
    return cli


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


class TestToStandardOutput:
    def test_contacts_are_csv(self, filled: CommandLine) -> None:
        answer = filled.run("export")
        assert [(each["Name"], each["company"]) for each in rows(answer.out)] == [
            ("Ann again", "'=1+1"),
            ("Bob Elm", "Elm"),
        ]
        assert answer.err == "2 contacts exported\n"

    def test_a_search_chooses(self, filled: CommandLine) -> None:
        searches = {"--q": "elm", "--phone": "(319) 555-0101", "--email": "BOB@elm.test"}
        for option, value in searches.items():
            (row,) = rows(filled.run("export", option, value).out)
            assert row["Name"] == "Bob Elm"
        assert rows(filled.run("export", "--kind", "lead").out) == []

    def test_merges_say_who_and_why(self, filled: CommandLine) -> None:
        (merge,) = rows(filled.run("export", "--merges").out)
        assert (merge["survivor name"], merge["rule"]) == ("Ann again", "csv")
        assert merge["matched"] == "+13195550100"
        assert merge["reason"] == "a phone number matched: +13195550100"

    def test_calls_say_whose(self, filled: CommandLine) -> None:
        said = ("--direction", "inbound", "--status", "missed", "--number", "319-555-0101")
        assert filled.run("call", *said).status == 0
        (call,) = rows(filled.run("export", "--calls").out)
        assert (call["number"], call["status"], call["contact name"]) == (
            "+13195550101",
            "missed",
            "Bob Elm",
        )

    def test_a_reader_that_goes_away_ends_it_quietly(self, filled: CommandLine) -> None:
        process = filled.start("export", "--store", filled.place.url)
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
        process.stderr.close()
        assert process.wait() in {0, 1}


class TestToAFile:
    @pytest.mark.parametrize("ending", ["csv", "xlsx", "vcf"])
    def test_the_ending_says_the_format(self, filled: CommandLine, ending: str) -> None:
        name = f"contacts.{ending}"
        answer = filled.run("export", name)
        assert (answer.status, answer.out) == (0, "")
        assert answer.err == f"2 contacts exported to {name}\n"
        again = filled.imports(filled.folder / name)
        assert (again["unchanged"], again["contacts"]) == (2, 2)
        read_as = {"csv": "csv", "xlsx": "xlsx", "vcf": "vcard"}[ending]
        assert again["understood"]["format"] == read_as
        assert again["understood"]["preset"] == "contact-merging"

    def test_an_earlier_file_is_replaced(self, filled: CommandLine) -> None:
        path = filled.file("before", "contacts.csv")
        assert filled.run("export", path).status == 0
        assert len(rows(path.read_text("utf-8-sig"))) == 2
        assert [each.name for each in filled.folder.glob("*contacts*")] == ["contacts.csv"]


class TestRefused:
    pytestmark = ON_SQLITE

    def test_a_full_disk_leaves_no_file_and_the_earlier_one_as_it_was(
        self, filled: CommandLine
    ) -> None:
        disk = filled.folder / "disk"
        with small_disk(disk, "8k"):
            earlier = disk / "contacts.csv"
            earlier.write_text("before")
            (disk / "other").write_bytes(b"x" * 4_096)
            answer = filled.run("export", earlier)
            answer.refuses(f"{earlier}: No space left on device; nothing is exported")
            assert earlier.read_text() == "before"
            assert {each.name for each in disk.iterdir()} == {"contacts.csv", "other"}

    def test_so_does_one_that_fills_up_while_the_file_is_written(self, cli: CommandLine) -> None:
        names = "".join(f"Person,+1319555{number:04}\n" for number in range(400))
        assert cli.run("import", cli.file(f"Name,Phone\n{names}", "names.csv")).status == 0
        disk = cli.folder / "disk"
        with small_disk(disk, "8k"):
            file = disk / "contacts.csv"
            answer = cli.run("export", file)
            answer.refuses(f"{file}: No space left on device; nothing is exported")
            assert not list(disk.iterdir())

    def test_places_where_no_file_can_be(self, filled: CommandLine) -> None:
        full = filled.run("export", "/dev/full", "--format", "csv")
        full.refuses("/dev/full: No space left on device; nothing is exported")
        filled.run("export", "nowhere/contacts.csv").refuses("nowhere/contacts.csv: No such file")
        filled.run("export", ".", "--format", "csv").refuses(".: Is a directory")

    def test_an_ending_that_says_no_format(self, cli: CommandLine) -> None:
        cli.run("export", "contacts.ods").refuses("--format: give csv, xlsx or vcard", status=2)

    def test_a_search_that_is_not_valid(self, filled: CommandLine) -> None:
        filled.run("export", "contacts.csv", "--phone", "no phone").refuses("phone: `no phone`")
        assert not (filled.folder / "contacts.csv").exists()

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (["--merges", "--calls"], "--merges: cannot be combined with --calls"),
            (["--merges", "--q", "ann"], "--merges: cannot be combined with --q"),
            (["--calls", "--format", "xlsx"], "--calls: are exported as csv, not xlsx"),
        ],
    )
    def test_options_that_do_not_go_together(
        self, cli: CommandLine, options: list[str], said: str
    ) -> None:
        cli.run("export", *options).refuses(said, status=2)
