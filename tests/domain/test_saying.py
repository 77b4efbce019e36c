"""The values of a contact that a fold remembers are those that the contact shows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import saying
from domain.contact import Contact, State
from domain.contact_fold import evolve, fold
from domain.decisions import Decision
from domain.events import (
    ContactEdited,
    ContactEvent,
    ContactImported,
    ContactsMerged,
    Recorded,
    RecordUpdated,
    RecordWithdrawn,
)
from domain.identifiers import ContactPoint
from domain.records import Record
from domain.saying import Saying
from domain.shown import Shown, says, whole
from domain.value import replace
from tests.messages import ADMIN, JOHN, JOHN_TOO, MARY, hubspot_contact

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
DECISION = Decision(rule="phone", because="phone_matched")

numbers = st.lists(st.sampled_from([JOHN, JOHN_TOO, MARY, "n/a"]), max_size=3, unique=True)
emails = st.lists(st.sampled_from(["a@b.test", "c@d.test"]), max_size=2, unique=True)
names = st.none() | st.sampled_from(["one", "two"])
times = st.none() | st.integers(-3, 3).map(lambda hours: NOON + timedelta(hours=hours))
records = st.builds(
    lambda phones, emails, name, at: hubspot_contact("1", name, phones, emails, at, city=name),
    st.none() | numbers,
    st.none() | emails,
    names,
    times,
)
of_any = st.integers(0, 20)
steps = st.lists(
    st.tuples(st.just("merged"), records)
    | st.tuples(st.just("again"), of_any, records)
    | st.tuples(st.just("again"), of_any, records)
    | st.tuples(st.just("edited"), names, numbers, numbers)
    | st.tuples(st.just("withdrawn"), of_any),
    max_size=25,
)


def event_of(contact: Contact, position: int, step: tuple[Any, ...]) -> ContactEvent | None:
    held = [*contact.records]
    match step:
        case "merged", record:
            return merged(f"r{position}", record)
        case "again", number, record if held:
            return again(held[number % len(held)], record)
        case "edited", name, added, removed:
            return ContactEdited(
                stream="c1",
                sent_to="c1",
                set={"name": name} if name else {},
                cleared=() if name else ("name",),
                phones_added=tuple(ContactPoint(each, each) for each in added),
                phones_removed=tuple(removed),
                by=ADMIN,
            )
        case "withdrawn", number if held:
            return RecordWithdrawn(stream="c1", record_id=held[number % len(held)], by=ADMIN)
    return None


def merged(record_id: str, record: Record) -> ContactsMerged:
    return ContactsMerged(
        stream="c1",
        merge_id=record_id,
        absorbed=record_id,
        record=record,
        decision=DECISION,
        by=ADMIN,
    )


def again(record_id: str, record: Record) -> RecordUpdated:
    return RecordUpdated(stream="c1", record_id=record_id, record=record, by=ADMIN)


def imported(record: Record) -> ContactImported:
    return ContactImported(stream="c1", record=record, decision=DECISION, by=ADMIN)


@settings(max_examples=400)
@given(records, steps)
def test_a_contact_is_updated_when_it_says_something_else(
    first: Record, taken: list[tuple[Any, ...]]
) -> None:
    remembered = Saying()
    contact: State = evolve(None, Recorded(1, 1, NOON, imported(first)), remembered)
    for place, step in enumerate(taken, start=2):
        assert isinstance(contact, Contact)
        event = event_of(contact, place, step)
        if event is None:
            continue
        at = NOON + timedelta(hours=place / 8)
        before, recorded = contact, Recorded(place, contact.version + 1, at, event)
        contact = evolve(before, recorded, remembered)
        if not isinstance(contact, Contact):
            return  # nothing is left of it
        if isinstance(event, RecordUpdated):
            assert (contact.updated == place) == (says(before) != says(contact))
        assert contact == evolve(before, recorded)


def test_however_often_records_come_again_all_of_them_are_read_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[int] = []

    def counted(contact: Contact) -> Shown:
        read.append(len(contact.records))
        return whole(contact)

    monkeypatch.setattr(saying, "whole", counted)
    record = hubspot_contact("1", "John", [JOHN])
    events: list[ContactEvent] = [imported(record)]
    for number in range(200):
        events += [
            merged(f"r{number}", record),
            again(f"r{number // 2}", replace(record, name=f"{number}")),
            again("c1", replace(record, attributes={"city": f"{number}"})),
        ]
    log = (Recorded(place, place, NOON, each) for place, each in enumerate(events, start=1))
    contact = fold(log)
    assert isinstance(contact, Contact)
    assert contact.updated == len(events)
    assert len(read) == 1
