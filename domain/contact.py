"""A contact: one or more records merged, live, deleted or absorbed.

What it shows: domain/shown.py; how its events give its state: domain/contact_fold.py.
"""

from collections.abc import Mapping
from datetime import datetime

from domain.hand_edits import NOTHING_BY_HAND, ByHand, HandPoint
from domain.held_records import HeldRecord
from domain.identifiers import ContactPoint
from domain.value import Value, replace


class _WithRecords(Value, frozen=True, kw_only=True):
    """A contact with what it has.

    `updated`: the position of the last change to its values or merge into it, which "most recently
    updated" compares.
    """

    contact_id: str
    records: Mapping[str, HeldRecord]
    by_hand: ByHand = NOTHING_BY_HAND
    created_at: datetime
    updated: int
    updated_at: datetime
    version: int


class Contact(_WithRecords, frozen=True, kw_only=True):
    """A live contact. `captured`: the number of a captured lead, without records and edits."""

    captured: ContactPoint | None = None


class DeletedContact(_WithRecords, frozen=True, kw_only=True):
    """A contact that somebody deleted, or that has no records and edits left.

    It holds no identifiers; what it has can be restored.
    """


class AbsorbedContact(Value, frozen=True, kw_only=True):
    """A contact that was merged into another. Its id still works and leads to the survivor.

    `merge_id` is None for a captured lead, and for an id that is no longer needed.
    """

    contact_id: str
    survivor: str
    merge_id: str | None
    version: int


State = Contact | DeletedContact | AbsorbedContact


def listing_its_number(contact: Contact) -> ByHand:
    """The hand-written values of a captured lead that becomes a contact.

    Rules: "A captured lead that somebody edits or merges by hand has become a contact that lists
    its number."
    """
    if contact.captured is None:
        return contact.by_hand
    point = HandPoint(contact.captured, contact.updated, contact.created_at)
    return replace(contact.by_hand, phones=(point, *contact.by_hand.phones))
