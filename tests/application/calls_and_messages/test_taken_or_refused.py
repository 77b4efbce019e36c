"""Which calls and messages are taken: docs/rules.md, "Calls and messages"."""

from datetime import timedelta

import pytest

from application.refusals import Conflict, NotFound, Refused
from domain.activities import stream_of
from tests.messages import JOHN, MARY, NOON, csv_row
from tests.story import TALKED_AT, Story


def test_the_same_id_twice_is_one_call(story: Story) -> None:
    assert story.call("first", JOHN) == ("first", True)
    before = story.length
    assert story.call("first", JOHN) == ("first", False)
    assert story.length == before


def test_the_same_id_twice_is_one_message(story: Story) -> None:
    story.message("hello", JOHN)
    assert story.message("hello", JOHN) == ("hello", False)


def test_a_call_that_comes_again_stays_where_it_was_assigned(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]), mary=csv_row("Mary", [MARY])).call("first", JOHN)
    story.assign("first", "mary")
    story.call("first", JOHN)
    story.belongs("first", "mary", by="assigned")


def test_the_id_of_another_call_is_a_conflict(story: Story) -> None:
    story.call("first", JOHN)
    with pytest.raises(Conflict, match="`first` is already the id of another call"):
        story.call("first", MARY)
    with pytest.raises(Conflict, match="`first` is already the id of another call"):
        story.call("first", JOHN, TALKED_AT + timedelta(seconds=1))


def test_the_id_of_a_call_for_a_message_is_a_conflict(story: Story) -> None:
    story.call("first", JOHN)
    with pytest.raises(Conflict, match="`first` is already the id of another call"):
        story.message("first", JOHN)


def test_the_id_of_another_message_is_a_conflict(story: Story) -> None:
    story.message("hello", JOHN)
    with pytest.raises(Conflict, match="`hello` is already the id of another message"):
        story.message("hello", JOHN, "Good bye")
    with pytest.raises(Conflict, match="`hello` is already the id of another message"):
        story.call("hello", JOHN)


def test_the_id_of_a_contact_or_of_the_account_is_as_good_as_any(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]))
    for call_id in (story.id("john"), "account", "activity:first"):
        assert story.call(call_id, JOHN) == (call_id, True)
        assert story.activity(call_id).id == call_id
        story.belongs(call_id, "john", by="number")


def test_a_call_may_have_the_id_that_another_call_keeps_for_its_lead(story: Story) -> None:
    """An undo may still need that lead."""
    story.given(a=csv_row("A", [JOHN]), b=csv_row("B", [MARY]))
    story.merge("a", "b")
    story.delete("b")
    story.restore("a")
    story.call("first", MARY)
    with story.log.writing() as work:
        known = work.activity(stream_of("first"))
    assert known is not None
    story.call(known.lead_id, JOHN)
    story.undo("b")
    story.belongs("first", f"lead {MARY}").belongs(known.lead_id, "a")


def test_a_call_that_comes_again_is_the_same_whatever_the_region_is_by_now(story: Story) -> None:
    story.call("first", "319-555-5677")
    story.settings(default_region="GB")
    assert story.call("first", "319-555-5677") == ("first", False)


@pytest.mark.parametrize("call_id", ["", " ", "x" * 201, "a\0b"])
def test_an_id_that_is_none_is_refused(story: Story, call_id: str) -> None:
    with pytest.raises(Refused, match="id: "):
        story.call(call_id, JOHN)


def test_a_call_up_to_five_minutes_ahead_of_our_clock_is_taken(story: Story) -> None:
    ours = story.now + timedelta(minutes=1)
    assert story.call("first", JOHN, ours + timedelta(minutes=5)).is_new


def test_a_call_of_the_future_is_refused(story: Story) -> None:
    ours = story.now + timedelta(minutes=1)
    with pytest.raises(Refused, match=r"started_at: .* is in the future"):
        story.call("first", JOHN, ours + timedelta(minutes=5, seconds=1))


def test_a_call_without_a_time_zone_is_refused(story: Story) -> None:
    with pytest.raises(Refused, match="started_at: needs a time zone offset"):
        story.call("first", JOHN, NOON.replace(tzinfo=None))


def test_what_is_refused_leaves_nothing_behind(story: Story) -> None:
    before = story.length
    with pytest.raises(Refused):
        story.call("first", JOHN, NOON + timedelta(days=1))
    assert story.length == before
    story.live()


def test_only_a_call_that_is_there_can_be_assigned(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN])).message("hello", JOHN)
    with pytest.raises(NotFound, match="there is no call `first`"):
        story.assign("first", "john")
    with pytest.raises(NotFound, match="there is no call `hello`"):
        story.assign("hello", "john")


def test_a_call_can_only_be_assigned_to_a_live_contact(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN])).call("first", MARY)
    story.delete("john")
    with pytest.raises(NotFound, match="there is no contact `nobody`"):
        story.assign("first", "nobody")
    with pytest.raises(Conflict, match="is deleted"):
        story.assign("first", "john")
