"""Calls and messages as in the help article: their contacts, and where they are exported."""

from typing import Any

from tests.acceptance.command_line import CommandLine, counts
from tests.messages import JOHN, JOHN_TOO, MARY, ROW, hubspot_contact, hubspot_lead

JOHN_JONES = 'Name,Phone\nJohn Jones,"+1-319-555-5677, +1-319-555-4929"\n'
MARY_MILLER = "Name,Phone\nMary Miller,+1-319-555-0100\n"


def call(cli: CommandLine, number: str, *options: str, status: str = "answered") -> Any:
    """An inbound call of a number."""
    given = ("--direction", "inbound", "--number", number, "--status", status, *options)
    return cli.run("call", *given, "--json").document


def whose(cli: CommandLine, *contacts: str) -> list[list[str]]:
    """The calls and messages of contacts, newest first."""
    return [
        [each["id"] for each in cli.run("activities", contact, "--json").document["items"]]
        for contact in contacts
    ]


class TestACall:
    def test_finds_the_contact_that_holds_its_number(self, cli: CommandLine) -> None:
        cli.imports(JOHN_JONES + "Mary,319-555-0100\n")
        john, _ = cli.ids()
        at = "2024-05-01T14:00:00+02:00"
        options = ("--id", "c1", "--at", at, "--seconds", "65", "--agent", "Bo")
        assert call(cli, "(319) 555-4929", *options) == {
            "id": "c1",
            "type": "call",
            "contact_id": john,
            "contact_kind": "contact",
            "number": JOHN_TOO,
            "written": "(319) 555-4929",
            "linked_by": "number",
            "direction": "inbound",
            "status": "answered",
            "started_at": "2024-05-01T12:00:00Z",
            "duration_seconds": 65,
            "agent": "Bo",
        }
        assert cli.run("activities", john).lines == [
            f"c1  call from {JOHN_TOO}  2024-05-01 12:00:00  answered, 65 s  with Bo",
            f"    contact {john} (John Jones), linked by its number",
        ]
        assert f"inbound call {JOHN_TOO}, linked by its number" in cli.run("history", john).out

    def test_that_comes_again_is_one_call(self, cli: CommandLine) -> None:
        cli.imports(JOHN_JONES)
        options = ("--id", "c1", "--at", "2024-05-01T12:00:00Z")
        first = call(cli, JOHN, *options)
        events = cli.events()
        assert call(cli, JOHN, *options) == first
        assert cli.events() == events
        assert whose(cli, *cli.ids()) == [["c1"]]

    def test_of_a_number_that_nobody_holds_captures_a_lead(self, cli: CommandLine) -> None:
        cli.imports(JOHN_JONES)
        captured = call(cli, MARY, status="missed")
        assert (captured["contact_kind"], captured["linked_by"]) == ("lead", "new_lead")
        assert cli.contacts("--kind", "lead") == [{"phones": [MARY], "kind": "lead"}]
        assert call(cli, MARY)["contact_id"] == captured["contact_id"]

    def test_of_a_withheld_number_is_nobodys(self, cli: CommandLine) -> None:
        cli.imports(JOHN_JONES)
        given = ("call", "--direction", "inbound", "--status", "missed")
        for number in ([], ["--number", ""], ["--number", "Anonymous"]):
            withheld = cli.run(*given, *number, "--json").document
            assert (withheld["contact_id"], withheld["linked_by"]) == (None, "withheld")
        assert len(cli.ids()) == 1

    def test_without_a_time_is_of_now_and_without_an_id_gets_one(self, cli: CommandLine) -> None:
        cli.imports(JOHN_JONES)
        one, other = call(cli, JOHN), call(cli, JOHN)
        assert one["id"] != other["id"]
        assert one["started_at"] < other["started_at"]


class TestACapturedLead:
    def test_is_attached_when_a_contact_comes_to_hold_its_number(self, cli: CommandLine) -> None:
        """By a file, an edit or an integration's lead. No rule applies, and it is not a merge."""
        cli.imports(JOHN_JONES)
        cli.run("settings", "--integration-leads", "never")
        (john,) = cli.ids()
        by_file, by_edit, by_lead = (call(cli, number) for number in (MARY, ROW, "319-555-0177"))
        assert counts(cli.imports(MARY_MILLER)) == {"rows": 1, "created": 1, "contacts": 4}
        cli.run("edit", john, "--phone", JOHN, "--phone", ROW)
        cli.sends(hubspot_lead("1", "Lead", ["319-555-0177"]))
        (mary,) = cli.ids("--q", "Mary")
        (lead,) = cli.ids("--kind", "lead")
        assert whose(cli, mary, john, lead) == [
            [by_file["id"]],
            [by_edit["id"]],
            [by_lead["id"]],
        ]
        shown = cli.run("show", by_file["contact_id"], "--json").document
        assert (shown["id"], shown["requested_id"]) == (mary, by_file["contact_id"])
        assert cli.run("merges", "--json").document["items"] == []
        assert len(cli.contacts()) == 3


class TestWhenMergingIsDisabled:
    def test_calls_go_to_the_most_recently_updated_unless_an_agent_assigns_them(
        self, cli: CommandLine
    ) -> None:
        """This covers unanswered calls, voicemails, messages, and calls not assigned by hand."""
        cli.imports(JOHN_JONES)
        cli.run("settings", "--integration-contacts", "never")
        cli.sends(hubspot_contact("1", "Older", [MARY]), hubspot_contact("2", "Newer", [MARY]))
        _, older, newer = cli.ids()
        assert call(cli, MARY, "--id", "voicemail", status="voicemail")["contact_id"] == newer
        text = ("message", "--direction", "outbound", "--number", MARY, "--text", "Hello")
        message = cli.run(*text, "--id", "text", "--json").document
        assert message["contact_id"] == newer
        assert (message["type"], message["text"]) == ("message", "Hello")
        answered = call(cli, MARY, "--id", "answered")
        assert (answered["contact_id"], answered["linked_by"]) == (newer, "most_recent")

        assigned = cli.run("assign", "answered", older, "--json").document
        assert (assigned["contact_id"], assigned["linked_by"]) == (older, "assigned")
        assert whose(cli, older, newer) == [["answered"], ["text", "voicemail"]]

    def test_a_call_that_was_assigned_by_hand_stays(self, cli: CommandLine) -> None:
        """Whichever contact gets its number; it follows its contact through merges."""
        cli.imports(JOHN_JONES)
        call(cli, MARY, "--id", "c1")
        (john, _) = cli.ids()
        cli.run("assign", "c1", john)
        cli.imports(MARY_MILLER)
        cli.sends(hubspot_contact("1", "Another Mary", [MARY]))
        assert whose(cli, john) == [["c1"]]
        (mary,) = cli.ids("--phone", MARY)
        cli.run("merge", mary, john)
        assert whose(cli, mary) == [["c1"]]


class TestExport:
    def test_calls_are_exported_to_the_most_recently_updated_counterpart(
        self, cli: CommandLine
    ) -> None:
        cli.imports(JOHN_JONES)
        call(cli, JOHN, "--id", "c1")
        assert cli.run("exports", "--json").document == {"items": [], "next": None}
        cli.sends(hubspot_lead("L", "John", [JOHN]), hubspot_contact("C", "J. Jones", [JOHN]))
        call(cli, JOHN, "--id", "c2")
        assert exported(cli) == [("c1", "lead L", None), ("c2", "contact C", None)]

    def test_one_that_came_to_another_contact_appears_again(self, cli: CommandLine) -> None:
        cli.imports(JOHN_JONES)
        cli.sends(hubspot_contact("J", "John", [JOHN]), hubspot_contact("M", "Mary", [MARY]))
        call(cli, JOHN, "--id", "c1")
        cli.run("assign", "c1", *cli.ids("--phone", MARY))
        assert exported(cli) == [("c1", "contact J", None), ("c1", "contact M", "contact J")]
        assert exported(cli, "--integration", "salesforce") == []
        assert (
            cli.run("exports", "--integration", "hubspot")
            .lines[-1]
            .endswith("to hubspot contact M, moved from hubspot contact J")
        )

    def test_one_whose_target_was_lost_says_so(self, cli: CommandLine) -> None:
        cli.imports(JOHN_JONES)
        cli.sends(hubspot_contact("M", "Mary", [MARY]))
        call(cli, MARY, "--id", "c1")
        cli.run("delete", *cli.ids("--phone", MARY))
        assert exported(cli) == [("c1", "contact M", None), ("c1", None, "contact M")]

    def test_the_feed_is_read_from_where_one_left_off(self, cli: CommandLine) -> None:
        cli.imports(JOHN_JONES)
        cli.sends(hubspot_contact("J", "John", [JOHN]))
        for each in ("c1", "c2", "c3"):
            call(cli, JOHN, "--id", each)
        page = cli.run("exports", "--limit", "2", "--json").document
        assert page["next"] == str(page["items"][-1]["position"])
        (last,) = cli.run("exports", "--after", page["next"], "--json").document["items"]
        assert last["activity"]["id"] == "c3"
        assert exported(cli, "--after", str(last["position"])) == []
        everything = cli.run("exports", "--all", "--json").document
        assert [item["activity"]["id"] for item in everything["items"]] == ["c1", "c2", "c3"]
        people = cli.run("exports", "--limit", "2")
        assert people.err.endswith(f" exports --store {cli.place.url} --limit 2 --after 2\n")


def exported(cli: CommandLine, *options: str) -> list[tuple[str, str | None, str | None]]:
    """The export feed: which activity, to which record, moved from which."""
    items = cli.run("exports", *options, "--json").document["items"]
    return [
        (item["activity"]["id"], target(item["target"]), target(item["moved_from"]))
        for item in items
    ]


def target(document: dict[str, str] | None) -> str | None:
    return f"{document['kind']} {document['external_id']}" if document else None


def test_activities_are_newest_first_and_in_pages(cli: CommandLine) -> None:
    cli.imports(JOHN_JONES)
    (john,) = cli.ids()
    for each, day in (("b", 2), ("a", 1), ("z", 3), ("c", 2)):
        call(cli, JOHN, "--id", each, "--at", f"2024-05-0{day}T12:00:00Z")
    found: list[str] = []
    cursor: list[str] = []
    for _ in range(4):
        page = cli.run("activities", john, "--limit", "1", *cursor, "--json").document
        found += [item["id"] for item in page["items"]]
        cursor = ["--cursor", str(page["next"])]
    assert found == ["z", "c", "b", "a"]
    assert page["next"] is None
