"""The keyboard alone: lists, the search, deciding conflicts, and saying that a merge is right."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.pages.things import filled
from tests.web.service import Account

See = Callable[..., Page]


def test_a_list_is_gone_through_and_searched(account: Account, see: See) -> None:
    for number, name in enumerate(("Anna", "Ben", "Clara")):
        account.contact_named(name, f"+1319555010{number}")
    page = see("/contacts")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ben", level=1)).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("c")
    expect(page.get_by_role("heading", name="Contacts")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("clar")
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page).to_have_url(f"{account.service.url}/accounts/{account.name}/contacts?q=clar")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("next in the list")


def test_conflicts_and_the_morning_list_are_decided(account: Account, see: See) -> None:
    filled(account)
    page = see("/conflicts")
    page.keyboard.press("2")
    expect(page.get_by_text("No two contacts hold the same")).to_be_visible()
    before = len(account.items("/attention"))
    page.keyboard.press("g")
    page.keyboard.press("h")
    expect(page.get_by_role("heading", name="Home")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("r")
    expect(page.get_by_role("status")).to_contain_text("It is settled")
    assert len(account.items("/attention")) < before
