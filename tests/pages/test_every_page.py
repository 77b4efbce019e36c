"""Every page: it can be read by everybody, at every width, in every light, and it is light."""

import re
from collections.abc import Iterator

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.pages.browser import Browser, Scheme, session_of, session_with, visiting
from tests.pages.slow_line import slow_line
from tests.pages.things import Things, filled, paths
from tests.web.service import OPERATOR_KEY, Account, Service

NAMES = [*paths(Things(*[""] * 7))]
SHIFTS = """new Promise((done) => setTimeout(() => {
  const shifts = new PerformanceObserver(() => {});
  shifts.observe({type: "layout-shift", buffered: true});
  done(shifts.takeRecords().reduce((sum, each) => sum + each.value, 0));
}, 200))"""
"""How much has jumped since the page began, until a moment after it was loaded."""
VIOLATIONS = {"resultTypes": ["violations"]}
"""All rules of axe; what they find right is not described."""
HEAVIEST = 60_000
"""The most bytes of a page with its style and script."""


@pytest.fixture(scope="module")
def full(service: Service) -> tuple[Account, Things]:
    account = service.account()
    return account, filled(account)


LOOKS: list[tuple[int, Scheme]] = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "look",
    [pytest.param(each, marks=[pytest.mark.heavy] if each != LOOKS[0] else []) for each in LOOKS],
    ids=lambda look: "-".join(map(str, look)),
)
def test_nobody_is_left_out(
    browser: Browser,
    full: tuple[Account, Things],
    session: str,
    name: str,
    look: tuple[int, Scheme],
) -> None:
    width, scheme = look
    account, things = full
    window = browser.window(account, width=width, scheme=scheme, session=session)
    page = browser.sees(account)(paths(things)[name], window)
    found = Axe().run(page, options=VIOLATIONS)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(SHIFTS) == 0
    assert page.evaluate("document.querySelectorAll('[style], style').length") == 0
    browser.leave()


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in?link=x", "/accounts", "/accounts/no/such"])
@pytest.mark.parametrize(
    "look",
    [pytest.param(each, marks=[pytest.mark.heavy] if each != LOOKS[0] else []) for each in LOOKS],
    ids=lambda look: "-".join(map(str, look)),
)
def test_nor_on_those_outside_an_account(
    browser: Browser, full: tuple[Account, Things], path: str, look: tuple[int, Scheme]
) -> None:
    (width, scheme), (account, _) = look, full
    browser.expected = (404,)
    operator = session_with(account.service, OPERATOR_KEY)
    window = browser.window(account, width=width, scheme=scheme, session=operator)
    page = browser.watched(window.new_page(), account)
    page.goto(path)
    found = Axe().run(page, options=VIOLATIONS)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    browser.leave()


@pytest.mark.parametrize("name", ["home", "contacts", "settings"])
def test_nothing_jumps_while_a_page_arrives_slowly(
    browser: Browser, full: tuple[Account, Things], session: str, name: str
) -> None:
    account, things = full
    window = browser.window(account, session=session)
    with slow_line(account.service.url) as url:
        window.add_cookies([{"name": "session", "value": session, "url": url}])
        page = window.new_page()
        page.route("**/live", lambda route: route.abort())
        page.goto(f"{url}/accounts/{account.name}{paths(things)[name]}")
        assert page.evaluate(SHIFTS) == 0
        browser.leave()


@pytest.fixture(scope="module")
def session(full: tuple[Account, Things]) -> str:
    return session_of(full[0], "admin")


@pytest.fixture(scope="module")
def client(full: tuple[Account, Things], session: str) -> Iterator[httpx.Client]:
    account, _ = full
    with visiting(account.service, session) as client:
        yield client


@pytest.mark.parametrize("name", NAMES)
def test_it_is_light_and_says_what_browsers_must_not_do(
    full: tuple[Account, Things], client: httpx.Client, name: str
) -> None:
    answer = client.get(path_of(full, name))
    assert answer.status_code == 200
    assert "require-trusted-types-for 'script'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    loaded = [each for each in ("pages.css", "pages.js", "icon.svg") if each in answer.text]
    sizes = [len(client.get(address_of(each, answer.text)).content) for each in loaded]
    assert len(answer.content) + sum(sizes) <= HEAVIEST


def path_of(full: tuple[Account, Things], name: str) -> str:
    account, things = full
    return f"/accounts/{account.name}{paths(things)[name]}"


def address_of(file: str, page: str) -> str:
    """The address of a file that a page loads."""
    before, _, _ = page.partition(f"/{file}")
    return f"{before[before.rindex(chr(34)) + 1 :]}/{file}"


WITHOUT_REGION = {
    *("new contact", "edit", "delete", "two", "mend", "conflicts", "merge", "settings", "keys"),
}
ONCE = re.compile(r'name="once" value="[^"]*"')
"""A value that differs each time."""


@pytest.mark.parametrize("name", [each for each in NAMES if each not in WITHOUT_REGION])
def test_a_region_alone_is_the_same_as_in_the_page(
    full: tuple[Account, Things], client: httpx.Client, name: str
) -> None:
    path = path_of(full, name)
    whole = ONCE.sub("", client.get(path).text)
    region = client.get(path, headers={"Region": "results"})
    assert region.status_code == 200
    alone = ONCE.sub("", region.text).strip()
    assert 'id="results"' in alone
    assert alone in whole
    assert len(alone) < len(whole)
