"""Read contacts, their history, and merges."""

from pydantic import TypeAdapter

from application.cursors import Position, from_cursor, id_from_cursor, to_cursor
from application.documents import ContactDocument, HistoryItem, MergeDocument, Page
from application.ports import Reading
from application.refusals import Invalid, NotFound
from application.text_search import read_sought
from application.wording import decision_document, source_text, summary
from domain.events import (
    AccountEvent,
    ContactImported,
    ContactsMerged,
    Recorded,
    RecordUpdated,
)
from domain.identifiers import Identifier, canonical_email, canonical_phone
from domain.records import RecordKind

PAGE = 50
LARGEST_PAGE = 1_000
_POSITION = TypeAdapter(tuple[Position])


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
        (after,) = (
            (0,) if cursor is None else from_cursor("contacts with a text", cursor, _POSITION)
        )
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


def contact_history(
    reading: Reading, contact_id: str, *, limit: int | None = None, after: int = 0
) -> list[HistoryItem]:
    """A contact's events, oldest first, those of what it absorbed included. Raises NotFound."""
    survivor = reading.survivor(contact_id)
    if survivor is None:
        raise NotFound("contact", contact_id)
    return [_history_item(each) for each in reading.history(survivor, after=after, limit=limit)]


def history_page(
    reading: Reading, contact_id: str, *, limit: int = PAGE, cursor: str | None = None
) -> Page[HistoryItem]:
    """A page of a contact's events. Raises NotFound, and Refused where the cursor is none."""
    after = 0 if cursor is None else from_cursor("history", cursor, _POSITION)[0]
    items = contact_history(reading, contact_id, limit=limit + 1, after=after)
    more = len(items) > limit
    following = to_cursor("history", items[limit - 1].position) if more else None
    return Page(items=items[:limit], next=following)


def _history_item(recorded: Recorded) -> HistoryItem:
    event = recorded.event
    if isinstance(event, AccountEvent):
        raise TypeError(f"{event.TOPIC} is no event of a contact")
    source, decision = None, None
    if isinstance(event, ContactImported | ContactsMerged | RecordUpdated) and event.record:
        source = source_text(event.record)
    if isinstance(event, ContactImported | ContactsMerged):
        decision = decision_document(event.decision)
    return HistoryItem(
        position=recorded.position,
        type=event.TOPIC,
        at=recorded.at,
        by=event.by,
        source=source,
        summary=summary(event),
        decision=decision,
    )


def show_merge(reading: Reading, merge_id: str) -> MergeDocument:
    """One merge. Raises NotFound."""
    merge = reading.merge(merge_id)
    if merge is None:
        raise NotFound("merge", merge_id)
    return merge


def list_merges(
    reading: Reading,
    *,
    contact_id: str | None = None,
    limit: int = PAGE,
    cursor: str | None = None,
) -> Page[MergeDocument]:
    """Merges, newest first: all, or those of one contact.

    Raises NotFound, and Refused where the cursor is none.
    """
    if contact_id is not None and reading.survivor(contact_id) is None:
        raise NotFound("contact", contact_id)
    merges = reading.merges(
        before=id_from_cursor("merges", cursor), limit=limit + 1, contact_id=contact_id
    )
    more = len(merges) > limit
    following = to_cursor("merges", merges[limit - 1].id) if more else None
    return Page(items=merges[:limit], next=following)
