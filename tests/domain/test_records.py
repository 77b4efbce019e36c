"""Records: what a source may send, and which field an error names."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from domain.held_records import (
    HeldList,
    HeldPoint,
    HeldRecord,
    HeldValue,
    Said,
    evolve_record,
    hide_points,
    hold_record,
)
from domain.identifiers import ContactPoint
from domain.records import MAX_TEXT, MAX_VALUES, Record, ValueRefused, read_record
from tests.messages import JOHN, ROW, csv_row, day, entered, hubspot_contact

INTEGRATION: dict[str, Any] = {
    "source": "integration",
    "integration": "hubspot",
    "external_id": "1",
    "region": "US",
}


def refused(**fields: Any) -> tuple[str, str]:
    with pytest.raises(ValueRefused) as error:
        read_record(**{**INTEGRATION, **fields})
    assert str(error.value) == f"{error.value.field}: {error.value.reason}"
    return error.value.field, error.value.reason


def test_a_record_says_who_sent_it_and_what_it_says() -> None:
    record = read_record(
        **INTEGRATION,
        kind="lead",
        updated_at=day(3),
        name=" John Jones ",
        phones=["319-555-5677", ("+1 712 555 3956", "home")],
        emails=["JOHN@b.test"],
        attributes={"city": "Ames ", "title": "\u200b", "fax": None, "company": ""},
    )
    assert (record.integration, record.kind, record.external_id) == ("hubspot", "lead", "1")
    assert record.updated_at == day(3)
    assert record.fields == {"name": "John Jones", "city": "Ames"}
    assert record.phones is not None
    assert [(p.written, p.canonical, p.label) for p in record.phones] == [
        ("319-555-5677", JOHN, None),
        ("+1 712 555 3956", "+17125553956", "home"),
    ]


def test_an_absent_list_is_not_an_empty_one() -> None:
    assert hubspot_contact("1").phones is None
    assert hubspot_contact("1", phones=[]).phones == ()
    assert hubspot_contact("1", emails=[" "]).emails == ()


def test_a_time_is_kept_in_utc() -> None:
    cedar_rapids = timezone(timedelta(hours=-5))
    record = hubspot_contact("1", updated_at=datetime(2024, 4, 3, 7, tzinfo=cedar_rapids))
    assert record.updated_at == datetime(2024, 4, 3, 12, tzinfo=UTC)
    assert record.updated_at.tzinfo is UTC


def test_a_csv_row_is_always_of_kind_contact() -> None:
    assert csv_row("John", [JOHN]).kind == "contact"
    with pytest.raises(ValueRefused, match=r"^kind: "):
        read_record(source="csv", kind="lead", region=None, phones=[JOHN])


@pytest.mark.parametrize("source", ["api", "dashboard", "phone_app"])
def test_leads_come_from_integrations_alone(source: Any) -> None:
    assert entered(source, "John").kind == "contact"
    with pytest.raises(ValueRefused, match=r"^kind: "):
        read_record(source=source, kind="lead", region=None)


@pytest.mark.parametrize(
    ("phones", "emails"),
    [(None, None), ([], []), (["n/a", "0000"], ["a@@b"]), ([" "], None), (["3.58504E+11"], None)],
)
def test_a_csv_row_without_a_single_identifier_is_rejected_with_the_reason(
    phones: list[str] | None, emails: list[str] | None
) -> None:
    with pytest.raises(ValueRefused) as error:
        csv_row("John", phones, emails, company="Acme")
    assert error.value.field == "row"
    assert "no phone and no email" in error.value.reason


def test_one_identifier_is_enough_for_a_csv_row() -> None:
    row = csv_row(None, ["n/a", JOHN], ["a@@b"])
    assert [identifier.value for identifier in row.identifiers] == [JOHN]


def test_a_record_of_any_other_source_without_an_identifier_is_kept() -> None:
    assert hubspot_contact("1", "John", ["n/a"]).identifiers == ()
    assert entered("api", "John").identifiers == ()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"external_id": None}, "external_id"),
        ({"external_id": ""}, "external_id"),
        ({"external_id": "x" * 1_001}, "external_id"),
        ({"integration": None}, "integration"),
        ({"source": "api"}, "integration"),
        ({"updated_at": datetime(2024, 4, 3)}, "updated_at"),  # noqa: DTZ001 - this is the point
        ({"updated_at": datetime.max.replace(tzinfo=UTC)}, "updated_at"),
        ({"updated_at": datetime.min.replace(tzinfo=UTC)}, "updated_at"),
        ({"name": "x" * (MAX_TEXT + 1)}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "a\ud800b"}, "name"),
        ({"phones": ["1" * 1_001]}, "phones[0]"),
        ({"phones": [JOHN, "a\0b"]}, "phones[1]"),
        ({"phones": [(JOHN, "a\0b")]}, "phones[0].label"),
        ({"phones": [JOHN] * (MAX_VALUES + 1)}, "phones"),
        ({"emails": ["a@b.test\0"]}, "emails[0]"),
        ({"attributes": {"city": "a\0b"}}, "attributes.city"),
        ({"attributes": {"city": "x" * (MAX_TEXT + 1)}}, "attributes.city"),
        ({"attributes": {"x" * 1_001: "a"}}, f"attributes.{'x' * 40}"),
        ({"attributes": {"name": "John"}}, "attributes.name"),
        ({"attributes": {str(number): "" for number in range(MAX_VALUES + 1)}}, "attributes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_taken_is_refused_by_its_field(fields: dict[str, Any], field: str) -> None:
    assert refused(**fields)[0] == field


def test_a_reason_says_how_much_is_too_much() -> None:
    assert refused(phones=["1" * 1_001])[1] == "is too long: 1001 characters, the limit is 1000"
    assert refused(phones=["1"] * 1_001)[1] == "has too many values: 1001, the limit is 1000"


def test_the_largest_record_is_taken() -> None:
    phones = [f"+1319555{number:04}" for number in range(MAX_VALUES)]
    record = hubspot_contact("1", "x" * MAX_TEXT, phones, city="y" * MAX_TEXT)
    assert len(record.identifiers) == MAX_VALUES


def test_a_record_is_equal_to_one_that_says_the_same() -> None:
    one: Record = hubspot_contact("1", "John", [JOHN], updated_at=day(3))
    assert one == hubspot_contact("1", "John", [JOHN], updated_at=day(3))
    assert one != hubspot_contact("1", "John", [JOHN], updated_at=day(4))


def test_a_record_is_as_new_as_its_newest_message_even_where_an_older_one_says_more() -> None:
    first = hubspot_contact("1", None, None, updated_at=day(5))
    older = hubspot_contact("1", "John", [JOHN], updated_at=day(3))
    held = hold_record("r1", first, Said(1, day(6), day(5)))
    assert evolve_record(held, older, Said(2, day(7), day(3))).updated_at == day(5)


FIRST = hubspot_contact("1", "John", [JOHN, ROW], ["john@b.test"], day(1), city="Ames")


def held_after(*messages: Record, held: HeldRecord | None = None) -> HeldRecord:
    """A record after messages that come on the day that they say."""
    for place, message in enumerate(messages, start=2 if held else 1):
        assert message.updated_at
        said = Said(place, message.updated_at, message.updated_at)
        held = evolve_record(held, message, said) if held else hold_record("r1", message, said)
    assert held
    return held


def changed_on(held: HeldRecord, name: str) -> tuple[datetime | None, datetime | None]:
    """When an attribute was last said, and when its value last changed."""
    value = held.fields[name]
    return held.said[value.said].updated_at, held.said[value.changed].updated_at


class TestWhenAValueChanged:
    """An edit by hand yields to such a change."""

    def test_it_changed_when_it_was_first_said(self) -> None:
        assert held_after(FIRST).fields["name"] == HeldValue("John", 0, 0)

    def test_saying_the_same_again_does_not_change_it(self) -> None:
        again = hubspot_contact("1", "John", updated_at=day(2))
        held = held_after(FIRST, again, hubspot_contact("1", "John", updated_at=day(3)))
        assert changed_on(held, "name") == (day(3), day(1))

    def test_saying_something_else_changes_it(self) -> None:
        other = hubspot_contact("1", "J", updated_at=day(2))
        held = held_after(FIRST, other, hubspot_contact("1", "J", updated_at=day(3)))
        assert changed_on(held, "name") == (day(3), day(2))

    def test_saying_something_else_and_then_the_first_again_changes_it_twice(self) -> None:
        other = hubspot_contact("1", "J", updated_at=day(2))
        held = held_after(FIRST, other, hubspot_contact("1", "John", updated_at=day(3)))
        assert changed_on(held, "name") == (day(3), day(3))

    def test_each_attribute_by_itself(self) -> None:
        held = held_after(FIRST, hubspot_contact("1", "J", updated_at=day(2), city="Ames"))
        assert changed_on(held, "name") == (day(2), day(2))
        assert changed_on(held, "city") == (day(2), day(1))

    def test_an_older_message_changes_nothing(self) -> None:
        older = hubspot_contact("1", "J", updated_at=day(2))
        held = held_after(FIRST, hubspot_contact("1", "John", updated_at=day(3)), older)
        assert changed_on(held, "name") == (day(3), day(1))

    def test_the_message_that_changed_it_is_kept_however_many_come(self) -> None:
        same = [hubspot_contact("1", "John", updated_at=day(number)) for number in range(2, 29)]
        held = held_after(hubspot_contact("1", "John", updated_at=day(1)), *same)
        assert changed_on(held, "name") == (day(28), day(1))
        assert len(held.said) == 2


class TestHiddenPoints:
    """What somebody removed by hand: the record goes on listing it."""

    def test_it_is_hidden_and_the_others_are_not(self) -> None:
        held = hide_points(held_after(FIRST), phones=[JOHN], emails=["john@b.test"])
        assert held.phones == HeldList(
            (
                HeldPoint(ContactPoint(JOHN, JOHN), 0, hidden=True),
                HeldPoint(ContactPoint(ROW, ROW), 0),
            ),
            0,
        )
        assert held.emails
        assert [point.hidden for point in held.emails.points] == [True]

    def test_what_a_record_does_not_list_is_not_hidden_in_it(self) -> None:
        """Phones and emails are separate lists; a list that was never sent stays absent."""
        for record in (FIRST, hubspot_contact("1", updated_at=day(1))):
            held = held_after(record)
            assert hide_points(held, phones=["n/a", "john@b.test"], emails=[JOHN]) == held

    def test_a_value_that_is_not_matchable_is_hidden_as_it_was_written(self) -> None:
        held = held_after(hubspot_contact("1", phones=["n/a", JOHN], updated_at=day(1)))
        assert hidden(hide_points(held, phones=["n/a"], emails=[])) == {"n/a": True, JOHN: False}

    def test_it_stays_hidden_as_long_as_the_source_lists_it(self) -> None:
        held = hide_points(held_after(FIRST), phones=[JOHN], emails=[])
        more = hubspot_contact("1", phones=[ROW, (JOHN, "home"), "n/a"], updated_at=day(2))
        after = held_after(more, hubspot_contact("1", "J", updated_at=day(3)), held=held)
        assert hidden(after) == {JOHN: True, ROW: False, "n/a": False}

    def test_it_is_new_once_the_source_took_it_back_and_lists_it_again(self) -> None:
        held = hide_points(held_after(FIRST), phones=[JOHN], emails=[])
        without = hubspot_contact("1", phones=[ROW], updated_at=day(2))
        again = hubspot_contact("1", phones=[JOHN, ROW], updated_at=day(3))
        assert hidden(held_after(without, held=held)) == {ROW: False}
        assert hidden(held_after(without, again, held=held)) == {JOHN: False, ROW: False}


def hidden(held: HeldRecord) -> dict[str, bool]:
    assert held.phones
    return {each.point.key: each.hidden for each in held.phones.points}
