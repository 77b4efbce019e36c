"""Merging and separating by hand: an admin says that two contacts are one or not.

This is recorded even if it changes nothing now, with the ids that were given.
"""

from domain.contact import Contact, listing_its_number
from domain.decisions import Decision
from domain.events import Brought, ContactAbsorbed, ContactsMerged, ContactsSeparated
from domain.value import replace


def decide_merged_by_hand(
    survivor: str,
    absorbed: Contact,
    *,
    merge_id: str,
    sent_to: tuple[str, str],
    settings_version: int,
    by: str,
) -> list[ContactsMerged | ContactAbsorbed]:
    """An admin says that two contacts are one. `survivor`: the id of the one that stays."""
    decision = Decision(rule="manual", because="merged_by_hand", settings_version=settings_version)
    merged, went = decide_brought(survivor, absorbed, merge_id=merge_id, decision=decision, by=by)
    return [replace(merged, sent_to=sent_to), went]


def decide_brought(
    survivor: str, absorbed: Contact, *, merge_id: str, decision: Decision, by: str
) -> tuple[ContactsMerged, ContactAbsorbed]:
    """A contact brings all that it has into another one."""
    brought = Brought(
        records=tuple(absorbed.records.values()), by_hand=listing_its_number(absorbed)
    )
    return (
        ContactsMerged(
            stream=survivor,
            merge_id=merge_id,
            absorbed=absorbed.contact_id,
            brought=brought,
            decision=decision,
            by=by,
        ),
        ContactAbsorbed(stream=absorbed.contact_id, survivor=survivor, merge_id=merge_id, by=by),
    )


def decide_separated(
    contact_id: str, *, a: str, b: str, because_of: str | None = None, by: str
) -> list[ContactsSeparated]:
    """An admin says that two contacts are not one. `contact_id`: the one that `a` leads to."""
    return [ContactsSeparated(stream=contact_id, a=a, b=b, because_of=because_of, by=by)]
