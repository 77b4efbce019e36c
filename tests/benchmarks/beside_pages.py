"""How long commands over HTTP take beside ten open pages, compared with none.

`python -m tests.benchmarks.beside_pages [RUNS]`: a service over SQLite, its client and one browser
with ten windows. Each run sends the same commands without pages and with them. Prints one JSON
document; times in milliseconds.
"""

import json
import sys
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from tests.pages.browser import started
from tests.stores import new_place
from tests.web.service import Account, running

RUNS = 11
COMMANDS = 2_000
WARM_UP = 100
LISTEN = 1_500
"""Milliseconds until the pages listen."""


def measure(runs: int = RUNS) -> dict[str, Any]:
    """Send commands, alone and beside pages, in turns."""
    alone: list[float] = []
    beside: list[float] = []
    with new_place("sqlite") as place, running(place) as service, started() as browser:
        account = service.account()
        contact = account.contact_named("Mary", "+13195554929")
        _slowest(account, WARM_UP)
        for _ in range(runs):
            alone.append(_slowest(account, COMMANDS))
            shown = ["", f"/contacts/{contact}", "/calls", "/merges", "/contacts"] * 2
            pages = [browser.sees(account)(path) for path in shown]
            pages[0].wait_for_timeout(LISTEN)
            beside.append(_slowest(account, COMMANDS))
            browser.leave()
    return {
        "p99_alone": [round(each, 1) for each in alone],
        "p99_beside": [round(each, 1) for each in beside],
        "ratio": round(median(b / a for a, b in zip(alone, beside, strict=True)), 2),
    }


def _slowest(account: Account, commands: int) -> float:
    """The 99th percentile of how long a command takes."""
    taken = []
    for number in range(commands):
        contact = {"name": f"P {number}", "phones": [f"+1319555{number:04}"]}
        began = perf_counter()
        account.post("/contacts", contact).raise_for_status()
        taken.append(1_000 * (perf_counter() - began))
    return quantiles(taken, n=100)[-1]


if __name__ == "__main__":
    print(json.dumps(measure(*map(int, sys.argv[1:])), indent=2))  # noqa: T201
