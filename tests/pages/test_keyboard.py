"""The keyboard alone: lists, the search, deciding conflicts, and saying that a merge is right."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.pages.test_story import ROWS
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
    expect(page.locator("#told")).to_have_text("1 found")  # by a screen reader
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


def test_a_key_of_a_row_needs_a_selected_row_and_enter_opens_it(account: Account, see: See) -> None:
    filled(account)
    before = account.items("/attention")
    page = see("")
    page.keyboard.press("r")  # no row is selected
    page.keyboard.press("j")
    page.keyboard.press("r")  # that of a conflict, which has no such key
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Home")).not_to_be_visible()
    assert account.items("/attention") == before


def test_the_whole_story_needs_no_mouse(account: Account, see: See, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(ROWS, encoding="utf-8")
    page = see("")
    # The browser is told early that a test chooses the file: told just before, it may miss it.
    page.on("filechooser", lambda _: None)
    go(page, "i")
    tab_to(page, "file")
    with page.expect_file_chooser() as chosen:
        page.keyboard.press("Space")
    chosen.value.set_files(file)
    tab_to(page, "See what it would do")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Import 6 rows")).to_be_visible()
    page.keyboard.press("i")
    expect(page.locator("main").get_by_text("joined")).to_be_visible()
    go(page, "m")
    for key in ("j", "j"):
        page.keyboard.press(key)
    tab_to(page, "Jack J.")
    page.keyboard.press("Enter")
    expect(page.get_by_text("lives again")).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_role("status")).to_contain_text("The merge is undone")
    go(page, "s")
    tab_to(page, "A number or an email that many people use")
    page.keyboard.type("515 555 0100")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 merge rests on it alone")).to_be_visible()
    tab_to(page, "Take it back")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No merge rests on it alone")).to_be_visible()
    account.call("+13195555677")
    go(page, "l")
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.get_by_text("holds the number, too")).to_be_visible()
    page.keyboard.press("1")
    expect(page.get_by_role("status")).to_contain_text("The call is assigned")


def go(page: Page, key: str) -> None:
    """Go to another page by two keys."""
    before = page.url
    page.keyboard.press("g")
    page.keyboard.press(key)
    page.wait_for_url(lambda url: url != before)


def tab_to(page: Page, name: str) -> None:
    """Press Tab until something is focused, by its id, its label or its text."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(
            "(name) => { const at = document.activeElement;"
            " return [at.id, at.ariaLabel, at.textContent.trim()].includes(name); }",
            name,
        ):
            return
    raise AssertionError(f"Tab does not lead to {name}")
