"""When an activity is exported again, as moved: docs/rules.md, "Export back"."""

from tests.messages import JOHN, MARY, ROW, csv_row, day, entered, hubspot_contact
from tests.story import Exported, Story

ONE, TWO = "hubspot contact 1", "hubspot contact 2"


def john_and_mary(story: Story) -> Story:
    """Each has a record of hubspot, and John a call."""
    story.given(
        john=hubspot_contact("1", "John", [JOHN], updated_at=day(1)),
        mary=hubspot_contact("2", "Mary", [MARY], updated_at=day(2)),
    ).call("first", JOHN)
    return story


def test_a_call_that_is_assigned_to_another_contact(story: Story) -> None:
    john_and_mary(story).assign("first", "mary")
    assert story.feed() == [Exported("first", ONE), Exported("first", TWO, moved_from=ONE)]


def test_a_call_that_is_assigned_to_who_has_no_counterpart_loses_its_target(story: Story) -> None:
    john_and_mary(story).given(row=csv_row("Row", [ROW])).assign("first", "row")
    assert story.feed() == [Exported("first", ONE), Exported("first", None, moved_from=ONE)]


def test_a_call_goes_along_with_who_is_absorbed(story: Story) -> None:
    john_and_mary(story).merge("mary", "john")
    assert story.feed() == [Exported("first", ONE), Exported("first", TWO, moved_from=ONE)]


def test_a_call_that_comes_to_a_survivor_goes_to_the_most_recent_record_there(
    story: Story,
) -> None:
    john_and_mary(story).given(newer=hubspot_contact("3", "John", [JOHN], updated_at=day(3)))
    story.given(row=csv_row("Row", [ROW])).merge("row", "john")
    assert story.feed() == [
        Exported("first", ONE),
        Exported("first", "hubspot contact 3", moved_from=ONE),
    ]


def test_a_call_comes_back_when_the_merge_is_undone(story: Story) -> None:
    john_and_mary(story).merge("mary", "john")
    story.undo("john")
    assert story.feed() == [
        Exported("first", ONE),
        Exported("first", TWO, moved_from=ONE),
        Exported("first", ONE, moved_from=TWO),
    ]


def test_a_call_that_came_to_the_absorbed_ones_record_goes_back_with_it(story: Story) -> None:
    john_and_mary(story).merge("john", "mary")
    story.call("second", JOHN)
    story.undo("mary")
    assert story.feed() == [
        Exported("first", ONE),
        Exported("second", TWO),
        Exported("second", ONE, moved_from=TWO),
    ]


def test_a_call_of_a_deleted_contact_loses_its_target(story: Story) -> None:
    john_and_mary(story).delete("john")
    assert story.feed() == [Exported("first", ONE), Exported("first", None, moved_from=ONE)]


def test_a_call_of_a_deleted_contact_goes_to_who_else_holds_its_number(story: Story) -> None:
    story.given(
        one=entered("api", "One", [JOHN]),
        john=hubspot_contact("1", "John", [JOHN]),
    )
    story.settings(policy="global", rule="never")
    story.when(two=hubspot_contact("2", "Two", [JOHN])).call("first", JOHN)
    story.delete("two")
    assert story.feed() == [Exported("first", TWO), Exported("first", ONE, moved_from=TWO)]


def test_a_call_of_a_restored_contact_has_its_target_again(story: Story) -> None:
    john_and_mary(story).delete("john")
    story.restore("john")
    assert story.feed() == [
        Exported("first", ONE),
        Exported("first", None, moved_from=ONE),
        Exported("first", ONE),
    ]


def test_a_target_that_is_withdrawn_gives_way_to_the_next(story: Story) -> None:
    john_and_mary(story).given(same=hubspot_contact("3", "John", [JOHN], updated_at=day(3)))
    story.withdraw("1")
    assert story.feed() == [
        Exported("first", ONE),
        Exported("first", "hubspot contact 3", moved_from=ONE),
    ]


def test_a_target_that_is_withdrawn_with_no_other_is_lost(story: Story) -> None:
    john_and_mary(story).given(row=csv_row("Row", [JOHN])).withdraw("1")
    story.belongs("first", "john")
    assert story.feed() == [Exported("first", ONE), Exported("first", None, moved_from=ONE)]


def test_a_target_whose_contact_goes_with_it_is_lost(story: Story) -> None:
    john_and_mary(story).withdraw("1")
    assert story.feed() == [Exported("first", ONE), Exported("first", None, moved_from=ONE)]


def test_a_target_is_lost_whose_contact_lives_on_by_an_edit(story: Story) -> None:
    john_and_mary(story).edit("john", name="Johnny")
    story.withdraw("1")
    story.belongs("first", "john")
    assert story.feed() == [Exported("first", ONE), Exported("first", None, moved_from=ONE)]


def test_a_record_that_was_withdrawn_and_is_sent_again_is_a_target_again(story: Story) -> None:
    john_and_mary(story).given(row=csv_row("Row", [JOHN])).withdraw("1")
    story.when(again=hubspot_contact("1", "John", [JOHN]))
    assert story.feed() == [
        Exported("first", ONE),
        Exported("first", None, moved_from=ONE),
        Exported("first", ONE),
    ]


def test_only_the_integration_whose_target_changes_is_told(story: Story) -> None:
    john_and_mary(story).given(
        also=hubspot_contact("9", "John", [JOHN], integration="salesforce")
    ).withdraw("9", integration="salesforce")
    assert story.feed("hubspot") == [Exported("first", ONE)]
    assert story.feed("salesforce") == [
        Exported("first", "salesforce contact 9"),
        Exported("first", None, moved_from="salesforce contact 9"),
    ]


def test_the_record_that_a_merge_by_rule_brought_loses_its_calls_when_that_is_undone(
    story: Story,
) -> None:
    story.given(john=csv_row("John", [JOHN]), record=hubspot_contact("1", "Jo", [JOHN, ROW]))
    story.edit("john", city="Ames")
    story.call("by john's number", JOHN)
    story.call("by the record's own", ROW)
    story.undo("record")
    story.belongs("by the record's own", "record")
    story.belongs("by john's number", "john")
    assert story.feed() == [
        Exported("by john's number", ONE),
        Exported("by the record's own", ONE),
        Exported("by john's number", None, moved_from=ONE),
    ]
