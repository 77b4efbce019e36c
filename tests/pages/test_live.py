"""What changes meanwhile is seen at once, in every tab of a browser, by one connection."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.pages.browser import Browser
from tests.web.service import Account

See = Callable[..., Page]
TABS = 8


def test_a_second_browser_sees_a_merge_within_a_second(account: Account, see: See) -> None:
    one = account.contact_named("Mary", "+13195554929")
    other = account.contact_named("M. Miller", "+13195554930")
    page = see(f"/contacts/{one}")
    expect(page.get_by_text("Nothing was merged into it")).to_be_visible()
    page.wait_for_timeout(500)  # it listens
    account.post(f"/contacts/{one}/merges", {"absorb": other}).raise_for_status()
    expect(page.get_by_role("link", name="M. Miller joined Mary")).to_be_visible(timeout=1_000)


def test_a_list_that_grew_waits_to_be_asked(account: Account, see: See) -> None:
    page = see("/calls")
    page.wait_for_timeout(500)
    account.call("+13195554929")
    page.get_by_role("button", name="Something changed: show").click()
    expect(page.get_by_role("row", name="+1")).to_be_visible()


def test_many_tabs_load_and_share_one_connection(
    account: Account, browser: Browser, see: See
) -> None:
    contact = account.contact_named("Mary", "+13195554929")
    window = browser.window(account)
    streams: list[str] = []
    window.on("request", lambda each: streams.append(each.url) if "/live" in each.url else None)
    pages = [see(f"/contacts/{contact}", window) for _ in range(TABS)]
    pages[0].wait_for_timeout(500)
    account.admin.patch(f"{account.base}/contacts/{contact}", json={"attributes": {"city": "Ames"}})
    for page in pages:
        expect(page.get_by_text("Ames", exact=True).first).to_be_visible(timeout=2_000)
    assert len(streams) == 1
