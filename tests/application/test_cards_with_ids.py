"""The card of a vCard file has an id, its UID, and is sent again by it: docs/rules.md."""

from collections.abc import Callable
from functools import partial

import pytest

from domain.records import Record, read_record
from tests.messages import JOHN, JOHN_TOO, MARY, csv_row, entered
from tests.story import Story

UID = "5F2C1D0A-8F1B-4C57-9A33-0C6A7C2E1B44"
card: Callable[..., Record] = partial(read_record, source="csv", region="US", external_id=UID)
CARD = card(name="John", phones=[JOHN], emails=["john@b.test"])


def outcome(story: Story, record: Record) -> tuple[str, str]:
    story.when(again=record)
    assert story.received is not None
    assert story.received.decision is not None
    return story.received.outcome, story.received.decision.because


def test_seen_for_the_first_time_it_is_matched_like_a_row(story: Story) -> None:
    story.given(john=entered("api", "J", [JOHN]))
    assert outcome(story, CARD) == ("merged", "phone_matched")


def test_the_same_card_again_changes_nothing(story: Story) -> None:
    story.given(john=CARD)
    length = story.length
    assert outcome(story, CARD) == ("unchanged", "nothing_new")
    assert story.length == length


def test_a_changed_card_updates_its_contact_and_is_not_matched(story: Story) -> None:
    story.given(john=CARD, mary=entered("api", "Mary", [MARY]))
    changed = card(name="John Jones", phones=[JOHN_TOO, MARY], emails=["john@b.test"])
    assert outcome(story, changed) == ("updated", "sent_again")
    story.live("john", "mary")
    story.shows("john", name="John Jones", phones=[JOHN_TOO, MARY], emails=["john@b.test"])


def test_another_card_of_the_same_content_is_another_record(story: Story) -> None:
    story.given(john=CARD)
    other = read_record(
        source="csv",
        region="US",
        external_id=UID[::-1],
        name="John",
        phones=[JOHN],
        emails=["john@b.test"],
    )
    assert outcome(story, other) == ("merged", "phone_matched")


def test_a_row_without_an_id_that_says_what_the_card_says_now_changes_nothing(
    story: Story,
) -> None:
    story.given(john=CARD)
    story.when(changed=card(name="Johnny", phones=[JOHN], emails=["john@b.test"]))
    now = csv_row("Johnny", ["(319) 555-5677"], ["john@b.test"])
    assert outcome(story, now) == ("unchanged", "same_csv_row")
    before = csv_row("John", [JOHN], ["john@b.test"])
    assert outcome(story, before) == ("merged", "phone_matched")


def test_deleted_by_hand_it_stays_deleted_until_it_says_something_new(story: Story) -> None:
    story.given(john=CARD).delete("john")
    assert outcome(story, CARD) == ("unchanged", "deleted_by_hand")
    story.when(new=card(name="John", phones=[JOHN, MARY]))
    story.live("new").shows("new", name="John", phones=[JOHN, MARY], emails=["john@b.test"])


def test_separated_it_stays_apart_when_it_comes_back(story: Story) -> None:
    story.given(john=entered("api", "J", [JOHN]), card=CARD).undo("card")
    story.delete("card")
    changed = card(name="Johnny", phones=[JOHN], emails=["john@b.test"])
    assert outcome(story, changed)[0] == "created"
    story.live("john", "again")


@pytest.mark.parametrize("integration", ["csv", "hubspot"])
def test_it_is_no_record_of_an_integration_with_the_same_id(story: Story, integration: str) -> None:
    story.given(john=CARD)
    same_id = read_record(
        source="integration", integration=integration, external_id=UID, region="US", phones=[MARY]
    )
    assert outcome(story, same_id)[0] == "created"
    assert story.contact("john").counterparts == []


def test_an_undone_merge_gives_it_back_as_it_was(story: Story) -> None:
    story.given(john=entered("api", "J", [JOHN]), card=CARD)
    story.when(changed=card(name="Johnny", phones=[JOHN, MARY]))
    story.undo("card")
    story.shows("card", name="Johnny", phones=[JOHN, MARY], emails=["john@b.test"])
    assert outcome(story, card(name="Johnny", phones=[JOHN, MARY])) == (
        "unchanged",
        "nothing_new",
    )
