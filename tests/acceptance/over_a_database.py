"""Commands over the database at an address, which all have to refuse it."""

from pathlib import Path

from tests.acceptance.command_line import CommandLine, Program
from tests.stores import Place

PEOPLE = "Name,Phone\nJohn,319-555-5677\nMary,319-555-0100\n"
MORE = "Name,Phone\nAnn,319-555-0123\n"
SECRET = "5ecret-of-0ps"  # noqa: S105 -- what must not be told
NEVER = ["settings", "--integration-leads", "never"]


def over(program: Program, url: str) -> CommandLine:
    """The command line over the database at an address."""
    return CommandLine(program.folder, Place("postgresql", url, program.folder / "store"))


def every_command(cli: CommandLine) -> list[list[str | Path]]:
    """Commands that read and commands that write."""
    more = cli.file(MORE)
    return [
        ["contacts", "--json"],
        ["contacts", "--q", "john"],
        ["show", "a"],
        ["verify", "--json"],
        ["rebuild"],
        [*NEVER],
        ["accounts"],
        ["accounts", "--add", "new"],
        ["import", more],
        ["import", more, "--dry-run", "--json"],
        ["demo", "--once"],
    ]


def refused_by_every_command(cli: CommandLine, *said: str) -> str:
    """All that they say."""
    answers = [cli.run(*map(str, command)) for command in every_command(cli)]
    for answer in answers:
        answer.refuses("the database: ", *said)
    return "".join(answer.err for answer in answers)
