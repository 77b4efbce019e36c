"""The events of a contact's own stream, and the contact that they give."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from domain.contact import Contact, State
from domain.contact_fold import fold
from domain.decisions import Decision
from domain.events import (
    AccountOpened,
    ActivityMoved,
    AttentionSettled,
    Brought,
    CallAssigned,
    ContactAbsorbed,
    ContactDeleted,
    ContactEdited,
    ContactReplayed,
    ContactRestored,
    ContactsMerged,
    ContactsSeparated,
    Event,
    LeadAttached,
    LeadCaptured,
    MergeSettingsChanged,
    MergeUndone,
    Recorded,
    RecordUpdated,
    RecordWithdrawn,
)
from domain.held_records import Said, hold_record
from domain.identifiers import ContactPoint
from domain.records import Record
from domain.settings import MergeSettings
from domain.shown import union, whole
from domain.value import replace
from tests.domain.merge_rule.expected import imported, merged_by_phone
from tests.messages import ADMIN, JOHN, MARY, NOON, ROW, day, hubspot_contact, hubspot_lead

RECORD = hubspot_contact("1", "John", [JOHN], ["john@b.test"], day(3))
LEAD = hubspot_lead("2", "Lead", [JOHN, ROW], updated_at=day(2))
NUMBER = ContactPoint("319-555-0100", MARY, "home")
BY_HAND = Decision(rule="manual", because="merged_by_hand")


def came(place: int) -> datetime:
    """When the n-th event came."""
    return NOON + timedelta(minutes=place - 1)


def merged_by_hand(brought: Brought) -> ContactsMerged:
    return ContactsMerged(
        stream="c1",
        merge_id="m2",
        absorbed="c2",
        brought=brought,
        sent_to=("c1", "c2"),
        decision=BY_HAND,
        by=ADMIN,
    )


def edited(
    set: Mapping[str, str] | None = None,  # noqa: A002 - the event's own word
    cleared: tuple[str, ...] = (),
    *,
    added: tuple[ContactPoint, ...] = (),
    removed: tuple[str, ...] = (),
) -> ContactEdited:
    return ContactEdited(
        stream="c1",
        sent_to="c1",
        set=set or {},
        cleared=cleared,
        phones_added=added,
        phones_removed=removed,
        by=ADMIN,
    )


def sent_again(record: Record, record_id: str = "c1") -> RecordUpdated:
    return RecordUpdated(stream="c1", record_id=record_id, record=record, by=ADMIN)


IMPORTED = imported("c1", RECORD, rule="phone", because="nothing_matched")
CAPTURED = LeadCaptured(stream="c1", number=NUMBER, activity="a1", by=ADMIN)
REPLAYED = ContactReplayed(
    stream="c1",
    caused_by="m9",
    status="live",
    created_at=day(1),
    updated=7,
    updated_at=day(2),
    captured=NUMBER,
    by=ADMIN,
)
MERGED = merged_by_phone("c1", "c2", LEAD)
MERGED_BY_HAND = merged_by_hand(Brought(records=(hold_record("c2", LEAD, Said(9, NOON, day(2))),)))
UPDATED = sent_again(RECORD)
WITHDRAWN = RecordWithdrawn(stream="c1", record_id="c1", by=ADMIN)
EDITED = edited({"name": "Mr Jones"})
DELETED = ContactDeleted(stream="c1", sent_to="c1", by=ADMIN)
ABSORBED = ContactAbsorbed(stream="c1", survivor="c9", merge_id="m9", by=ADMIN)
ATTACHED = LeadAttached(stream="c1", lead="c8", by=ADMIN)
RESTORED = ContactRestored(stream="c1", sent_to="c1", by=ADMIN)
UNDONE = MergeUndone(stream="c1", merge_id="m9", absorbed="c9", by=ADMIN)
SEPARATED = ContactsSeparated(stream="c1", a="c1", b="c9", by=ADMIN)
MERGED_BY_AN_UNDO = replace(MERGED, record=None, caused_by="m9")

BEGIN: list[Event] = [IMPORTED, CAPTURED]
OF_A_LIVE_ONE: list[Event] = [
    MERGED,
    MERGED_BY_HAND,
    UPDATED,
    WITHDRAWN,
    EDITED,
    DELETED,
    ABSORBED,
    ATTACHED,
]
SETTLED = AttentionSettled(stream="c1", merge_id="m1", by=ADMIN)
OF_ANY: list[Event] = [UNDONE, SEPARATED, MERGED_BY_AN_UNDO, SETTLED]
EVERY: list[Event] = [*BEGIN, *OF_A_LIVE_ONE, RESTORED, *OF_ANY, REPLAYED]
NO_EVENTS_OF_A_CONTACT: list[Event] = [
    AccountOpened(settings=MergeSettings(), by=ADMIN),
    MergeSettingsChanged(settings=MergeSettings(), version=2, by=ADMIN),
    CallAssigned(stream="c1", contact_id="c1", by=ADMIN),
    ActivityMoved(stream="c1", linked_by="withheld", by=ADMIN),
]


def recorded(*events: Event) -> list[Recorded]:
    """Events as a log would number them, a minute apart."""
    return [Recorded(place, place, came(place), each) for place, each in enumerate(events, start=1)]


def after(*events: Event) -> State | None:
    return fold(recorded(*events))


def live(*events: Event) -> Contact:
    contact = after(*events)
    assert isinstance(contact, Contact)
    return contact


def phones(contact: Contact) -> list[str]:
    return list(union(contact, "phone"))


def shown(contact: Contact) -> dict[str, str]:
    return {name: each.value for name, each in whole(contact).attributes.items()}
