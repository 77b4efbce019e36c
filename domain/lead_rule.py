"""Captured leads: when a number becomes one, and when its activities go to a contact.

A number that called or was called and that nobody holds is a lead, until a contact or an imported
lead comes to hold it.
"""

from collections.abc import Sequence

from domain.activities import Activity
from domain.events import ContactAbsorbed, LeadAttached, LeadCaptured
from domain.matching import Candidate


def decide_captured(
    activity: Activity, activity_id: str, lead_id: str, by: str
) -> list[LeadCaptured]:
    """An activity's number belongs to nobody: a lead is captured for it.

    `lead_id`: the id that the activity brought for it. Raises ValueError for a withheld number.
    """
    if activity.number is None:
        raise ValueError("a withheld number is nobody's")
    return [LeadCaptured(stream=lead_id, number=activity.number, activity=activity_id, by=by)]


def lead_again(lead_id: str, position: int) -> str:
    """The id of a lead that is captured once more for an activity: the same in every replay.

    `lead_id`: the one that the activity brought; `position`: of the event that its contact went by.
    """
    return f"{lead_id}.{position}"


def lead_brought(contact_id: str) -> str:
    """Of the id of a captured lead, the one that its activity brought."""
    return contact_id.partition(".")[0]


def decide_attached(
    contact_id: str, leads: Sequence[Candidate], *, by: str
) -> list[LeadAttached | ContactAbsorbed]:
    """A contact or an imported lead came to hold captured numbers: their activities go along.

    That is not a merge of two contacts: no rule is asked.
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
