"""The commands that repair by hand: edit, delete, merge, undo and keep apart."""

from typing import Annotated

import typer

from application.commands.delete_contact import delete_contact
from application.commands.edit_contact import ContactEdit, edit_contact
from application.commands.merge_by_hand import merge_contacts
from application.commands.restore_contact import restore_contact
from application.commands.separate_contacts import separate_contacts
from application.ports import AccountLog
from application.reads.contacts import show_contact
from application.reads.ids import contact_id
from application.reads.merges import show_merge
from application.reads.names import names_of
from infrastructure.cli import output
from infrastructure.cli.commands import Commands
from infrastructure.cli.options import BY, Contact, IdOf, Other

commands = Commands()


@commands.changes
def edit(
    log: AccountLog,
    contact: Contact,
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
) -> output.Answer:
    """Edit a contact: the given values replace those it shows. Editing never merges.

    Example: contact-merging edit 06h0k5wqky --name "Mary Major" --set city=Ames
    """
    fields = _fields(name, set_ or [], clear or [])
    if not fields and phone is None and email is None:
        raise typer.BadParameter("give at least one of --name, --phone, --email, --set, --clear")
    edited = ContactEdit(fields=fields, phones=phone, emails=email)
    versions = None if version is None else {version}
    contact_id = edit_contact(log, contact, edited, versions=versions, by=BY)
    with log.reading() as reading:
        document = show_contact(reading, contact_id, also_deleted=True)

    def people() -> None:
        output.print_contacts([document])
        if document.deleted:
            output.line("nothing is left of it: it is deleted")

    return output.Answer(document, people)


def _fields(name: str | None, pairs: list[str], cleared: list[str]) -> dict[str, str | None]:
    """The attributes that an edit sets; None for those that it clears."""
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


@commands.changes
def delete(log: AccountLog, contact: Contact) -> output.Answer:
    """Delete a contact; its calls and messages go to the contacts that have their numbers.

    Example: contact-merging delete 06h0k5wqky
    """
    with log.reading() as reading:
        document = show_contact(reading, contact, also_deleted=True)
    delete_contact(log, contact, by=BY)
    named = output.named(document.name, document.id)
    return output.Answer(
        {"deleted": contact},
        lambda: output.line(f"{named} is deleted; `restore {document.id}` brings it back"),
    )


def restore_deleted(log: AccountLog, contact: str) -> output.Answer:
    """Bring a deleted contact back (see upkeep.restore)."""
    restore_contact(log, contact, by=BY)
    with log.reading() as reading:
        document = show_contact(reading, contact)
    return output.Answer(document, lambda: output.print_contacts([document]))


@commands.changes
def merge(
    log: AccountLog,
    contact: Annotated[
        str,
        typer.Argument(help="The contact that stays: its id, or its beginning."),
        IdOf(contact_id),
    ],
    other: Annotated[
        str, typer.Argument(help="The one that is absorbed, likewise."), IdOf(contact_id)
    ],
) -> output.Answer:
    """Merge two contacts by hand.

    Example: contact-merging merge 06h0k5wqky 06h0k5wqm1
    """
    merge_id = merge_contacts(log, contact, other, by=BY)
    with log.reading() as reading:
        document, made = show_contact(reading, contact), show_merge(reading, merge_id)

    def people() -> None:
        absorbed = output.named(made.absorbed_name, made.absorbed)
        output.line(f"{absorbed} was merged into {document.id}; `undo {merge_id}` takes it back")
        output.print_contacts([document])

    return output.Answer({**document.model_dump(mode="json"), "merge_id": merge_id}, people)


@commands.changes
def separate(log: AccountLog, contact: Contact, other: Other) -> output.Answer:
    """Declare two contacts separate: no rule merges them.

    Example: contact-merging separate 06h0k5wqky 06h0k5wqm1
    """
    separate_contacts(log, contact, other, by=BY)
    with log.reading() as reading:
        names = names_of(reading, [contact, other])
    two = " and ".join(output.named(names[each], each) for each in (contact, other))
    return output.Answer(
        {"separate": [contact, other]},
        lambda: output.line(f"{two} are separate; no rule merges them"),
    )
