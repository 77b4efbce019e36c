"""The fold of a contact's own stream: which events may follow, and the state they give."""

import pytest

from domain.contact import AbsorbedContact, Contact, DeletedContact
from domain.contact_fold import evolve, fold
from domain.events import Brought, Event, Recorded, RecordWithdrawn
from domain.hand_edits import ByHand, HandPoint, HandValue
from domain.identifiers import ContactPoint
from domain.shown import ShownPoint, union, whole
from domain.value import replace
from tests.domain.contact_events import (
    ABSORBED,
    ATTACHED,
    BEGIN,
    CAPTURED,
    DELETED,
    EDITED,
    EVERY,
    IMPORTED,
    LEAD,
    MERGED,
    MERGED_BY_AN_UNDO,
    MERGED_BY_HAND,
    NO_EVENTS_OF_A_CONTACT,
    NUMBER,
    OF_A_LIVE_ONE,
    OF_ANY,
    RECORD,
    REPLAYED,
    RESTORED,
    SEPARATED,
    UNDONE,
    WITHDRAWN,
    after,
    came,
    edited,
    live,
    merged_by_hand,
    phones,
    recorded,
    sent_again,
    shown,
)
from tests.domain.merge_rule.expected import imported
from tests.given_when_then import given
from tests.messages import ADMIN, JOHN, MARY, NOON, ROW, Withdrawal, csv_row, day, hubspot_contact


class TestWhatMayFollow:
    """Each event may follow in some states of a contact's stream, and in no other."""

    @pytest.mark.parametrize("event", EVERY, ids=lambda event: event.TOPIC)
    @pytest.mark.parametrize(
        ("state", "may_follow"),
        [
            ([], [*BEGIN, REPLAYED]),
            ([IMPORTED], [*OF_A_LIVE_ONE, *OF_ANY, REPLAYED]),
            ([IMPORTED, DELETED], [RESTORED, *OF_ANY, REPLAYED]),
            ([IMPORTED, WITHDRAWN], [RESTORED, *OF_ANY, REPLAYED]),
            ([IMPORTED, ABSORBED], [*OF_ANY, REPLAYED]),
        ],
        ids=["none", "live", "deleted", "left without records", "absorbed"],
    )
    def test_these_and_no_others(
        self, state: list[Event], may_follow: list[Event], event: Event
    ) -> None:
        before = after(*state)
        next_one = recorded(*state, event)[-1]
        if event in may_follow:
            assert evolve(before, next_one).version == len(state) + 1
        else:
            with pytest.raises(ValueError, match=event.TOPIC):
                evolve(before, next_one)

    @pytest.mark.parametrize("state", [[], [IMPORTED], [IMPORTED, DELETED], [IMPORTED, ABSORBED]])
    @pytest.mark.parametrize("event", NO_EVENTS_OF_A_CONTACT, ids=lambda event: event.TOPIC)
    def test_events_of_the_account_and_of_activities_never(
        self, state: list[Event], event: Event
    ) -> None:
        with pytest.raises(ValueError, match=event.TOPIC):
            after(*state, event)

    @pytest.mark.parametrize(
        "event",
        [sent_again(RECORD, "c9"), RecordWithdrawn(stream="c1", record_id="c9", by=ADMIN)],
        ids=["updated", "withdrawn"],
    )
    def test_a_record_that_a_contact_does_not_hold_is_not_changed_there(self, event: Event) -> None:
        with pytest.raises(ValueError, match="c9"):
            after(IMPORTED, event)

    def test_a_merge_that_brings_nothing_is_none(self) -> None:
        with pytest.raises(ValueError, match="ContactsMerged"):
            after(IMPORTED, replace(MERGED, record=None))

    @pytest.mark.parametrize(
        "event",
        [
            replace(REPLAYED, status="absorbed"),
            replace(REPLAYED, created_at=None),
            replace(REPLAYED, status="deleted", updated_at=None),
        ],
    )
    def test_a_replayed_contact_has_all_that_its_status_needs(self, event: Event) -> None:
        with pytest.raises(ValueError, match="ContactReplayed"):
            after(IMPORTED, event)


def test_nothing_is_no_contact() -> None:
    assert fold([]) is None


def test_a_contact_begins_with_the_record_that_it_is_named_after() -> None:
    contact = fold([Recorded(7, 1, NOON, IMPORTED)])
    assert isinstance(contact, Contact)
    assert list(contact.records) == ["c1"] == [contact.contact_id]
    assert (contact.version, contact.updated) == (1, 7)
    assert (contact.by_hand, contact.captured) == (ByHand(), None)
    assert contact.created_at == contact.updated_at == NOON


def test_the_fold_is_what_its_events_made_of_it_one_by_one() -> None:
    story = given(RECORD, csv_row("Row", [JOHN]), LEAD, Withdrawal("2", kind="lead"))
    log = story.account.log
    for key, state in story.account.states.items():
        assert fold([each for each in log if each.event.stream == key]) == state


def test_every_event_raises_the_version_and_only_what_is_said_the_update() -> None:
    newer = sent_again(replace(RECORD, updated_at=day(4)))
    same = edited({"name": "John"})
    contact = live(IMPORTED, MERGED, newer, same, UNDONE, SEPARATED, MERGED_BY_AN_UNDO, ATTACHED)
    assert (contact.version, contact.updated, contact.updated_at) == (8, 2, came(2))
    assert live(IMPORTED, MERGED, newer, EDITED).updated == 4


@pytest.mark.parametrize("event", [*OF_ANY, ATTACHED], ids=lambda event: event.TOPIC)
def test_what_is_only_noted_changes_nothing_but_the_version(event: Event) -> None:
    assert live(IMPORTED, MERGED, event) == replace(live(IMPORTED, MERGED), version=3)


def test_a_record_that_is_sent_again_and_again_does_not_grow() -> None:
    """It keeps only the messages from which a field still comes."""
    story = given(RECORD)
    for number in range(40):
        story.when(hubspot_contact("1", f"John {number}", [JOHN], updated_at=day(4)))
    (record,) = story.account.live["c1"].records.values()
    assert record.fields["name"].value == "John 39"
    assert len(record.said) <= 3


class TestDeleted:
    def test_a_deleted_contact_keeps_its_records_and_what_was_written_into_it(self) -> None:
        before = live(IMPORTED, MERGED, EDITED)
        assert after(IMPORTED, MERGED, EDITED, DELETED) == DeletedContact(
            contact_id="c1",
            records=before.records,
            by_hand=before.by_hand,
            created_at=came(1),
            updated=4,
            updated_at=came(4),
            version=4,
        )
        assert list(before.records) == ["c1", "c2"]

    def test_a_contact_left_without_records_is_deleted_and_keeps_none(self) -> None:
        of_lead = RecordWithdrawn(stream="c1", record_id="c2", by=ADMIN)
        assert after(IMPORTED, MERGED, WITHDRAWN, of_lead) == DeletedContact(
            contact_id="c1",
            records={},
            created_at=came(1),
            updated=4,
            updated_at=came(4),
            version=4,
        )

    def test_a_contact_without_records_lives_on_by_what_was_written_into_it(self) -> None:
        contact = live(IMPORTED, EDITED, WITHDRAWN)
        assert (contact.records, shown(contact)) == ({}, {"name": "Mr Jones"})
        assert whole(contact).kind == "contact"
        added = live(IMPORTED, edited(added=(NUMBER,)), WITHDRAWN)
        assert (added.records, phones(added)) == ({}, [MARY])
        assert isinstance(after(IMPORTED, edited(cleared=("name",)), WITHDRAWN), DeletedContact)

    def test_a_contact_is_deleted_once_nothing_that_was_written_into_it_is_left(self) -> None:
        cleared = edited(cleared=("name",))
        assert isinstance(after(IMPORTED, EDITED, WITHDRAWN, cleared), DeletedContact)

    def test_restored_it_is_what_it_was_and_updated_now(self) -> None:
        before = live(IMPORTED, MERGED, EDITED)
        assert live(IMPORTED, MERGED, EDITED, DELETED, RESTORED) == replace(
            before, version=5, updated=5, updated_at=came(5)
        )

    def test_restored_it_is_without_the_records_that_came_again_meanwhile(self) -> None:
        restored = live(IMPORTED, MERGED, DELETED, replace(RESTORED, superseded=("c1",)))
        assert list(restored.records) == ["c2"]
        assert whole(restored).kind == "lead"


class TestAbsorbed:
    @pytest.mark.parametrize("merge_id", ["m9", None])
    def test_it_leads_to_its_survivor_and_has_nothing_of_its_own(
        self, merge_id: str | None
    ) -> None:
        assert after(IMPORTED, MERGED, replace(ABSORBED, merge_id=merge_id)) == AbsorbedContact(
            contact_id="c1", survivor="c9", merge_id=merge_id, version=3
        )

    def test_its_survivor_has_what_it_brought(self) -> None:
        (lead,) = MERGED_BY_HAND.brought.records if MERGED_BY_HAND.brought else ()
        contact = live(IMPORTED, MERGED_BY_HAND)
        assert contact.records == {**live(IMPORTED).records, "c2": lead}
        assert (contact.updated, contact.updated_at) == (2, came(2))
        assert phones(contact) == [JOHN, ROW]

    def test_of_what_was_written_into_both_the_later_holds(self) -> None:
        brought = ByHand(
            fields={
                "name": HandValue("Earlier", 1, came(1)),
                "city": HandValue("Boone", 1, came(1)),
                "title": HandValue("Chef", 5, came(5)),
            },
            phones=(HandPoint(NUMBER, 5, came(5)), HandPoint(ContactPoint(ROW, ROW), 1, came(1))),
        )
        edit = edited({"name": "Later", "title": "Cook"}, added=(replace(NUMBER, label="work"),))
        contact = live(IMPORTED, edit, merged_by_hand(Brought(by_hand=brought)))
        assert shown(contact) == {"name": "Later", "city": "Boone", "title": "Chef"}
        assert [(each.point.key, each.point.label) for each in contact.by_hand.phones] == [
            (ROW, None),
            (MARY, "work"),
        ]


class TestCapturedLead:
    def test_it_has_its_number_and_no_record(self) -> None:
        lead = live(CAPTURED)
        assert (whole(lead).kind, lead.records, lead.captured) == ("lead", {}, NUMBER)
        assert union(lead, "phone") == {
            MARY: ShownPoint(MARY, "319-555-0100", matchable=True, records=(), label="home")
        }

    @pytest.mark.parametrize("event", [edited({"name": "Mary"}), MERGED_BY_HAND])
    def test_edited_or_merged_by_hand_it_is_a_contact_that_lists_its_number(
        self, event: Event
    ) -> None:
        contact = live(CAPTURED, event)
        assert contact.captured is None
        assert contact.by_hand.phones == (HandPoint(NUMBER, 1, came(1)),)
        assert union(contact, "phone")[MARY].by_hand

    def test_edited_it_is_of_kind_contact(self) -> None:
        assert whole(live(CAPTURED, edited({"name": "Mary"}))).kind == "contact"

    def test_an_edit_that_takes_its_number_and_says_nothing_else_deletes_it(self) -> None:
        assert isinstance(after(CAPTURED, edited(removed=(MARY,))), DeletedContact)


class TestReplayed:
    """After an undo the event says what came and what left; the rest stays."""

    def test_records_come_and_leave_and_the_others_stay(self) -> None:
        (mary,) = live(
            imported("c3", RECORD, rule="phone", because="no_identifier")
        ).records.values()
        event = replace(REPLAYED, captured=None, records=(mary,), records_left=("c1",))
        contact = live(IMPORTED, MERGED, EDITED, event)
        before = live(IMPORTED, MERGED)
        assert contact.records == {"c2": before.records["c2"], "c3": mary}
        assert contact.by_hand == ByHand()

    def test_all_else_is_what_the_event_says(self) -> None:
        by_hand = ByHand(fields={"name": HandValue("Mr Jones", 2, came(2))})
        assert live(replace(REPLAYED, by_hand=by_hand)) == Contact(
            contact_id="c1",
            records={},
            by_hand=by_hand,
            captured=NUMBER,
            created_at=day(1),
            updated=7,
            updated_at=day(2),
            version=1,
        )

    def test_a_deleted_one_keeps_what_it_has(self) -> None:
        deleted = after(IMPORTED, replace(REPLAYED, status="deleted", captured=None))
        assert deleted == DeletedContact(
            contact_id="c1",
            records=live(IMPORTED).records,
            created_at=day(1),
            updated=7,
            updated_at=day(2),
            version=2,
        )

    def test_an_absorbed_one_may_live_again_and_a_live_one_be_absorbed(self) -> None:
        absorbed = replace(REPLAYED, status="absorbed", survivor="c9", merge_id="m8")
        assert after(IMPORTED, absorbed) == AbsorbedContact(
            contact_id="c1", survivor="c9", merge_id="m8", version=2
        )
        record = live(IMPORTED).records["c1"]
        again = live(IMPORTED, ABSORBED, replace(REPLAYED, captured=None, records=(record,)))
        assert (again.records, again.version) == ({"c1": record}, 3)
