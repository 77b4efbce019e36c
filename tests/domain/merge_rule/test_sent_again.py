"""A record that its source sends again is never matched again: docs/rules.md, "The merge rule".

It is newer or older field by field: "What a merged contact says".
"""

from datetime import timedelta

import pytest

from domain.settings import MergeSettings, Rule
from tests.domain.merge_rule.expected import merged, updated
from tests.given_when_then import given
from tests.messages import (
    JOHN,
    JOHN_TOO,
    MARY,
    NOON,
    ROW,
    csv_row,
    day,
    entered,
    hubspot_contact,
    hubspot_lead,
    phone,
)

JOHN_JONES = hubspot_contact("1", "John Jones", [JOHN], ["john@b.test"], day(5), city="Ames")


def test_it_updates_what_it_said_before() -> None:
    again = hubspot_contact("1", "John J", [JOHN, ROW], ["j@b.test"], day(6), city="Cedar Rapids")
    given(JOHN_JONES).when(again).then(updated("c1", "c1", again, "c2")).shows(
        "c1", name="John J", phones=[JOHN, ROW], emails=["j@b.test"], city="Cedar Rapids"
    )


@pytest.mark.parametrize("rule", ["phone", "email", "phone_and_email", "never"])
def test_it_is_not_matched_again_under_any_rule(rule: Rule) -> None:
    """Even if it gets the phone and the email of another contact."""
    settings = MergeSettings(integration_contacts=rule, integration_leads=rule)
    mary = entered("api", "Mary", [MARY], ["mary@b.test"])
    again = hubspot_contact("1", "John", [MARY], ["mary@b.test"], day(6))
    given(JOHN_JONES, mary, settings=settings).when(again).then(
        updated("c1", "c1", again, "c3")
    ).contacts("c1", "c2")


def test_it_is_known_by_integration_kind_and_external_id_wherever_it_was_absorbed() -> None:
    lead = hubspot_lead("1", "Lead", [JOHN])
    again = hubspot_lead("1", "Lead again", [JOHN, ROW])
    given(entered("api", "John", [JOHN]), lead).when(again).then(
        updated("c1", "c2", again, "c3")
    ).shows("c1", name="Lead again", phones=[JOHN, ROW])


def test_the_survivor_may_be_of_another_source_and_the_record_stays_in_it() -> None:
    """Even if nothing of what it says now matches there."""
    again = hubspot_contact("1", "John", [MARY], [], day(6))
    given(csv_row("Row", [JOHN]), JOHN_JONES).when(again).then(
        updated("c1", "c2", again, "c3")
    ).shows("c1", name="Row", phones=[JOHN, MARY], city="Ames")


class TestFieldByField:
    def test_a_field_that_is_absent_says_nothing(self) -> None:
        again = hubspot_contact("1", updated_at=day(6), title="Chef")
        given(JOHN_JONES).when(again).then(updated("c1", "c1", again, "c2")).shows(
            "c1",
            name="John Jones",
            phones=[JOHN],
            emails=["john@b.test"],
            city="Ames",
            title="Chef",
        )

    @pytest.mark.parametrize("blank", ["", " \t", "\u200b", None])
    def test_a_blank_value_never_overwrites(self, blank: str | None) -> None:
        again = hubspot_contact("1", blank, updated_at=day(6), city=blank)
        given(JOHN_JONES).when(again).then().shows(
            "c1", name="John Jones", phones=[JOHN], emails=["john@b.test"], city="Ames"
        )

    def test_an_older_message_that_arrives_late_changes_nothing(self) -> None:
        older = hubspot_contact("1", "Jack", [JOHN, ROW], ["jack@b.test"], day(4), city="Boone")
        given(JOHN_JONES).when(older).then().shows(
            "c1", name="John Jones", phones=[JOHN], emails=["john@b.test"], city="Ames"
        )

    def test_a_fields_time_is_that_of_the_newest_message_that_contains_it(self) -> None:
        """The name was last said on day 8, the city on day 5; then a message of day 6 arrives."""
        named = hubspot_contact("1", "John J", updated_at=day(8))
        between = hubspot_contact("1", "Johnny", updated_at=day(6), city="Boone")
        given(JOHN_JONES, named).when(between).then(updated("c1", "c1", between, "c3")).shows(
            "c1", name="John J", phones=[JOHN], emails=["john@b.test"], city="Boone"
        )

    def test_saying_the_same_later_makes_the_field_newer_too(self) -> None:
        same = hubspot_contact("1", "John Jones", updated_at=day(8))
        between = hubspot_contact("1", "Johnny", updated_at=day(6))
        given(JOHN_JONES, same).when(between).then().shows(
            "c1", name="John Jones", phones=[JOHN], emails=["john@b.test"], city="Ames"
        )

    def test_phones_are_one_field(self) -> None:
        newer = hubspot_contact("1", phones=[ROW], updated_at=day(8))
        between = hubspot_contact("1", phones=[JOHN_TOO], updated_at=day(6))
        given(JOHN_JONES, newer).when(between).then().shows(
            "c1", name="John Jones", phones=[ROW], emails=["john@b.test"], city="Ames"
        )

    def test_emails_are_one_field_and_not_that_of_the_phones(self) -> None:
        newer = hubspot_contact("1", phones=[ROW], updated_at=day(8))
        between = hubspot_contact("1", phones=[MARY], emails=["j@b.test"], updated_at=day(6))
        given(JOHN_JONES, newer).when(between).then(updated("c1", "c1", between, "c3")).shows(
            "c1", name="John Jones", phones=[ROW], emails=["j@b.test"], city="Ames"
        )

    def test_a_field_that_was_never_said_may_come_with_an_older_message(self) -> None:
        older = hubspot_contact("1", "Jack", [ROW], updated_at=day(1), title="Chef")
        given(JOHN_JONES).when(older).then(updated("c1", "c1", older, "c2")).shows(
            "c1",
            name="John Jones",
            phones=[JOHN],
            emails=["john@b.test"],
            city="Ames",
            title="Chef",
        )

    def test_for_equal_times_the_later_arrival_is_newer(self) -> None:
        again = hubspot_contact("1", "John J", updated_at=day(5))
        given(JOHN_JONES).when(again).then(updated("c1", "c1", again, "c2")).shows(
            "c1", name="John J", phones=[JOHN], emails=["john@b.test"], city="Ames"
        )

    def test_a_message_without_a_time_counts_from_when_it_arrived(self) -> None:
        timeless = hubspot_contact("1", "John J")
        yesterday = hubspot_contact("1", "Johnny", updated_at=NOON - timedelta(days=1))
        given(JOHN_JONES, timeless).when(yesterday).then().shows(
            "c1", name="John J", phones=[JOHN], emails=["john@b.test"], city="Ames"
        )

    def test_a_message_from_the_future_counts_from_when_it_arrived(self) -> None:
        future = hubspot_contact("1", "John J", updated_at=NOON + timedelta(days=365))
        later = hubspot_contact("1", "Johnny", updated_at=NOON + timedelta(minutes=3))
        given(JOHN_JONES, future).when(later).then(updated("c1", "c1", later, "c3")).shows(
            "c1", name="Johnny", phones=[JOHN], emails=["john@b.test"], city="Ames"
        )


class TestLists:
    def test_a_list_that_lacks_a_number_takes_it_back(self) -> None:
        both = hubspot_contact("1", "John", [JOHN, JOHN_TOO], updated_at=day(5))
        one = hubspot_contact("1", phones=[JOHN_TOO], updated_at=day(6))
        given(both).when(one).then(updated("c1", "c1", one, "c2")).shows(
            "c1", name="John", phones=[JOHN_TOO]
        )

    def test_unless_another_record_of_the_contact_holds_it(self) -> None:
        row = csv_row("John", [JOHN, JOHN_TOO])
        record = hubspot_contact("1", "John", [JOHN, ROW], updated_at=day(5))
        none = hubspot_contact("1", phones=[], updated_at=day(6))
        given(row, record).when(none).then(updated("c1", "c2", none, "c3")).shows(
            "c1", name="John", phones=[JOHN, JOHN_TOO]
        )

    def test_an_empty_list_takes_all_back(self) -> None:
        none = hubspot_contact("1", phones=[], emails=[], updated_at=day(6))
        given(JOHN_JONES).when(none).then(updated("c1", "c1", none, "c2")).shows(
            "c1", name="John Jones", city="Ames"
        )

    def test_a_list_of_blank_values_is_an_empty_one(self) -> None:
        blank = hubspot_contact("1", phones=[" ", ""], updated_at=day(6))
        given(JOHN_JONES).when(blank).then(updated("c1", "c1", blank, "c2")).shows(
            "c1", name="John Jones", emails=["john@b.test"], city="Ames"
        )

    def test_what_is_not_matchable_is_taken_back_as_well(self) -> None:
        words = hubspot_contact("1", "John", ["n/a", JOHN], updated_at=day(5))
        one = hubspot_contact("1", phones=[JOHN], updated_at=day(6))
        given(words).when(one).then(updated("c1", "c1", one, "c2")).shows(
            "c1", name="John", phones=[JOHN]
        )

    def test_another_order_or_another_way_of_writing_is_no_change(self) -> None:
        both = hubspot_contact("1", "John", [JOHN, JOHN_TOO], updated_at=day(5))
        same = hubspot_contact("1", phones=["(319) 555-4929", "319 555 5677"], updated_at=day(5))
        given(both).when(same).then().shows("c1", name="John", phones=[JOHN, JOHN_TOO])

    def test_another_label_is_a_change(self) -> None:
        labelled = hubspot_contact("1", "John", [(JOHN, "home")], updated_at=day(5))
        again = hubspot_contact("1", phones=[(JOHN, "work")], updated_at=day(5))
        given(labelled).when(again).then(updated("c1", "c1", again, "c2")).when(again).then()


class TestUnchanged:
    def test_the_same_message_again_is_not_recorded(self) -> None:
        given(JOHN_JONES).when(JOHN_JONES).then()

    def test_the_same_content_with_a_newer_time_is_an_update(self) -> None:
        """It may win again."""
        row = csv_row("John J", [JOHN])
        same = hubspot_contact("1", "John Jones", [JOHN], ["john@b.test"], NOON, city="Ames")
        again = hubspot_contact(
            "1", "John Jones", updated_at=NOON + timedelta(minutes=3), city="Ames"
        )
        given(JOHN_JONES, row).when(same).then(updated("c1", "c1", same, "c3"))
        given(JOHN_JONES, row).shows(
            "c1", name="John J", phones=[JOHN], emails=["john@b.test"], city="Ames"
        ).when(again).then(updated("c1", "c1", again, "c3")).shows(
            "c1", name="John Jones", phones=[JOHN], emails=["john@b.test"], city="Ames"
        )

    def test_the_same_content_without_a_time_is_unchanged(self) -> None:
        same = hubspot_contact("1", "John Jones", [JOHN], ["john@b.test"], city="Ames")
        given(JOHN_JONES).when(same).then()
        given(same).when(same).then()

    def test_the_same_content_with_an_older_time_is_unchanged(self) -> None:
        same = hubspot_contact("1", "John Jones", [JOHN], ["john@b.test"], day(4), city="Ames")
        given(JOHN_JONES).when(same).then()

    def test_the_same_content_with_the_time_at_which_it_once_arrived_is_unchanged(self) -> None:
        timeless = hubspot_contact("1", "John Jones", [JOHN])
        arrived = NOON + timedelta(minutes=1)
        same = hubspot_contact("1", "John Jones", [JOHN], updated_at=arrived)
        given(timeless).when(same).then()

    def test_a_message_with_nothing_in_it_is_unchanged(self) -> None:
        given(JOHN_JONES).when(hubspot_contact("1", updated_at=day(9))).then()

    def test_the_same_message_from_the_future_again_is_unchanged(self) -> None:
        future = hubspot_contact("1", "John", [JOHN], updated_at=NOON + timedelta(days=365))
        given(future).when(future).then()


def test_a_message_sent_again_after_others_came_between_is_older_than_those() -> None:
    newer = hubspot_contact("1", "John J", [ROW], [], day(6), city="Boone")
    given(JOHN_JONES, newer).when(JOHN_JONES).then().shows(
        "c1", name="John J", phones=[ROW], city="Boone"
    )


def test_the_number_of_the_newest_list_matches_from_then_on() -> None:
    again = hubspot_contact("1", phones=[ROW], updated_at=day(6))
    row = csv_row("Row", [ROW])
    given(JOHN_JONES, again).when(row).then(
        merged("c1", "c3", row, rule="csv", because="phone_matched", matched=[phone(ROW)])
    )
