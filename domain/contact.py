"""A contact: one or more records merged, live, deleted or absorbed.

What it shows: domain/shown.py; how it comes to be from its events: domain/contact_fold.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from domain.hand_edits import NOTHING_BY_HAND, ByHand, HandPoint
from domain.held_records import HeldRecord
from domain.identifiers import ContactPoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A live contact.

    `updated`: the position of the last change to what the contact says, or merge into it: what
    "most recently updated" compares. `captured`: the number of a captured lead, which has no
    record and nothing written by hand.
    """

    contact_id: str
    records: Mapping[str, HeldRecord]
    by_hand: ByHand = NOTHING_BY_HAND
    captured: ContactPoint | None = None
    created_at: datetime
    updated: int
    updated_at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedContact:
    """A contact that somebody deleted, or that was left without records and edits.

    It holds no identifier any more; what it has can be brought back.
    """

    contact_id: str
    records: Mapping[str, HeldRecord]
    by_hand: ByHand = NOTHING_BY_HAND
    created_at: datetime
    updated: int
    updated_at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsorbedContact:
    """A contact that was merged into another. Its id goes on answering, with the survivor.

    `merge_id` is None for a captured lead, and for an id that is not needed any more.
    """

    contact_id: str
    survivor: str
    merge_id: str | None
    version: int


State = Contact | DeletedContact | AbsorbedContact


def listing_its_number(contact: Contact) -> ByHand:
    """What is written into a contact by hand, once it is no captured number any more.

    Rules: "A captured lead that somebody edits or merges by hand has become a contact that lists
    its number."
    """
    if contact.captured is None:
        return contact.by_hand
    point = HandPoint(contact.captured, contact.updated, contact.created_at)
    return replace(contact.by_hand, phones=(point, *contact.by_hand.phones))
