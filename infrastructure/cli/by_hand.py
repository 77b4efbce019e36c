"""The commands that repair by hand: edit, delete, merge, undo and keep apart."""

from typing import Annotated

import typer

from application.commands.delete_contact import delete_contact
from application.commands.edit_contact import ContactEdit, edit_contact
from application.commands.merge_by_hand import merge_contacts
from application.commands.restore_contact import restore_contact
from application.commands.separate_contacts import separate_contacts
from application.documents.contacts import ContactDocument
from application.history.undo_merge import undo_merge
from application.reads.conflicts import list_conflicts
from application.reads.contacts import show_contact
from application.reads.paging import PAGE
from infrastructure.bootstrap import DEFAULT_STORE
from infrastructure.cli import output
from infrastructure.cli.options import (
    BY,
    Account,
    Contact,
    Cursor,
    Json,
    Limit,
    Other,
    Store,
    open_account,
)

commands = typer.Typer()


@commands.command()
def edit(
    contact: Contact,
    store: Store = DEFAULT_STORE,
    account: Account = "default",
    name: Annotated[str | None, typer.Option(help="The name; '' clears it.")] = None,
    phone: Annotated[
        list[str] | None,
        typer.Option(help="A phone; all that are given replace the list, '' alone empties it."),
    ] = None,
    email: Annotated[
        list[str] | None,
        typer.Option(help="An email; all that are given replace the list, '' alone empties it."),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="Set an attribute; a blank value clears it.", metavar="N=VALUE"),
    ] = None,
    clear: Annotated[
        list[str] | None, typer.Option(help="Clear an attribute.", metavar="NAME")
    ] = None,
    version: Annotated[
        int | None, typer.Option(help="Refuse unless the contact is at this version.", metavar="N")
    ] = None,
    json: Json = False,
) -> None:
    """Edit a contact: what is given replaces what it shows. Editing never merges."""
    fields = _fields(name, set_ or [], clear or [])
    if not fields and phone is None and email is None:
        raise typer.BadParameter("give at least one of --name, --phone, --email, --set, --clear")
    with open_account(store, account) as log:
        contact_id = edit_contact(
            log,
            contact,
            ContactEdit(fields=fields, phones=phone, emails=email),
            versions=None if version is None else {version},
            by=BY,
        )
        with log.reading() as reading:
            document = show_contact(reading, contact_id, also_deleted=True)
    _print_contact(document, json=json)
    if document.deleted and not json:
        output.line("nothing is left of it: it is deleted")


def _fields(name: str | None, pairs: list[str], cleared: list[str]) -> dict[str, str | None]:
    """The attributes that an edit names; None for those that it clears."""
    given: list[tuple[str, str | None]] = [] if name is None else [("name", name)]
    for pair in pairs:
        attribute, equals, value = pair.partition("=")
        if not equals or not attribute.strip():
            raise typer.BadParameter(f"`{pair}` is not NAME=VALUE", param_hint="--set")
        given.append((attribute.strip(), value))
    given += [(attribute.strip(), None) for attribute in cleared]
    fields = dict(given)
    if len(fields) < len(given):
        raise typer.BadParameter("an attribute is named twice", param_hint="--set and --clear")
    return fields


@commands.command()
def delete(contact: Contact, store: Store = DEFAULT_STORE, account: Account = "default") -> None:
    """Delete a contact; its calls and messages go to whoever holds their number now."""
    with open_account(store, account) as log:
        delete_contact(log, contact, by=BY)
    output.line(f"{contact} is deleted; `restore` brings it back")


def restore_deleted(store: str, account: str, contact: str, *, json: bool) -> None:
    """Bring a deleted contact back (see upkeep.restore)."""
    with open_account(store, account) as log:
        restore_contact(log, contact, by=BY)
        with log.reading() as reading:
            document = show_contact(reading, contact)
    _print_contact(document, json=json)


@commands.command()
def merge(
    contact: Annotated[str, typer.Argument(help="The id of the contact that stays.")],
    other: Annotated[str, typer.Argument(help="The id of the one that is absorbed.")],
    store: Store = DEFAULT_STORE,
    account: Account = "default",
    json: Json = False,
) -> None:
    """Merge two contacts by hand."""
    with open_account(store, account) as log:
        merge_id = merge_contacts(log, contact, other, by=BY)
        with log.reading() as reading:
            document = show_contact(reading, contact)
    if json:
        output.print_json({**document.model_dump(mode="json"), "merge_id": merge_id})
        return
    output.line(f"{other} was merged into {document.id}; `undo {merge_id}` takes it back")
    output.print_contacts([document])


@commands.command()
def undo(
    merge: Annotated[str, typer.Argument(help="The id of a merge.")],
    store: Store = DEFAULT_STORE,
    account: Account = "default",
    json: Json = False,
) -> None:
    """Undo a merge: as if it had never been. The two are separate from then on."""
    with open_account(store, account) as log:
        restored = undo_merge(log, merge, by=BY)
        with log.reading() as reading:
            contacts = [show_contact(reading, contact_id) for contact_id in restored]
    if json:
        output.print_json({"restored": restored})
        return
    output.line(f"merge {merge} is undone; back again:" if contacts else f"merge {merge} is undone")
    output.print_contacts(contacts)


@commands.command()
def separate(
    contact: Contact, other: Other, store: Store = DEFAULT_STORE, account: Account = "default"
) -> None:
    """Declare two contacts separate: no rule merges them."""
    with open_account(store, account) as log:
        separate_contacts(log, contact, other, by=BY)
    output.line(f"{contact} and {other} are separate; no rule merges them")


@commands.command()
def conflicts(
    store: Store = DEFAULT_STORE,
    account: Account = "default",
    limit: Limit = PAGE,
    cursor: Cursor = None,
    json: Json = False,
) -> None:
    """List contacts that hold the same phone or email, to be merged or separated."""
    with open_account(store, account) as log, log.reading() as reading:
        page = list_conflicts(reading, limit=limit, cursor=cursor)
    output.print_page(page, output.print_conflicts, json=json)


def _print_contact(document: ContactDocument, *, json: bool) -> None:
    if json:
        output.print_json(document)
    else:
        output.print_contacts([document])
