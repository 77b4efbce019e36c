"""The commands that read contacts, their history, merges and conflicts."""

from datetime import datetime
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
    deleted_contacts,
    find_contacts,
    show_contact,
)
from application.reads.ids import contact_id, import_id
from application.reads.merges import MergedBy, MergeFilter, list_merges
from application.reads.names import names_of
from application.reads.paging import PAGE
from domain.records import RecordKind
from infrastructure.cli import output
from infrastructure.cli.commands import Commands
from infrastructure.cli.lists import (
    print_conflict_list,
    print_contact_list,
    print_merge_list,
    print_named_ids,
    print_record_list,
)
from infrastructure.cli.one_contact import ids_in, print_contact, print_explanation, print_history
from infrastructure.cli.options import Contact, Cursor, IdOf, Limit, Other

commands = Commands()


@commands.lists
def contacts(
    reading: Reading,
    q: Annotated[str | None, typer.Option("--q", help="Part of a name, phone or email.")] = None,
    phone: Annotated[str | None, typer.Option(help="A phone, in any spelling.")] = None,
    email: Annotated[str | None, typer.Option(help="An email.")] = None,
    kind: Annotated[RecordKind | None, typer.Option(help="Only contacts, or only leads.")] = None,
    deleted: Annotated[
        bool, typer.Option("--deleted", help="The deleted ones, which `restore` brings back.")
    ] = False,
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> output.Answer:
    """List contacts: live ones, or deleted ones.

    Example: contact-merging contacts --q "mary m"
    """
    if deleted:
        if any(each is not None for each in (q, phone, email, kind)):
            raise typer.BadParameter("--deleted goes with no other filter")
        return output.of_page(
            deleted_contacts(reading, limit=limit, cursor=cursor), print_contact_list
        )
    page = find_contacts(
        reading, q=q, phone=phone, email=email, kind=kind, limit=limit, cursor=cursor
    )
    return output.of_page(page, print_contact_list)


@commands.reads
def show(reading: Reading, contact: Contact) -> output.Answer:
    """Show one contact, and where every value comes from.

    Example: contact-merging show 06h0k5wqky
    """
    document = show_contact(reading, contact)
    return output.Answer(document, lambda: print_contact(document))


@commands.lists
def records(
    reading: Reading, contact: Contact, limit: Limit = PAGE, cursor: Cursor = None
) -> output.Answer:
    """List what each source says about a contact, oldest first.

    Example: contact-merging records 06h0k5wqky --all
    """
    page = contact_records(reading, contact, limit=limit, cursor=cursor)
    return output.of_page(page, print_record_list)


@commands.lists
def absorbed(
    reading: Reading, contact: Contact, limit: Limit = PAGE, cursor: Cursor = None
) -> output.Answer:
    """List the ids that lead to a contact, oldest first.

    Example: contact-merging absorbed 06h0k5wqky
    """
    page = contact_absorbed(reading, contact, limit=limit, cursor=cursor)
    names = names_of(reading, page.items)
    return output.of_page(
        page, lambda ids: print_named_ids({each: names.get(each) for each in ids})
    )


@commands.reads
def history(reading: Reading, contact: Contact) -> output.Answer:
    """Show what happened to a contact, oldest first.

    Example: contact-merging history 06h0k5wqky
    """
    page: Page[HistoryItem] = Page(items=contact_history(reading, contact), next=None)
    names = names_of(reading, ids_in(item.summary for item in page.items))
    return output.of_page(page, lambda items: print_history(items, names))


@commands.lists
def merges(
    reading: Reading,
    contact: Annotated[
        str | None, typer.Option(help="Only those of one contact."), IdOf(contact_id)
    ] = None,
    matched: Annotated[
        str | None, typer.Option(help="Only those by this phone or email.", metavar="VALUE")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(help="Only records of this source: csv, api, …, or an integration's name."),
    ] = None,
    rule: Annotated[
        MergedBy | None, typer.Option(help="Only those by this rule, or by hand (manual).")
    ] = None,
    import_: Annotated[
        str | None,
        typer.Option("--import", help="Only records of this import.", metavar="IMPORT"),
        IdOf(import_id),
    ] = None,
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only those of this day (UTC).")
    ] = None,
    undone: Annotated[
        bool | None, typer.Option("--undone/--in-force", help="Only those undone, or not.")
    ] = None,
    limit: Limit = PAGE,
    cursor: Cursor = None,
) -> output.Answer:
    """List merges, newest first: who was merged into whom, and what matched.

    Example: contact-merging merges --contact 06h0k5wqky
    """
    only = MergeFilter(contact, matched, source, rule, import_, day and day.date(), undone)
    page = list_merges(reading, only, limit=limit, cursor=cursor)
    while page.next is not None and not page.items:  # a page that none of them was on
        page = list_merges(reading, only, limit=limit, cursor=page.next)
    return output.of_page(page, print_merge_list)


@commands.reads
def explain(reading: Reading, contact: Contact, other: Other) -> output.Answer:
    """Explain why two ids are one contact or not.

    Example: contact-merging explain 06h0k5wqky 06h0k5wqm1
    """
    document = explain_two(reading, contact, other)
    return output.Answer(document, lambda: print_explanation(document))


@commands.lists
def conflicts(reading: Reading, limit: Limit = PAGE, cursor: Cursor = None) -> output.Answer:
    """List contacts that hold the same phone or email, for an admin to merge or separate.

    Example: contact-merging conflicts --all
    """
    page = list_conflicts(reading, limit=limit, cursor=cursor)
    return output.of_page(page, print_conflict_list)
