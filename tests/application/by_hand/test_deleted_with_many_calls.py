"""Of very many calls some are linked anew when their contact is deleted, a job links the others.

docs/rules.md, "What a merged contact says": it comes out as if all were linked at once.
"""

from contextlib import closing
from typing import Any

import pytest

from application.commands.link_activities import link_anew
from application.jobs import link_activities
from application.refusals import Conflict
from infrastructure.account_log import work
from infrastructure.backup import back_up, restore
from infrastructure.bootstrap import open_store
from infrastructure.jobs.carry_out import cancel_job, carry_out_next, go_on_here
from infrastructure.jobs.links import links_to_do
from infrastructure.storage.jobs import find_job, job_tried
from tests.messages import JOHN, MARY, csv_row, entered, hubspot_contact
from tests.stores import Place
from tests.story import Story

CALLS = ("call 1", "call 2", "call 3", "call 4", "call 5")


@pytest.fixture(autouse=True)
def two_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "LINKED_AT_ONCE", 1)
    monkeypatch.setattr(link_activities, "STEP", 2)


def has_called(story: Story) -> Story:
    """John called five times."""
    story.given(john=csv_row("John", [JOHN, MARY]))
    for call in CALLS:
        story.call(call, JOHN)
    return story


def link_the_others(story: Story) -> list[int]:
    """Do the jobs. Returns how many calls each linked."""
    return [go_on_here(story.log, job).done for job in links_to_do(story.log)]


def test_all_go_to_the_lead_that_was_captured_for_the_first(story: Story) -> None:
    has_called(story).delete("john")
    story.belongs("call 1", f"lead {JOHN}", by="new_lead").belongs("call 2", "john")
    assert link_the_others(story) == [4]
    for call in CALLS[1:]:
        story.belongs(call, f"lead {JOHN}", by="number")
    story.live(f"lead {JOHN}")
    assert links_to_do(story.log) == []


def test_the_first_of_each_number_is_linked_at_once(story: Story) -> None:
    has_called(story).call("other", MARY)
    story.delete("john")
    story.belongs("other", f"lead {MARY}", by="new_lead")
    story.live(f"lead {JOHN}", f"lead {MARY}")
    assert link_the_others(story) == [4]


def test_whoever_calls_meanwhile_is_the_same_lead(story: Story) -> None:
    has_called(story).delete("john")
    story.call("call 6", JOHN)
    link_the_others(story)
    story.belongs("call 5", f"lead {JOHN}").belongs("call 6", f"lead {JOHN}")
    story.live(f"lead {JOHN}")


def test_who_gets_the_number_meanwhile_gets_all_of_them(story: Story) -> None:
    has_called(story).delete("john")
    story.when(row=csv_row("Row", [JOHN]), newer=entered("api", "Newer", [JOHN]))
    assert link_the_others(story) == [4]
    for call in CALLS:
        story.belongs(call, "row")


def test_they_go_where_the_first_went_though_another_is_more_recent_now(story: Story) -> None:
    story.given(one=entered("api", "One", [JOHN]), two=entered("api", "Two", [JOHN]))
    story.given(john=entered("api", "John", [JOHN]))
    for call in CALLS:
        story.call(call, JOHN)
    story.delete("john")
    story.edit("one", city="Ames")
    link_the_others(story)
    for call in CALLS:
        story.belongs(call, "two", by="most_recent")


def test_one_that_somebody_assigned_meanwhile_stays_there(story: Story) -> None:
    has_called(story).given(mary=csv_row("Mary", ["+15155550100"]))
    story.delete("john")
    story.assign("call 4", "mary")
    assert link_the_others(story) == [3]
    story.belongs("call 4", "mary", by="assigned").belongs("call 5", f"lead {JOHN}")


def test_if_its_new_contact_is_deleted_meanwhile_they_are_linked_by_their_number(
    story: Story,
) -> None:
    story.given(one=entered("api", "One", [JOHN]), john=entered("api", "John", [JOHN]))
    for call in CALLS:
        story.call(call, JOHN)
    story.delete("john")
    story.belongs("call 1", "one").delete("one")
    link_the_others(story)
    for call in CALLS:
        story.belongs(call, f"lead {JOHN}")
    story.live(f"lead {JOHN}")


def test_who_has_no_record_left_gives_them_away_likewise(story: Story) -> None:
    story.given(john=hubspot_contact("1", "John", [JOHN]))
    for call in CALLS:
        story.call(call, JOHN)
    story.withdraw("1")
    assert link_the_others(story) == [4]
    story.live(f"lead {JOHN}")


def test_who_has_no_edit_left_gives_them_away_likewise(story: Story) -> None:
    story.given(john=hubspot_contact("1", None, [JOHN]))
    for number, call in enumerate(CALLS):
        story.call(call, (JOHN, MARY)[number % 2])
    story.edit("john", phones=[JOHN, MARY])
    story.withdraw("1")
    story.belongs("call 4", "john").edit("john", phones=[])
    assert link_the_others(story) == [3]
    story.live(f"lead {JOHN}", f"lead {MARY}")


def test_it_cannot_be_restored_until_they_are_linked(story: Story) -> None:
    has_called(story).delete("john")
    with pytest.raises(Conflict, match=r"the calls of contact `\w+` are still going to others"):
        story.restore("john")
    link_the_others(story)
    story.restore("john")
    for call in CALLS:
        story.belongs(call, "john")


def test_an_undo_of_before_finds_them_where_they_would_be(story: Story) -> None:
    has_called(story).given(same=csv_row("Same", [JOHN]), mary=csv_row("Mary", ["+15155550100"]))
    story.assign("call 2", "same")
    story.delete("john")
    link_the_others(story)
    story.undo("same")
    story.live("same", "mary").belongs("call 2", "same").belongs("call 5", "same")


def test_the_job_cannot_be_cancelled(story: Story) -> None:
    has_called(story).delete("john")
    (job,) = links_to_do(story.log)
    with story.log.commit() as part, pytest.raises(Conflict, match="cannot be cancelled"):
        cancel_job(story.log, part.session, job.id)
    assert link_the_others(story) == [4]


def test_a_backup_takes_the_job_along(story: Story, place: Place) -> None:
    has_called(story).delete("john")
    (job,) = links_to_do(story.log)
    file = place.folder / "backup"
    back_up(story.log, file)
    restore(open_store(place.url), "restored", file)
    with closing(place.open("restored")) as log:
        assert carry_out_next(log, "changes")
        with log.snapshot() as session:
            assert find_job(session, job.id).done == job.total == 4
    link_the_others(story)


def test_a_job_whose_process_ended_goes_on_with_the_rest(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_called(story).delete("john")
    (job,) = links_to_do(story.log)
    with story.log.database.writing() as session:
        job_tried(session, job.id)

    class Killed(BaseException): ...

    steps = iter(range(1))

    def killed_at_the_second_step(*given: Any, **named: Any) -> bool:
        if next(steps, None) is None:
            raise Killed
        return link_anew(*given, **named)

    with monkeypatch.context() as patched:
        patched.setattr(link_activities, "link_anew", killed_at_the_second_step)
        with pytest.raises(Killed):
            carry_out_next(story.log, "changes")
    with story.log.snapshot() as session:
        assert find_job(session, job.id).done == 2
    assert link_the_others(story) == [4]
    story.belongs("call 5", f"lead {JOHN}")
