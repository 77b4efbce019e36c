"""Rows that are taken out: their contacts, values, calls and ids."""

from collections.abc import Callable
from functools import partial

import pytest

from application.refusals import Conflict, NotFound
from domain.records import Record, read_record
from tests.imports import undo_import
from tests.messages import JOHN, MARY, ROW, csv_row, hubspot_contact
from tests.story import Story


def test_contacts_that_only_it_brought_are_gone(story: Story) -> None:
    file = story.imports(john=csv_row("John", [JOHN]), mary=csv_row("Mary", [MARY]))
    assert story.undo_import(file) == {}
    assert story.contacts() == []
    assert story.is_deleted("john")


def test_what_a_row_added_to_a_contact_is_gone(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN]))
    file = story.imports(row=csv_row("Johnny", [JOHN, ROW]))
    story.undo_import(file)
    story.live("john").shows("john", name="John", phones=[JOHN])
    assert story.merged() == []


def test_its_id_still_leads_to_the_contact_that_it_joined(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN]))
    file = story.imports(row=csv_row("Johnny", [JOHN]))
    story.undo_import(file)
    story.leads_to("row", "john")


def test_records_that_joined_its_contact_stay(story: Story) -> None:
    file = story.imports(row=csv_row("Johnny", [JOHN]))
    story.given(john=hubspot_contact("1", "John", [JOHN]))
    story.undo_import(file)
    story.live("john").shows("john", name="John", phones=[JOHN]).leads_to("row", "john")


def test_contacts_that_only_a_row_held_together_are_two(story: Story) -> None:
    file = story.imports(row=csv_row("Both", [JOHN, MARY]))
    story.given(john=hubspot_contact("1", "John", [JOHN]), mary=hubspot_contact("2", "M", [MARY]))
    story.live("row")
    story.undo_import(file)
    story.live("john", "mary")


def test_it_separates_nobody(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN]))
    file = story.imports(row=csv_row("Johnny", [JOHN]))
    story.undo_import(file)
    story.when(again=csv_row("Johnny", [JOHN])).leads_to("again", "john")


def test_the_same_file_can_be_imported_again(story: Story) -> None:
    rows = {"john": csv_row("John", [JOHN]), "mary": csv_row("Mary", [MARY])}
    story.undo_import(story.imports(**rows))
    file = story.imports(**{f"{name}_again": row for name, row in rows.items()})
    story.live("john_again", "mary_again")
    story.undo_import(file)
    assert story.contacts() == []


def test_calls_go_where_they_would_have_been(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN]))
    file = story.imports(row=csv_row("Mary", [MARY]))
    story.call("of mary", MARY)
    story.call("of john", JOHN)
    story.undo_import(file)
    assert story.activity("of mary").linked_by == "new_lead"
    story.belongs("of john", "john", by="number")


def test_what_it_updated_is_as_before(story: Story) -> None:
    card: Callable[..., Record] = partial(
        read_record, source="csv", region="US", external_id="5F2C"
    )
    story.imports(john=card(name="John", phones=[JOHN]))
    file = story.imports(changed=card(name="Johnny", phones=[JOHN, ROW]))
    story.shows("john", name="Johnny", phones=[JOHN, ROW])
    story.undo_import(file)
    story.shows("john", name="John", phones=[JOHN])


def test_a_merge_is_undone_afterwards_as_if_the_rows_had_never_come(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN]))
    file = story.imports(row=csv_row("Johnny", [JOHN, MARY]))
    story.given(mary=hubspot_contact("2", "Mary", [MARY]))
    story.undo_import(file)
    story.live("john", "mary")
    story.merge("john", "mary")
    story.undo("mary")
    story.live("john", "mary").shows("john", name="John", phones=[JOHN])


def test_another_import_stays(story: Story) -> None:
    first = story.imports(john=csv_row("John", [JOHN]))
    story.imports(johnny=csv_row("Johnny", [JOHN, ROW]))
    story.undo_import(first)
    story.live("johnny").shows("johnny", name="Johnny", phones=[JOHN, ROW])


def test_a_second_undo_is_refused(story: Story) -> None:
    file = story.imports(john=csv_row("John", [JOHN]))
    story.undo_import(file)
    length = story.length
    with pytest.raises(Conflict, match=f"import `{file}` is already undone"):
        story.undo_import(file)
    assert story.length == length


def test_an_import_that_is_not_there_is_refused(story: Story) -> None:
    with pytest.raises(NotFound, match="there is no import `nothing`"):
        story.undo_import("nothing")


def test_one_that_changed_nothing_can_be_undone(story: Story) -> None:
    story.given(john=csv_row("John", [JOHN]))
    file = story.imports(again=csv_row("John", [JOHN]))
    assert story.undo_import(file) == {}
    story.live("john")


def test_the_undo_of_an_import_is_itself_no_import(story: Story) -> None:
    undo = undo_import(story.log, story.imports(john=csv_row("John", [JOHN])))
    with pytest.raises(NotFound, match=f"there is no import `{undo.job_id}`"):
        story.undo_import(undo.job_id)
