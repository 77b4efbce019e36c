"""Imports are listed, cancelled and undone on the command line."""

from contextlib import closing

from infrastructure.jobs.carry_out import begin_job
from tests.acceptance.command_line import CommandLine
from tests.imports import begin_undo
from tests.messages import JOHN, MARY, ROW

JOHN_JONES = "Name,Phone\nJohn Jones,+1-319-555-5677\n"
PEOPLE = "Name,Phone\nJohn J,319 555 5677\nMary,319 555 0100\nKim,712 555 3956\nNobody,n/a\n"


def imported(cli: CommandLine) -> str:
    """Import both files. Returns the id of the second import."""
    cli.imports(JOHN_JONES)
    cli.run("import", cli.file(PEOPLE, "people.csv"), "--json")
    newest: str = cli.run("imports", "--json").document["items"][0]["id"]
    return newest


def test_they_are_listed_one_a_line(cli: CommandLine) -> None:
    newest = imported(cli)
    first, second = cli.run("imports").lines
    assert first.startswith(newest)
    assert "people.csv" in first
    assert "2 created, 1 merged" in first
    assert "1 created" in second


def test_undone_as_if_the_rows_had_never_come(cli: CommandLine) -> None:
    newest = imported(cli)
    document = cli.run("undo", "--import", newest, "--json").document
    assert (document["reversed"], document["kept"], document["not_possible"]) == (3, 0, 0)
    assert cli.contacts() == [{"name": "John Jones", "phones": [JOHN]}]
    assert "undone" in cli.run("imports").lines[0]
    cli.run("undo", "--import", newest).refuses(f"import `{newest}` is already undone")
    cli.imports(PEOPLE)
    assert [each["phones"] for each in cli.contacts()] == [[JOHN], [MARY], [ROW]]


def test_what_somebody_edited_is_kept_and_named(cli: CommandLine) -> None:
    newest = imported(cli)
    (mary,) = cli.run("contacts", "--phone", MARY, "--json").document["items"]
    cli.run("edit", mary["id"], "--name", "Mary Miller")
    assert cli.run("undo", "--import", newest).lines == [
        f"import {newest} is undone: rows 2 reversed, 1 kept, 0 not possible",
        f"  kept {mary['id']}: somebody edited its contact",
    ]
    assert [each["name"] for each in cli.contacts()] == ["John Jones", "Mary Miller"]


def test_only_one_that_is_running_can_be_cancelled(cli: CommandLine) -> None:
    newest = imported(cli)
    cli.run("cancel", newest).refuses(f"job `{newest}` has ended: it is done")
    cli.run("cancel", "nothing").refuses("there is no import `nothing`")


def test_merges_and_an_import_are_not_undone_together(cli: CommandLine) -> None:
    newest = imported(cli)
    assert cli.run("undo").status == 2
    assert cli.run("undo", newest, "--import", newest).status != 0


def test_several_merges_are_undone_or_none(cli: CommandLine) -> None:
    cli.imports(JOHN_JONES)
    cli.imports("Name,Phone\nJohn J,319 555 5677\nJ,319 555 5677\n")
    first, second = (each["id"] for each in cli.run("merges", "--json").document["items"])
    cli.run("undo", second)
    cli.run("undo", first, second).refuses(f"merge `{second}` is already undone")
    (merge,) = [
        each for each in cli.run("merges", "--json").document["items"] if each["id"] == first
    ]
    assert merge["undone_at"] is None


def test_two_merges_are_undone_at_once(cli: CommandLine) -> None:
    cli.imports(JOHN_JONES)
    cli.imports("Name,Phone\nJohn J,319 555 5677\nJ,319 555 5677\n")
    merges = [each["id"] for each in cli.run("merges", "--json").document["items"]]
    assert cli.run("undo", *merges).lines[0] == "2 merges are undone; back again:"
    assert [each["name"] for each in cli.contacts()] == ["John Jones", "John J", "J"]


def test_one_that_was_killed_goes_on(cli: CommandLine) -> None:
    newest = imported(cli)
    with closing(cli.place.open("default")) as log:
        job = begin_undo(log, newest)
        with log.database.writing() as session:
            begin_job(log, session, job)
    document = cli.run("undo", "--import", newest, "--json").document
    assert (document["job_id"], document["reversed"]) == (job.id, 3)
