"""What a contact shows after edits by hand: of its lists, and of its attributes."""

from domain.events import ContactEdited
from domain.identifiers import ContactPoint
from domain.shown import ShownAttribute, ShownPoint, union, whole
from domain.value import replace
from tests.domain.contact_events import (
    EDITED,
    IMPORTED,
    MERGED,
    NUMBER,
    RECORD,
    came,
    edited,
    live,
    phones,
    sent_again,
    shown,
)
from tests.domain.merge_rule.expected import merged
from tests.messages import ADMIN, JOHN, JOHN_TOO, MARY, ROW, csv_row, day


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
