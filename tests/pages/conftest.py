"""A browser for the tests of a module."""

from collections.abc import Callable, Iterator

import pytest

from tests.pages.browser import NO_CHROMIUM, Browser, chromium, started
from tests.web.service import Account


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if chromium() is None:
        pytest.skip(NO_CHROMIUM)  # named in the last lines of `run.py test`, where CI fails by it
    # For one module only: while it runs, nothing else in this process may use asyncio.
    with started() as browser:
        yield browser


@pytest.fixture
def see(browser: Browser, account: Account) -> Iterator[Callable[..., object]]:
    """Opens a page of the account. At the end nothing may have gone wrong in the browser."""
    yield browser.sees(account)
    browser.leave()
