"""The union of numbers, the newest of the rest: docs/rules.md, "What a merged contact says"."""

from datetime import datetime, timedelta

from domain.contact import Contact
from domain.settings import MergeSettings
from domain.shown import ShownAttribute, ShownPoint, union, whole
from domain.value import replace
from tests.given_when_then import Story, given
from tests.messages import (
    JOHN,
    JOHN_TOO,
    MARY,
    NOON,
    ROW,
    Message,
    csv_row,
    day,
    entered,
    hubspot_contact,
    hubspot_lead,
)


def contact(story: Story) -> Contact:
    return story.account.live["c1"]


def came(message: int) -> datetime:
    """When the n-th message came."""
    return NOON + timedelta(minutes=message)


class TestNumbers:
    def test_phones_and_emails_are_the_union_in_the_order_first_seen(self) -> None:
        given(
            csv_row("A", [JOHN, ROW], ["z@b.test", "a@b.test"]),
            csv_row("B", [MARY, JOHN], ["m@b.test", "A@B.test"]),
            csv_row("C", [JOHN_TOO, MARY], ["z@b.test"]),
        ).shows(
            "c1",
            name="C",
            phones=[JOHN, ROW, MARY, JOHN_TOO],
            emails=["z@b.test", "a@b.test", "m@b.test"],
        )

    def test_a_number_that_two_records_list_shows_once_as_first_written(self) -> None:
        story = given(csv_row("A", ["319-555-5677"]), csv_row("B", ["+1 319 555 5677"]))
        assert union(contact(story), "phone") == {
            JOHN: ShownPoint(JOHN, "319-555-5677", matchable=True, records=("c1", "c2"))
        }

    def test_a_number_with_an_extension_and_the_same_without_are_both_shown(self) -> None:
        given(csv_row("A", [JOHN, f"{JOHN};ext=12"])).shows(
            "c1", name="A", phones=[JOHN, f"{JOHN};ext=12"]
        )

    def test_what_is_not_matchable_is_shown_as_such(self) -> None:
        story = given(csv_row("A", ["n/a", JOHN], ["a@@b"]))
        assert union(contact(story), "phone") == {
            "n/a": ShownPoint("n/a", "n/a", matchable=False, records=("c1",)),
            JOHN: ShownPoint(JOHN, JOHN, matchable=True, records=("c1",)),
        }
        assert [point.matchable for point in union(contact(story), "email").values()] == [False]

    def test_numbers_of_a_message_keep_its_order_even_if_the_source_shuffles_them_later(
        self,
    ) -> None:
        given(
            hubspot_contact("1", "A", [JOHN, ROW], updated_at=day(1)),
            hubspot_contact("1", "A", [MARY, ROW, JOHN], updated_at=day(2)),
        ).shows("c1", name="A", phones=[JOHN, ROW, MARY])

    def test_a_number_knows_every_record_that_holds_it(self) -> None:
        story = given(
            csv_row("A", [JOHN]),
            hubspot_contact("1", "B", [JOHN], updated_at=day(1)),
            hubspot_lead("2", "C", [JOHN, ROW], updated_at=day(1)),
            hubspot_contact("1", "B", [JOHN, ROW], updated_at=day(2)),
        )
        assert {
            value: shown.records for value, shown in union(contact(story), "phone").items()
        } == {
            JOHN: ("c1", "c2", "c3"),
            ROW: ("c3", "c2"),
        }

    def test_a_number_is_gone_once_no_record_holds_it(self) -> None:
        first = hubspot_contact("1", "A", [JOHN, ROW], updated_at=day(1))
        second = hubspot_contact("2", "B", [JOHN, ROW], updated_at=day(1))
        story = given(first, second, hubspot_contact("1", phones=[JOHN], updated_at=day(2)))
        story.shows("c1", name="B", phones=[JOHN, ROW])
        story.when(hubspot_contact("2", phones=[JOHN], updated_at=day(2)))
        story.shows("c1", name="B", phones=[JOHN])

    def test_an_older_record_that_arrives_late_adds_its_numbers_and_overwrites_nothing(
        self,
    ) -> None:
        given(
            hubspot_contact("1", "New", [JOHN], ["new@b.test"], day(9), city="Ames"),
            hubspot_contact("2", "Old", [JOHN, ROW], ["old@b.test"], day(1), city="Boone", fax="1"),
        ).shows(
            "c1",
            name="New",
            phones=[JOHN, ROW],
            emails=["new@b.test", "old@b.test"],
            city="Ames",
            fax="1",
        )


class TestAttributes:
    def test_each_is_the_newest_by_the_records_own_time(self) -> None:
        given(
            hubspot_contact("1", "A", [JOHN], updated_at=day(9), city="Ames", title="Chef"),
            hubspot_contact("2", "B", [JOHN], updated_at=day(7), city="Boone", company="Acme"),
            hubspot_contact("3", "C", [JOHN], updated_at=day(8), company="Ajax"),
        ).shows("c1", name="A", phones=[JOHN], city="Ames", title="Chef", company="Ajax")

    def test_for_equal_times_the_later_arrival_wins(self) -> None:
        given(
            hubspot_contact("1", "A", [JOHN], updated_at=day(9), city="Ames"),
            hubspot_contact("2", "B", [JOHN], updated_at=day(9)),
        ).shows("c1", name="B", phones=[JOHN], city="Ames")

    def test_a_record_without_a_time_counts_from_when_it_arrived(self) -> None:
        given(
            csv_row("Row", [JOHN]),
            hubspot_contact("1", "Yesterday", [JOHN], updated_at=NOON - timedelta(days=1)),
        ).shows("c1", name="Row", phones=[JOHN])
        given(
            hubspot_contact("1", "Yesterday", [JOHN], updated_at=NOON - timedelta(days=1)),
            csv_row("Row", [JOHN]),
        ).shows("c1", name="Row", phones=[JOHN])

    def test_a_record_from_the_future_counts_from_when_it_arrived(self) -> None:
        """So it does not win for ever."""
        given(
            hubspot_contact("1", "Future", [JOHN], updated_at=NOON + timedelta(days=9)),
            csv_row("Row", [JOHN]),
        ).shows("c1", name="Row", phones=[JOHN])

    def test_a_blank_value_never_overwrites(self) -> None:
        given(
            csv_row("John", [JOHN], company="Acme", title="Chef"),
            csv_row(" ", [JOHN, ROW], company="", title=None, city="Ames"),
        ).shows("c1", name="John", phones=[JOHN, ROW], company="Acme", title="Chef", city="Ames")

    def test_an_absent_value_never_overwrites(self) -> None:
        given(
            csv_row("John", [JOHN], ["john@b.test"], company="Acme"), csv_row(None, [JOHN])
        ).shows("c1", name="John", phones=[JOHN], emails=["john@b.test"], company="Acme")

    def test_every_value_knows_its_record_and_since_when(self) -> None:
        story = given(
            csv_row("John", [JOHN], company="Acme"),
            hubspot_contact("1", "John J", [JOHN], updated_at=day(9), city="Ames"),
            hubspot_contact("2", "J", [JOHN], updated_at=NOON + timedelta(days=1), title="Chef"),
        )
        assert whole(contact(story)).attributes == {
            "name": ShownAttribute("J", "c3", (came(3), 3)),
            "company": ShownAttribute("Acme", "c1", (came(1), 1)),
            "city": ShownAttribute("Ames", "c2", (day(9), 2)),
            "title": ShownAttribute("Chef", "c3", (came(3), 3)),
        }

    def test_the_newest_value_does_not_depend_on_the_order_of_records(self) -> None:
        story = given(
            csv_row("A", [JOHN], city="Ames"),
            hubspot_contact("1", "B", [JOHN], updated_at=day(9)),
            hubspot_contact("2", "C", [JOHN], updated_at=day(9), city="Boone"),
        )
        turned = dict(reversed(list(contact(story).records.items())))
        assert whole(replace(contact(story), records=turned)) == whole(contact(story))


class TestKind:
    def test_a_contact_with_only_lead_records_is_a_lead(self) -> None:
        given(hubspot_lead("1", "Lead", [JOHN])).shows(
            "c1", kind="lead", name="Lead", phones=[JOHN]
        )

    def test_with_one_contact_record_among_them_it_is_a_contact(self) -> None:
        for record in (csv_row("A", [JOHN]), hubspot_contact("2", "A", [JOHN])):
            given(hubspot_lead("1", "Lead", [JOHN]), record).shows(
                "c1", kind="contact", name="A", phones=[JOHN]
            )


def test_what_a_contact_says_does_not_depend_on_when_a_setting_was_changed() -> None:
    """The same records give the same contact, whichever rule merged them."""
    messages: list[Message] = [
        entered("api", "A", [JOHN], ["a@b.test"]),
        csv_row("B", [JOHN, ROW], ["a@b.test"]),
    ]
    by_email = MergeSettings(policy="global", rule="email")
    for story in (given(*messages), given(*messages, settings=by_email)):
        story.shows("c1", name="B", phones=[JOHN, ROW], emails=["a@b.test"])
