"""The whole story of an administrator and an agent, as they live it in a browser."""

from pathlib import Path

from playwright.sync_api import expect

from tests.pages.browser import Browser
from tests.web.service import Account

ROWS = """Name,Phone,Email,Company
Mary Miller,(319) 555-4929,mary@x.test,Acme
John Jones,(319) 555-5677,john@x.test,Acme
Jack J.,(319) 555-5677,,
Tom,(515) 555-0100,tom@acme.test,Acme
Sue,(515) 555-0100,sue@acme.test,Acme
Nobody,n/a,,
"""


def test_from_signing_in_to_assigning_a_call(
    browser: Browser, account: Account, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_text(ROWS, encoding="utf-8")
    window = browser.chromium.new_context(base_url=account.service.url)
    browser.windows[window] = None
    page = browser.watched(window.new_page(), account)
    page.set_default_timeout(15_000)

    # Sign in.
    page.goto("/")
    page.get_by_label("Key").fill(account.key("admin"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Home")).to_be_visible()
    expect(page.get_by_text("Nothing is here yet")).to_be_visible()

    # Look at a file, and import it.
    page.get_by_role("link", name="Import a file").click()
    page.get_by_label("Drop a file here").set_input_files(file)
    page.get_by_role("button", name="See what it would do").click()
    expect(
        page.locator("main").get_by_text("6 rows: 3 new · 2 join people you have")
    ).to_be_visible()
    expect(page.get_by_role("row", name="Jack J.")).to_contain_text("John Jones")
    assert account.rows()["records"] == 0
    page.get_by_role("button", name="Import 6 rows").click()
    expect(page.locator("main").get_by_text("joined")).to_be_visible()
    assert account.rows()["records"] == 5

    # A merge that is wrong is found, understood and undone.
    page.get_by_role("link", name="Merges").click()
    page.get_by_role("link", name="Jack J.").click()
    expect(page.get_by_text("A phone number matched: +1")).to_be_visible()
    expect(page.get_by_text("Jack J. lives again, with 1 record")).to_be_visible()
    page.get_by_role("button", name="Undo the merge").click()
    expect(page.get_by_role("status")).to_contain_text("The merge is undone")
    expect(page.get_by_role("heading", name="Jack J.")).to_be_visible()

    # A switchboard is declared shared, and what it merged is taken back.
    page.get_by_role("link", name="Settings").click()
    page.get_by_label("A number or an email that many people use").fill("515 555 0100")
    page.get_by_role("button", name="Share it").click()
    expect(page.get_by_text("1 merge rests on it alone")).to_be_visible()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("No merge rests on it alone")).to_be_visible()
    assert len(account.items("/contacts")) == 5

    # A call comes from a number that two hold, and is assigned to the other one.
    account.call("+13195555677")
    page.get_by_role("link", name="Calls").click()
    page.get_by_role("link", name="Assign…").click()
    other = page.locator("li", has_text="holds the number, too")
    name = str(other.text_content())
    other.get_by_role("button").click()
    expect(page.get_by_role("status")).to_contain_text("The call is assigned")
    whose = page.get_by_role("row", name="+1").get_by_role("link").first
    assert str(whose.text_content()) in name
    browser.leave()
