"""Records: what a source may send, and which field is named where it may not."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from domain.records import (
    MAX_TEXT,
    MAX_VALUES,
    Record,
    RecordRefused,
    Said,
    evolve_record,
    hold_record,
    read_record,
)
from tests.messages import JOHN, csv_row, day, entered, hubspot_contact

INTEGRATION: dict[str, Any] = {
    "source": "integration",
    "integration": "hubspot",
    "external_id": "1",
    "region": "US",
}


def refused(**fields: Any) -> tuple[str, str]:
    with pytest.raises(RecordRefused) as error:
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
    with pytest.raises(RecordRefused, match=r"^kind: "):
        read_record(source="csv", kind="lead", region=None, phones=[JOHN])


@pytest.mark.parametrize("source", ["api", "dashboard", "phone_app"])
def test_leads_come_from_integrations_alone(source: Any) -> None:
    assert entered(source, "John").kind == "contact"
    with pytest.raises(RecordRefused, match=r"^kind: "):
        read_record(source=source, kind="lead", region=None)


@pytest.mark.parametrize(
    ("phones", "emails"),
    [(None, None), ([], []), (["n/a", "0000"], ["a@@b"]), ([" "], None), (["3.58504E+11"], None)],
)
def test_a_csv_row_without_a_single_identifier_is_rejected_with_the_reason(
    phones: list[str] | None, emails: list[str] | None
) -> None:
    with pytest.raises(RecordRefused) as error:
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
    assert refused(phones=["1" * 1_001])[1] == "has 1001 characters, 1000 are the most"
    assert refused(phones=["1"] * 1_001)[1] == "has 1001 values, 1000 are the most"


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
