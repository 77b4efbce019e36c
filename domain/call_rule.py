"""THE CALL RULE: which contact or lead an activity belongs to.

| who holds the number of a call or message     | it belongs to                              |
| --------------------------------------------- | ------------------------------------------ |
| one contact or imported lead                  | that one                                   |
| several                                       | contacts before leads, then the most       |
|                                               | recently updated, then the oldest id       |
| nobody; it spells that it is withheld         | nobody                                     |
| nobody exactly, exactly one with an extension | that one                                   |
| a captured lead                               | that one                                   |
| nobody                                        | a lead that is captured for the number     |
| the number is withheld, or no identifier      | nobody                                     |

An agent's assignment takes precedence over this table while the contact is live. Order of this
file: the state of an activity, then the decisions.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, assert_never

from domain import events
from domain.activities import Activity, Call, LinkedBy, called, spells_withheld
from domain.events import ActivityEvent, Recorded
from domain.lead_rule import decide_captured
from domain.matching import Candidate, most_recently_updated
from domain.value import Value, replace


class LinkedActivity(Value, frozen=True, kw_only=True):
    """An activity and the contact it is linked to.

    `contact_id`: the contact or lead that it was linked to, which may be absorbed meanwhile; None
    if its number is withheld. `assigned`: the contact that somebody assigned it to. `first`: the
    position of its first event.
    """

    activity_id: str
    activity: Activity
    contact_id: str | None
    linked_by: LinkedBy
    assigned: str | None = None
    lead_id: str
    first: int
    version: int


def evolve_activity(known: LinkedActivity | None, recorded: Recorded) -> LinkedActivity:
    """The activity after an event of its stream. Raises ValueError for a wrong event."""
    event = recorded.event
    if not isinstance(event, ActivityEvent):
        raise ValueError(f"{event.TOPIC} is not an event of an activity")  # noqa: TRY004
    if isinstance(event, events.CallLinked | events.MessageLinked):
        if known is not None:
            raise ValueError(f"{event.TOPIC} begins a stream")
        return LinkedActivity(
            activity_id=event.stream,
            activity=event.call if isinstance(event, events.CallLinked) else event.message,
            contact_id=event.contact_id,
            linked_by=event.linked_by,
            lead_id=event.lead_id,
            first=recorded.position,
            version=recorded.version,
        )
    if known is None:
        raise ValueError(f"{event.TOPIC} needs an activity")
    match event:
        case events.CallAssigned():
            return replace(
                known,
                contact_id=event.contact_id,
                linked_by="assigned",
                assigned=event.contact_id,
                version=recorded.version,
            )
        case events.ActivityMoved():
            return replace(
                known,
                contact_id=event.contact_id,
                linked_by=event.linked_by,
                assigned=event.assigned,
                version=recorded.version,
            )
        case _ as never:
            assert_never(never)


class Link(NamedTuple):
    """The contact of an activity, and how it was chosen; a `new_lead` still has to be captured."""

    contact_id: str | None
    linked_by: LinkedBy


def link(
    activity: Activity, holders: Sequence[Candidate], with_extension: Sequence[Candidate]
) -> Link | None:
    """Link an activity by its number. Returns None if a lead must be captured for it.

    `holders`: the live contacts and leads that hold exactly the number; `with_extension`: those
    that hold it with an extension, used only if no contact or imported lead holds it exactly.
    """
    if called(activity) is None:
        return Link(None, "withheld")
    owner = owner_of_number(holders, with_extension)
    if spells_withheld(activity) and (owner is None or owner.step not in EXACTLY):
        return Link(None, "withheld")
    if owner is None:
        return None
    is_alone = owner.step not in {"first_contact", "most_recent"}
    return Link(owner.contact_id, "number" if is_alone else "most_recent")


OwnerStep = Literal["alone", "first_contact", "most_recent", "alone_with_extension", "captured"]
EXACTLY: frozenset[OwnerStep] = frozenset({"alone", "first_contact", "most_recent"})
"""The steps by which a contact or imported lead that holds exactly the number was chosen."""


class Owner(NamedTuple):
    """The contact or lead that has a number, and the step of the table that chose it.

    `alone`: nobody else holds it. `first_contact`: the only contact, beside leads. `most_recent`:
    of several of its kind. `among`: how many of its kind hold it.
    """

    contact_id: str
    step: OwnerStep
    among: int = 1


def owner_of_number(
    holders: Sequence[Candidate], with_extension: Sequence[Candidate]
) -> Owner | None:
    """The contact or lead that has a number, if one has; the arguments are those of `link`."""
    exact = without_captured(holders)
    if exact:
        first = _first(exact)
        among = sum(each.kind == first.kind for each in exact)
        if len(exact) == 1:
            return Owner(first.contact_id, "alone")
        return Owner(first.contact_id, "first_contact" if among == 1 else "most_recent", among)
    longer = without_captured(with_extension)
    if len(longer) == 1:
        return Owner(longer[0].contact_id, "alone_with_extension")
    return Owner(holders[0].contact_id, "captured") if holders else None


def without_captured(holders: Sequence[Candidate]) -> list[Candidate]:
    """The contacts and imported leads among those who hold a number."""
    return [each for each in holders if each.kind != "captured_lead"]


def in_order(holders: Iterable[Candidate]) -> list[Candidate]:
    """Holders of a number as the rule asks them: contacts, then leads."""
    return sorted(holders, key=_asked_first)


def _first(holders: Sequence[Candidate]) -> Candidate:
    return min(holders, key=_asked_first)


def _asked_first(holder: Candidate) -> tuple[bool, int, str]:
    return holder.kind != "contact", *most_recently_updated(holder)


def decide_recorded(
    activity: Activity, linked: Link | None, *, activity_id: str, lead_id: str, by: str
) -> list[events.CallLinked | events.MessageLinked | events.LeadCaptured]:
    """Record and link an activity that arrives, and capture a lead if it needs one."""
    to = linked or Link(lead_id, "new_lead")
    event: events.CallLinked | events.MessageLinked
    if isinstance(activity, Call):
        event = events.CallLinked(
            stream=activity_id,
            call=activity,
            contact_id=to.contact_id,
            linked_by=to.linked_by,
            lead_id=lead_id,
            by=by,
        )
    else:
        event = events.MessageLinked(
            stream=activity_id,
            message=activity,
            contact_id=to.contact_id,
            linked_by=to.linked_by,
            lead_id=lead_id,
            by=by,
        )
    return [event] if linked else [event, *decide_captured(activity, activity_id, lead_id, by)]


def decide_linked_anew(
    known: LinkedActivity, linked: Link | None, *, lead_id: str, by: str
) -> list[events.ActivityMoved | events.LeadCaptured]:
    """Link an activity again after its contact was deleted or restored.

    Rules: "Deleting a contact takes its records and identifiers out; its activities are linked
    anew". `lead_id`: the id of the lead that it might need.
    """
    to = linked or Link(lead_id, "new_lead")
    if to == (known.contact_id, known.linked_by):
        return []
    moved = events.ActivityMoved(
        stream=known.activity_id,
        contact_id=to.contact_id,
        linked_by=to.linked_by,
        assigned=known.assigned,
        by=by,
    )
    if linked:
        return [moved]
    return [moved, *decide_captured(known.activity, known.activity_id, lead_id, by)]


def decide_assigned(
    known: LinkedActivity, contact_id: str, *, by: str
) -> list[events.CallAssigned]:
    """An agent assigns a call to a contact. Recorded even if it changes nothing now."""
    return [events.CallAssigned(stream=known.activity_id, contact_id=contact_id, by=by)]
