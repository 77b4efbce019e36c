"""What --help prints: the commands by what people do, and an example for each."""

from collections.abc import Mapping
from typing import Any

import typer
from typer.core import TyperGroup

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Import": ("import", "imports", "cancel", "call", "message"),
    "Look": (
        *("contacts", "show", "records", "absorbed", "history", "activities", "who"),
        *("export", "exports"),
    ),
    "Decide": ("attention", "days", "merges", "explain", "conflicts", "settings", "what-if"),
    "Repair": ("undo", "separate", "merge", "edit", "assign", "delete", "restore", "erase"),
    "Operate": (
        *("demo", "serve", "accounts", "keys", "backup", "rebuild", "verify"),
        *("checkpoint", "report"),
    ),
}
"""The commands by what people do."""
_EXAMPLE = "Example: "


class Grouped(TyperGroup):
    """All commands, listed by what people do."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - Typer gives it
        """Write what each command does, in full."""
        longest = max(map(len, self.commands))
        for title, names in GROUPS.items():
            rows = [
                (name.ljust(longest), (self.commands[name].help or "").partition("\n\n")[0])
                for name in names
                if name in self.commands
            ]
            with formatter.section(title):
                formatter.write_dl(rows)


def end_with_example(commands: typer.Typer) -> None:
    """Put the last paragraph of each command's docstring, an example, behind its options."""
    for each in commands.registered_commands:
        assert each.callback is not None
        each.help, _, example = (each.callback.__doc__ or "").rpartition("\n\n")
        assert example.strip().startswith(_EXAMPLE), each.callback
        each.epilog = example.strip()
