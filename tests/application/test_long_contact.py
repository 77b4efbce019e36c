"""A contact with very many records is shown in part; the rest is read page by page."""

from collections.abc import Callable

import pytest

from application.commands.receive_records import receive_records
from application.documents.contacts import FIRST_OF_A_VALUE
from application.documents.document import Page
from application.ports import Reading
from application.reads.contacts import (
    FIRST,
    contact_absorbed,
    contact_records,
    find_contacts,
    show_contact,
)
from application.refusals import Invalid, NotFound
from tests.messages import ADMIN, JOHN, JOHN_TOO, csv_row, entered
from tests.story import Story

MANY = FIRST + 30
Read = Callable[..., Page[str]]


def records(reading: Reading, contact_id: str, **page: object) -> Page[str]:
    found = contact_records(reading, contact_id, **page)  # type: ignore[arg-type]
    return Page(items=[each.id for each in found.items], next=found.next)


def long_contact(story: Story) -> list[str]:
    """A contact of so many records; their ids in the order in which they came."""
    rows = [csv_row(f"Row {number}", [JOHN], note=f"{number}") for number in range(MANY)]
    receive_records(story.log, rows, by=ADMIN)
    with story.log.reading() as reading:
        (contact,) = find_contacts(reading, phone=JOHN).items
        absorbed = reading.absorbed(contact.id)
    return [contact.id, *absorbed]


def test_its_document_has_the_first_and_says_how_many_there_are(story: Story) -> None:
    john, *absorbed = ids = long_contact(story)
    contact = story.contact(john)
    assert [each.id for each in contact.records or ()] == ids[:FIRST]
    assert contact.records_total == MANY
    assert (contact.absorbed, contact.absorbed_total) == (absorbed[:FIRST], MANY - 1)
    (phone,) = contact.phones
    assert (phone.records, phone.records_total) == (ids[:FIRST_OF_A_VALUE], MANY)


def test_the_rest_follows_where_its_document_ends(story: Story) -> None:
    john, *absorbed = ids = long_contact(story)
    contact = story.contact(john)
    with story.log.reading() as reading:
        further = records(reading, john, cursor=contact.records_next)
        ids_further = contact_absorbed(reading, john, cursor=contact.absorbed_next)
    assert (further.items, further.next) == (ids[FIRST:], None)
    assert (ids_further.items, ids_further.next) == (absorbed[FIRST:], None)


@pytest.mark.parametrize("limit", [1, 7, MANY - 1, MANY, MANY + 1])
def test_pages_of_any_size_have_each_once(story: Story, limit: int) -> None:
    john, *absorbed = ids = long_contact(story)
    for read, expected in ((records, ids), (contact_absorbed, absorbed)):
        found: list[str] = []
        cursor, pages = None, 0
        with story.log.reading() as reading:
            while pages == 0 or cursor is not None:
                page = read(reading, john, limit=limit, cursor=cursor)
                assert 0 < len(page.items) <= limit
                found, cursor, pages = found + page.items, page.next, pages + 1
        assert found == expected


def test_a_short_one_has_all_and_no_more(story: Story) -> None:
    story.given(john=entered("api", "John", [JOHN]))
    contact = story.contact("john")
    assert (contact.records_total, contact.records_next) == (1, None)
    assert (contact.absorbed, contact.absorbed_total, contact.absorbed_next) == ([], 0, None)
    with story.log.reading() as reading:
        assert [each.id for each in contact_records(reading, contact.id).items] == [contact.id]
        assert contact_absorbed(reading, contact.id).items == []


def test_lists_name_neither(story: Story) -> None:
    story.given(john=entered("api", "John", [JOHN]))
    (contact,) = story.contacts()
    assert not {"records", "absorbed"} & {each.partition("_")[0] for each in contact.model_dump()}


@pytest.mark.parametrize("read", [contact_records, contact_absorbed])
def test_an_absorbed_id_leads_to_its_survivor_and_a_deleted_one_is_missing(
    story: Story, read: Read
) -> None:
    story.given(john=entered("api", "John", [JOHN]), mary=entered("api", "Mary", [JOHN_TOO]))
    story.merge("john", "mary")
    with story.log.reading() as reading:
        assert read(reading, story.id("mary")) == read(reading, story.id("john"))
        with pytest.raises(NotFound):
            read(reading, "nobody")
        with pytest.raises(Invalid, match="cursor"):
            read(reading, story.id("john"), cursor="none")
    story.delete("john")
    with story.log.reading() as reading, pytest.raises(NotFound):
        read(reading, story.id("john"))


def test_one_that_was_deleted_is_shown_where_that_is_asked_for(story: Story) -> None:
    story.given(john=entered("api", "John", [JOHN]))
    story.delete("john")
    with story.log.reading() as reading:
        contact = show_contact(reading, story.id("john"), also_deleted=True)
    assert (contact.deleted, contact.phones, contact.records_total) == (True, [], 1)
