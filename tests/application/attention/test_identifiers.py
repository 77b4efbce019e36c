"""A phone or email by which many names come together: docs/rules.md, "Look at these first"."""

from application.commands.settle_attention import settle_attention
from tests.application.attention.looking import SIX, items, looked_at, row, rows
from tests.messages import ADMIN, JOHN, SWITCHBOARD, csv_row
from tests.story import Story


def test_six_names_make_it_looked_at_and_five_do_not(story: Story) -> None:
    story.given(**rows(*SIX[:5]))
    assert SWITCHBOARD not in looked_at(story)

    story.when(fay=row("Fay"))

    assert looked_at(story)[0] == SWITCHBOARD
    item = items(story)[0]
    assert (item.kind, item.contact_id, item.names) == ("identifier", story.id("ann"), [*SIX])
    assert item.identifier is not None
    assert tuple(item.identifier.model_dump().values()) == ("phone", SWITCHBOARD)
    assert item.because.startswith(f"{SWITCHBOARD} joined records with more than 5 different names")


def test_the_same_names_again_do_not_count(story: Story) -> None:
    story.given(**rows(*SIX[:5]))

    story.when(again=csv_row("ANN", [SWITCHBOARD, JOHN]), none=csv_row(None, [SWITCHBOARD, JOHN]))

    assert SWITCHBOARD not in looked_at(story)


def test_an_email_counts_too(story: Story) -> None:
    for name in SIX:
        story.given(**{name: csv_row(name, emails=["info@example.test"])})

    assert looked_at(story)[0] == "info@example.test"


def test_a_settled_one_returns_only_if_another_name_joins(story: Story) -> None:
    story.given(**rows(*SIX))

    assert settle_attention(story.log, "(319) 555-0199", by=ADMIN) == SWITCHBOARD

    assert looked_at(story) == []
    length = story.length
    settle_attention(story.log, SWITCHBOARD, by=ADMIN)
    assert story.length == length
    story.when(again=csv_row("Fay", [SWITCHBOARD, JOHN]))
    assert looked_at(story) == []
    story.when(gus=row("Gus"))
    assert looked_at(story) == [SWITCHBOARD, "gus"]


def test_one_that_is_shared_leaves_and_returns(story: Story) -> None:
    story.given(**rows(*SIX)).settings(shared_identifiers=[SWITCHBOARD])
    assert SWITCHBOARD not in looked_at(story)

    story.settings(shared_identifiers=[])

    assert SWITCHBOARD in looked_at(story)


def test_a_settled_one_does_not_return_when_it_is_shared_no_longer(story: Story) -> None:
    story.given(**rows(*SIX))
    settle_attention(story.log, SWITCHBOARD, by=ADMIN)

    story.settings(shared_identifiers=[SWITCHBOARD]).settings(shared_identifiers=[])

    assert looked_at(story) == []


def test_one_leaves_if_the_merges_are_undone(story: Story) -> None:
    story.given(**rows(*SIX)).undo("cyd")
    assert SWITCHBOARD not in looked_at(story)

    story.when(gus=row("Gus"))

    assert SWITCHBOARD in looked_at(story)


def test_a_rebuild_gives_the_same_rows_for_any_batch(story: Story) -> None:
    story.given(**rows(*SIX)).call("first", SWITCHBOARD)
    story.undo("cyd")
    story.when(gus=row("Gus"))
    story.call("second", SWITCHBOARD)
    settle_attention(story.log, SWITCHBOARD, by=ADMIN)
    story.when(hal=row("Hal"))

    assert [story.log.rebuild(batch=size).differences for size in (1, 3, 1_000)] == [()] * 3
    assert looked_at(story) == [SWITCHBOARD, "hal"]
