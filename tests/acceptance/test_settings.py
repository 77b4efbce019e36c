"""The merge settings are shown and changed, and invalid ones refused."""

import re

import pytest

from tests.acceptance.command_line import CommandLine, counts
from tests.messages import JOHN, MARY, SWITCHBOARD, entered, hubspot_contact

DEFAULTS = {
    "policy": "per_source",
    "integration_leads": "phone",
    "integration_contacts": "phone",
    "rule": "phone",
    "shared_identifiers": [],
    "default_region": "US",
}
HISTORY = ("settings", "--history")
JOHN_JONES = "Name,Phone\nJohn Jones,319-555-5677\n"


def test_they_are_shown_and_changed_one_by_one(cli: CommandLine) -> None:
    cli.imports(JOHN_JONES)
    assert cli.run("settings", "--json").document == DEFAULTS
    events = cli.events()
    changed = cli.run("settings", "--integration-leads", "never", "--region", "gb", "--json")
    assert changed.document == DEFAULTS | {"integration_leads": "never", "default_region": "GB"}
    assert cli.run("settings").lines == [
        "policy: per_source",
        "integration leads: never",
        "integration contacts: phone",
        "rule: phone",
        "shared identifiers: -",
        "default region: GB",
    ]
    cli.run("settings", "--integration-leads", "never")
    assert cli.events() == events + 1


def test_policy_global_is_one_rule_for_every_source(cli: CommandLine) -> None:
    cli.imports(JOHN_JONES)
    cli.run("settings", "--policy", "global", "--rule", "phone")
    (by_api,) = cli.sends(entered("api", "John by API", [JOHN]))
    assert by_api.outcome == "merged"
    cli.run("settings", "--rule", "never")
    assert counts(cli.imports("Name,Phone\nJ,319-555-5677\n"))["created"] == 1


class TestSharedIdentifiers:
    def test_declaring_one_lists_the_merges_that_rested_on_it_alone(self, cli: CommandLine) -> None:
        """Bob B would also merge by email. Cyd matched by two numbers; finally both are shared."""
        cli.imports(
            "Name,Phone,Email\n"
            f"Ann,{SWITCHBOARD},\n"
            f"Bob,{SWITCHBOARD},bob@b.test\n"
            f"Bob B,{SWITCHBOARD}; {MARY},bob@b.test\n"
            f"Cyd,{MARY};{SWITCHBOARD},\n"
            ",,bob@b.test\n"
        )
        *_, bob = cli.run("merges", "--json").document["items"]
        declared = cli.run("settings", "--shared", "319-555-0199", "--json").document
        assert declared["shared_identifiers"] == [SWITCHBOARD]
        assert [each["id"] for each in declared["merges_resting_on_shared"]] == [bob["id"]]

        more = cli.run("settings", "--shared", SWITCHBOARD, "--shared", MARY)
        assert more.lines[4] == f"shared identifiers: {SWITCHBOARD}, {MARY}"
        place = more.lines.index("merges that rest on what is shared now, and on nothing else:")
        (both,) = more.lines[place + 1 :]
        assert re.split("  +", both)[2:5] == ["Cyd", "→ Ann", f"{MARY} +1"]

    def test_one_more_and_one_less(self, cli: CommandLine) -> None:
        cli.imports(f"Name,Phone\nAnn,{SWITCHBOARD}\nBob,{SWITCHBOARD}\n")
        cli.run("settings", "--shared", "info@b.test")
        more = cli.run("settings", "--share", "319-555-0199", "--json").document
        assert more["shared_identifiers"] == ["info@b.test", SWITCHBOARD]
        assert len(more["merges_resting_on_shared"]) == 1
        fewer = cli.run("settings", "--unshare", "INFO@b.test", "--json").document
        assert fewer["shared_identifiers"] == [SWITCHBOARD]
        cli.run("settings", "--unshare", "info@b.test").refuses("`info@b.test` is not shared")
        cli.run("settings", "--shared", MARY, "--share", SWITCHBOARD).refuses(
            "--shared gives the whole list", status=2
        )

    def test_all_merges_that_rest_on_it_are_undone_at_once(self, cli: CommandLine) -> None:
        cli.imports(
            f"Name,Phone,Email\nAnn,{SWITCHBOARD},\nBob,{SWITCHBOARD},bob@b.test\n"
            f"Cyd,{SWITCHBOARD},\nBob B,,bob@b.test\n"
        )
        cli.run("undo", "--shared", SWITCHBOARD).refuses("is not shared; `settings --share`")
        cli.run("settings", "--share", SWITCHBOARD)
        undone = cli.run("undo", "--shared", "319-555-0199")
        assert undone.lines[0] == "2 merges are undone; back again:"
        assert [each["name"] for each in cli.contacts()] == ["Ann", "Bob B", "Cyd"]
        (left,) = cli.run("merges", "--in-force", "--json").document["items"]
        assert left["absorbed_name"] == "Bob B"
        assert len(cli.run("merges", "--undone").lines) == 2
        assert cli.run("undo", "--shared", SWITCHBOARD).lines == ["no merges are undone"]
        cli.run("undo", "--shared", SWITCHBOARD, left["id"]).refuses("give the ids", status=2)

    def test_it_is_shown_and_matches_nothing_any_more(self, cli: CommandLine) -> None:
        cli.imports(f"Name,Phone\nAnn,{SWITCHBOARD}\n")
        cli.run("settings", "--shared", SWITCHBOARD, "--shared", "Info@B.test")
        imported = cli.imports(f"Name,Phone,Email\nBob,{SWITCHBOARD},info@b.test\n")
        assert counts(imported) == {"rows": 1, "created": 1, "contacts": 2}
        (una,) = cli.sends(hubspot_contact("1", "Una", [SWITCHBOARD]))
        assert una.outcome == "created"
        assert len(cli.ids("--phone", SWITCHBOARD)) == 3
        emptied = cli.run("settings", "--shared", "", "--json").document
        assert emptied["shared_identifiers"] == []
        assert "merges_resting_on_shared" not in emptied
        assert counts(cli.imports(f"Phone\n{SWITCHBOARD}\n"))["merged"] == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--integration-leads", "name"], ["--integration-leads", "'name'", "'phone_and_email'"]),
        (["--integration-contacts", ""], ["--integration-contacts", "''"]),
        (["--policy", "mine"], ["--policy", "'mine'"]),
        (["--rule", "Phone"], ["--rule", "'Phone'"]),
        (["--region", "ZZ"], ["--region", "`ZZ`", "US or GB"]),
        (["--region", "UK"], ["--region", "`UK`"]),
        (["--source", "hubspot"], ["--source"]),
    ],
    ids=lambda value: value[0] if value[0].startswith("--") else "",
)
def test_what_is_no_rule_policy_or_region_is_misuse(
    cli: CommandLine, options: list[str], said: list[str]
) -> None:
    cli.run("settings", "--integration-leads", "email", *options).refuses(*said, status=2)
    assert cli.is_untouched


def test_a_shared_value_that_is_no_identifier_is_refused_and_nothing_changes(
    cli: CommandLine,
) -> None:
    cli.imports(JOHN_JONES)
    events = cli.events()
    for value in ("switchboard", "a@@b", "3.58504E+11", "12"):
        cli.run(
            "settings", "--integration-leads", "never", "--shared", JOHN, "--shared", value
        ).refuses(f"shared_identifiers: `{value}` is not a valid phone number or email")
    assert cli.run("settings", "--json").document == DEFAULTS
    assert cli.events() == events


def test_who_changed_them_is_told(cli: CommandLine) -> None:
    cli.imports(JOHN_JONES)
    cli.run("settings", "--integration-leads", "email", "--share", "515-555-0100")
    cli.run("settings", "--unshare", "515-555-0100")
    told = [re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "AT", line) for line in cli.run(*HISTORY).lines]
    assert told == [
        "   3  AT  by cli",
        "      shared identifiers: +15155550100 taken out",
        "   2  AT  by cli",
        "      integration leads: phone → email",
        "      shared identifiers: +15155550100 added",
        "   1  AT  by cli",
    ]
    items = cli.run(*HISTORY, "--json").document["items"]
    assert [item["version"] for item in items] == [3, 2, 1]
    cli.run(*HISTORY, "--rule", "email").refuses("--history goes with no other", status=2)
