"""The fold of a contact's own stream: what may follow what, and what comes of it."""

from dataclasses import replace

import pytest

from domain.contact import Contact, DeletedContact, State, evolve, fold
from domain.events import (
    AccountOpened,
    Event,
    MergeSettingsChanged,
    Recorded,
    RecordUpdated,
    RecordWithdrawn,
)
from domain.settings import MergeSettings
from tests.domain.merge_rule.expected import imported, merged
from tests.given_when_then import given
from tests.messages import (
    ADMIN,
    JOHN,
    NOON,
    ROW,
    Withdrawal,
    csv_row,
    day,
    hubspot_contact,
    hubspot_lead,
    phone,
)

RECORD = hubspot_contact("1", "John", [JOHN], ["john@b.test"], day(3))
LEAD = hubspot_lead("2", "Lead", [JOHN, ROW], updated_at=day(2))
IMPORTED = imported("c1", RECORD, rule="phone", because="nothing_matched")
MERGED = merged("c1", "c2", LEAD, rule="phone", because="phone_matched", matched=[phone(JOHN)])
UPDATED = RecordUpdated(stream="c1", record_id="c1", record=RECORD, by=ADMIN)
WITHDRAWN = RecordWithdrawn(stream="c1", record_id="c1", by=ADMIN)
ACCOUNT_EVENTS: list[Event] = [
    AccountOpened(settings=MergeSettings(), by=ADMIN),
    MergeSettingsChanged(settings=MergeSettings(), version=2, by=ADMIN),
]


def recorded(*events: Event) -> list[Recorded]:
    """Events as a log would number them."""
    return [Recorded(place, place, NOON, event) for place, event in enumerate(events, start=1)]


def after(*events: Event) -> State | None:
    return fold(recorded(*events))


def test_nothing_is_no_contact() -> None:
    assert fold([]) is None


def test_a_contact_begins_with_the_record_that_it_is_named_after() -> None:
    contact = fold([Recorded(7, 1, NOON, IMPORTED)])
    assert isinstance(contact, Contact)
    assert list(contact.records) == ["c1"] == [contact.contact_id]
    assert (contact.version, contact.updated, contact.absorbed) == (1, 7, ())
    assert contact.created_at == contact.updated_at == NOON


def test_the_fold_is_what_its_events_made_of_it_one_by_one() -> None:
    story = given(RECORD, csv_row("Row", [JOHN]), LEAD, Withdrawal("2", kind="lead"))
    log = story.account.log
    for key, state in story.account.states.items():
        assert fold([each for each in log if each.event.stream == key]) == state


@pytest.mark.parametrize("event", [MERGED, UPDATED, WITHDRAWN, *ACCOUNT_EVENTS])
def test_a_stream_begins_with_an_import(event: Event) -> None:
    with pytest.raises(ValueError, match=event.TOPIC):
        after(event)


def test_a_stream_begins_once() -> None:
    with pytest.raises(ValueError, match="ContactImported"):
        after(IMPORTED, IMPORTED)


@pytest.mark.parametrize("event", ACCOUNT_EVENTS)
def test_an_event_of_the_account_is_none_of_a_contact(event: Event) -> None:
    with pytest.raises(ValueError, match=event.TOPIC):
        after(IMPORTED, event)


@pytest.mark.parametrize("event", [IMPORTED, MERGED, UPDATED, WITHDRAWN])
def test_nothing_follows_a_deletion(event: Event) -> None:
    deleted = after(IMPORTED, WITHDRAWN)
    assert isinstance(deleted, DeletedContact)
    with pytest.raises(ValueError, match=event.TOPIC):
        evolve(deleted, Recorded(3, 3, NOON, event))


@pytest.mark.parametrize(
    "event",
    [
        RecordUpdated(stream="c1", record_id="c9", record=RECORD, by=ADMIN),
        RecordWithdrawn(stream="c1", record_id="c9", by=ADMIN),
    ],
    ids=["updated", "withdrawn"],
)
def test_a_record_that_a_contact_does_not_hold_is_not_changed_there(event: Event) -> None:
    with pytest.raises(ValueError, match="c9"):
        after(IMPORTED, event)


def test_a_deleted_contact_remembers_who_leads_to_it() -> None:
    of_lead = RecordWithdrawn(stream="c1", record_id="c2", by=ADMIN)
    assert after(IMPORTED, MERGED, WITHDRAWN, of_lead) == DeletedContact(
        contact_id="c1",
        absorbed=("c2",),
        created_at=NOON,
        updated=4,
        updated_at=NOON,
        version=4,
    )


def test_every_event_raises_the_version_and_only_what_is_said_the_update() -> None:
    newer = RecordUpdated(
        stream="c1", record_id="c1", record=replace(RECORD, updated_at=day(4)), by=ADMIN
    )
    contact = after(IMPORTED, MERGED, newer)
    assert isinstance(contact, Contact)
    assert (contact.version, contact.updated) == (3, 2)


def test_a_record_that_is_sent_again_and_again_does_not_grow() -> None:
    """It keeps only the messages that a field of it still rests on."""
    story = given(RECORD)
    for number in range(40):
        story.when(hubspot_contact("1", f"John {number}", [JOHN], updated_at=day(4)))
    (record,) = story.account.live["c1"].records.values()
    assert record.fields["name"].value == "John 39"
    assert len(record.said) <= 3
