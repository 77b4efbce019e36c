"""A contact is found by the id that a CRM knows its record by."""

import pytest

from application.reads.contacts import list_integrations, show_contact_of_record
from application.refusals import NotFound
from domain.records import RecordKind
from tests.messages import JOHN, entered, hubspot_contact, hubspot_lead
from tests.story import Story


def holder(story: Story, external_id: str, kind: RecordKind = "contact") -> str:
    with story.log.reading() as reading:
        return story.name(show_contact_of_record(reading, "hubspot", kind, external_id).id)


def test_the_contact_that_has_it(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN]), lead=hubspot_lead("1", "Other"))
    assert (holder(story, "1"), holder(story, "1", "lead")) == ("john", "lead")


def test_after_a_merge_it_is_the_survivor(story: Story) -> None:
    story.given(john=entered("api", "John", [JOHN])).given(crm=hubspot_contact("1", "J", [JOHN]))
    assert holder(story, "1") == "john"


def test_after_an_undo_it_has_its_own_again(story: Story) -> None:
    story.given(john=entered("api", "John", [JOHN])).given(crm=hubspot_contact("1", "J", [JOHN]))
    story.undo("crm")
    assert holder(story, "1") == "crm"


def test_none_has_it(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN]), mary=hubspot_contact("2", "Mary"))
    story.delete("john")
    story.withdraw("2")
    for external_id in ("1", "2", "3", ""):
        with pytest.raises(NotFound, match=f"no record `hubspot/contact/{external_id}`"):
            holder(story, external_id)


def test_the_integrations_that_have_sent_records(story: Story) -> None:
    with story.log.reading() as reading:
        assert list_integrations(reading).items == []
    story.given(a=entered("api", "A"), john=hubspot_contact("1", "John", [JOHN]))
    with story.log.reading() as reading:
        assert [each.name for each in list_integrations(reading).items] == ["hubspot"]
