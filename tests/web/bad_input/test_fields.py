"""Every field that is wrong is refused by name and in plain words, and writes nothing."""

import json
import re
from typing import Any

import pytest

from tests.web.bad_input.sending import NO_REGION, PERSON, Quiet, check_refused
from tests.web.service import CALL, MESSAGE, Account, Service

RECORD = {"kind": "lead", "external_id": "77", "updated_at": "2026-05-01T09:30:00Z", **PERSON}
PER_SOURCE = {"integration_leads": "phone", "integration_contacts": "never"}
GLOBAL = {"policy": "global", "rule": "phone"}
TWO = {"a": "{contact}", "b": "{other}"}
RULES = "must be 'phone', 'email', 'phone_and_email' or 'never'"
NO_TIME = "must be a time with a time zone offset, such as 2026-05-01T09:30:00+02:00"
NO_POINT = "must be a string or an object with `value`"
SURROGATE = "contains an invalid character (a lone surrogate)"
MANY = [f"+1319555{number:04}" for number in range(1_001)]

SAYS: list[tuple[str, Any, str, str]] = [
    ("name", 1, "name", "must be a string"),
    ("name", "a\0b", "name", "contains a NUL character"),
    ("name", "\ud800", "name", SURROGATE),
    ("name", "x" * 32_768, "name", "is too long: the limit is 32767 characters"),
    ("phones", "+13195554929", "phones", "must be a list"),
    ("phones", {}, "phones", "must be a list"),
    ("phones", [1], "phones[0]", NO_POINT),
    ("phones", ["+13195554929", None], "phones[1]", NO_POINT),
    ("phones", [["+13195554929"]], "phones[0]", NO_POINT),
    ("phones", [{}], "phones[0].value", "is missing"),
    ("phones", [{"value": 1}], "phones[0].value", "must be a string"),
    ("phones", [{"value": "1", "label": 1}], "phones[0].label", "must be a string"),
    ("phones", [{"value": "1", "kind": "x"}], "phones[0].kind", "unknown field"),
    ("phones", ["9" * 10_000], "phones[0]", "is too long: 10000 characters, the limit is 1000"),
    (
        "phones",
        ["\u2603" * 1_000],
        "phones[0]",
        "is too long: 3000 bytes in UTF-8, the limit is 2000",
    ),
    ("phones", ["+1\0"], "phones[0]", "contains a NUL character"),
    ("phones", ["\udfff"], "phones[0]", SURROGATE),
    ("phones", MANY, "phones", "has too many values: the limit is 1000"),
    ("emails", 1, "emails", "must be a list"),
    ("emails", [1], "emails[0]", NO_POINT),
    ("emails", [{"value": None}], "emails[0].value", "must be a string"),
    ("emails", ["x" * 10_000], "emails[0]", "is too long: 10000 characters, the limit is 1000"),
    ("attributes", [], "attributes", "must be an object"),
    ("attributes", "x", "attributes", "must be an object"),
    ("attributes", {"company": 1}, "attributes.company", "must be a string"),
    ("attributes", {"company": {"name": "Acme"}}, "attributes.company", "must be a string"),
    ("attributes", {"company": "\0"}, "attributes.company", "contains a NUL character"),
    ("attributes", {"\ud800": "x"}, "attributes.\ufffd\ufffd\ufffd", SURROGATE),
    ("attributes", {"name": "Mary"}, "attributes.name", "must be sent as `name`"),
    ("phone", "+13195554929", "phone", "unknown field"),
]
TIME: list[tuple[Any, str]] = [
    (None, NO_TIME),
    (1_777_627_800, NO_TIME),
    ("2026-05-01", NO_TIME),
    ("2026-05-01T09:30:00", NO_TIME),
    ("yesterday", NO_TIME),
    ("2026-13-01T09:30:00Z", "is not a valid time"),
    ("2100-01-01T00:00:00Z", "2100-01-01T00:00:00+00:00 is in the future"),
    ("1950-01-01T00:00:00Z", "1950-01-01T00:00:00+00:00 is before 1970"),
]
OF_ACTIVITIES: list[tuple[str, Any, str, str]] = [
    ("id", 1, "id", "must be a string"),
    ("id", "", "id", "is empty"),
    ("id", "x" * 10_000, "id", "is too long: the limit is 200 characters"),
    ("id", "a\0", "id", "contains a NUL character"),
    ("direction", "sideways", "direction", "must be 'inbound' or 'outbound'"),
    ("direction", None, "direction", "must be 'inbound' or 'outbound'"),
    ("number", 13195554929, "number", "must be a string"),
    ("number", "9" * 10_000, "number", "is too long: the limit is 1000 characters"),
    ("agent", {}, "agent", "must be a string"),
    ("agent", "\ud800", "agent", SURROGATE),
    ("caller", "Ann", "caller", "unknown field"),
]
IDS: list[tuple[Any, str]] = [
    (None, "must be a string"),
    (1, "must be a string"),
    ("", "is empty"),
    ("x" * 10_000, "is too long: the limit is 200 characters"),
    ("a\0b", "contains a NUL character"),
    ("\ud800", SURROGATE),
]

WRONG: dict[str, tuple[Any, list[tuple[str, Any, str, str]]]] = {
    "POST /contacts": (
        PERSON,
        [
            *SAYS,
            ("source", "csv", "source", "must be 'api', 'dashboard' or 'phone_app'"),
            ("source", None, "source", "must be 'api', 'dashboard' or 'phone_app'"),
        ],
    ),
    "PATCH /contacts/{contact}": (PERSON, SAYS),
    "POST /contacts/{contact}/merges": (
        {"absorb": "{other}"},
        [
            *(("absorb", wrong, "absorb", why) for wrong, why in IDS),
            ("by", "Ann", "by", "unknown field"),
        ],
    ),
    "POST /separations": (
        TWO,
        [
            *(("a", wrong, "a", why) for wrong, why in IDS),
            *(("b", wrong, "b", why) for wrong, why in IDS),
            ("c", "x", "c", "unknown field"),
        ],
    ),
    "POST /calls": (
        CALL,
        [
            *OF_ACTIVITIES,
            ("status", "busy", "status", "must be 'answered', 'missed' or 'voicemail'"),
            *(("started_at", wrong, "started_at", why) for wrong, why in TIME),
            ("duration_seconds", "63", "duration_seconds", "must be a whole number"),
            ("duration_seconds", 6.3, "duration_seconds", "must be a whole number"),
            ("duration_seconds", True, "duration_seconds", "must be a whole number"),
            ("duration_seconds", None, "duration_seconds", "must be a whole number"),
            ("duration_seconds", -1, "duration_seconds", "must be at least 0"),
            ("duration_seconds", 10**9, "duration_seconds", "must be at most 604800"),
        ],
    ),
    "POST /messages": (
        MESSAGE,
        [
            *OF_ACTIVITIES,
            ("text", None, "text", "must be a string"),
            ("text", "a\0", "text", "contains a NUL character"),
            ("text", "x" * 32_768, "text", "is too long: the limit is 32767 characters"),
            *(("sent_at", wrong, "sent_at", why) for wrong, why in TIME),
        ],
    ),
    "POST /calls/{call}/assignment": (
        {"contact_id": "{contact}"},
        [
            *(("contact_id", wrong, "contact_id", why) for wrong, why in IDS),
            ("by", "Ann", "by", "unknown field"),
        ],
    ),
    "PUT /merge-settings": (
        PER_SOURCE,
        [
            ("policy", "mine", "policy", "must be 'per_source' or 'global'"),
            ("policy", None, "policy", "must be 'per_source' or 'global'"),
            ("integration_leads", "both", "integration_leads", RULES),
            ("integration_contacts", None, "integration_contacts", RULES),
            ("shared_identifiers", "+13195550100", "shared_identifiers", "must be a list"),
            ("shared_identifiers", [1], "shared_identifiers[0]", "must be a string"),
            (
                "shared_identifiers",
                ["n/a"],
                "shared_identifiers",
                "`n/a` is not a valid phone number or email",
            ),
            ("default_region", "XX", "default_region", NO_REGION),
            ("default_region", 1, "default_region", NO_REGION),
            ("rule", "phone", "rule", "unknown field"),
        ],
    ),
    "PUT /merge-settings ": (
        GLOBAL,
        [
            ("rule", "both", "rule", RULES),
            ("integration_leads", "phone", "integration_leads", "unknown field"),
        ],
    ),
    "POST /keys": (
        {"role": "agent", "name": "Ann"},
        [
            ("role", "owner", "role", "must be 'admin', 'agent', 'integration' or 'auditor'"),
            ("name", "", "name", "is empty"),
            ("name", " ", "name", "is blank"),
            ("name", "x" * 101, "name", "is too long: the limit is 100 characters"),
            ("name", "a\0b", "name", "contains a NUL character"),
            ("name", "a\x1b[2Jb", "name", "contains a control character"),
            ("name", "a\u202eb", "name", "contains a control character"),
            (
                "integration",
                "hubspot",
                "integration",
                "must be given for the role `integration`, and only then",
            ),
            (
                "integration",
                "Hub Spot",
                "integration",
                "must match the pattern `^[a-z0-9][a-z0-9_.-]{0,63}$`",
            ),
            ("key", "mine", "key", "unknown field"),
        ],
    ),
    "POST /integrations/hubspot/records": (
        {"records": [RECORD]},
        [
            ("records", None, "records", "must be a list"),
            ("records", {}, "records", "must be a list"),
            ("records", [], "records", "is empty"),
            ("records", [RECORD] * 10_000, "records", "has too many values: the limit is 1000"),
            ("record", RECORD, "record", "unknown field"),
        ],
    ),
}
OF_THE_OPERATOR: list[tuple[str, Any, str, str]] = [
    ("id", 1, "id", "must be a string"),
    ("id", "Acme", "id", "must match the pattern `^[a-z0-9][a-z0-9_]{0,39}$`"),
    ("id", "../acme", "id", "must match the pattern `^[a-z0-9][a-z0-9_]{0,39}$`"),
    ("default_region", "USA", "default_region", NO_REGION),
    ("name", "Acme", "name", "unknown field"),
]
OF_A_RECORD: list[tuple[str, Any, str, str]] = [
    *SAYS,
    ("kind", "company", "kind", "must be 'contact' or 'lead'"),
    ("kind", None, "kind", "must be 'contact' or 'lead'"),
    ("external_id", 77, "external_id", "must be a string"),
    ("external_id", "", "external_id", "is empty"),
    ("external_id", "x" * 10_000, "external_id", "is too long: the limit is 1000 characters"),
    ("external_id", "a\0", "external_id", "contains a NUL character"),
    ("country", "Atlantis", "country", NO_REGION),
    ("updated_at", "2026-05-01", "updated_at", NO_TIME),
]


@pytest.mark.parametrize("request_", WRONG)
def test_every_field_that_is_wrong_is_named_with_the_reason(
    quiet: Quiet, subtests: pytest.Subtests, request_: str
) -> None:
    body, wrong = WRONG[request_]
    for name, value, field, reason in wrong:
        with subtests.test(f"{name}: {ascii(value)[:40]}"):
            check_refused(quiet.send(request_, {**body, name: value}), field, reason)


@pytest.mark.parametrize("request_", WRONG)
def test_a_body_that_lacks_a_field_or_is_none_is_refused(quiet: Quiet, request_: str) -> None:
    body, _ = WRONG[request_]
    for whole in ("[]", '"text"', "1", "null"):
        check_refused(quiet.send(request_, content=whole), "body", "must be an object")
    check_refused(quiet.send(request_, content=b""), "body", "is missing")
    optional = {"name", "phones", "emails", "number", "policy"} if "keys" not in request_ else set()
    for name in body.keys() - optional:
        rest = {each: value for each, value in body.items() if each != name}
        check_refused(quiet.send(request_, rest), name, "is missing")


def test_an_account_that_is_wrong_is_refused(
    quiet: Quiet, service: Service, subtests: pytest.Subtests
) -> None:
    for name, value, field, reason in OF_THE_OPERATOR:
        with subtests.test(f"{name}: {value}"):
            made = service.operator.post("/v1/accounts", json={"id": "acme", name: value})
            check_refused(made, field, reason)
    assert quiet.account.rows()


def test_the_table_has_every_field_of_every_body(service: Service) -> None:
    document = service.client(None).get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    tried = {re.sub(r"\{\w+\}|hubspot", "…", each).strip(): set[str]() for each in WRONG}
    for each, (_, wrong) in WRONG.items():
        tried[re.sub(r"\{\w+\}|hubspot", "…", each).strip()] |= {name for name, *_ in wrong}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if body is None or path == "/v1/accounts":
                continue
            own = path.removeprefix("/v1/accounts/{account}")
            request = f"{method.upper()} {re.sub(r'{.*?}', '…', own)}"
            for each in body["schema"].get("oneOf", body["schema"].get("anyOf", [body["schema"]])):
                schema = schemas[each["$ref"].rpartition("/")[2]]
                assert schema["properties"].keys() <= tried[request], request
    assert schemas["RecordSent"]["properties"].keys() <= {name for name, *_ in OF_A_RECORD}


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_all_that_is_wrong_with_a_contact_is_named(account: Account, method: str) -> None:
    path = "/contacts" if method == "POST" else f"/contacts/{account.contact()}"
    sent = {"phones": ["\0", "+13195554929", 1], "emails": [{"value": "e" * 1_001}], "name": "\0"}
    answer = account.admin.request(method, f"{account.base}{path}", json=sent)
    assert answer.status_code == 422
    fields = [each["field"] for each in answer.json()["errors"]]
    assert fields == ["name", "phones[0]", "phones[2]", "emails[0].value"]


class TestRecords:
    def test_one_that_is_wrong_is_rejected_alone_and_its_field_is_named(
        self, account: Account
    ) -> None:
        wrong = [{**RECORD, name: value} for name, value, _, _ in OF_A_RECORD]
        sent = json.dumps({"records": [RECORD, *wrong, None, [], "text", RECORD]})
        answer = account.admin.post(
            f"{account.base}/integrations/hubspot/records",
            content=sent,
            headers={"content-type": "application/json", "idempotency-key": "surrogates too"},
        )
        assert answer.status_code == 200, answer.text
        first, *rejected, no_object, a_list, a_text, last = answer.json()["results"]
        assert (first["outcome"], last["outcome"]) == ("created", "unchanged")
        for result, (name, _, field, reason) in zip(rejected, OF_A_RECORD, strict=True):
            error = {"field": field, "reason": reason}
            assert result == {"outcome": "rejected", "error": error}, name
        for result in (no_object, a_list, a_text):
            assert result["error"] == {"field": "record", "reason": "must be an object"}

    def test_all_that_is_wrong_with_one_is_named(self, account: Account) -> None:
        record = {
            "kind": "person",
            "name": "a\0b",
            "phones": ["+13195554929", {"value": 1, "label": "x" * 1_001}, "9" * 1_001],
            "attributes": {"title": 1, "company": "\0"},
            "country": "Utopia",
            "updated_at": "0001-01-01T00:00:00Z",
            "note": "",
        }
        sent = {"records": [record, {"kind": "lead"}]}
        first, other = account.post("/integrations/hubspot/records", sent).json()["results"]
        assert first["error"] == first["errors"][0]
        assert {each["field"]: each["reason"] for each in first["errors"]} == {
            "kind": "must be 'contact' or 'lead'",
            "external_id": "is missing",
            "name": "contains a NUL character",
            "phones[1].value": "must be a string",
            "phones[1].label": "is too long: 1001 characters, the limit is 1000",
            "phones[2]": "is too long: 1001 characters, the limit is 1000",
            "attributes.title": "must be a string",
            "attributes.company": "contains a NUL character",
            "country": "must be a known region of two letters, such as US or GB",
            "updated_at": "is out of range",
            "note": "unknown field",
        }
        assert "errors" not in other

    def test_at_most_100_errors_of_a_batch_are_named_and_one_of_each_record(
        self, account: Account
    ) -> None:
        record = {"kind": "lead", "external_id": "1", "phones": [1] * 70}
        answer = account.post("/integrations/hubspot/records", {"records": [record] * 4})
        results = answer.json()["results"]
        assert [len(each.get("errors", [each["error"]])) for each in results] == [70, 30, 1, 1]

    def test_one_without_an_id_is_rejected(self, account: Account) -> None:
        sent = {"records": [{"kind": "lead"}]}
        answer = account.post("/integrations/hubspot/records", sent)
        (result,) = answer.json()["results"]
        assert result["error"] == {"field": "external_id", "reason": "is missing"}
        assert account.position() == 1
