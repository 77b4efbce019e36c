"""Event streams: a revoked key ends them at once."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.service import Account, Service, Told, listening

STREAM = "/events/stream"


@pytest.fixture
def account(service: Service) -> Account:
    return service.account()


def keys(account: Account) -> list[dict[str, Any]]:
    return account.items("/keys")


def test_a_revoked_key_gets_no_further_batch_of_a_long_log(account: Account) -> None:
    for batch in range(5):
        records = [
            {"kind": "contact", "external_id": f"{batch}-{each}", "name": "J" * 2_000}
            for each in range(1_000)
        ]
        account.post("/integrations/hubspot/records", {"records": records}).raise_for_status()
    before = {each["id"] for each in keys(account)}
    reader = account.service.client(account.key("auditor"))
    (key_id,) = {each["id"] for each in keys(account)} - before
    with listening(reader, account.base + STREAM) as told:
        events = (each for each in told if isinstance(each, Told))
        assert next(events).id == 1
        account.admin.delete(f"{account.base}/keys/{key_id}").raise_for_status()
        assert remaining(events) < 3_000


def remaining(events: Iterator[Told]) -> int:
    """How many more come until the stream ends."""
    return sum(1 for _ in events)
