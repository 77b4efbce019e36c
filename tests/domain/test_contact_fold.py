"""The fold of a contact's own stream: which events may follow, and the state they give."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.contact import AbsorbedContact, Contact, DeletedContact, State
from domain.contact_fold import evolve, fold
from domain.decisions import Decision
from domain.events import (
    AccountOpened,
    ActivityMoved,
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
from domain.hand_edits import ByHand, HandPoint, HandValue
from domain.held_records import Said, hold_record
from domain.identifiers import ContactPoint
from domain.records import Record
from domain.settings import MergeSettings
from domain.shown import ShownAttribute, ShownPoint, union, whole
from tests.domain.merge_rule.expected import imported, merged
from tests.given_when_then import given
from tests.messages import (
    ADMIN,
    JOHN,
    JOHN_TOO,
    MARY,
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
MERGED = merged("c1", "c2", LEAD, rule="phone", because="phone_matched", matched=[phone(JOHN)])
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
OF_ANY: list[Event] = [UNDONE, SEPARATED, MERGED_BY_AN_UNDO]
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


class TestEditOfAList:
    def test_a_number_that_was_removed_is_hidden_and_the_records_go_on_listing_it(self) -> None:
        contact = live(IMPORTED, MERGED, edited(removed=(JOHN,)))
        assert phones(contact) == [ROW]
        listed = [each.phones.points for each in contact.records.values() if each.phones]
        assert [[(held.point.key, held.hidden) for held in points] for points in listed] == [
            [(JOHN, True)],
            [(JOHN, True), (ROW, False)],
        ]
        assert contact.updated == 3

    def test_it_stays_hidden_though_its_source_lists_it_again(self) -> None:
        again = sent_again(replace(RECORD, updated_at=day(4), name="John J"))
        contact = live(IMPORTED, edited(removed=(JOHN,)), again)
        assert (phones(contact), shown(contact)["name"]) == ([], "John J")

    def test_it_shows_again_once_its_source_took_it_back_and_lists_it_anew(self) -> None:
        without = sent_again(replace(RECORD, updated_at=day(4), phones=()))
        again = sent_again(replace(RECORD, updated_at=day(5)))
        assert phones(live(IMPORTED, edited(removed=(JOHN,)), without)) == []
        assert phones(live(IMPORTED, edited(removed=(JOHN,)), without, again)) == [JOHN]

    def test_it_shows_again_once_a_record_that_comes_later_lists_it(self) -> None:
        contact = live(IMPORTED, edited(removed=(JOHN,)), MERGED)
        assert phones(contact) == [JOHN, ROW]
        assert union(contact, "phone")[JOHN].records == ("c2",)

    def test_a_number_that_was_added_is_shown_after_those_there_were(self) -> None:
        contact = live(IMPORTED, edited(added=(NUMBER,)), MERGED)
        assert phones(contact) == [JOHN, MARY, ROW]
        assert union(contact, "phone")[MARY] == ShownPoint(
            MARY, "319-555-0100", matchable=True, records=(), by_hand=True, label="home"
        )

    def test_a_number_that_was_added_can_be_removed_and_added_again(self) -> None:
        removed = edited(removed=(MARY,))
        contact = live(IMPORTED, edited(added=(NUMBER,)), removed)
        assert (phones(contact), contact.by_hand.phones) == ([JOHN], ())
        again = edited(added=(NUMBER,))
        assert phones(live(IMPORTED, edited(added=(NUMBER,)), removed, again)) == [JOHN, MARY]

    def test_a_hidden_number_that_is_added_by_hand_is_shown_as_added(self) -> None:
        number = ContactPoint(JOHN, JOHN)
        contact = live(IMPORTED, edited(removed=(JOHN,)), edited(added=(number,)))
        assert union(contact, "phone") == {
            JOHN: ShownPoint(JOHN, JOHN, matchable=True, records=(), by_hand=True)
        }

    def test_emails_are_a_list_of_their_own(self) -> None:
        edit = ContactEdited(
            stream="c1",
            sent_to="c1",
            emails_added=(ContactPoint("J@b.test", "j@b.test"),),
            emails_removed=("john@b.test",),
            by=ADMIN,
        )
        contact = live(IMPORTED, edit)
        assert (phones(contact), list(union(contact, "email"))) == ([JOHN], ["j@b.test"])


class TestEditOfAnAttribute:
    def test_it_is_shown_as_set_by_hand_whatever_the_records_time(self) -> None:
        contact = live(IMPORTED, EDITED)
        assert whole(contact).attributes == {"name": ShownAttribute("Mr Jones", None, (came(2), 2))}

    def test_it_yields_to_a_newer_record_seen_since(self) -> None:
        row = merged(
            "c1",
            "c2",
            csv_row("Row", [JOHN_TOO]),
            rule="csv",
            because="phone_matched",
            matched=[],
        )
        assert shown(live(IMPORTED, EDITED, row)) == {"name": "Row"}
        assert shown(live(IMPORTED, row, EDITED)) == {"name": "Mr Jones"}

    def test_it_does_not_yield_to_an_older_record_that_arrives_late(self) -> None:
        assert shown(live(IMPORTED, EDITED, MERGED)) == {"name": "Mr Jones"}

    def test_it_yields_to_a_newer_message_that_changes_what_its_record_said(self) -> None:
        changes = sent_again(replace(RECORD, updated_at=came(3), name="Jonathan"))
        assert shown(live(IMPORTED, EDITED, changes)) == {"name": "Jonathan"}

    def test_it_does_not_yield_to_an_older_message_that_changes_it(self) -> None:
        changes = sent_again(replace(RECORD, updated_at=day(4), name="Jonathan"))
        assert shown(live(IMPORTED, EDITED, changes)) == {"name": "Mr Jones"}

    def test_it_does_not_yield_to_a_newer_message_that_says_the_same_as_before(self) -> None:
        same = sent_again(replace(RECORD, updated_at=came(3)))
        assert shown(live(IMPORTED, EDITED, same)) == {"name": "Mr Jones"}

    def test_what_was_cleared_shows_nothing_until_it_yields(self) -> None:
        cleared = edited(cleared=("name",))
        assert shown(live(IMPORTED, cleared)) == {}
        changes = sent_again(replace(RECORD, updated_at=came(3), name="Jonathan"))
        assert shown(live(IMPORTED, cleared, changes)) == {"name": "Jonathan"}

    def test_the_later_of_two_edits_holds(self) -> None:
        assert shown(live(IMPORTED, EDITED, edited({"name": "J"}))) == {"name": "J"}
        assert shown(live(IMPORTED, EDITED, edited(cleared=("name",)))) == {}

    def test_an_edit_changes_what_it_names_alone(self) -> None:
        edit = edited({"city": "Boone"})
        assert shown(live(IMPORTED, edit)) == {"name": "John", "city": "Boone"}


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
