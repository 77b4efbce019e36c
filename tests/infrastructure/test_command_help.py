"""--help: the commands by what people do, no line cut off, an example that works for each."""

import shlex
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from typing import Any

import pytest
import typer

from infrastructure.cli.app import NAME, app
from infrastructure.cli.help import GROUPS

ALL: Any = typer.main.get_command(app)


def help_of(*command: str) -> list[str]:
    context = ALL.make_context(NAME, [], resilient_parsing=True, terminal_width=80)
    if not command:
        return str(ALL.get_help(context)).splitlines()
    (name,) = command
    below = ALL.commands[name].make_context(name, [], parent=context, resilient_parsing=True)
    return str(ALL.commands[name].get_help(below)).splitlines()


def test_every_command_is_in_one_group() -> None:
    grouped = Counter(each for names in GROUPS.values() for each in names)
    assert set(grouped.values()) == {1}
    assert ALL.commands.keys() <= grouped.keys()


def test_no_line_is_cut_off_at_80_columns() -> None:
    overview = help_of()
    for lines in (overview, *(help_of(each) for each in ALL.commands)):
        # In a usage line `...` says that several may be given.
        told = [line for line in lines if not line.startswith("Usage: ")]
        assert [line for line in told if len(line) > 80 or "..." in line[8:]] == []
    titles = [line for line in overview if line.endswith(":") and not line.startswith(" ")]
    assert titles == ["Options:", *(f"{each}:" for each in GROUPS)]


@pytest.mark.parametrize("command", ALL.commands)
def test_the_help_of_a_command_ends_with_an_example_that_can_be_run(command: str) -> None:
    *_, last = help_of(command)
    program, name, *arguments = shlex.split(last.strip().removeprefix("Example: "))
    assert (program, name) == (NAME, command)
    context = ALL.make_context(NAME, [], resilient_parsing=True)
    assert ALL.commands[command].make_context(command, arguments, parent=context).args == []


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What a command prints, in an environment."""

    def run(*arguments: str, **environment: str) -> str:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        with suppress(SystemExit):
            app(arguments, prog_name=NAME, standalone_mode=False)
        captured = capsys.readouterr()
        assert captured.err == ""
        return captured.out

    return run


def test_the_version_is_that_of_the_package(told: Callable[..., str]) -> None:
    assert told("--version") == f"contact-merging {version('contact-merging')}\n"


def test_a_shell_completes_commands_and_options(told: Callable[..., str]) -> None:
    assert "complete -o default -F _contact_merging" in told("--show-completion", "bash")
    asked = {"_CONTACT_MERGING_COMPLETE": "complete_bash"}
    commands = told(COMP_WORDS="contact-merging conf", COMP_CWORD="1", **asked)
    assert commands.split() == ["conflicts"]
    options = told(COMP_WORDS="contact-merging merges --cur", COMP_CWORD="2", **asked)
    assert options.split() == ["--cursor"]
