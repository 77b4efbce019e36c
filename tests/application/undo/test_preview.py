"""What the undo of a merge would do is said before, and comes out so."""

from application.history.undo_preview import Restored, UndoPreview, preview_undo
from tests.messages import JOHN, MARY, csv_row, hubspot_contact
from tests.story import Story


def preview(story: Story, absorbed: str) -> UndoPreview:
    """What it would do; then it is undone, and the account was as before until then."""
    (merge,) = (each for each in story.merges() if each.absorbed_name == absorbed)
    length = story.length
    said = preview_undo(story.log, merge.id, at_most=100)
    assert story.length == length
    restored = story.undo_by_id(merge.id)
    assert len(said.restored) == len(restored)
    return said


def test_the_absorbed_contact_lives_again_with_what_is_its_own(story: Story) -> None:
    story.given(john=csv_row("John Jones", [JOHN]))
    story.given(j=csv_row("John J", [JOHN, MARY]))
    said = preview(story, "John J")
    assert said == UndoPreview([Restored("John J", 1, 2, 0)], 0, 0, 0)


def test_calls_that_would_go_elsewhere_are_counted(story: Story) -> None:
    story.given(john=csv_row("John Jones", [JOHN]))
    story.given(j=csv_row("John J", [JOHN, MARY]))
    story.call("first", MARY)
    assert preview(story, "John J").activities == 1


def test_what_joined_by_it_goes_along(story: Story) -> None:
    """Mary has only what John J brought, so both are one without John Jones."""
    story.given(john=csv_row("John Jones", [JOHN]))
    story.given(j=csv_row("John J", [JOHN], ["j@x.test"]))
    story.given(mary=csv_row("Mary", [], ["j@x.test"]))
    assert preview(story, "John J") == UndoPreview([Restored("Mary", 2, 1, 1)], 0, 0, 0)


def test_a_merge_with_the_other_side_stays_a_merge(story: Story) -> None:
    """The CRM's record needs a number and an email of one contact: John J's, on his own."""
    story.settings(integration_contacts="phone_and_email")
    story.given(john=csv_row("John Jones", [JOHN]))
    story.given(j=csv_row("John J", [JOHN], ["j@x.test"]))
    story.given(crm=hubspot_contact("1", "J.", [JOHN], ["j@x.test"]))
    said = preview(story, "John J")
    assert (said.also_undone, said.made) == (0, 0)
    assert story.merged() == [("crm", "j")]
