"""Reading contacts, one contact, its history, merges, and why two ids are one contact or not."""

import re
from contextlib import closing

from application.reads.ids import import_id
from tests.acceptance.command_line import CommandLine, said
from tests.messages import JOHN, JOHN_TOO, ROW, day, entered, hubspot_contact

JOHN_JONES = 'Name,Phone\nJohn Jones,"+1-319-555-5677, +1-319-555-4929"\n'
JOHN_J = "Name,Phone,City\nJohn J,319 555 5677; 712-555-3956,Ames\n"


def merged_johns(cli: CommandLine) -> tuple[str, str]:
    """John Jones, and the id of John J, who was merged into him."""
    cli.imports(cli.file(JOHN_JONES, "book.csv"))
    cli.imports(cli.file(JOHN_J, "campaign.csv"))
    (merge,) = cli.run("merges", "--json").document["items"]
    return merge["survivor"], merge["absorbed"]


def test_an_absorbed_id_goes_on_answering_with_the_survivor(cli: CommandLine) -> None:
    john, absorbed = merged_johns(cli)
    shown = cli.run("show", absorbed, "--json").document
    assert shown["requested_id"] == absorbed
    del shown["requested_id"]
    assert shown == cli.run("show", john, "--json").document
    assert cli.run("show", absorbed).lines[0] == f"{absorbed} was merged into {john}"
    history = cli.run("history", john, "--json").document
    assert cli.run("history", absorbed, "--json").document == history
    assert len(cli.run("merges", "--contact", absorbed).lines) == 1


def test_every_value_knows_which_record_it_came_from_and_since_when(cli: CommandLine) -> None:
    john, absorbed = merged_johns(cli)
    shown = cli.run("show", john, "--json").document
    assert said(shown) == {"name": "John J", "phones": [JOHN, JOHN_TOO, ROW], "city": "Ames"}
    assert [(each["value"], each["written"], each["records"]) for each in shown["phones"]] == [
        (JOHN, "+1-319-555-5677", [john, absorbed]),
        (JOHN_TOO, "+1-319-555-4929", [john]),
        (ROW, "712-555-3956", [absorbed]),
    ]
    assert shown["attributes"]["city"]["record"] == absorbed
    assert shown["name_from"]["record"] == absorbed
    assert [record["id"] for record in shown["records"]] == [john, absorbed]
    assert [record["source"] for record in shown["records"]] == ["csv", "csv"]
    assert shown["absorbed"] == [absorbed]
    assert shown["version"] == 2
    times = [shown["created_at"], shown["updated_at"], shown["attributes"]["city"]["since"]]
    for time in times:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", time)
    assert shown["created_at"] < shown["updated_at"]
    assert [re.sub(" 20.*", "", line) for line in cli.run("show", john).lines] == [
        f"John J  ·  contact  ·  {john}",
        "  name   John J                          [2]",
        f"  phone  {JOHN} (+1-319-555-5677)  [1] [2]",
        f"         {JOHN_TOO} (+1-319-555-4929)  [1]",
        f"         {ROW} (712-555-3956)     [2]",
        "  city   Ames                            [2]",
        "2 records",
        f"  [1]  {john} ",
        f"  [2]  {absorbed} ",
        "1 more id leads to it (`absorbed` lists them)",
    ]


def test_records_and_absorbed_ids_come_page_by_page(cli: CommandLine) -> None:
    """A contact of very many shows the first of them."""
    rows = [f"John {number},319 555 5677,{number}" for number in range(130)]
    cli.imports(cli.file("\n".join(["Name,Phone,City", *rows, ""])))
    (john,) = cli.ids()
    shown = cli.run("show", john, "--json").document
    ids = [john]
    for command, first in (("records", shown["records"]), ("absorbed", shown["absorbed"])):
        rest = cli.run(command, john, "--cursor", shown[f"{command}_next"], "--json").document
        assert (len(first), rest["next"]) == (100, None)
        ids += [each if command == "absorbed" else each["id"] for each in (*first, *rest["items"])]
    assert len({*ids}) == shown["records_total"] == shown["absorbed_total"] + 1 == 130
    assert len(ids) == 1 + 130 + 129
    assert len(cli.run("records", john, "--limit", "7").lines) == 7
    told = cli.run("show", john)
    assert told.err == f"there is more: `records {john}` lists them\n"
    assert told.lines[-21].startswith("  [1]  ")
    assert told.lines[-1] == "129 more ids lead to it (`absorbed` lists them)"
    assert any(line.endswith("[1] [2] [3] [4] +126") for line in told.lines)
    for command in ("records", "absorbed"):
        everything = cli.run(command, john, "--all")
        assert (len(everything.lines), everything.err) == (129 + (command == "records"), "")


def test_history_is_oldest_first_with_who_and_why(cli: CommandLine) -> None:
    john, _ = merged_johns(cli)
    items = cli.run("history", john, "--json").document["items"]
    assert [(item["position"], item["type"], item["by"], item["source"]) for item in items] == [
        (2, "ContactImported", "import:book.csv", "csv"),
        (3, "ContactsMerged", "import:campaign.csv", "csv"),
    ]
    assert [item["decision"]["because"] for item in items] == ["nothing_matched", "phone_matched"]
    assert f"a phone number matched: {JOHN}" in items[1]["summary"]
    lines = cli.run("history", john).lines
    (begins,) = (each for each, line in enumerate(lines) if "by import:campaign.csv" in line)
    assert " ".join(each.strip() for each in lines[begins + 1 :]) == items[1]["summary"]


def test_merges_are_newest_first_each_with_its_decision(cli: CommandLine) -> None:
    john, absorbed = merged_johns(cli)
    cli.imports("Name,Phone\nJ J,7125553956\n")
    page = cli.run("merges", "--limit", "1", "--json").document
    (newest,) = page["items"]
    rest = cli.run("merges", "--cursor", page["next"], "--json").document
    (oldest,) = rest["items"]
    assert rest["next"] is None
    assert newest["at"] > oldest["at"]
    assert (oldest["survivor"], oldest["absorbed"]) == (john, absorbed)
    assert oldest["source"] == "csv"
    assert oldest["decision"]["reason"] == f"a phone number matched: {JOHN}"
    limited = cli.run("merges", "--limit", "1")
    (line,) = limited.lines
    assert re.split("  +", line)[::2] == [newest["id"], "J J", ROW]
    assert re.split("  +", line)[3] == "→ John Jones"
    options = f"--store {cli.place.url} --limit 1 --cursor {page['next']}"
    assert limited.err == f"there is more: contact-merging merges {options}\n"


class TestContacts:
    def test_by_text_by_phone_by_email_by_kind_and_in_pages(self, cli: CommandLine) -> None:
        cli.imports(
            "Name,Phone,Email\n"
            "Ann 100%,319-555-5677,ann@b.test\n"
            "Bob_B,319-555-4929,bob@b.test\n"
            "Cyd,,cyd@other.test\n"
        )
        ann, bob, cyd = cli.ids()
        for options, found in [
            (["--q", "aNN"], [ann]),
            (["--q", "0%"], [ann]),
            (["--q", "b_b"], [bob]),
            (["--q", "@b.test"], [ann, bob]),
            (["--q", "1319555"], [ann, bob]),
            (["--phone", "(319) 555-4929"], [bob]),
            (["--phone", "+44 20 7946 0018"], []),
            (["--email", " CYD@Other.test "], [cyd]),
            (["--kind", "lead"], []),
            (["--kind", "contact", "--limit", "2"], [ann, bob]),
        ]:
            assert cli.ids(*options) == found, options
        after_bob = cli.run("contacts", "--limit", "2", "--json").document["next"]
        assert cli.ids("--cursor", after_bob) == [cyd]
        first = cli.run("contacts", "--limit", "2")
        assert re.split("  +", first.lines[0]) == [ann, "Ann 100%", "+13195555677", "ann@b.test"]
        assert first.err.endswith(f" --limit 2 --cursor {after_bob}\n")

    def test_what_a_file_says_does_not_command_the_terminal(self, cli: CommandLine) -> None:
        cli.imports('Name,Phone\n"\x1b[31mRed\x07\nTwo \u202fthree",319-555-5677\n')
        (contact,) = cli.run("contacts").lines
        assert "   [31mRed  Two \u202fthree " in contact
        assert cli.contacts()[0]["name"] == "\x1b[31mRed\x07\nTwo \u202fthree"

    def test_all_of_them_come_as_one_list(self, cli: CommandLine) -> None:
        rows = "".join(f"Person {each},+131955{each:05}\n" for each in range(1_100))
        cli.imports(f"Name,Phone\n{rows}")
        page = cli.run("contacts", "--all", "--json").document
        assert page["next"] is None
        assert [each["name"] for each in page["items"]] == [f"Person {n}" for n in range(1_100)]
        assert len(cli.run("contacts", "--all").lines) == 1_100
        nobody = ["contacts", "--all", "--phone", "+442079460018"]
        assert cli.run(*nobody, "--json").document == {"items": [], "next": None}
        assert cli.run(*nobody).err == "there are none\n"


def test_what_other_programs_keep_for_themselves_is_only_named(cli: CommandLine) -> None:
    cli.imports(f"Name,Phone,Record ID,Labels,Tax ID\nJohn,{JOHN},00Q7,VIP ::: x,US12\n")
    (john,) = cli.ids()
    shown = cli.run("show", john).lines
    assert "  not shown: Labels, Record ID (--json shows them)" in shown
    assert any(re.match("  Tax ID  US12 ", line) for line in shown)
    assert "00Q7" not in "".join(shown)
    assert cli.run("show", john, "--json").document["attributes"]["Record ID"]["value"] == "00Q7"


def test_who_is_calling_is_told_in_a_few_lines(cli: CommandLine) -> None:
    cli.imports(JOHN_JONES)
    cli.sends(entered("api", "John by API", [JOHN]))
    john, other = cli.ids()
    cli.run("call", "--direction", "inbound", "--status", "missed", "--number", JOHN_TOO)
    told = cli.run("who", JOHN_TOO).lines
    assert re.split("  +", told[0]) == [john, "John Jones", f"{JOHN} +1", "-"]
    assert told[1] == "the only one who holds the number"
    assert told[4] == f"    contact {john} (John Jones), linked by its number"
    assert f"also held by {john}  John Jones  (contact)" in cli.run("who", JOHN).lines
    assert other in cli.run("who", JOHN).lines[0]


def test_deleted_contacts_are_listed_by_name(cli: CommandLine) -> None:
    cli.imports(JOHN_JONES + "Mary,319-555-0100\n")
    john, _ = cli.ids()
    assert cli.run("contacts", "--deleted").err == "there are none\n"
    cli.run("delete", john)
    (line,) = cli.run("contacts", "--deleted").lines
    assert re.split("  +", line) == [john, "John Jones", "-", "-"]
    (document,) = cli.run("contacts", "--deleted", "--json").document["items"]
    assert (document["id"], document["deleted"], document["phones"]) == (john, True, [])
    cli.run("contacts", "--deleted", "--q", "jo").refuses("no other filter", status=2)


def test_a_unique_beginning_of_an_id_will_do(cli: CommandLine) -> None:
    john, absorbed = merged_johns(cli)
    cli.run("call", "--direction", "inbound", "--status", "missed", "--id", "c1")
    (merge,) = cli.run("merges", "--json").document["items"]
    assert cli.run("show", john[:-1], "--json").document["id"] == john
    assert len(cli.run("merges", "--contact", john[:-1]).lines) == 1
    assert cli.run("explain", john[:-1], absorbed[:-1], "--json").document["same"]
    assert cli.run("assign", "c1", john[:-1], "--json").document["contact_id"] == john
    assert cli.run("undo", merge["id"][:-1], "--json").document == {"restored": [absorbed]}
    cli.run("delete", john[:-1])
    assert cli.run("restore", john[:-1], "--json").document["id"] == john
    common = john[:4]
    cli.run("show", common).refuses(
        f"more than one contact begins with `{common}`: {john} (John Jones), "
        f"{absorbed} (John J); give more of it"
    )
    cli.run("show", "06").refuses("there is no contact `06`")
    with closing(cli.place.open("default")) as log, log.reading() as reading:
        (book, _) = reading.ids_that_begin("import", "", limit=9)
        assert import_id(reading, book[:-1]) == book
    cli.run("show", book).refuses(f"`{book}` is an import (book.csv), not a contact")


class TestExplain:
    def test_two_that_are_one(self, cli: CommandLine) -> None:
        john, absorbed = merged_johns(cli)
        because = f"{absorbed} (csv) was merged into {john}: a phone number matched: {JOHN}"
        for pair in ((john, absorbed), (absorbed, john)):
            explained = cli.run("explain", *pair, "--json").document
            assert (explained["same"], explained["because"]) == (True, because)
            assert [each["because"] for each in explained["decisions"]] == ["phone_matched"]
        named = because.replace(absorbed, f"John J {absorbed}")
        named = named.replace(f"into {john}", f"into John Jones {john}")
        told = cli.run("explain", absorbed, john).lines
        assert [told[0], " ".join(each.strip() for each in told[1:])] == ["one contact", named]

    def test_two_absorbed_by_the_same(self, cli: CommandLine) -> None:
        john, absorbed = merged_johns(cli)
        cli.imports("Name,Phone\nJ J,7125553956\n")
        (newest, _) = cli.run("merges", "--json").document["items"]
        explained = cli.run("explain", newest["absorbed"], absorbed, "--json").document
        assert explained["because"] == (
            f"{absorbed} (csv) was merged into {john}: a phone number matched: {JOHN}; then "
            f"{newest['absorbed']} (csv) was merged into {john}: a phone number matched: {ROW}"
        )

    def test_an_id_and_itself(self, cli: CommandLine) -> None:
        cli.imports(JOHN_JONES)
        (john,) = cli.ids()
        explained = cli.run("explain", john, john, "--json").document
        assert (explained["same"], explained["because"]) == (True, "they are the same id")
        assert (explained["names"], explained["decisions"]) == ({john: "John Jones"}, [])

    def test_two_that_never_met(self, cli: CommandLine) -> None:
        cli.imports(JOHN_JONES + "Mary,319-555-0100\n")
        john, mary = cli.ids()
        explained = cli.run("explain", john, mary, "--json").document
        assert explained["same"] is False
        own = "became a new contact: no contact has what the rule asks for"
        assert explained["because"].split("; ") == [
            f"{john} (csv) {own}",
            f"{mary} (csv) {own}",
            "they have nothing in common",
        ]
        assert cli.run("explain", john, mary).lines[0] == "two contacts"

    def test_two_that_share_a_number_but_one_came_by_api(self, cli: CommandLine) -> None:
        cli.imports(JOHN_JONES)
        (by_api,) = cli.sends(entered("api", "John by API", [JOHN]))
        john, other = cli.ids()
        assert other == by_api.contact_id
        explained = cli.run("explain", other, john, "--json").document
        assert explained["same"] is False
        assert explained["because"].split("; ") == [
            f"{other} (api) became a new contact: records of this source are never merged",
            f"{john} (csv) became a new contact: no contact has what the rule asks for",
            f"both have {JOHN}",
        ]

    def test_one_that_saw_the_other_and_lost_it_to_a_third(self, cli: CommandLine) -> None:
        cli.imports("Name,Phone,Email\nJohn,319-555-5677,\nMary,,mary@b.test\n")
        cli.imports("Name,Phone,Email\nJack,319-555-5677,mary@b.test\n")
        john, mary = cli.ids()
        (merge,) = cli.run("merges", "--json").document["items"]
        because = cli.run("explain", john, mary, "--json").document["because"]
        assert (
            f"{merge['absorbed']} (csv) was compared with {mary} and not merged: "
            "a phone match comes before an email match"
        ) in because


def test_what_an_integration_sends_again_is_told(cli: CommandLine) -> None:
    cli.imports(JOHN_JONES)
    cli.sends(hubspot_contact("7", "Johnny", [JOHN], updated_at=day(2), city="Ames"))
    cli.sends(hubspot_contact("7", "John", [JOHN, ROW], updated_at=day(3), city="Boone"))
    cli.sends(hubspot_contact("7", "Old John", [JOHN_TOO], updated_at=day(1), city="Older"))
    (john,) = cli.ids()
    shown = cli.run("show", john, "--json").document
    assert shown["attributes"]["city"]["value"] == "Boone"
    assert shown["counterparts"] == [
        {
            "integration": "hubspot",
            "kind": "contact",
            "external_id": "7",
            "updated_at": "2024-04-03T00:00:00Z",
        }
    ]
    items = cli.run("history", john, "--json").document["items"]
    assert [item["source"] for item in items] == ["csv", *["hubspot contact 7"] * 2]
    assert items[-1]["type"] == "RecordUpdated"
