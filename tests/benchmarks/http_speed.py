"""Commands and look-ups over HTTP, against services written by hand in the same run.

`python -m tests.benchmarks.http_speed`: the yardsticks are those of by_hand.py, on the same server
with the same clients. Look-ups among 200,000 contacts are compared with the same among 1,000. Each
figure is the median over rounds that take turns. Prints one JSON document.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.by_hand import KEY, serving
from tests.infrastructure.search.test_flat_cost_of_search import SOUGHT, write_people
from tests.stores import new_place
from tests.web.service import Account, Service, running

ROUNDS = 5
SECONDS = 4.0
LOOK_UPS = 25
FEW, MANY = 1_000, 200_000


async def _client(address: tuple[str, int], requests: Iterator[bytes], until: float) -> int:
    """One client that sends a request after each answer. Returns how many were answered."""
    reader, writer = await asyncio.open_connection(*address)
    done = 0
    while time.perf_counter() < until:
        writer.write(next(requests))
        await _answer(reader)
        done += 1
    writer.close()
    return done


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 20"), head
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    return await reader.readexactly(length)


def answered_a_second(url: str, requests: Iterator[bytes], clients: int) -> float:
    """How many requests are answered in a second."""
    host, port = url.removeprefix("http://").split(":")

    async def run() -> float:
        began = time.perf_counter()
        until = began + SECONDS
        done = await asyncio.gather(
            *(_client((host, int(port)), requests, until) for _ in range(clients))
        )
        return sum(done) / (time.perf_counter() - began)

    return asyncio.run(run())


def calls(path: str, key: str, numbers: Iterator[int]) -> Iterator[bytes]:
    """Requests that record calls."""
    for number in numbers:
        body = json.dumps(
            {
                "direction": "inbound",
                "number": f"+1319555{number % 10_000:04}",
                "status": "answered",
                "started_at": "2026-05-01T09:30:00Z",
                "duration_seconds": 63,
            }
        )
        head = f"{_head('POST', path, key)}content-type: application/json\r\n"
        yield f"{head}content-length: {len(body)}\r\n\r\n{body}".encode()


def gets(path: str, key: str) -> Iterator[bytes]:
    """Requests that read."""
    while True:
        yield f"{_head('GET', path, key)}\r\n".encode()


def _head(method: str, path: str, key: str) -> str:
    return f"{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {key}\r\n"


def compare(service: Service, folder: Path) -> dict[str, Any]:
    """The requests answered in a second, and their shares of what the yardsticks answer."""
    account = service.account()
    key, numbers = account.key("admin"), iter(range(10**9))
    contact = account.contact_named("Ann", "+1 212 555 0100")
    found: dict[str, Any] = {}
    with serving(folder) as by_hand:
        commands = {
            "own": (service.url, calls(f"{account.base}/calls", key, numbers)),
            "bare": (by_hand, calls("/rows", KEY, numbers)),
            "by_hand": (by_hand, calls("/calls", KEY, numbers)),
        }
        reads = {
            "own_contact": (service.url, gets(f"{account.base}/contacts/{contact}", key)),
            "own_phone": (service.url, gets(f"{account.base}/contacts?phone=2125550100", key)),
            "own_who": (service.url, gets(f"{account.base}/callers/2125550100", key)),
            "empty": (by_hand, gets("/empty?phone=2125550100", KEY)),
        }
        for clients in (16, 1):
            found |= {
                f"commands_{clients}": _shares(commands, clients),
                f"reads_{clients}": _shares(reads, clients),
            }
    return found


def _shares(of: dict[str, tuple[str, Iterator[bytes]]], clients: int) -> dict[str, Any]:
    rates: dict[str, list[float]] = {name: [] for name in of}
    for _ in range(ROUNDS):
        for name, (url, requests) in of.items():
            rates[name].append(answered_a_second(url, requests, clients))
    own = [name for name in of if name.startswith("own")]
    shares = {
        f"{one}/{other}": [a / b for a, b in zip(rates[one], rates[other], strict=True)]
        for one in own
        for other in of
        if other not in own
    }
    return {
        "a_second": {name: round(median(each)) for name, each in rates.items()},
        "shares": {name: rounded(each) for name, each in shares.items()},
        "share": {name: round(median(each), 2) for name, each in shares.items()},
    }


def people(service: Service, folder: Path, count: int) -> Account:
    """An account of so many contacts, imported over HTTP."""
    account = service.account()
    write_people(folder / "people.csv", count)
    with (folder / "people.csv").open("rb") as file:
        begun = account.admin.post(f"{account.base}/imports", files={"file": file})
    begun.raise_for_status()
    while account.get(f"/imports/{begun.json()['id']}").json()["status"] == "running":
        time.sleep(0.1)
    with account.opened() as log:
        while log.text.behind():
            time.sleep(0.1)
    return account


def seconds_of(account: Account, asked: dict[str, str]) -> float:
    """The median seconds of a look-up, and its answer checked."""
    seconds = []
    for _ in range(LOOK_UPS):
        began = time.perf_counter()
        answer = account.get("/contacts", **asked)
        seconds.append(time.perf_counter() - began)
        assert answer.status_code == 200, answer.text
    return median(seconds)


def compare_look_ups(service: Service, folder: Path) -> dict[str, Any]:
    """How many milliseconds look-ups take among few and many contacts, and the ratios."""
    few, many = (people(service, folder, count) for count in (FEW, MANY))
    found: dict[str, Any] = {}
    for name, asked in SOUGHT.items():
        rounds = [(seconds_of(few, asked), seconds_of(many, asked)) for _ in range(ROUNDS)]
        before, after = (round(median(each) * 1e3, 2) for each in zip(*rounds, strict=True))
        ratio = round(median(after / before for before, after in rounds), 2)
        found[name] = {"milliseconds": [before, after], "ratio": ratio}
    return found


def rounded(ratios: list[float]) -> list[float]:
    """Ratios as they are shown."""
    return [round(each, 2) for each in ratios]


def measure(*, look_ups: bool = True) -> dict[str, Any]:
    """All figures."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        new_place("sqlite") as place,
        # A key may send as much as the machine can answer.
        running(place, CONTACT_MERGING_REQUESTS_PER_SECOND="100000") as service,
    ):
        found = compare(service, Path(scratch))
        return found | (compare_look_ups(service, Path(scratch)) if look_ups else {})


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))  # noqa: T201
