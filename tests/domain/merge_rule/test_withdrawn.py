"""A record that its source takes back: docs/rules.md, "The merge rule", "Calls and messages"."""

from domain.contact import DeletedContact
from tests.domain.merge_rule.expected import imported, merged_by_phone, withdrawn
from tests.given_when_then import given
from tests.messages import (
    JOHN,
    JOHN_TOO,
    MARY,
    ROW,
    Withdrawal,
    csv_row,
    day,
    entered,
    hubspot_contact,
    hubspot_lead,
)

RECORD = hubspot_contact("1", "John", [JOHN, JOHN_TOO], ["john@b.test"], day(5), city="Ames")


def test_it_leaves_its_contact_with_all_that_only_it_said() -> None:
    row = csv_row("John J", [JOHN, ROW])
    given(row, RECORD).when(Withdrawal("1")).then(withdrawn("c1", "c2")).shows(
        "c1", name="John J", phones=[JOHN, ROW]
    )


def test_older_values_of_other_records_show_again() -> None:
    older = hubspot_contact("2", "Jack", [JOHN], updated_at=day(1), city="Boone")
    given(older, RECORD).shows(
        "c1", name="John", phones=[JOHN, JOHN_TOO], emails=["john@b.test"], city="Ames"
    ).when(Withdrawal("1")).then(withdrawn("c1", "c2")).shows(
        "c1", name="Jack", phones=[JOHN], city="Boone"
    )


def test_a_contact_left_without_records_is_deleted() -> None:
    story = given(RECORD).when(Withdrawal("1")).then(withdrawn("c1", "c1")).contacts()
    assert isinstance(story.account.states["c1"], DeletedContact)


def test_the_first_record_may_leave_and_the_contact_stays_with_its_id() -> None:
    given(RECORD, csv_row("Row", [JOHN])).when(Withdrawal("1")).then(withdrawn("c1", "c1")).shows(
        "c1", name="Row", phones=[JOHN]
    )


def test_a_contact_left_with_lead_records_alone_is_a_lead_again() -> None:
    lead = hubspot_lead("7", "Lead", [JOHN])
    given(RECORD, lead).shows(
        "c1",
        name="Lead",
        phones=[JOHN, JOHN_TOO],
        emails=["john@b.test"],
        city="Ames",
    ).when(Withdrawal("1")).then(withdrawn("c1", "c1")).shows(
        "c1", kind="lead", name="Lead", phones=[JOHN]
    )


def test_the_lead_and_the_contact_of_one_id_are_two_records() -> None:
    lead = hubspot_lead("1", "Lead", [JOHN])
    given(RECORD, lead).when(Withdrawal("1", kind="lead")).then(withdrawn("c1", "c2"))


def test_sent_again_it_counts_as_seen_for_the_first_time() -> None:
    """It is matched, and brings a contact id of its own."""
    mary = entered("api", "Mary", [JOHN])
    given(RECORD, Withdrawal("1"), mary).when(RECORD).then(
        merged_by_phone("c3", "c4", RECORD)
    ).contacts("c3")


def test_sent_again_to_nobody_it_becomes_another_contact() -> None:
    given(RECORD, Withdrawal("1")).when(RECORD).then(
        imported("c3", RECORD, rule="phone", because="nothing_matched")
    ).contacts("c3")


def test_sent_again_it_forgets_how_new_it_once_was() -> None:
    older = hubspot_contact("1", "Jack", [MARY], updated_at=day(1))
    given(RECORD, Withdrawal("1"), older).shows("c3", name="Jack", phones=[MARY])
