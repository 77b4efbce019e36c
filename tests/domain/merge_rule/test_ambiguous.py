"""Several candidates: a record joins one of them, and the others are recorded in the decision."""

from domain.events import ContactsMerged
from domain.matching import MAX_LOSERS, Candidate, Candidates, Choice, Seen, Step, choose
from domain.merge_rule import decide_first_seen
from domain.settings import MergeSettings
from tests.domain.merge_rule.expected import merged, merged_by_phone
from tests.given_when_then import given
from tests.messages import (
    ADMIN,
    JOHN,
    JOHN_TOO,
    MARY,
    ROW,
    Message,
    Withdrawal,
    csv_row,
    day,
    email,
    entered,
    hubspot_contact,
    hubspot_lead,
    phone,
)

EMAIL = "john@example.test"
OLDER = entered("api", "Older", [JOHN], [EMAIL])
NEWER = entered("api", "Newer", [JOHN], [EMAIL])
LEAD = hubspot_lead("1", "Lead", [JOHN], [EMAIL])
RECORD = hubspot_contact("9", "Record", [JOHN])
BY_PHONE = Step("contact", "phone")


def candidate(contact_id: str, updated: int) -> Candidate:
    return Candidate(contact_id, "contact", updated, frozenset([phone(JOHN)]))


def losing(count: int) -> list[Candidate]:
    return [candidate(f"c{number:03}", count - number) for number in range(count)]


def chosen(*candidates: Candidate) -> Choice:
    return choose([BY_PHONE], Candidates(candidates))


def test_the_most_recently_updated_is_joined_and_no_two_are_fused() -> None:
    given(OLDER, NEWER).when(RECORD).then(
        merged_by_phone("c2", "c3", RECORD, lost={"c1": "less_recently_updated"})
    ).contacts("c1", "c2")


def test_contacts_come_before_leads_however_recently_those_were_updated() -> None:
    given(LEAD, OLDER, hubspot_lead("1", "Lead again", [JOHN], [EMAIL])).when(RECORD).then(
        merged_by_phone("c2", "c4", RECORD, lost={"c1": "lead_after_contact"})
    )


def test_among_leads_too_the_most_recently_updated_is_joined() -> None:
    other = hubspot_lead("2", "Other lead", [JOHN])
    given(LEAD, other).when(RECORD).then(
        merged_by_phone("c2", "c3", RECORD, lost={"c1": "less_recently_updated"})
    )


def test_among_equals_the_oldest_id_is_joined() -> None:
    assert chosen(candidate("c3", 7), candidate("c1", 7), candidate("c2", 7)) == Choice(
        winner=candidate("c1", 7),
        step=BY_PHONE,
        seen=(Seen("c1"), Seen("c2", "younger_id"), Seen("c3", "younger_id")),
        not_named=0,
    )


def test_the_order_that_candidates_are_found_in_does_not_count() -> None:
    one, two, three = candidate("c1", 5), candidate("c2", 9), candidate("c3", 5)
    assert chosen(one, two, three) == chosen(three, two, one) == chosen(two, one, three)


def test_csv_takes_contacts_by_phone_then_leads_by_phone_then_contacts_by_email_then_leads() -> (
    None
):
    by_phone = entered("api", "By phone", [JOHN])
    lead_by_phone = hubspot_lead("1", "Lead by phone", [JOHN])
    by_email = entered("api", "By email", [MARY], [EMAIL])
    lead_by_email = hubspot_lead("2", "Lead by email", [ROW], [EMAIL])
    row = csv_row("Row", [JOHN], [EMAIL])

    given(lead_by_email, by_email, lead_by_phone, by_phone).when(row).then(
        merged(
            "c4",
            "c5",
            row,
            rule="csv",
            because="phone_matched",
            matched=[phone(JOHN)],
            lost={
                "c3": "lead_after_contact",
                "c2": "email_after_phone",
                "c1": "email_after_phone",
            },
        )
    )
    given(lead_by_phone, by_email, lead_by_email).when(row).then(
        merged(
            "c1",
            "c4",
            row,
            rule="csv",
            because="phone_matched",
            matched=[phone(JOHN)],
            lost={"c3": "email_after_phone", "c2": "email_after_phone"},
        )
    )
    given(by_email, lead_by_email).when(row).then(
        merged(
            "c1",
            "c3",
            row,
            rule="csv",
            because="email_matched",
            matched=[email(EMAIL)],
            lost={"c2": "lead_after_contact"},
        )
    )
    given(lead_by_email).when(row).then(
        merged("c1", "c2", row, rule="csv", because="email_matched", matched=[email(EMAIL)])
    )


def test_a_captured_lead_is_no_candidate() -> None:
    captured = Candidate("c1", "captured_lead", 9, frozenset([phone(JOHN)]))
    choice = choose([BY_PHONE, Step("imported_lead", "phone")], Candidates([captured]))
    assert choice == Choice(None, None, (Seen("c1", "captured_lead"),), 0)


def test_a_captured_lead_is_recorded_beside_the_winner() -> None:
    captured = Candidate("c1", "captured_lead", 9, frozenset([phone(JOHN)]))
    assert chosen(captured, candidate("c2", 5)).seen == (Seen("c2"), Seen("c1", "captured_lead"))


def test_a_decision_names_so_many_losers_and_counts_the_rest() -> None:
    choice = chosen(*losing(MAX_LOSERS + 3))
    assert len(choice.seen) == 1 + MAX_LOSERS
    assert choice.not_named == 2
    (event,) = decide_first_seen(
        RECORD,
        Candidates(losing(MAX_LOSERS + 3)),
        settings=MergeSettings(),
        settings_version=1,
        contact_id="c999",
        merge_id="m999",
        by=ADMIN,
    )
    assert event.decision.candidates == choice.seen
    assert event.decision.not_named == 2


def test_all_losers_are_named_where_there_are_few() -> None:
    assert chosen(*losing(MAX_LOSERS + 1)).not_named == 0


# Two contacts that share John's number, told apart by their emails.
BY_EMAIL = MergeSettings(integration_contacts="email")
FIRST = hubspot_contact("1", "First", [JOHN], ["first@example.test"], day(9))
SECOND = hubspot_contact("2", "Second", [JOHN], ["second@example.test"], day(2))


def joined_after(*messages: Message) -> str:
    """Which of FIRST (c1) and SECOND (c2) a row joins once these messages have come."""
    story = given(FIRST, SECOND, *messages, settings=BY_EMAIL).when(csv_row("Row", [JOHN]))
    (event,) = story.events
    assert isinstance(event, ContactsMerged)
    return event.stream


def test_most_recently_updated_goes_by_the_log_and_not_by_the_time_that_a_source_claims() -> None:
    assert joined_after() == "c2"


def test_a_change_to_what_a_contact_says_counts_as_an_update() -> None:
    for again in (
        hubspot_contact("1", "First", [JOHN], ["other@example.test"], day(9)),
        hubspot_contact("1", "Changed", [JOHN], ["first@example.test"], day(9)),
        hubspot_contact("1", phones=[JOHN, ROW], updated_at=day(9)),
        hubspot_contact("1", city="Cedar Rapids", updated_at=day(1)),
    ):
        assert joined_after(again) == "c1"


def test_a_merge_counts_as_an_update_even_if_it_adds_nothing() -> None:
    assert joined_after(csv_row(None, None, ["first@example.test"])) == "c1"


def test_a_withdrawal_counts_as_an_update_if_it_takes_something_away() -> None:
    third = hubspot_contact("3", None, [JOHN_TOO], ["first@example.test"])
    into_second = csv_row(None, None, ["second@example.test"])
    assert joined_after(third, into_second) == "c2"
    assert joined_after(third, into_second, Withdrawal("3")) == "c1"


def test_a_withdrawal_that_takes_nothing_away_does_not_count() -> None:
    third = hubspot_contact("3", None, None, ["first@example.test"])
    into_second = csv_row(None, None, ["second@example.test"])
    assert joined_after(third, into_second, Withdrawal("3")) == "c2"


def test_syncs_that_change_nothing_do_not_count() -> None:
    same = hubspot_contact("1", "First", [JOHN], ["first@example.test"], day(9))
    assert joined_after(same) == "c2"
    same_but_newer = hubspot_contact("1", "First", [JOHN], ["first@example.test"], day(10))
    assert joined_after(same_but_newer) == "c2"
    older = hubspot_contact("1", "Stale", [MARY], ["stale@example.test"], day(8))
    assert joined_after(older) == "c2"
