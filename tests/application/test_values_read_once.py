"""A value read once stays as it was read: docs/rules.md, "Identifiers".

Number metadata changes from release to release. Here the same message is read with other metadata.
"""

import pytest

from domain.records import Record, read_record
from domain.value import replace
from tests.messages import JOHN, MARY, csv_row, entered, hubspot_contact, read_otherwise
from tests.story import Story

LOCAL = "319-555-5677"
"""As John's number is written."""
EMAIL = "John@b.test"
RECORD = hubspot_contact("1", "John", [LOCAL], [EMAIL])
ROW = csv_row("John", [LOCAL], [EMAIL])
READINGS: list[dict[str, str | None]] = [
    {LOCAL: None},
    {LOCAL: MARY},
    {EMAIL: None},
    {LOCAL: "+13195555670", EMAIL: "j@b.test"},
]


def outcome(story: Story, message: Record) -> str:
    story.when(message=message)
    assert story.received is not None
    return story.received.outcome


@pytest.mark.parametrize("message", [RECORD, ROW], ids=["a record", "a csv row"])
@pytest.mark.parametrize("reading", READINGS)
def test_the_same_message_read_otherwise_changes_nothing(
    story: Story, message: Record, reading: dict[str, str | None]
) -> None:
    story.given(mary=entered("api", "Mary", [MARY]), john=message)
    length = story.length
    assert outcome(story, read_otherwise(message, reading)) == "unchanged"
    assert story.length == length
    story.live("mary", "john").shows("john", name="John", phones=[JOHN], emails=["john@b.test"])


@pytest.mark.parametrize("message", [RECORD, ROW], ids=["a record", "a csv row"])
def test_a_value_that_was_not_matchable_stays_so(story: Story, message: Record) -> None:
    story.given(john=read_otherwise(message, {LOCAL: None}))
    assert outcome(story, message) == "unchanged"
    story.shows("john", name="John", phones=[LOCAL], emails=["john@b.test"])


def test_a_new_value_is_read_as_today_beside_one_that_stays(story: Story) -> None:
    story.given(john=RECORD)
    message = hubspot_contact("1", "John", [LOCAL, "319-555-0100"], [EMAIL])
    assert outcome(story, read_otherwise(message, {LOCAL: None})) == "updated"
    story.shows("john", name="John", phones=[JOHN, MARY], emails=["john@b.test"])


def test_two_spellings_that_are_one_number_now_stay_one(story: Story) -> None:
    story.given(john=RECORD)
    message = hubspot_contact("1", "John", [LOCAL, JOHN], [EMAIL])
    story.when(again=read_otherwise(message, {LOCAL: None}))
    story.shows("john", name="John", phones=[JOHN], emails=["john@b.test"])


def test_one_that_was_deleted_by_hand_stays_deleted(story: Story) -> None:
    story.given(john=RECORD).delete("john")
    assert outcome(story, read_otherwise(RECORD, {LOCAL: MARY})) == "unchanged"
    story.live()


def test_one_that_comes_back_has_the_values_that_it_had(story: Story) -> None:
    story.given(john=RECORD).delete("john")
    changed = replace(RECORD, name="Johnny")
    assert outcome(story, read_otherwise(changed, {LOCAL: MARY})) == "created"
    story.shows("message", name="Johnny", phones=[JOHN], emails=["john@b.test"])


def test_a_row_of_a_contact_that_was_deleted_by_hand_stays_deleted(story: Story) -> None:
    story.given(john=ROW).delete("john")
    assert outcome(story, read_otherwise(ROW, {LOCAL: MARY})) == "unchanged"
    story.live()


def test_a_row_stays_the_same_after_its_merge_was_undone(story: Story) -> None:
    story.given(john=entered("api", "John", [JOHN]), row=ROW).undo("row")
    assert outcome(story, read_otherwise(ROW, {LOCAL: MARY, EMAIL: None})) == "unchanged"
    story.live("john", "row")


def _read_in(region: str | None, source: str) -> Record:
    is_crm = source == "integration"
    return read_record(
        source="integration" if is_crm else "csv",
        integration="hubspot" if is_crm else None,
        external_id="1" if is_crm else None,
        region=region,
        phones=["030 5550174"],
        emails=["uwe@b.test"],
    )


@pytest.mark.parametrize("source", ["integration", "csv"])
@pytest.mark.parametrize("before", [None, "US"])
def test_with_another_region_it_is_read_anew(story: Story, before: str | None, source: str) -> None:
    """An admin corrects the region of the account and has everything sent again."""
    story.given(uwe=_read_in(before, source))
    assert outcome(story, _read_in("DE", source)) in {"updated", "merged"}
    assert "+49305550174" in {phone.value for phone in story.contact("uwe").phones}


def test_an_edit_that_repeats_a_value_as_it_is_shown_leaves_it(story: Story) -> None:
    """The row of Uwe, which names Germany, lies in an American account."""
    story.given(uwe=_read_in("DE", "csv"))
    story.edit("uwe", phones=["030 5550174", MARY])
    story.shows("uwe", phones=["+49305550174", MARY], emails=["uwe@b.test"])
