"""Link activities to contacts: when they arrive, and when contacts get numbers, go or return."""

from collections.abc import Iterable, MutableMapping

from application.ports import Work
from domain.activities import Activity, called, spells_withheld
from domain.call_rule import (
    Link,
    LinkedActivity,
    decide_linked_anew,
    decide_recorded,
    link,
    without_captured,
)
from domain.identifiers import Identifier
from domain.lead_rule import decide_attached, lead_again


def take_activity(
    work: Work, activity: Activity, *, activity_id: str, lead_id: str, by: str
) -> None:
    """Link an activity that arrives."""
    events = decide_recorded(
        activity, link_by_number(work, activity), activity_id=activity_id, lead_id=lead_id, by=by
    )
    work.append(events)


def link_by_number(work: Work, activity: Activity) -> Link | None:
    """Return the link of an activity by its number; None if a lead must be captured for it."""
    number = called(activity)
    holders = work.candidates([number], [number]).among if number else []
    with_extension = work.with_extension(number) if number and not without_captured(holders) else []
    return link(activity, holders, with_extension)


def attach_leads(
    work: Work, contact_id: str, identifiers: Iterable[Identifier], *, by: str
) -> None:
    """Attach captured leads to a contact that now holds their numbers."""
    leads = work.captured_leads(contact_id, identifiers)
    if leads:
        work.append(decide_attached(contact_id, leads, by=by))


def link_anew_if_gone(work: Work, contact_id: str, *, position: int, by: str) -> None:
    """Link the activities of a contact again if it is no longer live.

    `position`: of the event that removed the contact. If it has very many, it is decided now where
    each number goes, and a job links the others.
    """
    head = work.survivor(contact_id)
    if head is None or head.is_live:
        return
    most = work.most_linked_at_once
    some = work.activities_of(contact_id, None if most is None else most + 1)
    there_are_more = most is not None and len(some) > most
    if there_are_more:
        first = {each.activity_id: each for each in work.first_activities_of(contact_id)}
        some = [*first.values(), *(each for each in some[:-1] if each.activity_id not in first)]
    links: dict[str, Link] = {}
    link_anew(work, some, links, position=position, by=by)
    if there_are_more:
        work.link_later(contact_id, links, position=position, by=by)


def link_anew(
    work: Work,
    activities: Iterable[LinkedActivity],
    links: MutableMapping[str, Link],
    *,
    position: int,
    by: str,
) -> bool:
    """Link activities of a contact that is gone, in the order of their arrival.

    `links`: where each number goes, which is decided with the first of its activities. A lead that
    must be captured gets an id that is the same in every replay. Returns whether any of them moved.
    """
    before = work.next_position
    for known in sorted(activities, key=lambda each: each.first):
        lead_id = lead_again(known.lead_id, position)
        linked = _as_assigned(work, known)
        number = called(known.activity)
        if linked is None and (number is None or spells_withheld(known.activity)):
            linked = link_by_number(work, known.activity)
        elif linked is None and number is not None:
            linked = _still_there(work, links.get(number.value))
            linked = linked or link_by_number(work, known.activity)
            links[number.value] = linked or Link(lead_id, "number")
        work.append(decide_linked_anew(known, linked, lead_id=lead_id, by=by))
    return work.next_position > before


def _still_there(work: Work, link: Link | None) -> Link | None:
    """A link, unless somebody deleted its contact since it was decided."""
    contact = work.survivor(link.contact_id) if link and link.contact_id else None
    return link if contact and contact.is_live else None


def bring_assigned_back(work: Work, contact_id: str, *, by: str) -> None:
    """Give a contact that was restored the activities back that were assigned to it by hand."""
    for known in work.assigned_to(contact_id):
        linked = _as_assigned(work, known)
        if linked is not None:
            work.append(decide_linked_anew(known, linked, lead_id=known.lead_id, by=by))


def _as_assigned(work: Work, known: LinkedActivity) -> Link | None:
    """Return the link that an agent chose; None if there is none or its contact is not live."""
    if known.assigned is None:
        return None
    contact = work.survivor(known.assigned)
    return Link(known.assigned, "assigned") if contact and contact.is_live else None
