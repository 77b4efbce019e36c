"""THE FIRST IDENTIFIER: a message makes a record one that a rule can match.

A CRM often sends an id first, and the phone in its next message. That message is decided as if the
record were seen for the first time (docs/rules.md, "First identifier").
"""

from collections.abc import Iterable

from domain.contact import Contact
from domain.held_records import HeldRecord
from domain.identifiers import Identifier
from domain.matching import kinds_needed
from domain.merge_rule import merge_steps
from domain.records import Record
from domain.settings import MergeSettings


def waits_for_first(settings: MergeSettings, held: HeldRecord, message: Record) -> bool:
    """Whether a record could not be matched yet, by all that it ever said before a message."""
    return not can_be_matched(settings, message, (*held.gone, *held.identifiers))


def can_be_matched(
    settings: MergeSettings, record: Record, identifiers: Iterable[Identifier]
) -> bool:
    """Whether a rule for a record, if there is one, finds all that it compares."""
    kinds = {each.kind for each in identifiers if not settings.is_shared(each)}
    needed = [kinds_needed(step.rule) for step in merge_steps(settings, record)]
    return any(each and each <= kinds for each in needed)


def is_alone(contact: Contact) -> bool:
    """Whether a contact has one record, and nobody gave it an identifier by hand."""
    by_hand = (*contact.by_hand.phones, *contact.by_hand.emails)
    return len(contact.records) == 1 and not any(each.point.matchable for each in by_hand)
