"""The command that shows and changes the merge settings."""

from typing import Annotated, Any

import typer
from msgspec.structs import asdict

from application.commands.change_settings import change_settings
from application.documents.merges import MergeDocument
from application.documents.settings import SettingChanged, SettingsChangeDocument
from application.ports import AccountLog
from application.reads.merges import resting_on_newly_shared
from application.reads.paging import LARGEST_PAGE
from application.reads.settings import settings_history
from domain.settings import MergeSettings, Policy, Rule
from infrastructure.cli import output
from infrastructure.cli.commands import Commands
from infrastructure.cli.lists import print_merge_list
from infrastructure.cli.options import BY, Region

commands = Commands()


@commands.changes
def settings(
    log: AccountLog,
    integration_leads: Annotated[
        Rule | None, typer.Option(help="Merge integration leads with contacts by.")
    ] = None,
    integration_contacts: Annotated[
        Rule | None, typer.Option(help="Merge integration contacts by.")
    ] = None,
    shared: Annotated[
        list[str] | None,
        typer.Option(help="A shared phone or email, never matched; '' for none."),
    ] = None,
    share: Annotated[
        list[str] | None, typer.Option(help="A phone or email to add to the shared ones.")
    ] = None,
    unshare: Annotated[
        list[str] | None, typer.Option(help="A phone or email to take out of the shared ones.")
    ] = None,
    policy: Annotated[
        Policy | None,
        typer.Option(help="One rule for all sources (global), or a rule for each (per_source)."),
    ] = None,
    rule: Annotated[Rule | None, typer.Option(help="The rule of policy global.")] = None,
    region: Region = None,
    history: Annotated[
        bool, typer.Option("--history", help="Show who changed them, when and how.")
    ] = False,
) -> output.Answer:
    """Show or change the merge settings.

    Example: contact-merging settings --share 515-555-0100
    """
    if shared is not None and (share or unshare):
        raise typer.BadParameter(
            "--shared gives the whole list; it cannot be combined with --share or --unshare"
        )
    given: dict[str, Any] = {
        "integration_leads": integration_leads,
        "integration_contacts": integration_contacts,
        "policy": policy,
        "rule": rule,
        "default_region": region,
        "shared_identifiers": None if shared is None else [each for each in shared if each],
    }
    wanted = {name: value for name, value in given.items() if value is not None}
    if history:
        if wanted or share or unshare:
            raise typer.BadParameter("--history goes with no other setting")
        with log.reading() as reading:
            return output.of_page(settings_history(reading, limit=LARGEST_PAGE), _print_history)
    with log.reading() as reading:
        before = current = reading.settings
    if wanted or share or unshare:
        current = change_settings(log, wanted, share=share or (), unshare=unshare or (), by=BY)
    document, resting = asdict(current), list[MergeDocument]()
    if set(current.shared_identifiers) - set(before.shared_identifiers):
        with log.reading() as reading:
            resting = resting_on_newly_shared(reading, before, current)
        document["merges_resting_on_shared"] = [m.model_dump(mode="json") for m in resting]
    return output.Answer(document, lambda: _print(current, resting))


def _print_history(changes: list[SettingsChangeDocument]) -> None:
    for each in changes:
        output.line(f"{each.version:>4}  {each.at:%Y-%m-%d %H:%M}  by {each.by}")
        for one in each.changed:
            output.line(f"      {one.field.replace('_', ' ')}: {_difference(one)}")


def _difference(changed: SettingChanged) -> str:
    """What became of a setting: of a list, what was added and taken out."""
    before, after = changed.before, changed.after
    if isinstance(before, list) and isinstance(after, list):
        added = [f"{each} added" for each in after if each not in before]
        gone = [f"{each} taken out" for each in before if each not in after]
        return ", ".join((*added, *gone))
    return f"{before or 'none'} → {after or 'none'}"


def _print(settings: MergeSettings, resting: list[MergeDocument]) -> None:
    for name, value in asdict(settings).items():
        shown = ", ".join(value) if isinstance(value, tuple) else value
        output.line(f"{name.replace('_', ' ')}: {shown or '-'}")
    if resting:
        output.line("merges that rest on what is shared now, and on nothing else:")
        print_merge_list(resting)
