"""Rejected rows are mended on a page, and come in as an import that points to the first."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.web.service import Account

ROWS = "Vorname;Telefon;Kundennr.\nAnna;+49 221 4710001;1\nKlaus;12;2\nRosa;n/a;3\n"


def test_one_is_mended_and_one_left_out(account: Account, see: Callable[..., Page]) -> None:
    import_id = account.imported(ROWS)
    account.ended(f"/imports/{import_id}")
    page = see(f"/imports/{import_id}")
    page.get_by_role("link", name="Mend the rejected rows").click()
    expect(page.get_by_role("row", name="Klaus")).to_contain_text("Has no phone and no email")
    page.get_by_label("Telefon of row 3").fill("+49 221 4710003")
    for column in ("Vorname", "Telefon", "Kundennr."):
        page.get_by_label(f"{column} of row 4").fill("")
    page.get_by_role("button", name="Import the mended rows").click()
    expect(page.get_by_role("heading", name="people.csv, mended rows")).to_be_visible()
    expect(page.locator("main").get_by_text("1 new")).to_be_visible()
    (klaus,) = account.get("/contacts", phone="+492214710003").json()["items"]
    assert klaus["name"] == "Klaus"
    assert klaus["attributes"]["Kundennr."]["value"] == "2"
    page.get_by_role("link", name="an earlier import").click()
    expect(page.get_by_text("The rejected rows are settled")).to_be_visible()
    assert account.items("/attention") == []
