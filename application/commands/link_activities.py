"""Whose an activity is, as contacts come to hold numbers, go, and come back."""

from collections.abc import Iterable

from application.ports import Work
from domain.activities import Activity, called
from domain.call_rule import Link, LinkedActivity, decide_linked_anew, decide_recorded, link
from domain.identifiers import Identifier
from domain.lead_rule import decide_attached, lead_again


def take_activity(
    work: Work, activity: Activity, *, activity_id: str, lead_id: str, by: str
) -> None:
    """Link an activity that comes in."""
    events = decide_recorded(
        activity, link_by_number(work, activity), activity_id=activity_id, lead_id=lead_id, by=by
    )
    work.append(events)


def link_by_number(work: Work, activity: Activity) -> Link | None:
    """Whose an activity is by its number; None where a lead is to be captured for it."""
    number = called(activity)
    holders = work.candidates([number]) if number else []
    with_extension = work.with_extension(number) if number and not holders else []
    return link(activity, holders, with_extension)


def attach_leads(
    work: Work, contact_id: str, identifiers: Iterable[Identifier], *, by: str
) -> None:
    """A contact may have come to hold captured numbers."""
    leads = work.captured_leads(contact_id, identifiers)
    if leads:
        work.append(decide_attached(contact_id, leads, by=by))


def link_anew(work: Work, contact_id: str, *, position: int, by: str) -> None:
    """A contact is gone: its activities are linked anew. `position`: of the event that it went by.

    A lead that has to be captured gets an id that is the same whenever this is replayed.
    """
    for known in work.activities_of(contact_id):
        work.append(
            decide_linked_anew(
                known,
                _as_assigned(work, known) or link_by_number(work, known.activity),
                lead_id=lead_again(known.lead_id, position),
                by=by,
            )
        )


def link_anew_if_gone(work: Work, contact_id: str, *, position: int, by: str) -> None:
    """The same, if what was done to a contact has left nothing of it."""
    head = work.survivor(contact_id)
    if head is not None and not head.is_live:
        link_anew(work, contact_id, position=position, by=by)


def bring_assigned_back(work: Work, contact_id: str, *, by: str) -> None:
    """A contact is back: so are the activities that were assigned to it by hand."""
    for known in work.assigned_to(contact_id):
        linked = _as_assigned(work, known)
        if linked is not None:
            work.append(decide_linked_anew(known, linked, lead_id=known.lead_id, by=by))


def _as_assigned(work: Work, known: LinkedActivity) -> Link | None:
    """An agent's choice wins, as long as the contact lives."""
    if known.assigned is None:
        return None
    contact = work.survivor(known.assigned)
    return Link(known.assigned, "assigned") if contact and contact.is_live else None
