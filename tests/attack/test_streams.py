"""Event streams: a revoked key ends them at once, and a key has only so many."""

from collections.abc import Iterator
from contextlib import ExitStack
from time import monotonic, sleep
from typing import Any

import httpx
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


def test_a_key_has_ten_streams_and_another_key_has_its_own(account: Account) -> None:
    reader = account.service.client(account.key("auditor"))
    stream = account.base + STREAM
    with ExitStack() as open_ones:
        streams = [open_ones.enter_context(listening(reader, stream)) for _ in range(10)]
        for each in streams:  # one that nobody holds is closed
            next(each)
        refused = reader.get(stream)
        assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too-many-requests")
        assert refused.headers["Retry-After"] == "5"
        other = account.service.client(account.key("auditor"))
        next(open_ones.enter_context(listening(other, stream)))
    deadline = monotonic() + 10  # by then the service has seen that the ten are closed
    while not opens(reader, stream):
        assert monotonic() < deadline
        sleep(0.1)


def opens(reader: httpx.Client, stream: str) -> bool:
    with reader.stream("GET", stream) as answer:
        return answer.status_code == 200


def remaining(events: Iterator[Told]) -> int:
    """How many more come until the stream ends."""
    return sum(1 for _ in events)
