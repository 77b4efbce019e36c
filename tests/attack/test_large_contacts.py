"""A contact of thousands of records: shown, edited, explained and merged at a bounded cost."""

import json
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import pytest

from tests.attack.raw import seconds_of
from tests.stores import Kind, new_place
from tests.web.service import Account, running

NUMBERS = 200
SMALL = 10
MOST = {
    "shown": 16,
    "named": 16,
    "removed": 32,
    "explained": 10,
    "survives": 5,
    "is_absorbed": 140,
}
"""How many times the yardstick each may cost, besides what it costs of any contact."""
OF_ANY = 0.03
"""Seconds, for the steps in which the system counts processor time, too."""
TIMES = 5


def record(area: str, number: int) -> dict[str, Any]:
    """A record that every other one of this area code is merged with."""
    phones = [f"+1{area}5550000", f"+1{area}555{number % NUMBERS:04}"]
    return {
        "kind": "contact",
        "external_id": f"{area}-{number}",
        "name": f"Person {number}",
        "phones": phones,
    }


def contact_of(account: Account, area: str, records: int) -> str:
    """Send so many records of one person. Returns the id of their contact."""
    contact = ""
    for first in range(0, records, 1_000):
        some = [record(area, number) for number in range(first, min(first + 1_000, records))]
        answer = account.post("/integrations/hubspot/records", {"records": some})
        answer.raise_for_status()
        contact = answer.json()["results"][-1]["contact_id"]
    return contact


def floor(records: int) -> float:
    """Processor seconds in which so many records are read as JSON, the yardstick of this test."""
    stored = json.dumps(record("319", 1))
    begun = time.process_time()
    for _ in range(records):
        json.loads(stored)
    return time.process_time() - begun


def cost(account: Account, do: Callable[[int], None], times: int = TIMES) -> float:
    """Processor seconds of the service for each of some times, in the middle of three rounds."""
    wait_until_idle(account)
    found = []
    for each in range(3):
        before = seconds_of(account.service)
        for number in range(times):
            do(each * times + number)
        found.append((seconds_of(account.service) - before) / times)
    return median(found)


def cost_once(account: Account, do: Callable[[], None]) -> float:
    """Processor seconds of the service for something that cannot be repeated."""
    wait_until_idle(account)
    before = seconds_of(account.service)
    do()
    return seconds_of(account.service) - before


def wait_until_idle(account: Account) -> None:
    """Wait until nothing follows the log any more, such as the text index."""
    before = -1.0
    while (now := seconds_of(account.service)) > before:
        before = now
        time.sleep(0.3)


@pytest.mark.parametrize(
    "records", [1_000, pytest.param(5_000, marks=[pytest.mark.heavy, pytest.mark.alone])]
)
def test_it_stays_usable(kind: Kind, records: int, capsys: pytest.CaptureFixture[str]) -> None:
    with new_place(kind) as place, running(place) as service:
        account = service.account()
        large = contact_of(account, "319", records)
        small = [contact_of(account, f"{515 + each}", SMALL) for each in range(3 * TIMES + 1)]
        path = f"{account.base}/contacts/{large}"

        def shown(_: int) -> None:
            account.admin.get(path).raise_for_status()

        def named(each: int) -> None:
            account.admin.patch(path, json={"name": f"Name {each}"}).raise_for_status()

        def removed(each: int) -> None:
            phones = [f"+1319555{number:04}" for number in range(NUMBERS - 1 - each)]
            account.admin.patch(path, json={"phones": phones}).raise_for_status()

        def explained(_: int) -> None:
            account.get("/explanations", a=large, b=small[-1]).raise_for_status()

        def survives(each: int) -> None:
            account.made(f"/contacts/{large}/merges", {"absorb": small[each]}, "id")

        def is_absorbed() -> None:
            account.made(f"/contacts/{small[-1]}/merges", {"absorb": large}, "id")

        yardstick = min(floor(records) for _ in range(5))
        costs = {
            each.__name__: cost(account, each)
            for each in (shown, named, removed, explained, survives)
        }
        costs["is_absorbed"] = cost_once(account, is_absorbed)
    told = {
        name: f"{seconds * 1000:.0f} ms, {seconds / yardstick:.1f} x"
        for name, seconds in costs.items()
    }
    with capsys.disabled():
        print(f"{records} records, read as JSON in {yardstick * 1000:.0f} ms: {told}")  # noqa: T201
    for name, seconds in costs.items():
        assert seconds <= OF_ANY + MOST[name] * yardstick, name
