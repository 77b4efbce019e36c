"""How fast the pages of a large account are in a browser: first paint, search, and their weight.

`python -m tests.benchmarks.page_speed [CONTACTS]`: a service over SQLite with so many contacts, one
browser, each page with an empty cache. Prints one JSON document; times in milliseconds.
"""

import json
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Page

from tests.benchmarks.files import write_contacts
from tests.pages.browser import Browser, session_of, started
from tests.pages.things import filled, paths
from tests.stores import Place
from tests.web.service import Account, running

CONTACTS = 200_000
RUNS = 5
WORDS = ("an", "garcia", "3195")
_PAINT = """() => new Promise((done) => {
  const told = performance.getEntriesByName("first-contentful-paint")[0];
  if (told) return done(told.startTime);
  new PerformanceObserver((list) => done(list.getEntries()[0].startTime)).observe({type: "paint"});
})"""
_WEIGHT = """() => ["resource", "navigation"].flatMap((kind) => performance.getEntriesByType(kind))
  .reduce((sum, each) => sum + each.decodedBodySize, 0)"""
_SHIFT = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const each of list.getEntries()) sum += each.value; })
    .observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(sum), 300);
})"""
_TYPED = """() => new Promise((done) => {
  const field = document.querySelector("[data-search]");
  const began = performance.now();
  new MutationObserver((_, all) => { all.disconnect(); done(performance.now() - began); })
    .observe(document.querySelector("main"), {childList: true, subtree: true});
  field.value += "WORD";
  field.dispatchEvent(new Event("input", {bubbles: true}));
})"""


def measure(contacts: int = CONTACTS) -> dict[str, Any]:
    """Import contacts, then open each page and search."""
    with tempfile.TemporaryDirectory() as folder:
        place = Place("sqlite", f"sqlite:{folder}", Path(folder))
        file = Path(folder) / "contacts.csv"
        write_contacts(file, round(contacts / 0.83))
        with running(place) as service, started() as browser:
            account = service.account()
            with file.open("rb") as content:
                upload = {"file": ("contacts.csv", content)}
                begun = account.admin.post(
                    f"{account.base}/imports", files=upload, timeout=600
                ).json()
            account.ended(f"/imports/{begun['id']}")
            things = filled(account)
            with account.opened() as log, closing(log):
                log.text.catch_up()
            session = session_of(account, "admin")
            opened = partial(_opened, browser, session, account)
            pages = {name: _page(browser, opened, path) for name, path in paths(things).items()}
            searched = {word: _search(browser, opened, word) for word in WORDS}
            return {
                "contacts": account.rows()["contacts"],
                "pages": pages,
                "slowest_paint": max(each["paint"] for each in pages.values()),
                "heaviest": max(each["bytes"] for each in pages.values()),
                "results_after_a_key": searched,
            }


def _page(browser: Browser, opened: Callable[[str], Page], path: str) -> dict[str, float]:
    paints: list[float] = []
    weight = shift = 0.0
    for _ in range(RUNS):
        page = opened(path)
        paints.append(page.evaluate(_PAINT))
        weight, shift = page.evaluate(_WEIGHT), max(shift, page.evaluate(_SHIFT))
        browser.leave()
    return {"paint": round(median(paints)), "bytes": round(weight), "shift": round(shift, 4)}


def _search(browser: Browser, opened: Callable[[str], Page], word: str) -> int:
    """Type all but the last letter, wait, then the last one: until its results are shown."""
    times: list[float] = []
    for _ in range(RUNS):
        page = opened(f"/contacts?q={word[:-1]}")
        times.append(page.evaluate(_TYPED.replace("WORD", word[-1])))
        browser.leave()
    return round(median(times))


def _opened(browser: Browser, session: str, account: Account, path: str) -> Page:
    """A page in a new window, whose cache is empty."""
    return browser.sees(account)(path, browser.window(account, session=session))


if __name__ == "__main__":
    print(json.dumps(measure(*map(int, sys.argv[1:])), indent=2))  # noqa: T201
