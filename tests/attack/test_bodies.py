"""Bodies that are large, wide, deep or wrong everywhere: answered at once, and cheaply."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from infrastructure.web.api.requests import MOST_POINTS
from infrastructure.web.bodies import MOST_FIELDS, MOST_VALUES
from infrastructure.web.limits import LARGEST_BODY
from infrastructure.web.problems import MOST_ERRORS
from tests.attack.raw import seconds_of
from tests.web.service import Account, Service, problem

AT_ONCE = 1.0
"""Seconds of processor time that no request may take of the event loop."""
RECORDS = "/integrations/hubspot/records"


@pytest.fixture
def account(service: Service) -> Account:
    return service.account()


def said(**fields: Any) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode()


def wide() -> bytes:
    return said(**{f"f{number}": 1 for number in range(590_000)})


def wide_within() -> bytes:
    return said(attributes={f"f{number}": 1 for number in range(500_000)})


def long() -> bytes:
    return said(phones=[1] * 3_000_000)


def long_texts() -> bytes:
    return said(phones=["1" * 8_000] * 900)


def deep() -> bytes:
    return b"[" * (LARGEST_BODY - 1)


def deep_and_closed() -> bytes:
    return b'{"phones":' + b"[" * 900 + b"]" * 900 + b"}"


def wrong_everywhere() -> bytes:
    wrong = {f"f{number}": None for number in range(MOST_VALUES // 1_000 - 2)}
    return said(phones=[wrong] * 999)


def repeated_fields() -> bytes:
    return b"{" + b",".join([b'"name":"J"'] * 600_000) + b"}"


def escapes() -> bytes:
    return b'{"name":"' + rb"\u00e4" * 1_000_000 + b'"}'


BODIES: list[Callable[[], bytes]] = [
    *(wide, wide_within, long, long_texts, deep, deep_and_closed),
    *(wrong_everywhere, repeated_fields, escapes),
]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param(path, body, marks=() if (each + 3 * place) % 9 < 1 else pytest.mark.heavy)
        for place, path in enumerate(("/contacts", RECORDS, "/calls"))
        for each, body in enumerate(BODIES)
    ],
)
def test_it_is_refused_or_taken_at_once(
    account: Account, path: str, body: Callable[[], bytes]
) -> None:
    content = body()
    assert len(content) <= LARGEST_BODY
    if path == RECORDS:
        content = b'{"records":[' + content[: LARGEST_BODY - 20] + b"]}"
    began = seconds_of(account.service)
    headers = {"Content-Type": "application/json"}
    answer = account.admin.post(account.base + path, content=content, headers=headers)
    assert seconds_of(account.service) - began < AT_ONCE
    if answer.status_code not in {200, 201}:
        assert problem(answer)[0] in {400, 422}
        assert len(answer.json().get("errors") or []) <= MOST_ERRORS
        assert len(answer.content) < 200_000


def test_a_body_without_a_valid_key_is_not_read(account: Account) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        began = seconds_of(account.service)
        answer = httpx.post(
            f"{account.service.url}{account.base}/contacts", content=wide(), headers=headers
        )
        assert problem(answer) == (401, "unauthenticated")
        assert seconds_of(account.service) - began < 0.1


def test_limits_are_named(account: Account) -> None:
    wide_answer = account.post("/contacts", {f"f{n}": 1 for n in range(MOST_FIELDS + 1)})
    reason = f"an object has too many fields: the limit is {MOST_FIELDS}"
    assert wide_answer.json()["errors"][0]["reason"] == reason
    long_answer = account.post("/contacts", {"phones": ["1"] * (MOST_VALUES + 1)})
    reason = f"has too many values: the limit is {MOST_VALUES}"
    assert long_answer.json()["errors"][0]["reason"] == reason


def record(number: int, phones: int) -> dict[str, Any]:
    listed = [f"+1319{number * phones + each:07}" for each in range(phones)]
    return {"kind": "contact", "external_id": f"{number}", "phones": listed}


def test_a_request_has_a_limited_number_of_phones_and_emails(account: Account) -> None:
    refused = account.post(RECORDS, {"records": [record(n, 1_000) for n in range(300)]})
    assert problem(refused) == (422, "invalid")
    many = account.post(RECORDS, {"records": [record(n, 1_000) for n in range(6)]})
    assert many.json()["errors"] == [
        {
            "field": "records",
            "location": "body",
            "reason": f"have 6000 phones and emails: the limit is {MOST_POINTS}",
        }
    ]
    began = seconds_of(account.service)
    most = account.post(RECORDS, {"records": [record(n, 1_000) for n in range(5)]})
    assert [each["outcome"] for each in most.json()["results"]] == ["created"] * 5
    assert seconds_of(account.service) - began < 2
