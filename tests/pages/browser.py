"""Chromium as it is on the machine, and what must never go wrong in it."""

import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import httpx
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.normal_run import ALL_TESTS
from tests.web.service import NO_TLS, Account, Service

OPTIONS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
Scheme = Literal["light", "dark"]
SESSION = "session"


class Look(NamedTuple):
    """What windows differ in."""

    url: str
    width: int
    scheme: Scheme
    javascript: bool


@dataclass
class Browser:
    """A browser, with the windows that a test has opened and what went wrong in them.

    A window costs more than most tests do in it, so the next test that wants such a one takes it.
    """

    chromium: Chromium
    windows: dict[BrowserContext, Look | None] = field(default_factory=dict)
    """Those that the test has opened. None: nobody else can use it."""
    left: defaultdict[Look, list[Page]] = field(default_factory=lambda: defaultdict(list))
    """Empty pages of windows that tests before have left."""
    empty: dict[BrowserContext, Page] = field(default_factory=dict)
    """Pages of the test's windows that it has not used yet."""
    watching: set[Page] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    expected: tuple[int, ...] = ()
    """Statuses of answers that a test asks for; all others above 399 are wrong."""

    def window(
        self,
        account: Account,
        *,
        role: str = "admin",
        width: int = 1280,
        scheme: Scheme = "light",
        javascript: bool = True,
        session: str | None = None,
    ) -> BrowserContext:
        """A window in which somebody of a role is signed in, or whose session it is."""
        look = Look(account.service.url, width, scheme, javascript)
        if self.left[look]:
            page = self.left[look].pop()
            window = page.context
            self.empty[window] = page
        else:
            window = self._opened(look)
        self.windows[window] = look
        known = session or session_of(account, role)
        window.add_cookies([{"name": SESSION, "value": known, "url": account.service.url}])
        return window

    def _opened(self, look: Look) -> BrowserContext:
        window = self.chromium.new_context(
            base_url=look.url,
            viewport={"width": look.width, "height": 900},
            color_scheme=look.scheme,
            locale="en-GB",
            timezone_id="Europe/Berlin",
            java_script_enabled=look.javascript,
            reduced_motion="reduce",
        )
        window.set_default_timeout(10_000)
        return window

    def sees(self, account: Account) -> Callable[..., Page]:
        """A function that opens a page of the account, by its path after the account."""

        def see(path: str, window: BrowserContext | None = None, **options: object) -> Page:
            within = window or self.window(account, **options)  # type: ignore[arg-type]
            page = self.empty.pop(within, None) or self.watched(within.new_page(), account)
            page.goto(f"/accounts/{account.name}{path}")
            return page

        return see

    def watched(self, page: Page, account: Account) -> Page:
        """A page of which everything that goes wrong is noted."""
        self.watching.add(page)
        page.on(
            "console",
            lambda told: (
                self._note(told.text)
                if told.type == "error" and "Failed to load resource" not in told.text
                else None
            ),
        )
        page.on("pageerror", lambda error: self._note(str(error)))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith(account.service.url)
                else self._note(f"{request.url} is of another host")
            ),
        )
        page.on(
            "response",
            lambda answer: (
                self._note(f"{answer.status} {answer.url}")
                if answer.status >= 400 and answer.status not in self.expected
                else None
            ),
        )
        return page

    def _note(self, what: str) -> None:
        self.wrong.append(what)

    def leave(self) -> None:
        """Leave the windows. Raises AssertionError if anything went wrong in them."""
        for window, look in self.windows.items():
            kept, others = window.pages[:1], window.pages[1:]
            if look is None or not kept or kept[0] not in self.watching:
                window.close()
                continue
            for page in others:
                page.close()
            kept[0].goto("about:blank")
            window.clear_cookies()
            self.left[look] += kept
        wrong, self.wrong, self.windows, self.expected = self.wrong, [], {}, ()
        self.empty.clear()
        assert not wrong, wrong


NO_CHROMIUM = "there is no Chromium: on Debian, apt-get install chromium"


def chromium() -> str | None:
    """Where the machine has it, if it does.

    The normal run prefers the one without a screen, which draws the same with less work.
    """
    names = ["chromium", "chromium-browser", "chromium-headless-shell"]
    in_normal_run = "PYTEST_VERSION" in os.environ and not os.environ.get(ALL_TESTS)
    return next(filter(None, map(shutil.which, reversed(names) if in_normal_run else names)), None)


@contextmanager
def started() -> Iterator[Browser]:
    """The browser of the machine."""
    path = chromium()
    assert path is not None, NO_CHROMIUM
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        yield Browser(launched)
        launched.close()


def session_of(account: Account, role: str) -> str:
    """The session of somebody who signs in with a new key of a role."""
    return session_with(account.service, account.key(role))


def session_with(service: Service, key: str) -> str:
    """The session of somebody who signs in with a key."""
    with visiting(service) as client:
        answer = client.post("/sign-in", data={"key": key, "next": "/"})
    assert answer.status_code == 303, answer.text
    return answer.cookies[SESSION]


def visiting(service: Service, session: str | None = None) -> httpx.Client:
    """Asks for pages and sends forms, as a browser without pictures would."""
    return httpx.Client(
        base_url=service.url,
        cookies={"session": session} if session else {},
        headers={"Origin": service.url},
        verify=NO_TLS,
    )
