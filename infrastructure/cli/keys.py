"""The command for the keys with which programs and people call the HTTP service."""

from collections.abc import Iterator
from contextlib import closing
from typing import Annotated, Any

import typer

from application.access import Role, checked_key
from application.reads.paging import LARGEST_PAGE
from infrastructure.bootstrap import DEFAULT_STORE, open_store, open_store_and_keys
from infrastructure.cli import output
from infrastructure.cli.columns import DAY, ID, Column, print_row
from infrastructure.cli.options import Account, Json, Store
from infrastructure.keys import KeyDocument, Keys

commands = typer.Typer()
_KEY = (ID, DAY, Column(11, whole=True), Column(20, 2), Column(15, 1))


@commands.command()
def keys(
    store: Store = DEFAULT_STORE,
    account: Account = "default",
    add: Annotated[
        Role | None, typer.Option(help="Make a key of this role; it is shown this once.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Who or what the new key is for.")] = None,
    integration: Annotated[
        str | None, typer.Option(help="The integration that a key of that role sends records of.")
    ] = None,
    revoke: Annotated[
        str | None, typer.Option(help="The id of a key that is refused from now on.", metavar="ID")
    ] = None,
    sign_in: Annotated[
        str | None,
        typer.Option(
            help="The id of a key: print a link that signs in with it, once, within 15 minutes.",
            metavar="ID",
        ),
    ] = None,
    at: Annotated[
        str, typer.Option(help="Where the service is served, for the link.", metavar="URL")
    ] = "http://127.0.0.1:8000",
    json: Json = False,
) -> None:
    """List the keys of an account for the HTTP service, make one, sign in with one, or revoke one.

    Example: contact-merging keys --add agent --name "Phone system"
    """
    if add is None and (name is not None or integration is not None):
        raise typer.BadParameter("--name and --integration go with --add")
    if [add, revoke, sign_in].count(None) < 2:
        raise typer.BadParameter("--add, --revoke and --sign-in cannot be combined")
    with closing(open_store(store).open(account)) as log:
        incarnation = log.incarnation
    opened = open_store_and_keys(store, None)
    of_store = opened.keys
    if add is not None:
        answer = _made(of_store, account, incarnation, add, name, integration)
    elif revoke is not None:
        of_store.revoke(incarnation, revoke)
        revoked = f"key {revoke} is revoked: it is refused from now on"
        answer = output.Answer({"revoked": revoke}, lambda: output.line(revoked))
    elif sign_in is not None:
        link = opened.sign_ins.link(of_store.digest(incarnation, sign_in))
        address = f"{at.rstrip('/')}/sign-in?link={link}"
        answer = output.Answer({"link": address}, lambda: output.line(address))
    else:
        found = [*_all(of_store, incarnation)]
        document: dict[str, Any] = {
            "items": [each.model_dump(mode="json") for each in found],
            "next": None,
        }
        answer = output.Answer(document, lambda: _print(found))
    output.print_answer(answer, json=json)


def _made(
    of_store: Keys,
    account: str,
    incarnation: str,
    role: Role,
    name: str | None,
    integration: str | None,
) -> output.Answer:
    if name is None:
        raise typer.BadParameter("--add needs --name")
    made = of_store.make(
        account, incarnation, role, checked_key(role, name, integration), integration
    )

    def people() -> None:
        output.say(f"key {made.id}, {made.role}: it is shown this once")
        output.line(made.key)

    return output.Answer(made, people)


def _all(of_store: Keys, incarnation: str) -> Iterator[KeyDocument]:
    after = ""
    while some := of_store.of_account(incarnation, after=after, limit=LARGEST_PAGE):
        yield from some
        after = some[-1].id


def _print(found: list[KeyDocument]) -> None:
    for each in found:
        made = f"{each.created_at:%Y-%m-%d}"
        print_row(_KEY, (each.id, made, each.role, each.name, each.integration or ""))
    if not found:
        output.say("there are none")
