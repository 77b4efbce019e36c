"""What appears on the export feed, and where it goes: docs/rules.md, "Export back"."""

from application.reads.exports import export_feed
from tests.messages import JOHN, JOHN_TOO, MARY, csv_row, day, hubspot_contact, hubspot_lead
from tests.story import Exported, Story


def test_a_call_goes_to_the_record_of_its_contact(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN])).call("first", JOHN)
    assert story.feed() == [Exported("first", "hubspot contact 1")]


def test_a_message_goes_there_too(story: Story) -> None:
    story.given(lead=hubspot_lead("1", "Lead", [JOHN])).message("hello", JOHN)
    assert story.feed() == [Exported("hello", "hubspot lead 1")]


def test_each_integration_has_a_feed_with_a_target_of_its_own(story: Story) -> None:
    story.given(
        john=hubspot_contact("1", "John", [JOHN]),
        same=hubspot_contact("9", "John", [JOHN], integration="salesforce"),
    ).call("first", JOHN)
    assert story.feed("hubspot") == [Exported("first", "hubspot contact 1")]
    assert story.feed("salesforce") == [Exported("first", "salesforce contact 9")]
    assert story.feed() == story.feed("hubspot") + story.feed("salesforce")


def test_of_several_records_the_most_recently_updated_is_the_target(story: Story) -> None:
    story.given(
        newer=hubspot_contact("1", "John", [JOHN], updated_at=day(5)),
        older=hubspot_contact("2", "John", [JOHN], updated_at=day(1)),
    ).call("first", JOHN)
    story.when(again=hubspot_contact("2", "John", [JOHN], updated_at=day(6)))
    story.call("second", JOHN)
    assert story.feed() == [
        Exported("first", "hubspot contact 1"),
        Exported("second", "hubspot contact 2"),
    ]


def test_when_a_contact_and_a_lead_merge_calls_go_to_the_one_that_was_updated_last(
    story: Story,
) -> None:
    story.given(
        contact=hubspot_contact("1", "John", [JOHN], updated_at=day(1)),
        lead=hubspot_lead("2", "John", [JOHN], updated_at=day(2)),
    ).call("first", JOHN)
    assert story.feed() == [Exported("first", "hubspot lead 2")]


def test_a_contact_shows_its_current_counterparts(story: Story) -> None:
    story.given(
        newer=hubspot_contact("1", "John", [JOHN], updated_at=day(5)),
        older=hubspot_lead("2", "John", [JOHN], updated_at=day(1)),
        other=hubspot_contact("9", "John", [JOHN], integration="salesforce"),
        row=csv_row("Row", [JOHN]),
    )
    assert [
        (each.integration, each.kind, each.external_id)
        for each in story.contact("newer").counterparts
    ] == [("hubspot", "contact", "1"), ("salesforce", "contact", "9")]


def test_what_has_no_counterpart_does_not_appear(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]))
    for call, number in (("john's", JOHN), ("a lead's", MARY), ("withheld", None)):
        story.call(call, number)
    assert story.feed() == []


def test_a_call_appears_once_its_contact_has_a_counterpart(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN])).call("first", JOHN)
    story.when(record=hubspot_contact("1", "John", [JOHN]))
    assert story.feed() == [Exported("first", "hubspot contact 1")]


def test_a_call_appears_once_its_contact_has_one_in_another_integration(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN])).call("first", JOHN)
    story.when(record=hubspot_contact("9", "John", [JOHN], integration="salesforce"))
    assert story.feed() == [
        Exported("first", "hubspot contact 1"),
        Exported("first", "salesforce contact 9"),
    ]


def test_a_call_of_a_captured_lead_appears_once_its_number_has_a_record(story: Story) -> None:
    story.call("first", JOHN)
    story.when(john=hubspot_contact("1", "John", [JOHN]))
    assert story.feed() == [Exported("first", "hubspot contact 1")]


def test_a_call_appears_once_it_is_assigned_to_who_has_a_counterpart(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN])).call("first", None)
    story.assign("first", "john")
    assert story.feed() == [Exported("first", "hubspot contact 1")]


def test_a_call_appears_once_its_contact_is_merged_with_who_has_a_counterpart(
    story: Story,
) -> None:
    story.given(john=csv_row("John", [JOHN]), mary=hubspot_contact("1", "Mary", [MARY]))
    story.call("first", JOHN)
    story.call("second", MARY)
    story.merge("john", "mary")
    assert story.feed() == [
        Exported("second", "hubspot contact 1"),
        Exported("first", "hubspot contact 1"),
    ]


def test_the_feed_goes_on_after_a_position(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN, JOHN_TOO]))
    for call in ("first", "second", "third"):
        story.call(call, JOHN)
    with story.log.reading() as reading:
        page = export_feed(reading, limit=2).items
        rest = export_feed(reading, integration="hubspot", after=page[-1].position).items
    assert [item.activity.id for item in (*page, *rest)] == ["first", "second", "third"]


def test_an_item_shows_the_activity_as_it_is_now(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN])).call("first", JOHN)
    with story.log.reading() as reading:
        (item,) = export_feed(reading).items
    assert item.activity == story.activity("first")
