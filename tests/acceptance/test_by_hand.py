"""By hand: contacts are edited, deleted, brought back, merged, separated, and merges undone."""

import json
import re

import pytest

from infrastructure.account_log import work
from tests.acceptance.command_line import CommandLine, counts
from tests.acceptance.test_calls_and_messages import call, whose
from tests.messages import JOHN, JOHN_TOO, MARY, ROW, entered, hubspot_contact

JOHN_JONES = 'Name,Phone\nJohn Jones,"+1-319-555-5677, +1-319-555-4929"\n'
JOHN_J = "Name,Phone,City\nJohn J,319 555 5677; 712-555-3956,Ames\n"


def merged_johns(cli: CommandLine) -> tuple[str, str, str]:
    """John Jones, the id of John J, who was merged into him, and the merge."""
    cli.imports(JOHN_JONES)
    cli.imports(JOHN_J)
    (merge,) = cli.run("merges", "--json").document["items"]
    return merge["survivor"], merge["absorbed"], merge["id"]


class TestUndo:
    def test_the_two_are_separate_each_with_its_own_records_and_calls(
        self, cli: CommandLine
    ) -> None:
        john, j, merge = merged_johns(cli)
        call(cli, JOHN_TOO, "--id", "of John Jones")
        call(cli, ROW, "--id", "of John J")
        assert whose(cli, john) == [["of John J", "of John Jones"]]

        assert cli.run("undo", merge, "--json").document == {"restored": [j]}
        assert cli.contacts() == [
            {"name": "John Jones", "phones": [JOHN, JOHN_TOO]},
            {"name": "John J", "phones": [JOHN, ROW], "city": "Ames"},
        ]
        for contact in (john, j):
            shown = cli.run("show", contact, "--json").document
            assert [record["id"] for record in shown["records"]] == [contact]
            assert "requested_id" not in shown
        assert whose(cli, john, j) == [["of John Jones"], ["of John J"]]
        (undone,) = cli.run("merges", "--json").document["items"]
        assert undone["undone_at"] is not None
        assert "  undone: " in cli.run("merges").lines[0]
        cli.events()

    def test_no_rule_merges_them_again(self, cli: CommandLine) -> None:
        john, j, merge = merged_johns(cli)
        cli.run("undo", merge)
        assert counts(cli.imports(JOHN_J))["unchanged"] == 1
        assert counts(cli.imports("Name,Phone\nJohnny,319-555-4929; 712-555-3956\n"))["merged"] == 1
        assert len(cli.contacts()) == 2
        assert cli.run("conflicts", "--json").document["items"] == []
        because = cli.run("explain", john, j, "--json").document["because"]
        assert f"{john} and {j} were declared separate, because merge {merge} was undone" in because

    def test_one_that_touches_very_many_records_is_undone_as_a_job(self, cli: CommandLine) -> None:
        cli.imports("Name,Phone\n" + "".join(f"John {n},{JOHN}\n" for n in range(1_100)))
        merge = cli.run("merges", "--limit", "1", "--json").document["items"][0]
        undone = cli.run("undo", merge["id"], "--json")
        assert undone.status == 0
        assert json.loads(undone.out) == {"restored": [merge["absorbed"]]}
        assert undone.err.startswith("more than 1,000 contacts, records, calls and messages are")
        shown = cli.run("show", merge["absorbed"], "--json").document
        assert [record["id"] for record in shown["records"]] == [merge["absorbed"]]
        again = cli.run("undo", merge["id"])
        assert (again.status, "is already undone" in again.err) == (1, True)

    def test_it_is_told_to_people(self, cli: CommandLine) -> None:
        john, j, merge = merged_johns(cli)
        assert cli.run("undo", merge).lines == [
            f"merge {merge} is undone; back again:",
            f"{j}  John J  (contact)",
            f"    {JOHN} (319 555 5677), {ROW} (712-555-3956), city: Ames",
        ]
        assert f"the merge with John J {j} was undone" in cli.run("history", john).out

    def test_what_was_edited_meanwhile_is_with_the_one_it_was_sent_to(
        self, cli: CommandLine
    ) -> None:
        john, j, merge = merged_johns(cli)
        cli.run("edit", j, "--set", "title=Cook")
        cli.run("edit", john, "--set", "company=Acme")
        cli.run("undo", merge)
        assert cli.contacts() == [
            {"name": "John Jones", "phones": [JOHN, JOHN_TOO], "company": "Acme"},
            {"name": "John J", "phones": [JOHN, ROW], "city": "Ames", "title": "Cook"},
        ]


class TestSeparate:
    def test_conflicts_are_listed_and_gone_once_separated(self, cli: CommandLine) -> None:
        cli.imports(JOHN_JONES)
        cli.sends(entered("api", "John by API", [JOHN]))
        john, other = cli.ids()
        assert cli.run("conflicts", "--json").document["items"] == [
            {
                "contacts": [john, other],
                "names": ["John Jones", "John by API"],
                "identifier": {"kind": "phone", "value": JOHN},
            }
        ]
        (line,) = cli.run("conflicts").lines
        assert re.split("  +", line) == [JOHN, john, "John Jones", other, "John by API"]
        assert cli.run("separate", other, john).lines == [
            f"John by API {other} and John Jones {john} are separate; no rule merges them"
        ]
        assert cli.run("conflicts", "--json").document == {"items": [], "next": None}
        nothing = cli.run("conflicts")
        assert (nothing.out, nothing.err) == ("", "there are none\n")
        told = " ".join(cli.run("explain", john, other).out.split())
        assert f"John by API {other} and John Jones {john} were declared separate" in told

    def test_conflicts_are_in_pages(self, cli: CommandLine) -> None:
        cli.imports(JOHN_JONES)
        cli.sends(*(entered("api", f"John {each}", [JOHN, JOHN_TOO]) for each in range(2)))
        listed = cli.run("conflicts", "--json").document["items"]
        assert len(listed) == 6
        found: list[object] = []
        cursor: list[str] = []
        for _ in range(3):
            page = cli.run("conflicts", "--limit", "2", *cursor, "--json").document
            found += page["items"]
            cursor = ["--cursor", str(page["next"])]
        assert found == listed
        assert page["next"] is None


class TestMerge:
    def test_an_admin_merges_two_and_may_take_it_back(self, cli: CommandLine) -> None:
        cli.imports(JOHN_JONES + "Mary,319-555-0100\n")
        john, mary = cli.ids()
        merged = cli.run("merge", john, mary, "--json").document
        assert (merged["id"], merged["absorbed"]) == (john, [mary])
        (merge,) = cli.run("merges", "--json").document["items"]
        assert (merge["id"], merge["source"]) == (merged["merge_id"], None)
        assert merge["decision"]["rule"] == "manual"
        assert cli.contacts() == [{"name": "Mary", "phones": [JOHN, JOHN_TOO, MARY]}]
        assert cli.run("undo", merge["id"], "--json").document == {"restored": [mary]}
        assert [contact["name"] for contact in cli.contacts()] == ["John Jones", "Mary"]

    def test_it_says_how_to_take_it_back(self, cli: CommandLine) -> None:
        cli.imports(JOHN_JONES + "Mary,319-555-0100\n")
        john, mary = cli.ids()
        told = cli.run("merge", john, mary).lines[0]
        (merge,) = cli.run("merges", "--json").document["items"]
        assert told == f"Mary {mary} was merged into {john}; `undo {merge['id']}` takes it back"


class TestEdit:
    def test_what_is_given_replaces_what_was_shown(self, cli: CommandLine) -> None:
        cli.imports("Name,Phone,Email,Company,City\nJohn,3195555677,j@b.test,Acme,Ames\n")
        (john,) = cli.ids()
        options = ["--name", "Johnny", "--phone", MARY, "--phone", ROW, "--email", ""]
        options += ["--set", "company=A=B", "--set", "Job= Cook ", "--clear", "city"]
        edited = cli.run("edit", john, *options, "--json").document
        assert edited["name"] == "Johnny"
        assert edited["name_from"]["record"] is None
        assert [(each["value"], each["by_hand"]) for each in edited["phones"]] == [
            (MARY, True),
            (ROW, True),
        ]
        assert cli.contacts() == [
            {"name": "Johnny", "phones": [MARY, ROW], "company": "A=B", "Job": "Cook"}
        ]
        assert cli.run("edit", john, "--name", "").lines[0] == f"{john}  (no name)  (contact)"
        shown = cli.run("show", john).lines
        assert f"  phone    {MARY}  by hand" in shown
        assert any(line.startswith("  company  A=B           by hand 20") for line in shown)

    def test_it_merges_nobody(self, cli: CommandLine) -> None:
        cli.imports(JOHN_JONES + "Mary,319-555-0100\n")
        _, mary = cli.ids()
        cli.run("edit", mary, "--phone", JOHN)
        assert [contact["phones"] for contact in cli.contacts()] == [[JOHN, JOHN_TOO], [JOHN]]

    def test_a_contact_that_is_left_without_records_and_edits_is_deleted(
        self, cli: CommandLine
    ) -> None:
        cli.imports(JOHN_JONES)
        lead = call(cli, MARY)["contact_id"]
        assert cli.run("edit", lead, "--name", "Mary").lines[0] == f"{lead}  Mary  (contact)"
        edited = cli.run("edit", lead, "--name", "", "--phone", "", "--json").document
        assert (edited["id"], edited["deleted"]) == (lead, True)
        cli.run("show", lead).refuses(f"there is no contact `{lead}`")
        (again,) = cli.ids("--kind", "lead")
        assert [len(each) for each in whose(cli, lead, again)] == [0, 1]

    def test_a_stale_version_is_refused(self, cli: CommandLine) -> None:
        cli.imports(JOHN_JONES)
        (john,) = cli.ids()
        version = cli.run("show", john, "--json").document["version"]
        edited = cli.run("edit", john, "--version", str(version), "--name", "J", "--json").document
        events = cli.events()
        cli.run("edit", john, "--version", str(version), "--name", "Jo").refuses(
            f"contact `{john}` has changed since you read it: "
            f"it is now at version {edited['version']}, "
            f"not {version}"
        )
        assert cli.events() == events
        assert cli.contacts()[0]["name"] == "J"


class TestDelete:
    def test_its_numbers_are_free_and_its_calls_go_to_who_holds_them(
        self, cli: CommandLine
    ) -> None:
        cli.imports(JOHN_JONES)
        cli.sends(entered("api", "John by API", [JOHN]))
        john, other = cli.ids()
        call(cli, JOHN_TOO, "--id", "his alone")
        cli.run("edit", john, "--set", "city=Ames")
        call(cli, JOHN, "--id", "shared")
        assert whose(cli, john, other) == [["shared", "his alone"], []]
        assert cli.run("delete", john).lines == [
            f"John Jones {john} is deleted; `restore {john}` brings it back"
        ]
        cli.run("show", john).refuses(f"there is no contact `{john}`")
        (lead,) = cli.ids("--kind", "lead")
        assert whose(cli, other, lead) == [["shared"], ["his alone"]]
        assert counts(cli.imports(JOHN_JONES))["unchanged"] == 1

    def test_of_very_many_calls_each_has_gone_when_the_command_ends(
        self, cli: CommandLine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(work, "LINKED_AT_ONCE", 1)
        cli.imports(JOHN_JONES)
        (john,) = cli.ids()
        for number in range(3):
            call(cli, JOHN, "--id", f"c{number}")
        cli.run("delete", john)
        (lead,) = cli.ids("--kind", "lead")
        assert sorted(whose(cli, lead)[0]) == ["c0", "c1", "c2"]

    def test_it_is_brought_back(self, cli: CommandLine) -> None:
        cli.imports(JOHN_JONES)
        (john,) = cli.ids()
        before = cli.contacts()
        call(cli, JOHN, "--id", "c1")
        cli.run("delete", john)
        assert [contact["kind"] for contact in cli.contacts()] == ["lead"]
        assert cli.run("restore", john, "--json").document["id"] == john
        assert cli.contacts() == before
        assert whose(cli, john) == [["c1"]]

    def test_a_record_that_says_something_new_counts_as_new(self, cli: CommandLine) -> None:
        cli.imports(JOHN_JONES)
        cli.sends(hubspot_contact("1", "Mary", [MARY]))
        cli.run("delete", *cli.ids("--phone", MARY))
        (again,) = cli.sends(hubspot_contact("1", "Mary", [MARY, JOHN]))
        assert again.outcome == "merged"


@pytest.mark.parametrize("command", ["activities", "show", "history"])
def test_an_absorbed_id_answers_with_the_survivor(cli: CommandLine, command: str) -> None:
    john, j, _ = merged_johns(cli)
    call(cli, ROW)
    answers = [cli.run(command, each, "--json").document for each in (john, j)]
    answers[1].pop("requested_id", None)
    assert answers[0] == answers[1]
