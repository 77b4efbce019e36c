"""The commands for the operator of a store: accounts, rebuild, verify, backup and restore."""

from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from application.commands.change_settings import checked_settings
from application.ports import NotedHead
from application.reads.ids import contact_id
from infrastructure.account_log.log import PASSES, EventLog
from infrastructure.backup import back_up
from infrastructure.backup import restore as restore_backup
from infrastructure.bootstrap import DEFAULT_STORE, open_store
from infrastructure.cli import output
from infrastructure.cli.by_hand import restore_deleted
from infrastructure.cli.commands import Commands
from infrastructure.cli.options import (
    BY,
    Account,
    Json,
    Region,
    Store,
    an_account,
    noted_head,
)
from infrastructure.cli.progress import progress

commands = Commands()


@commands.changes
def rebuild(log: EventLog) -> output.Answer:
    """Rebuild every read model from the log, and say whether anything was different.

    Example: contact-merging rebuild --account acme
    """
    with progress("rebuilding") as told:
        told.expect(_events(log))
        rebuilt = log.rebuild(told)
    document = {
        "events": rebuilt.events,
        "same": not rebuilt.differences,
        "differences": list(rebuilt.differences),
    }

    def people() -> None:
        if not rebuilt.differences:
            output.line(f"rebuilt from {rebuilt.events} events: the same as before")
            return
        output.line(f"rebuilt from {rebuilt.events} events; these came out other than they were:")
        for name in rebuilt.differences:
            output.line(f"  {name}")

    return output.Answer(document, people)


@commands.changes
def verify(
    log: EventLog,
    head: Annotated[
        NotedHead | None,
        typer.Option(
            help="A head that was noted earlier, which the log must still pass through.",
            metavar="[POSITION:]DIGEST",
            parser=noted_head,
        ),
    ] = None,
) -> output.Answer:
    """Check tables, chain, read models and invariants; exit status 1 if anything is wrong.

    Example: contact-merging verify --account acme
    """
    with progress("verifying") as told:
        told.expect(PASSES * _events(log))
        verified = log.verify(told, noted=head)
    document = {
        **asdict(verified),
        "problems": list(verified.problems),
        "unchecked": list(verified.unchecked),
    }

    def people() -> None:
        events, head = verified.events, verified.head
        if head:
            output.line(f"{events} events, {verified.contacts} contacts, head {events}:{head}")
        else:
            output.line("the log was not read, since its tables are not as they should be")
        for problem in verified.problems:
            output.line(f"  {problem}", "red")
        for each in verified.unchecked:
            output.line(f"  {each}")
        output.line("something is off" if verified.problems else "all is as it should be")

    return output.Answer(document, people, status=1 if verified.problems else 0)


@commands.command()
def accounts(
    store: Store = DEFAULT_STORE,
    add: Annotated[
        str | None, typer.Option(help="Make an account of this id.", callback=an_account)
    ] = None,
    region: Region = None,
    json: Json = False,
) -> None:
    """List the accounts of the store, or make one.

    Example: contact-merging accounts --add acme --region US
    """
    opened = open_store(store)
    if add is not None:
        opened.create(add, checked_settings({"default_region": region}), BY).close()
    elif region is not None:
        raise typer.BadParameter("goes with --add", param_hint="--region")
    names = opened.names()
    document = {"items": [{"id": name} for name in names], "next": None}
    output.print_answer(output.Answer(document, lambda: output.print_ids(names)), json=json)


@commands.changes
def backup(
    log: EventLog,
    file: Annotated[Path, typer.Argument(help="The file to write; it must not exist yet.")],
) -> output.Answer:
    """Write an account to one file, from which `restore` makes it in any store.

    Example: contact-merging backup acme.backup --account acme
    """
    with progress("writing") as told:
        told.expect(_events(log))
        head = back_up(log, file, told)
    return _copied("file", str(file), str(file), head.position, head.digest.hex())


def _events(log: EventLog) -> int:
    """How many events the log has."""
    return log.recorder.max_notification_id() or 0


def _copied(what: str, name: str, shown: str, events: int, head: str) -> output.Answer:
    return output.Answer(
        {what: name, "events": events, "head": head},
        lambda: output.line(f"{shown}: {events} events, head {head}"),
    )


@commands.command()
def restore(
    what: Annotated[
        str,
        typer.Argument(
            metavar="CONTACT|FILE", help="The id of a deleted contact, or a backup of an account."
        ),
    ],
    store: Store = DEFAULT_STORE,
    account: Account = "default",
    json: Json = False,
) -> None:
    """Bring a deleted contact back; or make the account from a backup.

    Example: contact-merging restore acme.backup --account acme
    """
    file = Path(what)
    if not file.exists() and not file.suffix and len(file.parts) == 1:
        with closing(open_store(store).open(account)) as log:
            with log.reading() as reading:
                contact = contact_id(reading, what)
            answer = restore_deleted(log, contact)
    else:
        with progress("restoring") as told:
            head = restore_backup(open_store(store), account, file, told, told.expect)
        shown = f"account {account}"
        answer = _copied("account", account, shown, head.position, head.digest.hex())
    output.print_answer(answer, json=json)
