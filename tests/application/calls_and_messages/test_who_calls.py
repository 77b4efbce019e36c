"""Who is calling: whom a call from a number would go to, and why. Nothing is recorded."""

import pytest

from application.documents.callers import CallerDocument
from application.reads.who_calls import OTHERS, RECENT, who_calls
from application.refusals import Invalid
from tests.messages import JOHN, MARY, entered, hubspot_lead
from tests.story import Story

NEW_LEAD = "nobody holds the number: a call from it would make a new lead"
WITHHELD = "the number is withheld, or is no phone number: a call from it belongs to nobody"


def who(story: Story, number: str) -> CallerDocument:
    with story.log.reading() as reading:
        return who_calls(reading, number)


def names(story: Story, caller: CallerDocument) -> list[str]:
    return [story.name(each.contact_id) for each in caller.others]


def test_the_only_one_who_holds_the_number(story: Story) -> None:
    story.given(john=entered("api", "John", [JOHN]), mary=entered("api", "Mary", [MARY]))
    caller = who(story, "(319) 555-5677")
    assert caller.contact is not None
    assert story.name(caller.contact.id) == "john"
    assert caller.number == JOHN
    assert caller.because == "the only one who holds the number"
    assert (caller.others, caller.others_total) == ([], 0)


def test_the_most_recently_updated_of_two(story: Story) -> None:
    story.given(john=entered("api", "John", [JOHN])).given(mary=entered("api", "Mary", [JOHN]))
    story.days_pass(40).edit("john", city="Ames")
    caller = who(story, JOHN)
    assert caller.contact is not None
    assert story.name(caller.contact.id) == "john"
    assert caller.because.startswith("the most recently updated of 2 who hold the number: updated ")
    updated = caller.contact.updated_at
    assert caller.because.endswith(f" {updated.day} {updated:%B} {updated.year}")
    assert names(story, caller) == ["mary"]
    assert [each.name for each in caller.others] == ["Mary"]


def test_a_contact_before_leads(story: Story) -> None:
    story.given(john=entered("api", "John", [JOHN]), lead=hubspot_lead("1", "Lead", [JOHN]))
    story.settings(integration_leads="never")
    story.given(other=hubspot_lead("2", "Other", [JOHN]))
    caller = who(story, JOHN)
    assert caller.contact is not None
    assert caller.contact.kind == "contact"
    assert caller.because == ("the only contact that holds the number: contacts come before leads")
    assert [each.kind for each in caller.others] == ["lead"]


def test_the_only_one_with_an_extension(story: Story) -> None:
    story.given(john=entered("api", "John", [f"{JOHN} ext. 12"]))
    caller = who(story, JOHN)
    assert caller.contact is not None
    assert caller.because == (
        "nobody holds exactly this number; the only one who holds it with an extension"
    )


def test_several_with_an_extension_are_told_and_none_is_chosen(story: Story) -> None:
    story.given(john=entered("api", "John", [f"{JOHN} ext. 12"]))
    story.given(mary=entered("api", "Mary", [f"{JOHN} ext. 13"]))
    caller = who(story, JOHN)
    assert (caller.contact, caller.because) == (None, NEW_LEAD)
    assert names(story, caller) == ["mary", "john"]


def test_a_lead_of_an_earlier_call(story: Story) -> None:
    story.call("first", JOHN)
    caller = who(story, JOHN)
    assert caller.contact is not None
    assert caller.contact.kind == "lead"
    assert caller.because == (
        "no contact holds the number; an earlier call or message from it made this lead"
    )


def test_nobody(story: Story) -> None:
    before = story.length
    caller = who(story, JOHN)
    assert (caller.contact, caller.because, caller.number) == (None, NEW_LEAD, JOHN)
    assert story.length == before


@pytest.mark.parametrize("number", ["anonymous", "266696687", "private", "n/a", "12", "  "])
def test_a_withheld_number(story: Story, number: str) -> None:
    caller = who(story, number)
    assert (caller.contact, caller.because, caller.recent) == (None, WITHHELD, [])


def test_a_number_that_cannot_be_read_is_refused(story: Story) -> None:
    with pytest.raises(Invalid, match=r"^number: is too long"):
        who(story, "3" * 2_000)


def test_the_last_activities_and_the_last_from_the_number(story: Story) -> None:
    story.given(john=entered("api", "John", [JOHN, MARY]))
    assert who(story, JOHN).last_from_number is None
    for number in range(RECENT + 2):
        story.call(f"call {number}", MARY)
    story.message("message", JOHN)
    story.call("last", MARY)
    caller = who(story, JOHN)
    assert {each.id for each in caller.recent[:2]} == {"last", "message"}
    assert len(caller.recent) == RECENT
    assert caller.last_from_number == story.activity("message").sent_at


def test_many_who_hold_the_number_are_counted(story: Story) -> None:
    for number in range(OTHERS + 6):
        story.given(**{f"person {number}": entered("api", f"Person {number}", [JOHN])})
    caller = who(story, JOHN)
    assert caller.contact is not None
    assert caller.contact.name == f"Person {OTHERS + 5}"
    assert names(story, caller) == [f"person {OTHERS + 4 - each}" for each in range(OTHERS)]
    assert caller.others_total == OTHERS + 5
