"""The longest permitted values are stored and found, whatever their characters."""

import random
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from application.commands.record_activity import LONGEST_ID
from domain.phone_texts import MAX_LENGTH
from domain.records import MAX_INTEGRATION, MAX_TEXT
from tests.web.service import CALL, MESSAGE, Account

NUMBER = "+13195550100"
CHARACTERS = {
    "of two bytes": range(0x100, 0x7FF),
    "of six bytes in JSON": [*range(0x01, 0x09), *range(0x0E, 0x1C)],
    "printable": range(0x21, 0x7F),
}


@pytest.fixture(params=CHARACTERS)
def text(request: pytest.FixtureRequest) -> Callable[[int], str]:
    """Makes texts of a length that no database can compress much."""
    chance = random.Random(1)  # noqa: S311 -- texts, no secrets
    return lambda length: "".join(map(chr, chance.choices(CHARACTERS[request.param], k=length)))


def test_a_record_has_them(account: Account, text: Callable[[int], str]) -> None:
    integration = "h" * MAX_INTEGRATION
    phone = text(MAX_LENGTH)
    record: dict[str, Any] = {
        "kind": "contact",
        "external_id": text(MAX_LENGTH),
        "name": text(MAX_TEXT),
        "phones": [NUMBER, {"value": phone, "label": text(MAX_LENGTH)}],
        "emails": [{"value": text(MAX_LENGTH), "label": text(MAX_LENGTH)}],
        "attributes": {text(MAX_LENGTH): text(MAX_TEXT)},
    }
    other = {"kind": "contact", "external_id": text(MAX_LENGTH), "phones": [NUMBER]}
    outcomes: list[str] = []
    for sent in (record, {**record, "name": "Mary"}, other):
        path = f"/integrations/{integration}/records"
        (result,) = account.post(path, {"records": [sent]}).json()["results"]
        outcomes.append(result["outcome"])
    assert outcomes == ["created", "updated", "merged"]
    account.call(NUMBER)
    (exported,) = account.items("/exports")
    target = exported["target"]["external_id"]
    assert target in {record["external_id"], other["external_id"]}
    (found,) = account.get("/contacts", phone=NUMBER).json()["items"]
    assert [each["value"] for each in found["phones"]] == [NUMBER, phone]
    withdrawn = f"{account.base}/integrations/{integration}/records/contact/{quote(target, '')}"
    account.admin.delete(withdrawn).raise_for_status()
    with account.opened() as log:
        assert log.verify().problems == ()


def test_a_call_and_a_message_have_them(account: Account, text: Callable[[int], str]) -> None:
    call, message = (
        {**body, "id": text(LONGEST_ID), "agent": text(MAX_LENGTH)} for body in (CALL, MESSAGE)
    )
    call["number"], message["text"] = text(MAX_LENGTH), text(MAX_TEXT)
    account.post("/calls", call).raise_for_status()
    account.post("/messages", message).raise_for_status()
    for path, sent in (("/calls", call), ("/messages", message)):
        (found,) = account.items(path)
        assert (found["id"], found["agent"]) == (sent["id"], sent["agent"])
        assert account.get(f"{path}/{quote(found['id'], '')}").json() == found
