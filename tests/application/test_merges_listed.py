"""Which merges are listed: by what matched, source, rule, import, day, and whether undone."""

from datetime import date

import pytest

from application.commands.receive_records import receive_records
from application.history.undo_merge import undo_merge
from application.reads import merges
from application.reads.merges import MergeFilter, list_merges
from application.refusals import Invalid
from infrastructure.account_log.log import EventLog
from tests.messages import csv_row, hubspot_contact

ANN, BOB, MAIL = "+13195550101", "+13195550102", "ann@example.test"
BY = "admin"


@pytest.fixture
def made(log: EventLog) -> dict[str, str]:
    """Merges: by a phone from a CRM, by an email and by a phone from an import, one undone."""
    received = receive_records(
        log,
        [
            hubspot_contact("1", "Ann", [ANN], [MAIL]),
            hubspot_contact("2", "Ann L", [ANN]),
            hubspot_contact("3", "Bob", [BOB]),
        ],
        by="hubspot",
    )
    rows = [
        csv_row("Ann Lee", ["+13195550109"], [MAIL]),
        csv_row("Robert", [BOB]),
        csv_row("Bobby", [BOB]),
    ]
    received += receive_records(log, rows, by=BY, import_id="file-1")
    names = {1: "by phone", 3: "by email", 4: "of a row", 5: "undone"}
    found = {name: received[place].merge_id or "" for place, name in names.items()}
    undo_merge(log, found["undone"], by=BY)
    return found


@pytest.mark.parametrize(
    ("only", "names"),
    [
        (MergeFilter(), ["undone", "of a row", "by email", "by phone"]),
        (MergeFilter(matched="(319) 555-0102"), ["undone", "of a row"]),
        (MergeFilter(matched="Ann@example.test"), ["by email"]),
        (MergeFilter(matched="+13195550199"), []),
        (MergeFilter(source="csv"), ["undone", "of a row", "by email"]),
        (MergeFilter(source="hubspot"), ["by phone"]),
        (MergeFilter(source="integration"), ["by phone"]),
        (MergeFilter(rule="csv"), ["undone", "of a row", "by email"]),
        (MergeFilter(rule="manual"), []),
        (MergeFilter(import_id="file-1", undone=False), ["of a row", "by email"]),
        (MergeFilter(undone=True), ["undone"]),
        (MergeFilter(undone=True, matched=ANN), []),
        (MergeFilter(day=date(2001, 1, 1)), []),
    ],
)
def test_those_are_listed_that_are_all_that_is_said(
    log: EventLog, made: dict[str, str], only: MergeFilter, names: list[str]
) -> None:
    called = {merge: name for name, merge in made.items()}
    with log.reading() as reading:
        found = [called.get(each.id) for each in list_merges(reading, only).items]
    assert [name for name in found if name] == names  # the account has older ones


def test_those_of_a_day_are_listed(log: EventLog, made: dict[str, str]) -> None:
    with log.reading() as reading:
        every = list_merges(reading).items
        day = every[0].at.date()
        of_day = list_merges(reading, MergeFilter(day=day)).items
    assert of_day == [each for each in every if each.at.date() == day]
    assert {each.id for each in of_day} >= {*made.values()}


def test_pages_with_few_of_them_lead_on(
    log: EventLog, made: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merges, "LOOKED_AT", 1)
    monkeypatch.setattr(merges, "AT_ONCE", 1)
    only, found, cursor = MergeFilter(rule="phone"), [], None
    with log.reading() as reading:
        while True:
            page = list_merges(reading, only, limit=1, cursor=cursor)
            found += [each.id for each in page.items]
            cursor = page.next
            if cursor is None:
                break
    monkeypatch.undo()
    with log.reading() as reading:
        every = list_merges(reading, only).items
    assert found == [each.id for each in every]
    assert found[0] == made["by phone"]


def test_what_is_no_phone_and_no_email_is_refused(log: EventLog) -> None:
    with log.reading() as reading, pytest.raises(Invalid, match="matched: `x` is not a valid"):
        list_merges(reading, MergeFilter(matched="x"))
