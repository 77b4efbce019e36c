"""An undo ends with its own event, at which activities and exports are settled."""

from contextlib import closing

import pytest

from application.history import undo_merge
from domain.undo_rule import decide_undone
from tests.application.export_back.test_exported_again import ONE, TWO, john_and_mary
from tests.messages import JOHN
from tests.stores import Place
from tests.story import Exported, Story


def without_its_last_event(story: Story, monkeypatch: pytest.MonkeyPatch) -> str:
    """Undo a merge without the event that completes it. Returns the merge's id."""
    merge_id = john_and_mary(story).merge("mary", "john")
    with monkeypatch.context() as patched:
        patched.setattr(
            undo_merge, "decide_undone", lambda *given, **named: decide_undone(*given, **named)[:-1]
        )
        story.undo("john")
    return merge_id


@pytest.mark.parametrize("separates", [True, False])
def test_it_is_the_last_event(story: Story, separates: bool) -> None:
    john_and_mary(story).merge("mary", "john")
    story.undo("john", separates=separates)
    assert story.told("mary")[-1] == "UndoCompleted"
    assert ("ContactsSeparated" in story.told("mary")) is separates


def test_an_undo_that_separates_nobody_settles_calls_and_exports(story: Story) -> None:
    john_and_mary(story).merge("mary", "john")
    story.call("second", JOHN)
    story.undo("john", separates=False)
    story.belongs("first", "john").belongs("second", "john")
    assert story.feed() == [
        Exported("first", ONE),
        Exported("first", TWO, moved_from=ONE),
        Exported("second", TWO),
        Exported("first", ONE, moved_from=TWO),
        Exported("second", ONE, moved_from=TWO),
    ]
    story.merge("mary", "john")  # nothing keeps them apart
    story.check()


def test_one_that_is_not_complete_is_a_problem_of_the_account(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Story(place)) as story:
        merge_id = without_its_last_event(story, monkeypatch)
        assert set(story.log.verify().problems) == {
            f"merge {merge_id}: its undo is not complete",
        }
