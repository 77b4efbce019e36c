"""The command that shows and changes the merge settings."""

from typing import Annotated, Any

import typer
from msgspec.structs import asdict

from application.commands.change_settings import change_settings
from application.documents.merges import MergeDocument
from application.ports import AccountLog
from application.reads.merges import merges_resting_on
from domain.settings import MergeSettings, Policy, Rule
from infrastructure.cli import output
from infrastructure.cli.commands import Commands
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
    with log.reading() as reading:
        before = current = reading.settings
    if wanted or share or unshare:
        current = change_settings(log, wanted, share=share or (), unshare=unshare or (), by=BY)
    newly_shared = set(current.shared_identifiers) - set(before.shared_identifiers)
    document, resting = asdict(current), list[MergeDocument]()
    if newly_shared:
        with log.reading() as reading:
            resting = [
                merge
                for merge in merges_resting_on(reading, current.shared_identifiers)
                if any(matched.value in newly_shared for matched in merge.decision.matched)
            ]
        document["merges_resting_on_shared"] = [m.model_dump(mode="json") for m in resting]
    return output.Answer(document, lambda: _print(current, resting))


def _print(settings: MergeSettings, resting: list[MergeDocument]) -> None:
    for name, value in asdict(settings).items():
        shown = ", ".join(value) if isinstance(value, tuple) else value
        output.line(f"{name.replace('_', ' ')}: {shown or '-'}")
    if resting:
        output.line("merges that rest on what is shared now, and on nothing else:")
        output.print_merges(resting)
