"""What a contact shows is the same, computed as a whole or step by step."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.contact import Contact
from domain.hand_edits import ByHand, HandValue
from domain.held_records import HeldRecord, Said, evolve_record, hold_record
from domain.records import Record
from domain.shown import (
    NOTHING_SHOWN,
    Shown,
    record_changed,
    whole,
    with_edit,
    with_held,
    with_record,
    without_record,
)
from domain.value import replace

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
NAMES = ("name", "city", "title")

texts = st.sampled_from(["one", "two", "three"])
attributes = st.dictionaries(st.sampled_from(NAMES), texts)
times = st.none() | st.integers(-3, 3).map(lambda hours: NOON + timedelta(hours=hours))
sources = st.sampled_from(
    [("csv", None, "contact"), ("integration", "hubspot", "contact")]
    + [("integration", name, "lead") for name in ("hubspot", "salesforce")]
)
edits = st.dictionaries(st.sampled_from(NAMES), st.none() | texts, min_size=1)
numbers = st.integers(0, 20)
steps = st.lists(
    st.tuples(st.just("first"), sources, attributes, times)
    | st.tuples(st.just("again"), numbers, attributes, times)
    | st.tuples(st.just("edited"), edits)
    | st.tuples(st.just("brought"), st.integers(1, 8), sources, attributes, times)
    | st.tuples(st.just("withdrawn"), numbers),
    max_size=25,
)


def record_of(source: tuple[Any, Any, Any], said: dict[str, str], at: datetime | None) -> Record:
    kind, integration, record_kind = source
    return Record(
        source=kind,
        integration=integration,
        external_id="1" if integration else None,
        kind=record_kind,
        updated_at=at,
        name=said.get("name"),
        attributes={name: value for name, value in said.items() if name != "name"},
    )


def _at(position: int) -> datetime:
    return NOON + timedelta(hours=position / 800)


class Life:
    """A contact, and what it shows step by step."""

    def __init__(self) -> None:
        self.contact = Contact(
            contact_id="1", records={}, created_at=NOON, updated=1, updated_at=NOON, version=1
        )
        self.shown: Shown = NOTHING_SHOWN

    def take(self, position: int, step: tuple[Any, ...]) -> None:
        position *= 100
        at = _at(position)
        match step:
            case "first", source, said, updated_at:
                record = record_of(source, said, updated_at)
                self._first(str(position), record, Said(position, at, updated_at))
            case "again", number, said, updated_at if self.contact.records:
                held = self._held(number)
                source = held.source, held.integration, held.kind
                record = record_of(source, said, updated_at)
                self._again(evolve_record(held, record, Said(position, at, updated_at)))
            case "edited", fields:
                self._edited({n: HandValue(value, position, at) for n, value in fields.items()})
            case "brought", ago, source, said, updated_at:
                # Another contact had it for some time; no other message has its position.
                then = max(position // 100 - ago, 0) * 100 + position // 100
                record = record_of(source, said, updated_at)
                self._brought(hold_record(str(then), record, Said(then, _at(then), updated_at)))
            case "withdrawn", number if self.contact.records:
                self._withdrawn(self._held(number))

    def _first(self, record_id: str, record: Record, said: Said) -> None:
        held = hold_record(record_id, record, said)
        self.shown = with_record(self.shown, record_id, record, said, self.contact.by_hand)
        self._has({**self.contact.records, record_id: held})

    def _again(self, held: HeldRecord) -> None:
        self.shown = record_changed(self.shown, held, self.contact.by_hand)
        self._has({**self.contact.records, held.record_id: held})

    def _edited(self, fields: dict[str, HandValue]) -> None:
        by_hand = ByHand(fields={**self.contact.by_hand.fields, **fields})
        self.contact = replace(self.contact, by_hand=by_hand)
        has_records = bool(self.contact.records)
        self.shown = with_edit(self.shown, fields, by_hand) if has_records else whole(self.contact)

    def _brought(self, held: HeldRecord) -> None:
        self.shown = with_held(self.shown, held, self.contact.by_hand)
        self._has({**self.contact.records, held.record_id: held})

    def _withdrawn(self, gone: HeldRecord) -> None:
        left = {k: held for k, held in self.contact.records.items() if k != gone.record_id}
        newest_first = sorted(left.values(), key=lambda held: held.last_said, reverse=True)
        by_hand = self.contact.by_hand
        self.shown = without_record(self.shown, gone, iter(newest_first), by_hand)
        self._has(left)

    def _has(self, records: dict[str, HeldRecord]) -> None:
        self.contact = replace(self.contact, records=records)

    def _held(self, number: int) -> HeldRecord:
        records = [*self.contact.records.values()]
        return records[number % len(records)]


@settings(max_examples=300)
@given(steps)
def test_step_by_step_it_shows_what_it_shows_as_a_whole(taken: list[tuple[Any, ...]]) -> None:
    life = Life()
    for position, step in enumerate(taken, start=1):
        life.take(position, step)
        assert life.shown == whole(life.contact)


def test_of_very_many_records_only_the_newest_are_read_when_one_leaves() -> None:
    life = Life()
    said = {"name": "one", "city": "two"}
    for position in range(1, 101):
        life.take(position, ("first", ("integration", "hubspot", "contact"), said, None))
    *others, newest, gone = life.contact.records.values()
    read: list[HeldRecord] = []

    def newest_first() -> Any:
        for held in (newest, *reversed(others)):
            read.append(held)
            yield held

    shown = without_record(life.shown, gone, newest_first(), life.contact.by_hand)
    assert shown.attributes["name"].record_id == newest.record_id
    assert len(read) == 2


@pytest.mark.parametrize("by_hand", [None, "three"])
def test_none_is_read_where_the_one_that_leaves_shows_nothing(by_hand: str | None) -> None:
    life = Life()
    for position in (1, 2):
        life.take(position, ("first", ("csv", None, "contact"), {"name": "one"}, None))
    life.take(3, ("edited", {"name": by_hand}))

    gone = life.contact.records["100"]
    left = (pytest.fail(f"record {each} is read") for each in ("2",))
    shown = without_record(life.shown, gone, left, life.contact.by_hand)
    assert shown == life.shown._replace(records=1, contact_records=1)
