"""A merge by a rule of two whose names share no word: docs/rules.md, "Look at these first"."""

import pytest

from application.commands.settle_attention import settle_attention
from application.refusals import NotFound
from tests.application.attention.looking import items, looked_at, row
from tests.messages import ADMIN, JOHN, JOHN_TOO, MARY, entered, hubspot_contact
from tests.story import Story


def test_names_without_a_common_word_are_looked_at(story: Story) -> None:
    story.given(ann=row("Ann Lee", JOHN), bob=row("Bob Wood", JOHN))

    (item,) = items(story)

    assert item.id == story.merges()[0].id
    assert (item.kind, item.contact_id, item.name) == ("merge", story.id("ann"), "Bob Wood")
    assert item.names == ["Ann Lee", "Bob Wood"]
    assert item.merge == story.merges()[0]
    assert item.because == (
        "“Bob Wood” was merged into “Ann Lee”, and the names share no word: "
        f"a phone number matched: {JOHN}"
    )


@pytest.mark.parametrize("name", ["Ann Lee", "LEE, ann", "A. Wood", "Lee", "", None, "-"])
def test_names_that_may_be_of_one_person_are_not(story: Story, name: str | None) -> None:
    story.given(ann=row("Ann Lee", JOHN), other=row(name, JOHN, MARY))

    assert looked_at(story) == []


def test_a_merge_by_hand_is_not(story: Story) -> None:
    story.given(ann=row("Ann", JOHN), bob=row("Bob", MARY)).merge("ann", "bob")

    assert looked_at(story) == []


def test_a_merge_by_a_first_identifier_is(story: Story) -> None:
    story.given(ann=row("Ann", JOHN), bob=hubspot_contact("1", "Bob"))

    story.when(bob=hubspot_contact("1", phones=[JOHN]))

    assert items(story)[0].names == ["Ann", "Bob"]


def test_an_undone_merge_leaves(story: Story) -> None:
    story.given(ann=row("Ann", JOHN), bob=row("Bob", JOHN)).undo("bob")

    assert looked_at(story) == []


def test_a_settled_merge_leaves_for_good(story: Story) -> None:
    story.given(ann=row("Ann", JOHN), bob=row("Bob", JOHN))
    merge = story.merges()[0].id

    assert settle_attention(story.log, merge, by=ADMIN) == merge

    assert looked_at(story) == []
    assert story.told("ann")[-1] == "AttentionSettled"
    length = story.length
    settle_attention(story.log, merge, by=ADMIN)
    assert story.length == length
    story.when(cyd=row("Cyd", JOHN))
    assert looked_at(story) == ["cyd"]


def test_a_merge_that_was_never_listed_can_be_settled_and_changes_nothing(story: Story) -> None:
    story.given(ann=row("Ann", JOHN), too=row("Ann", JOHN, MARY))
    length = story.length

    settle_attention(story.log, story.merges()[0].id, by=ADMIN)

    assert story.length == length


@pytest.mark.parametrize("item", ["nothing", "+13195550000", "nobody@example.test", ""])
def test_what_is_not_there_cannot_be_settled(story: Story, item: str) -> None:
    with pytest.raises(NotFound, match="there is no merge, phone, email or job to look at"):
        settle_attention(story.log, item, by=ADMIN)


def test_it_goes_along_when_its_contact_is_merged_and_comes_back(story: Story) -> None:
    story.given(ann=row("Ann", JOHN), bob=row("Bob", JOHN), cyd=entered("api", "Cyd", [MARY]))
    story.merge("cyd", "ann")
    story.call("first", MARY)
    assert [(each.contact_id, each.calls) for each in items(story)] == [(story.id("cyd"), 1)]

    story.undo("ann")

    assert [(each.contact_id, each.calls) for each in items(story)] == [(story.id("ann"), 0)]


def test_a_merge_that_an_undo_makes_is_looked_at(story: Story) -> None:
    # Without the first merge, the third row joins Bob by his number.
    story.given(ann=row("Ann", JOHN), bob=row("Bob", JOHN, JOHN_TOO), cyd=row("Cyd", JOHN_TOO))
    assert looked_at(story) == ["cyd", "bob"]

    story.undo("bob")

    assert [each.names for each in items(story)] == [["Bob", "Cyd"]]
    assert items(story)[0].contact_id == story.id("bob")


def test_a_merge_of_another_contact_since_an_undo_is_looked_at_again(story: Story) -> None:
    # Bob said no number yet. Deleted with Dee, what he says next counts as a record never seen.
    story.given(ann=row("Ann", JOHN), bob=hubspot_contact("1", "Bob"), dee=row("Dee", MARY))
    story.merge("dee", "bob")
    story.delete("dee")
    story.given(again=hubspot_contact("1", "Bob", phones=[JOHN]))
    story.restore("dee")
    assert looked_at(story) == ["again"]
    merge = items(story)[0].id
    settle_attention(story.log, merge, by=ADMIN)

    # Without that merge Bob was never deleted: it is his own contact that the number merges.
    story.undo("bob")

    assert [(each.id, each.names) for each in items(story)] == [(merge, ["Ann", "Bob"])]
    assert looked_at(story) == ["bob"]


def test_the_list_is_by_calls_most_first_then_newest(story: Story) -> None:
    story.given(
        ann=row("Ann", JOHN),
        bob=row("Bob", JOHN),
        cyd=row("Cyd", JOHN_TOO),
        dee=row("Dee", JOHN_TOO),
        eve=row("Eve", MARY),
        fay=row("Fay", MARY),
    )
    story.call("first", JOHN_TOO)
    story.message("second", JOHN_TOO)
    story.call("third", JOHN)

    assert looked_at(story) == ["dee", "bob", "fay"]
    assert [each.calls for each in items(story, limit=1)] == [2, 1, 0]
    story.assign("first", "eve")
    story.assign("third", "eve")
    assert [(each.name, each.calls) for each in items(story, limit=2)] == [
        ("Fay", 2),
        ("Dee", 1),
        ("Bob", 0),
    ]


def test_a_deleted_contact_has_no_calls(story: Story) -> None:
    story.given(ann=row("Ann", JOHN), bob=row("Bob", JOHN)).call("first", JOHN)
    story.delete("ann")
    assert [each.calls for each in items(story)] == [0]

    story.restore("ann")

    assert [each.calls for each in items(story)] == [1]
