"""A unique beginning of an id stands for it."""

from collections.abc import Callable

import pytest

from application.ports import Reading
from application.reads.ids import contact_id, import_id, merge_id
from application.refusals import NotFound, Refused
from tests.messages import JOHN, MARY, csv_row, entered
from tests.story import Story

Find = Callable[[Reading, str], str]


def find(story: Story, kind: Find, given: str) -> str:
    with story.log.reading() as reading:
        return kind(reading, given)


def refusal(story: Story, kind: Find, given: str) -> str:
    with pytest.raises(Refused) as refused:
        find(story, kind, given)
    return str(refused.value)


def johns(story: Story) -> Story:
    """John Jones, in whom John J was merged."""
    return story.given(john=csv_row("John Jones", [JOHN])).given(j=csv_row("John J", [JOHN]))


def test_a_beginning_that_only_one_has_is_enough(story: Story) -> None:
    story.given(**{f"c{n}": entered("api", f"Person {n}") for n in range(10)})
    first, last = story.id("c0"), story.id("c9")
    shared = 0
    while first[shared] == last[shared]:
        shared += 1
    assert shared >= 4
    assert find(story, contact_id, last[: shared + 1]) == last
    assert find(story, contact_id, first) == first


def test_an_ambiguous_one_names_five_with_their_names(story: Story) -> None:
    story.given(**{f"c{n}": entered("api", f"Person {n}") for n in range(7)})
    said = refusal(story, contact_id, story.id("c0")[:4])
    named = ", ".join(f"{story.id(f'c{n}')} (Person {n})" for n in range(5))
    assert said == (
        f"more than one contact begins with `{story.id('c0')[:4]}`: {named} and more; "
        "give more of it"
    )


def test_one_that_is_deleted_is_named_as_its_first_record_names_it(story: Story) -> None:
    story.given(one=entered("api", "Mary"), two=entered("api", "John")).delete("one")
    said = refusal(story, contact_id, story.id("one")[:4])
    assert f"{story.id('one')} (Mary), {story.id('two')} (John)" in said


@pytest.mark.parametrize("given", ["", "000", "0000~", "00%", "nobody", "ü" * 4])
def test_what_begins_no_id_is_not_found(story: Story, given: str) -> None:
    story.given(john=csv_row("John", [JOHN]))
    for kind in (contact_id, merge_id, import_id):
        with pytest.raises(NotFound):
            find(story, kind, given)


def test_absorbed_and_deleted_contacts_are_found(story: Story) -> None:
    johns(story).given(mary=csv_row("Mary", [MARY]))
    story.delete("mary")
    for name in ("j", "mary"):
        assert find(story, contact_id, story.id(name)) == story.id(name)


def test_the_id_of_a_merge_is_told_from_that_of_a_contact(story: Story) -> None:
    johns(story)
    merge = story.merges()[0].id
    assert find(story, merge_id, merge) == merge
    assert refusal(story, contact_id, merge) == (
        f"`{merge}` is a merge (John J into John Jones), not a contact; "
        f"its contacts are {story.id('john')} and {story.id('j')}"
    )


def test_the_id_of_a_contact_is_told_from_that_of_a_merge(story: Story) -> None:
    johns(story)
    merge, john, absorbed = story.merges()[0].id, story.id("john"), story.id("j")
    assert refusal(story, merge_id, john) == (
        f"`{john}` is a contact (John J), not a merge; `merges --contact {john}` lists its merges"
    )
    assert refusal(story, merge_id, absorbed) == (
        f"`{absorbed}` is a contact (John J), not a merge; the merge that absorbed it is {merge}"
    )
