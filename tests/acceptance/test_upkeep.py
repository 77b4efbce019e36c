"""Rebuild, verify, the demo and the help."""

import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.command_line import CommandLine, Program, answer_of, said
from tests.messages import JOHN, MARY

PEOPLE = "Name,Phone\nJohn Jones,319-555-5677\nMary,319-555-0100\nJ,319-555-5677\n"
COMMANDS = {
    "demo": ["--once", "--store", "--account"],
    "import": ["--region", "--mapping", "--dry-run", "--json", "--store", "--account"],
    "contacts": [
        "--q",
        "--phone",
        "--email",
        "--deleted",
        "--all",
        "--json",
        "--store",
        "--account",
    ],
    "show": ["--json", "--store", "--account"],
    "history": ["--json", "--store", "--account"],
    "merges": ["--json", "--store", "--account"],
    "explain": ["--json", "--store", "--account"],
    "undo": ["--json", "--store", "--account"],
    "separate": ["--store", "--account"],
    "conflicts": ["--limit", "--cursor", "--json", "--store", "--account"],
    "edit": ["--name", "--phone", "--email", "--set", "--clear", "--version", "--json"],
    "delete": ["--store", "--account"],
    "restore": ["--json", "--store", "--account"],
    "merge": ["--json", "--store", "--account"],
    "call": ["--id", "--direction", "--number", "--status", "--at", "--seconds", "--agent"],
    "message": ["--id", "--direction", "--number", "--text", "--at", "--agent", "--json"],
    "assign": ["--json", "--store", "--account"],
    "activities": ["--limit", "--cursor", "--json", "--store", "--account"],
    "exports": ["--integration", "--after", "--limit", "--json", "--store", "--account"],
    "settings": ["--integration-leads", "--integration-contacts", "--history", "--json"],
    "keys": ["--add", "--name", "--integration", "--revoke", "--json", "--store", "--account"],
    "rebuild": ["--json", "--store", "--account"],
    "verify": ["--json", "--store", "--account"],
    "backup": ["--json", "--store", "--account"],
    "accounts": ["--add", "--region", "--json", "--store"],
}


def change(cli: CommandLine, statement: str, *values: Any) -> None:
    """Change the account behind the program's back."""
    with cli.place.database("default").connected() as execute:
        assert execute(statement, values).rowcount > 0


def test_the_store_and_the_account_can_be_named_by_the_environment(cli: CommandLine) -> None:
    cli.imports(PEOPLE)
    variable = {"CONTACT_MERGING_STORE": cli.place.url}
    told = answer_of(cli.start("contacts", "--json", environment=variable))
    assert len(told.document["items"]) == 2


def test_verify_and_rebuild_find_a_sound_account_sound(cli: CommandLine) -> None:
    cli.imports(PEOPLE)
    verified = cli.run("verify", "--json").document
    assert re.fullmatch("[0-9a-f]{64}", verified.pop("head"))
    unchecked = verified.pop("unchecked")
    assert len(unchecked) == (cli.place.kind == "postgresql")  # for lack of the extension amcheck
    assert verified == {"events": 4, "contacts": 2, "problems": []}
    assert cli.run("verify").lines[-1] == "all is as it should be"
    assert cli.run("rebuild").lines == ["rebuilt from 4 events: the same as before"]
    rebuilt = cli.run("rebuild", "--json").document
    assert rebuilt == {"events": 4, "same": True, "differences": []}


def test_a_read_model_that_was_changed_is_found_and_rebuilt(cli: CommandLine) -> None:
    cli.imports(PEOPLE)
    change(cli, f"DELETE FROM identifiers WHERE value = '{MARY}'")
    change(cli, "UPDATE contacts SET attributes = '{}' WHERE kind = 'contact'")
    verified = cli.run("verify", "--json")
    assert (verified.status, verified.err) == (1, "")
    problems = json.loads(verified.out)["problems"]
    assert "read model contacts: is not what the log says; rebuild it" in problems
    assert "read model identifiers: is not what the log says; rebuild it" in problems
    people = cli.run("verify")
    assert (people.status, people.out.splitlines()[-1]) == (1, "something is off")

    rebuilt = cli.run("rebuild", "--json").document
    assert rebuilt == {"events": 4, "same": False, "differences": ["contacts", "identifiers"]}
    assert cli.events() == 4
    assert [said(each) for each in cli.run("contacts", "--json").document["items"]] == [
        {"name": "J", "phones": [JOHN]},
        {"name": "Mary", "phones": [MARY]},
    ]


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE events SET at = at + 1 WHERE position = 2", "event 2: is not what was recorded"),
        ("DELETE FROM events WHERE position = 3", "event 3: is missing from the log"),
    ],
    ids=["time", "deleted"],
)
def test_a_log_that_was_changed_is_found(cli: CommandLine, statement: str, problem: str) -> None:
    cli.imports(PEOPLE)
    change(cli, statement)
    assert first_problem(cli).startswith(problem)


def test_the_log_must_pass_through_a_head_that_was_noted(cli: CommandLine) -> None:
    cli.imports(PEOPLE)
    digest = cli.run("verify", "--json").document["head"]
    position = cli.events()
    cli.imports("Name,Phone\nAnn,319-555-0123\n")
    for noted in (digest, digest.upper(), f"{position}:{digest}"):
        assert cli.run("verify", "--head", noted).status == 0
    other = "0" * 64
    for noted, where in (
        (other, "any event"),
        (f"{position}:{other}", f"event {position}"),
        (f"{position + 1}:{digest}", f"event {position + 1}"),
        (f"99:{digest}", "event 99"),
    ):
        told = cli.run("verify", "--head", noted)
        digest_noted = noted.rpartition(":")[2]
        said = f"head: {where} does not have the digest {digest_noted}"
        assert (told.status, said in told.out) == (1, True)
    for noted in ("", "12", f"x:{digest}", f"{digest}0"):
        cli.run("verify", "--head", noted).refuses("is not a head", status=2)


def test_an_event_that_says_something_else_is_found(cli: CommandLine) -> None:
    cli.imports(PEOPLE)
    payload = payload_of(cli, 3)
    assert b"Mary" in payload
    change_payload(cli, 3, payload.replace(b"Mary", b"Mara"))
    said = "event 3: is not what was recorded, or follows other events"
    assert first_problem(cli).startswith(said)


def first_problem(cli: CommandLine) -> str:
    verified = cli.run("verify", "--json")
    assert (verified.status, verified.err) == (1, "")
    return str(json.loads(verified.out)["problems"][0])


def payload_of(cli: CommandLine, position: int) -> bytes:
    """What an event of the log says."""
    ((payload,),) = cli.place.database("default").execute(
        "SELECT payload FROM events WHERE position = ?", position
    )
    return bytes(payload)


def change_payload(cli: CommandLine, position: int, payload: bytes) -> None:
    change(cli, "UPDATE events SET payload = ? WHERE position = ?", payload, position)


def test_an_event_that_cannot_be_read_is_one_clear_line(cli: CommandLine) -> None:
    cli.imports(PEOPLE)
    (john, _) = cli.ids()
    change_payload(cli, 2, b'{"record": ')
    for command in (["contacts"], ["show", john], ["history", john], ["rebuild"]):
        cli.run(*command).refuses(
            "account `default` is damaged: ", john, "; run `verify` for details"
        )
    assert cli.run("verify").status == 1


class TestDemo:
    def test_it_tells_every_rule_and_may_be_told_again_in_one_store(self, cli: CommandLine) -> None:
        cli.begins()
        first = cli.run("demo", "--once")
        assert (first.status, first.err) == (0, "")
        for told in (
            "a phone number matched",
            "an email matched",
            "a phone number and an email of one contact matched",
            "a phone match comes before an email match",
            "the rule for these records is: don't merge",
            "the record has only shared identifiers",
            "records of this source are never merged",
            "has no phone and no email that can be matched",
            "a lead was captured for its number",
            "is with contact Nora Field now",
            "is with contact Ida West now",
            "moved from hubspot contact 401",
            "Tom Baker  (contact)",
            "Jack Jones and John by API both hold",
            "all verified",
        ):
            assert told in first.out
        again = cli.run("demo", "--once")
        assert (again.status, again.err) == (0, "")
        assert "all verified" in again.out
        assert cli.events() > 0
        assert cli.run("accounts").lines == ["default"]

    def test_it_has_a_store_of_its_own_and_says_where(self, program: Program) -> None:
        told = program.run_alone("demo", "--once")
        commands = re.findall(r"^  contact-merging (.*)$", told.out, re.MULTILINE)
        assert len(commands) == 6
        for command in commands:
            assert program.run_alone(*command.split()).status == 0
        assert not (program.folder / "data").exists()
        store = Path(commands[0].split("--store sqlite:")[1].split(" ")[0])
        assert store.is_relative_to(tempfile.gettempdir())
        shutil.rmtree(store)


class TestHelp:
    def test_every_command_explains_itself(self, program: Program) -> None:
        overview = program.run_alone("--help")
        assert overview.err == ""
        assert program.run_alone() == overview
        for command, options in COMMANDS.items():
            assert re.search(rf"^  {command} +[A-Z]", overview.out, re.MULTILINE)
            told = program.run_alone(command, "--help")
            assert (told.status, told.err) == (0, "")
            assert told.out.startswith(f"Usage: contact-merging {command} ")
            for option in options:
                assert option in told.out

    def test_the_program_that_is_installed_is_this_one(self, program: Program) -> None:
        told = answer_of(program.start("--help"))
        assert told == program.run_alone("--help")
        assert (told.status, told.err) == (0, "")
