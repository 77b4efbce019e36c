"""After an undo the account is what it would be without the merge: docs/rules.md, "Undo".

Each test tells a story twice: with a merge that is undone at the end, and without it. Commands that
were refused or changed nothing in the first story are left out of the second, since they were never
recorded.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, suppress
from datetime import timedelta
from itertools import permutations

import pytest

from application.reads.activities import contact_activities
from application.refusals import NotFound, Refused
from tests.messages import JOHN, JOHN_TOO, MARY, ROW, csv_row, day, hubspot_contact, hubspot_lead
from tests.stores import Place
from tests.story import Story, begin

THIRD = "+13195550133"
ADDED = "+13195550144"
"""By an edit alone: an edit adds what was not shown, and that may differ in the two stories."""
EMAIL = "mary@b.test"
PEOPLE = ("john", "mary", "third")

SINCE: dict[str, Callable[[Story], object]] = {
    "a record with a number of john's": lambda s: s.given(r1=csv_row("One", [JOHN, ROW])),
    "a record with a number of mary's": lambda s: s.given(r2=csv_row("Two", [MARY, JOHN_TOO])),
    "a record with numbers of both": lambda s: s.given(r3=csv_row("Three", [JOHN, MARY])),
    "a record by mary's email": lambda s: s.given(r4=csv_row("Four", [JOHN_TOO], [EMAIL])),
    "an older record of mary's": lambda s: s.given(
        r5=hubspot_contact("5", "Five", [MARY], updated_at=day(1), city="Five")
    ),
    "a lead with a number of mary's": lambda s: s.given(r6=hubspot_lead("6", "Six", [MARY])),
    "john sent again": lambda s: s.given(
        again=hubspot_contact("1", "Johnny", [JOHN, ROW], city="Ames")
    ),
    "mary sent again": lambda s: s.given(again=hubspot_contact("2", "Marie", [MARY, JOHN_TOO])),
    "mary sent again with john's number": lambda s: s.given(
        again=hubspot_contact("2", "Marie", [JOHN], [EMAIL])
    ),
    "an edit of john": lambda s: s.edit("john", name="Jack", phones=[JOHN, ADDED]),
    "an edit of mary": lambda s: s.edit("mary", city="Boone"),
    "a call by john's number": lambda s: s.call("c1", JOHN),
    "a call by mary's number": lambda s: s.call("c2", MARY),
    "a message by nobody's number": lambda s: s.message("m3", ROW),
    "a call assigned to mary": lambda s: s.assign("of a lead", "mary"),
    "a call assigned to john": lambda s: s.assign("withheld", "john"),
    "john deleted": lambda s: s.delete("john"),
    "mary deleted": lambda s: s.delete("mary"),
    "john restored": lambda s: s.restore("john"),
    "mary restored": lambda s: s.restore("mary"),
    "john withdrawn": lambda s: s.withdraw("1"),
    "mary withdrawn": lambda s: s.withdraw("2"),
    "mary merged into a third": lambda s: s.merge("third", "mary"),
    "a third merged into john": lambda s: s.merge("john", "third"),
    "john and a third separated": lambda s: s.separate("john", "third"),
    "numbers never match from now on": lambda s: s.settings(integration_contacts="never"),
}


@pytest.fixture
def stories(
    new_places: Callable[[], AbstractContextManager[Place]],
) -> Iterator[Callable[[], Story]]:
    """New accounts."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(begin(opened.enter_context(new_places())))


def three_people(story: Story) -> Story:
    """John, Mary and a third; calls of the first two and of two leads, one withheld."""
    story.given(
        john=hubspot_contact("1", "John", [JOHN], updated_at=day(3)),
        mary=hubspot_contact("2", "Mary", [MARY], [EMAIL], updated_at=day(2), city="Carroll"),
        third=csv_row("Third", [THIRD]),
    )
    story.call("of john", JOHN)
    story.call("of mary", MARY)
    story.call("of a lead", ROW)
    story.call("of another", ADDED)
    story.call("withheld", None)
    return story


def happens(story: Story, action: Callable[[Story], object]) -> bool:
    """Whether something happened. The clock advances equally in both stories."""
    at, before = story.now, story.received
    try:
        action(story)
    except Refused:
        return False
    finally:
        story.now = at + timedelta(hours=1)
    received = story.received
    return received is None or received is before or received.outcome != "unchanged"


def picture(story: Story) -> tuple[object, ...]:
    """All that the account says now, without ids, and where the three people are in it."""
    return sorted(_looks(story, each.id) for each in story.contacts()), [
        _looks(story, name) for name in PEOPLE
    ]


def _looks(story: Story, name: str) -> str:
    try:
        contact = story.contact(name)
    except NotFound:
        return "deleted"
    with story.log.reading() as reading:
        activities = contact_activities(reading, contact.id).items
    records = [
        (each.source, each.external_id, each.name, each.phones, each.emails)
        for each in contact.records or ()
    ]
    return repr(
        (
            contact.kind,
            contact.name,
            contact.name_from and contact.name_from.since.timestamp(),
            [(each.value, each.by_hand, len(each.records)) for each in contact.phones],
            [each.value for each in contact.emails],
            [(name, v.value, v.since.timestamp()) for name, v in contact.attributes.items()],
            sorted(records, key=repr),
            sorted((each.id, each.linked_by) for each in activities),
            [(each.integration, each.external_id) for each in contact.counterparts],
        )
    )


def nothing(_: Story) -> None: ...


def merged_by_hand(
    stories: Callable[[], Story], survivor: str, absorbed: str, since: tuple[str, ...]
) -> None:
    merged, never = three_people(stories()), three_people(stories())
    happens(merged, lambda story: story.merge(survivor, absorbed))
    happens(never, nothing)
    goes_on(merged, never, survivor, absorbed, since)


def merged_by_rule(stories: Callable[[], Story], since: tuple[str, ...]) -> None:
    """Mary's record holds a number of John's; without the merge no rule was in force just then."""
    merged, never = stories(), stories()
    before: list[Callable[[Story], object]] = [
        lambda story: story.given(john=hubspot_contact("1", "John", [JOHN], updated_at=day(3))),
        lambda story: story.given(third=csv_row("Third", [THIRD])),
        lambda story: story.call("of john", JOHN),
        lambda story: story.call("of mary", MARY),
        lambda story: story.call("withheld", None),
    ]
    mary = hubspot_contact("2", "Mary", [MARY, JOHN], [EMAIL], updated_at=day(2), city="Carroll")
    rule: list[Callable[[Story], object]] = [
        lambda story: story.settings(integration_contacts="never"),
        lambda story: story.given(mary=mary),
        lambda story: story.settings(integration_contacts="phone"),
    ]
    after: list[Callable[[Story], object]] = [
        lambda story: story.call("of a lead", ROW),
        lambda story: story.call("of another", ADDED),
    ]
    for action in (*before, nothing, rule[1], nothing, *after):
        happens(merged, action)
    for action in (*before, *rule, *after):
        happens(never, action)
    merged.leads_to("mary", "john")
    goes_on(merged, never, "john", "mary", since)


def goes_on(
    merged: Story, never: Story, survivor: str, absorbed: str, since: tuple[str, ...]
) -> None:
    merge_id = merged.merges()[0].id
    for each in since:
        happened = happens(merged, SINCE[each])
        happens(never, SINCE[each] if happened else nothing)
    merged.undo_by_id(merge_id)
    with suppress(Refused):
        never.separate(survivor, absorbed)
    assert picture(merged) == picture(never)


@pytest.mark.parametrize("absorbed", ["john", "mary"])
@pytest.mark.parametrize("since", SINCE)
def test_whatever_happened_since(stories: Callable[[], Story], since: str, absorbed: str) -> None:
    survivor = "mary" if absorbed == "john" else "john"
    merged_by_hand(stories, survivor, absorbed, (since,))


@pytest.mark.parametrize("since", SINCE)
def test_whatever_happened_since_a_merge_by_rule(stories: Callable[[], Story], since: str) -> None:
    merged_by_rule(stories, (since,))


@pytest.mark.heavy
@pytest.mark.parametrize("since", list(permutations(SINCE, 2)), ids=", then ".join)
def test_whatever_two_things_happened_since_a_merge_by_rule(
    stories: Callable[[], Story], since: tuple[str, ...]
) -> None:
    merged_by_rule(stories, since)


@pytest.mark.heavy
@pytest.mark.parametrize("since", list(permutations(SINCE, 2)), ids=", then ".join)
def test_whatever_two_things_happened_since(
    stories: Callable[[], Story], since: tuple[str, ...]
) -> None:
    merged_by_hand(stories, "john", "mary", since)


def test_nothing_happened_since(stories: Callable[[], Story]) -> None:
    merged_by_hand(stories, "john", "mary", ())


def test_nothing_happened_since_a_merge_by_rule(stories: Callable[[], Story]) -> None:
    merged_by_rule(stories, ())
