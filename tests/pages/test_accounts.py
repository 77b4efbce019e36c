"""The operator makes an account and its first key, with which its administrator signs in."""

from playwright.sync_api import expect

from tests.pages.browser import Browser, session_with
from tests.web.service import OPERATOR_KEY, Service


def test_the_first_administrator_comes_in(browser: Browser, service: Service) -> None:
    window = browser.chromium.new_context(base_url=service.url)
    browser.windows[window] = None
    session = session_with(service, OPERATOR_KEY)
    window.add_cookies([{"name": "session", "value": session, "url": service.url}])
    page = window.new_page()
    page.goto("/")
    for name in ("No good name", "_x"):
        page.get_by_label("Its name in addresses").fill(name)
        page.get_by_role("button", name="Make the account").click()
        expect(page.get_by_role("alert")).to_contain_text("is not a valid account id")
    page.get_by_label("Its name in addresses").fill("by_the_operator")
    page.get_by_label("Country of its numbers").fill("US")
    page.get_by_role("button", name="Make the account").click()
    page.get_by_label("Who or what it is for").fill("Ana")
    page.get_by_role("button", name="Make the key").click()
    key = str(page.locator("code.secret").text_content())
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Key").fill(key)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Nothing is here yet")).to_be_visible()
    assert "/accounts/by_the_operator" in page.url
    browser.leave()
