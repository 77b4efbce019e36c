"""What one account or key asks for does not keep the others waiting."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from statistics import median, quantiles
from time import monotonic, sleep
from typing import Any

import httpx
import pytest

from infrastructure.web.problems import ProblemError
from infrastructure.web.shares import MOST_WAITING, READS, WINDOW, Shares
from tests.stores import Place
from tests.web.service import NO_TLS, Account, running

CLIENTS = 50
CONTACTS = 1_000
FIVE = 5
SEARCH = {"q": "mary", "limit": "50"}
LASTING = 4.0
"""Seconds of each part of a run."""


def fill(account: Account) -> None:
    records = [
        {
            "kind": "contact",
            "external_id": str(each),
            "name": f"Mary Miller {each}",
            "phones": [f"+1319555{each:04}"],
        }
        for each in range(CONTACTS)
    ]
    account.post("/integrations/hubspot/records", {"records": records}).raise_for_status()


def search(client: httpx.Client, account: Account) -> httpx.Response:
    return client.get(f"{account.base}/contacts", params=SEARCH)


def latencies(account: Account) -> list[float]:
    """How long one search after another takes, in seconds."""
    found, end = [], monotonic() + LASTING
    while monotonic() < end:
        began = monotonic()
        search(account.admin, account).raise_for_status()
        found.append(monotonic() - began)
    return found


def p99(values: list[float]) -> float:
    return quantiles(values, n=100)[-1]


def clients(url: str, path: str, key: str, ended: Any, told: Any) -> None:
    """Fifty clients that search, and wait as they are told, in a process of their own."""
    statuses: Counter[int] = Counter()

    async def client() -> None:
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(
            base_url=url, headers=headers, timeout=30, verify=NO_TLS
        ) as each:
            while not ended.is_set():
                answer = await each.get(path, params=SEARCH)
                statuses[answer.status_code] += 1
                if answer.status_code != 200:
                    await asyncio.sleep(float(answer.headers["Retry-After"]))

    async def all_of_them() -> None:
        await asyncio.gather(*(client() for _ in range(CLIENTS)))

    asyncio.run(all_of_them())
    told.put(dict(statuses))


@contextmanager
def searching(account: Account) -> Iterator[Callable[[], dict[int, int]]]:
    """Fifty busy clients. Gives how to end them; then they tell how often they got each status."""
    context = get_context("spawn")
    ended, told = context.Event(), context.Queue()
    given = account.service.url, f"{account.base}/contacts", account.key("agent"), ended, told
    process = context.Process(target=clients, args=given)
    process.start()

    def end() -> dict[int, int]:
        ended.set()
        found: dict[int, int] = told.get(timeout=60)
        return found

    try:
        sleep(2)
        yield end
    finally:
        ended.set()
        process.join()


@pytest.mark.heavy
@pytest.mark.alone
def test_one_account_is_answered_while_fifty_clients_search_in_another(place: Place) -> None:
    with running(place) as service:
        busy, other = service.account(), service.account()
        fill(busy)
        fill(other)
        ratios = []
        for _ in range(FIVE):
            alone = p99(latencies(other))
            with searching(busy) as end:
                ratios.append(p99(latencies(other)) / alone)
                statuses = end()
            assert statuses.keys() <= {200, 429}
            assert statuses[200] >= 20 * LASTING
        assert median(ratios) <= 3, ratios


def test_an_account_has_all_turns_while_it_is_alone_and_one_beside_another() -> None:
    async def go() -> None:
        shares = Shares(100)
        turns = [await shares.turn("a") for _ in range(READS)]
        waiting = asyncio.create_task(shares.turn("a"))
        other = await shares.turn("b")
        for each in turns[:-1]:
            each.end()
        await asyncio.sleep(0)
        assert not waiting.done()
        turns[-1].end()
        (await waiting).end()
        other.end()

    asyncio.run(go())


def test_an_account_that_asks_for_more_than_its_share_pauses_as_long_as_it_read() -> None:
    async def go() -> None:
        shares = Shares(100)
        first = await shares.turn("a")
        waiting = asyncio.create_task(shares.turn("a"))
        (await shares.turn("b")).end()
        await asyncio.sleep(0.1)
        ended = monotonic()
        first.end()
        await asyncio.sleep(0)
        assert not waiting.done()
        (await shares.turn("b")).end()
        (await waiting).end()
        assert monotonic() - ended >= 0.09

    asyncio.run(go())


def test_what_waits_for_too_long_a_row_is_refused() -> None:
    async def go() -> None:
        shares = Shares(100)
        turns = [await shares.turn("a") for _ in range(READS)]
        waiting = [asyncio.create_task(shares.turn("a")) for _ in range(MOST_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(ProblemError, match="wait for their turn"):
            await shares.turn("a")
        waiting.pop().cancel()
        await asyncio.sleep(0)
        waiting.append(asyncio.create_task(shares.turn("a")))
        for each in turns:
            each.end()
        for one in waiting:
            (await asyncio.wait_for(one, 5)).end()

    asyncio.run(go())


def test_a_key_that_sends_too_much_is_told_when_it_may_go_on(place: Place) -> None:
    with running(place, CONTACT_MERGING_REQUESTS_PER_SECOND="2") as service:
        account = service.account()
        client = account.client("agent")
        answers = [client.get(f"{account.base}/contacts") for _ in range(2 * WINDOW + 5)]
        first, last = answers[0], answers[-1]
        assert (first.status_code, last.status_code) == (200, 429)
        assert first.headers["RateLimit-Limit"] == "20"
        assert first.headers["RateLimit-Remaining"] == "19"
        assert first.headers["RateLimit-Policy"] == "20;w=10"
        assert last.headers["RateLimit-Remaining"] == "0"
        assert last.json()["type"] == "/problems/too-many-requests"
        assert account.client("agent").get(f"{account.base}/contacts").status_code == 200
        sleep(float(last.headers["Retry-After"]))
        assert client.get(f"{account.base}/contacts").status_code == 200
