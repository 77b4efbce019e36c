"""The commands that read contacts, their history, merges and conflicts."""

from typing import Annotated

import typer

from application.documents.document import Page
from application.documents.events import HistoryItem
from application.history.explain import explain as explain_two
from application.ports import Reading
from application.reads.conflicts import list_conflicts
from application.reads.contact_history import contact_history
from application.reads.contacts import (
    contact_absorbed,
    contact_records,
    find_contacts,
    show_contact,
)
from application.reads.merges import list_merges
from application.reads.paging import PAGE
from domain.records import RecordKind
from infrastructure.cli import output
from infrastructure.cli.options import Commands, Contact, Cursor, Limit, Other

commands = Commands()


@commands.reads
def contacts(
    reading: Reading,
    q: Annotated[str | None, typer.Option("--q", help="Part of a name, phone or email.")] = None,
    phone: Annotated[str | None, typer.Option(help="A phone, in any spelling.")] = None,
    email: Annotated[str | None, typer.Option(help="An email.")] = None,
    kind: Annotated[RecordKind | None, typer.Option(help="Only contacts, or only leads.")] = None,
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> output.Answer:
    """List contacts."""
    page = find_contacts(
        reading, q=q, phone=phone, email=email, kind=kind, limit=limit, cursor=cursor
    )
    return output.of_page(page, output.print_contacts)


@commands.reads
def show(reading: Reading, contact: Contact) -> output.Answer:
    """Show one contact, and where every value comes from."""
    document = show_contact(reading, contact)
    return output.Answer(document, lambda: output.print_contact(document))


@commands.reads
def records(
    reading: Reading, contact: Contact, limit: Limit = PAGE, cursor: Cursor = None
) -> output.Answer:
    """List what each source says about a contact, oldest first."""
    page = contact_records(reading, contact, limit=limit, cursor=cursor)
    return output.of_page(page, output.print_records)


@commands.reads
def absorbed(
    reading: Reading, contact: Contact, limit: Limit = PAGE, cursor: Cursor = None
) -> output.Answer:
    """List the ids that lead to a contact, oldest first."""
    page = contact_absorbed(reading, contact, limit=limit, cursor=cursor)
    return output.of_page(page, output.print_ids)


@commands.reads
def history(reading: Reading, contact: Contact) -> output.Answer:
    """Show what happened to a contact, oldest first."""
    page: Page[HistoryItem] = Page(items=contact_history(reading, contact), next=None)
    return output.of_page(page, output.print_history)


@commands.reads
def merges(
    reading: Reading,
    contact: Annotated[str | None, typer.Option(help="Only those of one contact.")] = None,
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> output.Answer:
    """List merges, newest first, each with its reason."""
    page = list_merges(reading, contact_id=contact, limit=limit, cursor=cursor)
    return output.of_page(page, output.print_merges)


@commands.reads
def explain(reading: Reading, contact: Contact, other: Other) -> output.Answer:
    """Explain why two ids are one contact or not."""
    document = explain_two(reading, contact, other)
    return output.Answer(document, lambda: output.print_explanation(document))


@commands.reads
def conflicts(reading: Reading, limit: Limit = PAGE, cursor: Cursor = None) -> output.Answer:
    """List contacts that hold the same phone or email, for an admin to merge or separate."""
    page = list_conflicts(reading, limit=limit, cursor=cursor)
    return output.of_page(page, output.print_conflicts)
