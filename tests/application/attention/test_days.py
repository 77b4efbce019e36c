"""What happened on each day, counted by source and outcome."""

from tests.application.attention.looking import days, row
from tests.messages import JOHN, MARY, entered, hubspot_contact
from tests.story import Story


def test_each_outcome_is_counted_by_day_and_source(story: Story) -> None:
    story.given(ann=row("Ann", JOHN), too=row("Ann", JOHN, MARY), same=row("Ann", JOHN))
    story.given(bob=hubspot_contact("1", "Bob"))
    story.when(again=hubspot_contact("1", "Bobby")).withdraw("1")
    story.days_pass(1)
    story.given(cyd=entered("api", "Cyd", ["+13195550177"]))
    story.edit("cyd", name="Cydney")
    story.merge("ann", "cyd")
    story.undo("cyd")
    story.separate("ann", "cyd")
    story.delete("cyd")
    story.restore("cyd")
    story.call("first", JOHN)
    story.message("second", JOHN)
    story.assign("first", "cyd")
    story.settings(rule="email")

    found = [
        (each.day, each.source, each.integration, each.outcome, each.number) for each in days(story)
    ]

    first, second = "2024-05-01", "2024-05-02"
    assert found == [
        (second, "api", None, "created", 1),
        (second, None, None, "undone", 1),
        (second, None, None, "settings_changed", 1),
        (second, None, None, "separated", 1),
        (second, None, None, "restored", 1),
        (second, None, None, "message", 1),
        (second, None, None, "merged_by_hand", 1),
        (second, None, None, "edited", 1),
        (second, None, None, "deleted", 1),
        (second, None, None, "call_assigned", 1),
        (second, None, None, "call", 1),
        (first, "integration", "hubspot", "withdrawn", 1),
        (first, "integration", "hubspot", "updated", 1),
        (first, "integration", "hubspot", "created", 1),
        (first, "csv", None, "merged", 1),
        (first, "csv", None, "created", 1),
    ]


def test_a_message_with_the_first_identifier_counts_as_merged_for_any_batch(story: Story) -> None:
    story.given(ann=row("Ann", JOHN), bob=hubspot_contact("1", "Bob"))

    story.when(bob=hubspot_contact("1", phones=[JOHN]))

    outcomes = [each.outcome for each in days(story)]
    assert outcomes == ["merged", "created", "created"]
    assert [story.log.rebuild(batch=size).differences for size in (1, 2)] == [(), ()]
