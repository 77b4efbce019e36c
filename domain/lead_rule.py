"""Captured leads: when a number becomes one, and when its activities go to a contact.

A number that called or was called and that nobody holds is a lead, until a contact or an imported
lead holds it.
"""

from collections.abc import Sequence

from domain.activities import Activity
from domain.events import ContactAbsorbed, LeadAttached, LeadCaptured
from domain.matching import Candidate


def decide_captured(
    activity: Activity, activity_id: str, lead_id: str, by: str
) -> list[LeadCaptured]:
    """A number is nobody's: a lead is captured for it. Raises ValueError if it is withheld."""
    if activity.number is None:
        raise ValueError("a withheld number is nobody's")
    return [LeadCaptured(stream=lead_id, number=activity.number, activity=activity_id, by=by)]


def lead_again(lead_id: str, position: int) -> str:
    """The id of a lead that is captured again for an activity: the same in every replay.

    `lead_id`: came with the activity; `position`: of the event that removed its contact.
    """
    return f"{lead_id}.{position}"


def lead_brought(contact_id: str) -> str:
    """The id that came with an activity, from the id of the lead captured for it."""
    return contact_id.partition(".")[0]


def decide_attached(
    contact_id: str, leads: Sequence[Candidate], *, by: str
) -> list[LeadAttached | ContactAbsorbed]:
    """A contact or an imported lead now holds captured numbers and gets their activities.

    This is not a merge of two contacts, so no merge rule applies.
    """
    return [
        event
        for lead in leads
        if lead.kind == "captured_lead" and lead.contact_id != contact_id
        for event in (
            LeadAttached(stream=contact_id, lead=lead.contact_id, by=by),
            ContactAbsorbed(stream=lead.contact_id, survivor=contact_id, by=by),
        )
    ]
