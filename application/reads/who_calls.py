"""Who is calling: the contact or lead that a call from a number would go to, and why."""

from datetime import UTC, datetime

from application.documents.activities import activity_document
from application.documents.callers import CallerDocument, HolderDocument
from application.documents.contacts import contact_document
from application.ports import Reading
from application.refusals import Invalid
from application.wording import owner_text
from domain.activities import CallSent, called, read_activity
from domain.call_rule import in_order, link, owner_of_number, without_captured
from domain.records import ValueRefused

RECENT = 5
"""How many of the contact's last calls and messages are told."""
OTHERS = 20
"""How many of the others who hold the number are named."""
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def who_calls(reading: Reading, number: str) -> CallerDocument:
    """Say to whom a call from a number would go. Nothing is recorded. Raises Invalid.

    `number`: in any spelling. A word such as `anonymous` spells a withheld one.
    """
    sent = CallSent(direction="inbound", number=number, status="missed", started_at=_ANY_TIME)
    try:
        call = read_activity(sent, region=reading.settings.default_region, now=_ANY_TIME)
    except ValueRefused as refused:
        raise Invalid(refused.field, refused.reason) from None
    identifier = called(call)
    holders = reading.holders(identifier) if identifier else []
    exact = without_captured(holders)
    longer = reading.with_extension(identifier) if identifier and not exact else []
    linked = link(call, holders, longer)
    is_withheld = linked is not None and linked.contact_id is None
    owner = None if is_withheld else owner_of_number(holders, longer)
    contact = reading.contacts([owner.contact_id])[owner.contact_id] if owner else None
    others = [each.contact_id for each in in_order(exact or longer)]
    if owner is not None and owner.contact_id in others:
        others.remove(owner.contact_id)
    names = reading.names(others[:OTHERS])
    recent = reading.activities(owner.contact_id, limit=RECENT) if owner else []
    return CallerDocument(
        number=identifier and identifier.value,
        contact=contact and contact_document(contact),
        because=owner_text(owner, contact and contact.updated_at, is_withheld=is_withheld),
        others=[
            HolderDocument(contact_id=each, name=named.name, kind=named.kind)
            for each, named in names.items()
        ],
        others_total=len(others),
        recent=[activity_document(each) for each in recent],
        last_from_number=reading.newest_from(identifier) if identifier else None,
    )
