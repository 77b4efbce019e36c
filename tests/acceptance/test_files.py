"""Files as people have them: what the contacts are, and what the command says it understood."""

import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from tests.acceptance.command_line import ON_SQLITE, CommandLine, counts

pytestmark = ON_SQLITE

UWE = "+49305550174"


def contacts(
    cli: CommandLine, content: str | bytes | Path, region: str = "DE", *options: str
) -> list[dict[str, Any]]:
    """The contacts of a new account after the import of one file."""
    path = content if isinstance(content, Path) else cli.file(content)
    imported = cli.run("import", path, "--region", region, "--json", *options)
    assert imported.status == 0, imported.err
    return cli.contacts()


def imported(cli: CommandLine, path: Path, *options: str) -> tuple[dict[str, Any], str]:
    """What the command says of an import: its document, and its messages."""
    answer = cli.run("import", path, "--region", "DE", "--json", *options)
    assert answer.status == 0, answer.err
    return json.loads(answer.out), answer.err


def phones(cli: CommandLine, content: str, region: str) -> list[list[str]]:
    return [each["phones"] for each in contacts(cli, content, region)]


class TestPeopleStayWhoTheyAre:
    def test_three_colleagues_with_extensions_stay_three(self, cli: CommandLine) -> None:
        lines = ['Ann,"202-555-0134,,101"', 'Bob,"202-555-0134, ext. 102"', "Cy,202-555-0134; x103"]
        found = contacts(cli, "\n".join(["Name,Phone", *lines]), "US")
        assert [(each["name"], each["phones"]) for each in found] == [
            ("Ann", ["+12025550134;ext=101"]),
            ("Bob", ["+12025550134;ext=102"]),
            ("Cy", ["+12025550134;ext=103"]),
        ]

    def test_an_extension_column_belongs_to_its_phone(self, cli: CommandLine) -> None:
        content = "Name,Phone,Phone Ext\nAnn,202-555-0134,101\nBob,202-555-0134,102\n"
        assert phones(cli, content, "US") == [["+12025550134;ext=101"], ["+12025550134;ext=102"]]

    def test_two_with_the_same_masked_number_stay_two(self, cli: CommandLine) -> None:
        content = "Name,Phone,Email\nAnn,202-555-XXXX,a@oak.test\nBob,202-555-XXXX,b@oak.test\n"
        assert [each["name"] for each in contacts(cli, content, "US")] == ["Ann", "Bob"]

    def test_five_colleagues_with_one_company_main_phone_stay_five(self, cli: CommandLine) -> None:
        rows = [f"P{n},202-555-013{n},202-555-0199" for n in range(5)]
        content = "\n".join(["Name,Mobile,Company Main Phone", *rows])
        assert len(contacts(cli, content, "US")) == 5

    def test_the_same_local_digits_of_two_countries_stay_two(self, cli: CommandLine) -> None:
        content = "Name,Phone,Country\nUwe,20 5550174,Germany\nJan,20 5550174,Netherlands\n"
        assert len(contacts(cli, content, "US")) == 2

    def test_a_country_in_words_is_the_region_of_its_row(self, cli: CommandLine) -> None:
        content = (
            "Name,Phone,Country\nU,030 5550174,Germany\nI,347 1234567,Italy\nG,7700 900123,+44\n"
        )
        assert phones(cli, content, "US") == [[UWE], ["+393471234567"], ["+447700900123"]]

    def test_several_numbers_in_a_cell_and_a_remark(self, cli: CommandLine) -> None:
        content = "Name,Phone\nUwe,030 5550174 / 030 5550175\nTom,030 5550176 (Uwe)\n"
        assert phones(cli, content, "DE") == [[UWE, "+49305550175"], ["+49305550176"]]

    def test_a_number_that_a_spreadsheet_made_a_decimal(self, cli: CommandLine) -> None:
        content = "Name,Phone\nAnn,14155552673.0\n"
        assert phones(cli, content, "US") == [["+14155552673"]]


class TestHeaders:
    def test_german_and_french(self, cli: CommandLine) -> None:
        content = (
            "Vorname;Nachname;Firma;E-Mail;Telefon;Mobil\n"
            "Uwe;Meier;Eiche GmbH;uwe@eiche.test;030 5550174;0151 23456789\n"
        )
        assert contacts(cli, content) == [
            {
                "name": "Uwe Meier",
                "phones": [UWE, "+4915123456789"],
                "emails": ["uwe@eiche.test"],
                "company": "Eiche GmbH",
            }
        ]

    def test_outlook_titles_are_kept_apart(self, cli: CommandLine) -> None:
        content = (
            "Title,First Name,Last Name,Job Title,Business Phone\nMs.,Ann,Oak,CEO,030 5550174\n"
        )
        (ann,) = contacts(cli, content)
        assert (ann["name"], ann["title"], ann["honorific"]) == ("Ann Oak", "CEO", "Ms.")

    def test_lines_above_it_are_passed_over_and_it_may_come_again(self, cli: CommandLine) -> None:
        header = "Name,Phone,Email"
        content = (
            "Contacts of the Berlin office,,\nExported 2024-03-01,,\n,,\n"
            f"{header}\nUwe,030 5550174,\n{header}\nTom,030 5550175,\n"
        )
        path = cli.file(content)
        document, _ = imported(cli, path)
        assert (document["created"], document["rejected"]) == (2, 1)
        assert document["understood"]["header_row"] == 4
        rejected = Path(document["rejected_file"]).read_text("utf-8").splitlines()
        assert rejected[1:] == ["6,row: repeats the header,Name,Phone,Email"]

    def test_it_is_the_row_that_a_person_says(self, cli: CommandLine) -> None:
        path = cli.file("Name,Phone\nWho,Where\nUwe,030 5550174\n")
        document, _ = imported(cli, path, "--header-row", "2", "--mapping", "Who=name")
        assert (document["created"], document["rejected"]) == (1, 0)
        assert document["understood"]["header_row"] == 2
        assert [each["column"] for each in document["understood"]["columns"]] == ["Who", "Where"]

    def test_there_is_none_if_a_person_says_so(self, cli: CommandLine) -> None:
        path = cli.file("Home Phone,030 5550174\nTom,030 5550175\n")
        document, _ = imported(cli, path, "--header-row", "0", "--mapping", "Column 1=name")
        assert document["understood"]["header_row"] is None
        assert [each["name"] for each in cli.contacts()] == ["Home Phone", "Tom"]

    def test_a_row_that_cannot_be_one_is_named(self, cli: CommandLine) -> None:
        path = cli.file("Name,Phone\n\nUwe,030 5550174\n")
        for row in ("2", "9"):
            cli.run("import", path, "--header-row", row).refuses(
                f"{path}: header_row: row {row} is empty or not among the first rows"
            )
        card = cli.file("BEGIN:VCARD\nVERSION:3.0\nTEL:+493055501\nEND:VCARD\n")
        cli.run("import", card, "--header-row", "1").refuses(
            "header_row: a file in the format vcard has none"
        )
        cli.run("import", path, "--header-row", "501").refuses("--header-row", status=2)

    def test_a_file_without_one_loses_no_row(self, cli: CommandLine) -> None:
        path = cli.file("Uwe,030 5550174,uwe@eiche.test\nTom,030 5550175,tom@eiche.test\n")
        document, told = imported(cli, path)
        assert document["created"] == 2
        assert document["understood"]["header_row"] is None
        assert "WARNING: No column holds names: map one to `name`" in told
        mapped, _ = imported(cli, path, "--mapping", "Column 1=name")
        assert mapped["merged"] == 2
        assert [each["name"] for each in cli.contacts()] == ["Uwe", "Tom"]

    def test_symbols_over_phones(self, cli: CommandLine) -> None:
        content = "Who,\u260e Contact\nUwe,030 5550174\nTom,030 5550175\n"
        assert phones(cli, content, "DE") == [[UWE], ["+49305550175"]]


class TestSeparators:
    @pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
    def test_each_of_four(self, cli: CommandLine, separator: str) -> None:
        lines = [["Name", "Phone", "City"], ["Uwe", "030 5550174", "Ulm, Neu; x|y"]]
        quoted = "\n".join(separator.join(f'"{cell}"' for cell in line) for line in lines)
        (uwe,) = contacts(cli, quoted)
        assert (uwe["phones"], uwe["city"]) == ([UWE], "Ulm, Neu; x|y")

    def test_excel_says_it_in_a_line_of_its_own(self, cli: CommandLine) -> None:
        assert phones(cli, "sep=|\nName|Phone\nUwe, Tom|030 5550174\n", "DE") == [[UWE]]

    def test_a_space_before_a_quote(self, cli: CommandLine) -> None:
        content = 'Name, Phone, City\nUwe, 030 5550174, "Ulm, Neu"\n'
        assert contacts(cli, content)[0]["city"] == "Ulm, Neu"


class TestMappings:
    HEADER = "Who,Reachable,Colour"

    def file(self, cli: CommandLine, number: int) -> Path:
        return cli.file(f"{self.HEADER}\nUwe{number},call 030 5550{number},red\n")

    def test_one_is_remembered_for_the_next_file_like_it(self, cli: CommandLine) -> None:
        options = ["--mapping", "Who=name", "--mapping", "Reachable=phone"]
        path = cli.file(f"{self.HEADER}\nUwe,030 5550174,red\n")
        first, _ = imported(cli, path, *options)
        assert first["understood"]["mapping"] == "given"
        again = cli.file(f"{self.HEADER.upper()}\nTom,030 5550175,red\n")
        second, told = imported(cli, again)
        assert second["understood"]["mapping"] == "remembered"
        assert "with the mapping that was given before" in told
        assert [each["name"] for each in cli.contacts()] == ["Uwe", "Tom"]
        cli.run("rebuild")
        assert imported(cli, again)[0]["understood"]["mapping"] == "remembered"
        assert imported(cli, again, "--forget-mapping")[0]["understood"]["mapping"] is None
        assert imported(cli, again)[0]["understood"]["mapping"] is None
        other, _ = imported(cli, cli.file("Name,Phone\nEva,030 5550176\n"))
        assert other["understood"]["mapping"] is None

    def test_a_dry_run_remembers_none(self, cli: CommandLine) -> None:
        path = cli.file("Name,Phone,Reachable\nUwe,030 5550174,0\n")
        cli.run("import", path, "--region", "DE", "--json")
        cli.run("import", path, "--mapping", "Reachable=note", "--dry-run", "--json")
        assert cli.run("import", path, "--json").document["understood"]["mapping"] is None

    @pytest.mark.parametrize(
        "text",
        [
            json.dumps({"Who": "name", "Reachable": "phone"}),
            "# columns\nWho=name\n\nReachable = phone\n",
        ],
    )
    def test_one_in_a_file(self, cli: CommandLine, text: str) -> None:
        mapping = cli.file(text)
        path = cli.file(f"{self.HEADER}\nUwe,030 5550174,red\n")
        assert contacts(cli, path, "DE", "--mapping", str(mapping))[0]["phones"] == [UWE]

    @pytest.mark.parametrize("text", ["{", '{"Who": 1}', "Who", "\ufeff{}x"])
    def test_a_file_that_is_none_is_refused_by_name(self, cli: CommandLine, text: str) -> None:
        mapping, path = cli.file(text), self.file(cli, 174)
        answer = cli.run("import", path, "--mapping", str(mapping))
        assert answer.status in {1, 2}
        assert str(mapping) in answer.err
        assert cli.is_untouched


def workbook(cli: CommandLine) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Name", "Phone", "Joined"])
    sheet.append(["Uwe", 305550174, "2024"])
    sheet.cell(2, 2).number_format = "0000000000"
    path = cli.folder / "people.csv"  # its name says nothing
    book.save(path)
    return path


class TestOtherFormats:
    def test_a_workbook_with_leading_zeros_by_format(self, cli: CommandLine) -> None:
        path = workbook(cli)
        answer = cli.run("import", path, "--region", "DE", "--json").document
        assert answer["understood"]["format"] == "xlsx"
        (uwe,) = cli.contacts()
        assert (uwe["phones"], uwe["Joined"]) == ([UWE], "2024")

    def test_a_vcard(self, cli: CommandLine) -> None:
        card = (
            "BEGIN:VCARD\nVERSION:3.0\nFN:Uwe Meier\nTEL;TYPE=cell:0151 23456789\n"
            "item1.TEL:030 5550174\nitem1.X-ABLabel:Weekend\nEMAIL:uwe@eiche.test\n"
            "ORG:Eiche GmbH;Sales\nEND:VCARD\n"
        )
        path = cli.file(card)
        answer = cli.run("import", path, "--region", "DE", "--json").document
        assert (answer["understood"]["format"], answer["rows"]) == ("vcard", 1)
        (uwe,) = cli.contacts()
        assert uwe["name"] == "Uwe Meier"
        assert uwe["phones"] == ["+4915123456789", UWE]
        assert uwe["company"] == "Eiche GmbH"

    def test_a_card_that_is_sent_again_updates_its_contact(self, cli: CommandLine) -> None:
        def card(name: str, number: str, uid: str) -> str:
            return f"BEGIN:VCARD\nVERSION:3.0\nUID:{uid}\nFN:{name}\nTEL:{number}\nEND:VCARD\n"

        uwe, ann = "urn:uuid:5f2c1d0a-8f1b-4c57-9a33-0c6a7c2e1b44", "0123456789ABCDEF"
        cli.imports(card("Uwe", "202-555-0101", uwe) + card("Ann", "202-555-0102", ann))
        again = card("Uwe", "202-555-0101", uwe) + card("Anna", "202-555-0103", ann)
        copy = card("Anna", "202-555-0103", ann)
        answer = cli.imports(again + copy)
        assert counts(answer) == {"rows": 3, "updated": 1, "unchanged": 2, "contacts": 2}
        assert [(each["name"], each["phones"]) for each in cli.contacts()] == [
            ("Uwe", ["+12025550101"]),
            ("Anna", ["+12025550103"]),
        ]
        (_, known) = cli.ids()
        (record,) = cli.run("records", known, "--json").document["items"]
        assert (record["source"], record["external_id"]) == ("csv", ann)
