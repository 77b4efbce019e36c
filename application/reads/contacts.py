"""Find and read contacts."""

from bisect import bisect_right
from collections.abc import Sequence
from contextlib import closing
from itertools import islice

from application.contact_at import head_at
from application.cursors import POSITION, from_cursor, id_from_cursor, to_cursor
from application.documents.contacts import (
    ContactDocument,
    IntegrationDocument,
    RecordDocument,
    contact_document,
    record_document,
)
from application.documents.document import Page
from application.ports import Reading
from application.reads.paging import PAGE, page_of
from application.reads.text_search import Sought, lines_of_contact, read_sought
from application.refusals import Invalid, NotFound
from domain.emails import canonical_email
from domain.held_records import HeldRecord
from domain.identifiers import Identifier, phone_identifier
from domain.phones import canonical_phone
from domain.records import RecordKind

FIRST = 100
"""How many records and absorbed ids the document of one contact has; further ones are paged."""


def find_contacts(
    reading: Reading,
    *,
    q: str | None = None,
    phone: str | None = None,
    email: str | None = None,
    kind: RecordKind | None = None,
    limit: int = PAGE,
    cursor: str | None = None,
) -> Page[ContactDocument]:
    """Live contacts, oldest first: all, or by text, by phone, by email, by kind.

    `q`: part of a name, phone or email, at least two characters, in any case; digits with the
    punctuation of numbers find numbers by their digits. These contacts come in the order of their
    first events, which no later event changes. `phone`, `email`: one of these in any spelling.
    Raises Refused if a phone or an email is not valid, or `q` is too short or blank.
    """
    if phone is not None and email is not None:
        raise Invalid("email", "cannot be combined with `phone`; give one of them")
    identifier = _identifier(reading, phone, email)
    if q is not None:
        return _with_text(reading, read_sought(q, identifier, kind), limit, cursor)
    ids = reading.contact_ids(
        after=id_from_cursor("contacts", cursor) or "",
        limit=limit + 1,
        identifier=identifier,
        kind=kind,
    )
    return Page(
        items=[*_live(reading, ids[:limit]).values()],
        next=to_cursor("contacts", ids[limit - 1]) if len(ids) > limit else None,
    )


def deleted_contacts(
    reading: Reading, *, limit: int = PAGE, cursor: str | None = None
) -> Page[ContactDocument]:
    """Deleted contacts, oldest first, each with the name that its first record says.

    They say nothing else. Raises Refused if the cursor is not of this list.
    """
    items = "deleted contacts"
    after = id_from_cursor(items, cursor) or ""
    ids = reading.deleted_ids(after=after, limit=limit + 1)
    names = reading.record_names(ids[:limit])
    documents = [
        contact_document(each).model_copy(update={"name": names.get(contact_id)})
        for contact_id, each in reading.contacts(ids[:limit]).items()
    ]
    return Page(
        items=documents, next=to_cursor(items, ids[limit - 1]) if len(ids) > limit else None
    )


def _with_text(
    reading: Reading, sought: Sought, limit: int, cursor: str | None
) -> Page[ContactDocument]:
    items = "contacts with a text"
    (after,) = (0,) if cursor is None else from_cursor(items, cursor, POSITION)
    found: list[tuple[int, ContactDocument]] = []
    with closing(reading.contact_ids_with_text(sought, after=after)) as looked_at:
        while len(found) <= limit and (some := list(islice(looked_at, limit + 1))):
            contacts = _live(reading, [contact_id for _, contact_id in some])
            found += (
                (first, contacts[each])
                for first, each in some
                if each in contacts and _is_found(contacts[each], sought)
            )
    return page_of(found, limit, lambda each: each[1], lambda last: to_cursor(items, last[0]))


def _live(reading: Reading, contact_ids: Sequence[str]) -> dict[str, ContactDocument]:
    """Return the live ones of some contacts, in the same order."""
    contacts = reading.contacts(contact_ids)
    return {
        each: contact_document(contact)
        for each in contact_ids
        if (contact := contacts.get(each)) is not None and contact.is_live
    }


def _is_found(contact: ContactDocument, sought: Sought) -> bool:
    phones = [each.value for each in contact.phones]
    emails = [each.value for each in contact.emails]
    if not sought.is_in(lines_of_contact(contact.name, phones, emails)):
        return False
    if sought.identifier is not None and sought.identifier.value not in {*phones, *emails}:
        return False
    return sought.kind in {None, contact.kind}


def _identifier(reading: Reading, phone: str | None, email: str | None) -> Identifier | None:
    if phone is not None:
        canonical = canonical_phone(phone, reading.settings.default_region)
        if canonical is None:
            raise Invalid("phone", f"`{phone[:60]}` is not a valid phone number")
        return phone_identifier(canonical)
    if email is not None:
        canonical = canonical_email(email)
        if canonical is None:
            raise Invalid("email", f"`{email[:60]}` is not a valid email address")
        return Identifier("email", canonical)
    return None


def show_contact(
    reading: Reading, contact_id: str, *, also_deleted: bool = False
) -> ContactDocument:
    """One contact, with its first records and the first ids that it absorbed.

    An absorbed id gives the survivor, with `requested_id`. Raises NotFound.
    """
    survivor = _survivor(reading, contact_id, also_deleted=also_deleted)
    contact = reading.contacts([survivor])[survivor]
    absorbed = reading.absorbed(survivor)
    records = reading.records(survivor, limit=FIRST + 1)
    first_records, first_absorbed = _records_page(records, FIRST), _ids_page(absorbed, "", FIRST)
    return contact_document(contact).model_copy(
        update={
            "requested_id": None if survivor == contact_id else contact_id,
            "records": first_records.items,
            "records_total": contact.shown.records,
            "records_next": first_records.next,
            "absorbed": first_absorbed.items,
            "absorbed_total": len(absorbed),
            "absorbed_next": first_absorbed.next,
        }
    )


def show_contact_of_record(
    reading: Reading, integration: str, kind: RecordKind, external_id: str
) -> ContactDocument:
    """The contact that has a record of an integration. Raises NotFound."""
    contact_id = reading.holder_of_record((integration, kind, external_id))
    if contact_id is None:
        raise NotFound("record", f"{integration}/{kind}/{external_id}")
    return show_contact(reading, contact_id)


def list_integrations(reading: Reading) -> Page[IntegrationDocument]:
    """The integrations that have sent records, by name."""
    items = [IntegrationDocument(name=each) for each in reading.integrations()]
    return Page(items=items, next=None)


def contact_records(
    reading: Reading, contact_id: str, *, limit: int = PAGE, cursor: str | None = None
) -> Page[RecordDocument]:
    """A contact's records, oldest first. Raises NotFound, and Refused if the cursor is invalid."""
    survivor = _survivor(reading, contact_id)
    after = id_from_cursor("records", cursor) or ""
    return _records_page(reading.records(survivor, after=after, limit=limit + 1), limit)


def contact_absorbed(
    reading: Reading, contact_id: str, *, limit: int = PAGE, cursor: str | None = None
) -> Page[str]:
    """The ids that lead to a contact, oldest first. Raises the same as `contact_records`."""
    survivor = _survivor(reading, contact_id)
    return _ids_page(reading.absorbed(survivor), id_from_cursor("absorbed", cursor) or "", limit)


def _survivor(reading: Reading, contact_id: str, *, also_deleted: bool = False) -> str:
    head = head_at(reading, contact_id)
    if not (head.is_live or also_deleted):
        raise NotFound("contact", contact_id)
    return head.contact_id


def _records_page(records: list[HeldRecord], limit: int) -> Page[RecordDocument]:
    return page_of(
        records, limit, record_document, lambda last: to_cursor("records", last.record_id)
    )


def _ids_page(ids: list[str], after: str, limit: int) -> Page[str]:
    begin = bisect_right(ids, after)
    page = ids[begin : begin + limit]
    more = len(ids) > begin + limit
    return Page(items=page, next=to_cursor("absorbed", page[-1]) if more else None)
