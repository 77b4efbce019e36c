"""Contacts in conflict: they hold the same phone or email, and nobody declared them separate."""

from tests.messages import JOHN, MARY, entered
from tests.stores import Place
from tests.story import Story


def noted(place: Place) -> list[str]:
    """The values from which conflicts are listed."""
    return [
        value for (value,) in place.database("acme").execute("SELECT value FROM held_by_several")
    ]


def test_it_begins_and_ends_with_what_both_hold(story: Story, place: Place) -> None:
    story.given(ann=entered("api", "Ann", [JOHN]), bob=entered("api", "Bob", [MARY]))
    assert (story.conflicts(), noted(place)) == ([], [])
    story.edit("bob", phones=[MARY, JOHN])
    assert (story.conflicts(), noted(place)) == ([("ann", "bob", JOHN)], [JOHN])
    story.given(eve=entered("api", "Eve", [JOHN]))
    story.edit("bob", phones=[MARY])
    assert (story.conflicts(), noted(place)) == ([("ann", "eve", JOHN)], [JOHN])
    story.delete("eve")
    assert (story.conflicts(), noted(place)) == ([], [])
    story.restore("eve")
    assert (story.conflicts(), noted(place)) == ([("ann", "eve", JOHN)], [JOHN])
    story.merge("ann", "eve")
    assert (story.conflicts(), noted(place)) == ([], [])
    story.undo("eve", separates=False)
    assert (story.conflicts(), noted(place)) == ([("ann", "eve", JOHN)], [JOHN])
    story.separate("ann", "eve")
    assert (story.conflicts(), noted(place)) == ([], [JOHN])


def test_what_is_shared_is_none_while_it_is(story: Story) -> None:
    story.given(ann=entered("api", "Ann", [JOHN]), bob=entered("api", "Bob", [JOHN]))
    story.settings(shared_identifiers=[JOHN])
    assert story.conflicts() == []
    story.settings(shared_identifiers=[])
    assert story.conflicts() == [("ann", "bob", JOHN)]
