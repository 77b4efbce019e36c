"""Find and read contacts."""

from application.cursors import POSITION, from_cursor, id_from_cursor, to_cursor
from application.documents.contacts import ContactDocument
from application.documents.document import Page
from application.ports import Reading
from application.reads.paging import PAGE
from application.reads.text_search import read_sought
from application.refusals import Invalid, NotFound
from domain.identifiers import Identifier, canonical_email, canonical_phone
from domain.records import RecordKind


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

    `q`: part of a name, phone or email, two characters at least, whatever their case; digits with
    the punctuation of numbers find numbers by their digits. These come in the order in which the
    contacts came to be, which no later event changes. `phone`, `email`: one of these in any
    spelling. Raises Refused where a phone or an email is none, or `q` too short or blank.
    """
    if phone is not None and email is not None:
        raise Invalid("email", "is given besides a phone; give one of them")
    identifier = _identifier(reading, phone, email)
    if q is not None:
        (after,) = (0,) if cursor is None else from_cursor("contacts with a text", cursor, POSITION)
        found = reading.contacts_with_text(
            read_sought(q), after=after, limit=limit + 1, identifier=identifier, kind=kind
        )
        items = [contact for _, contact in found[:limit]]
        more = len(found) > limit
        following = to_cursor("contacts with a text", found[limit - 1][0]) if more else None
        return Page(items=items, next=following)
    contacts = reading.contacts(
        after=id_from_cursor("contacts", cursor) or "",
        limit=limit + 1,
        identifier=identifier,
        kind=kind,
    )
    more = len(contacts) > limit
    following = to_cursor("contacts", contacts[limit - 1].id) if more else None
    return Page(items=contacts[:limit], next=following)


def _identifier(reading: Reading, phone: str | None, email: str | None) -> Identifier | None:
    if phone is not None:
        canonical = canonical_phone(phone, reading.settings.default_region)
        if canonical is None:
            raise Invalid("phone", f"`{phone[:60]}` is no phone number")
        return Identifier("phone", canonical)
    if email is not None:
        canonical = canonical_email(email)
        if canonical is None:
            raise Invalid("email", f"`{email[:60]}` is no email address")
        return Identifier("email", canonical)
    return None


def show_contact(reading: Reading, contact_id: str) -> ContactDocument:
    """One contact; an absorbed id gives the survivor, with `requested_id`. Raises NotFound."""
    survivor = reading.survivor(contact_id)
    contact = reading.contact(survivor) if survivor else None
    if contact is None or contact.deleted:
        raise NotFound("contact", contact_id)
    if survivor != contact_id:
        return contact.model_copy(update={"requested_id": contact_id})
    return contact
