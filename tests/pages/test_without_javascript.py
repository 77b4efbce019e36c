"""Every page does its work by forms and links alone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.pages.browser import Browser
from tests.pages.things import filled
from tests.web.service import Account

See = Callable[..., Page]


def test_contacts_are_searched_entered_edited_deleted_and_restored(
    account: Account, see: See
) -> None:
    page = see("/contacts", javascript=False)
    page.get_by_role("link", name="New contact").click()
    page.get_by_label("Name", exact=True).fill("Mary Miller")
    page.get_by_label("Number 1", exact=True).fill("319 555 4929")
    page.get_by_label("Label of number 1").fill("mobile")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Mary Miller was entered.")
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Number 2", exact=True).fill("319 555 4930")
    page.get_by_label("What 1 is").fill("company")
    page.get_by_label("Value 1").fill("Acme")
    page.get_by_role("button", name="Save").click()
    (mary,) = account.items("/contacts")
    assert [each["value"] for each in mary["phones"]] == ["+13195554929", "+13195554930"]
    assert (mary["phones"][0]["label"], mary["attributes"]["company"]["value"]) == (
        "mobile",
        "Acme",
    )
    page.get_by_role("link", name="Contacts").click()
    page.get_by_role("searchbox").fill("555-4930")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Mary Miller").click()
    page.get_by_role("link", name="Delete…").click()
    expect(page.get_by_text("1 record, 2 numbers and 0 emails")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    assert account.items("/contacts") == []
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_role("status")).to_have_text("The contact is restored.")
    assert len(account.items("/contacts")) == 1


def test_a_file_is_looked_at_with_other_columns_and_imported(
    account: Account, see: See, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    rows = "Name,Nummer,Merkmal\nAnna Berg,+49 221 4710001,x\nKlaus,+49 221 4710001,y\n"
    file.write_text(rows, encoding="utf-8")
    page = see("/imports", javascript=False)
    page.get_by_label("Drop a file here").set_input_files(file)
    page.get_by_role("button", name="See what it would do").click()
    looked_at(page)
    expect(page.get_by_label("What Merkmal becomes")).to_have_value("Merkmal")
    page.get_by_label("What Merkmal becomes").fill("left out")
    page.get_by_role("button", name="Look again").click()
    looked_at(page)
    page.get_by_label("Keep row 3 apart").check()
    page.get_by_role("button", name="Import 2 rows").click()
    looked_at(page, "joined")
    anna, klaus = account.items("/contacts")
    assert (anna["name"], klaus["name"]) == ("Anna Berg", "Klaus")
    assert anna["attributes"] == {}


def test_what_was_changed_in_a_file_stays_until_its_header_is_another(
    account: Account, browser: Browser, see: See, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("Name,Phone\nWho,Where\nUwe,030 5550174\n", encoding="utf-8")
    page = see("/imports", javascript=False)
    page.get_by_label("Drop a file here").set_input_files(file)
    page.get_by_role("button", name="See what it would do").click()
    looked_at(page)
    show_columns(page)
    page.get_by_label("Country of its numbers").fill("DE")
    page.get_by_label("What Name becomes").fill("left out")
    page.get_by_role("button", name="Look again").click()
    looked_at(page)
    show_columns(page)
    page.get_by_role("button", name="Look again").click()
    looked_at(page)
    expect(page.get_by_label("What Name becomes")).to_have_value("left out")
    show_columns(page)
    page.get_by_label("Header in row").fill("2")
    page.get_by_role("button", name="Look again").click()
    looked_at(page)
    show_columns(page)
    page.get_by_label("What Who becomes").fill("name")
    page.get_by_role("button", name="Look again").click()
    looked_at(page)
    expect(page.get_by_text("header in row 2")).to_be_visible()
    page.get_by_role("button", name="Import 1 row").click()
    looked_at(page, "If it was wrong")
    (uwe,) = account.items("/contacts")
    assert (uwe["name"], uwe["phones"][0]["value"]) == ("Uwe", "+49305550174")
    # A row that is none is told where it was typed.
    browser.expected = (422,)
    file.write_text("Name,Phone\nUwe,+49 30 5550174\n", encoding="utf-8")
    page = see("/imports", page.context)
    page.get_by_label("Drop a file here").set_input_files(file)
    page.get_by_role("button", name="See what it would do").click()
    looked_at(page)
    show_columns(page)
    page.get_by_label("Header in row").fill("one")
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_role("alert").first).to_contain_text("must be the number of a row")
    expect(page.get_by_label("Header in row")).to_have_value("one")
    page.get_by_label("Header in row").fill("9")
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_role("alert").first).to_contain_text("The header: row 9 is empty or not")


def test_a_file_whose_header_is_not_found_is_read_as_somebody_says(
    browser: Browser, see: See, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("Name,Tom\nWer,Wo\nUwe,030 5550174\n", encoding="utf-8")
    browser.expected = (422,)
    page = see("/imports", javascript=False)
    page.get_by_label("Drop a file here").set_input_files(file)
    page.get_by_label("Country of its numbers").fill("DE")
    page.get_by_role("button", name="See what it would do").click()
    expect(page.get_by_role("alert")).to_contain_text("No column holds phones or emails")
    expect(page.get_by_label("Country of its numbers")).to_have_value("DE")
    page.get_by_label("Drop a file here").set_input_files(file)
    page.get_by_label("Header in row").fill("2")
    page.get_by_role("button", name="See what it would do").click()
    looked_at(page)
    expect(page.get_by_text("header in row 2")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/contacts", "There are no contacts yet"),
        ("/contacts?which=lead", "There are no leads"),
        ("/contacts?which=deleted", "No contact is deleted"),
        ("/contacts?which=deleted&q=ann", "Nobody was found"),
    ],
)
def test_an_empty_list_says_what_there_is_none_of(see: See, path: str, words: str) -> None:
    expect(see(path, javascript=False).locator(".empty")).to_contain_text(words)


def test_filters_say_how_many_there_are(account: Account, see: See) -> None:
    contact, other = (account.contact_named(name, "+13195550133") for name in ("Ann", "Bob"))
    account.call("+13195554929")
    account.admin.delete(f"{account.base}/contacts/{other}").raise_for_status()
    page = see("/contacts", javascript=False)
    shown = page.get_by_role("navigation", name="Which contacts").get_by_role("link")
    expect(shown).to_have_text(["All 2", "Contacts 1", "Leads 1", "Deleted 1"])
    third = account.contact_named("Ann O.", "+13195550134")
    account.post(f"/contacts/{contact}/merges", {"absorb": third}).raise_for_status()
    (merge,) = account.items("/merges")
    account.post(f"/merges/{merge['id']}/undo").raise_for_status()
    account.post(f"/contacts/{contact}/merges", {"absorb": third}).raise_for_status()
    page.goto(f"/accounts/{account.name}/merges")
    shown = page.get_by_role("navigation", name="Which merges").get_by_role("link")
    expect(shown.filter(has_text="All")).to_have_text("All 2")
    expect(shown.filter(has_text="In force")).to_have_text("In force 1")
    expect(shown.filter(has_text="Undone")).to_have_text("Undone 1")


def show_columns(page: Page) -> None:
    if not page.get_by_label("Header in row").is_visible():
        page.locator("summary", has_text="columns, and what each becomes").click()


def looked_at(page: Page, shown: str = "What it will do") -> None:
    """Load the page again until the work is done, as somebody without JavaScript does."""
    for _ in range(50):
        if page.get_by_text(shown, exact=True).count():
            return
        page.wait_for_timeout(200)
        page.reload()
    raise AssertionError(page.content())


def test_two_are_merged_a_conflict_is_decided_and_merges_are_undone(
    account: Account, see: See
) -> None:
    things = filled(account)
    page = see("/conflicts", javascript=False)
    expect(page.get_by_text("Both hold +1")).to_be_visible()
    page.get_by_role("button", name="They are two").click()
    expect(page.get_by_text("No two contacts hold the same")).to_be_visible()
    page = see(f"/contacts/{things.contact}/other", javascript=False)
    page.get_by_role("searchbox").fill("ida west")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Ida West").click()
    expect(page.get_by_text("Ida West becomes a part of")).to_be_visible()
    why = str(page.get_by_role("region", name="Why they are not one").text_content())
    assert "“Ida West” (api) became a new contact" in why
    assert things.other not in why
    page.get_by_role("button", name="Merge").click()
    expect(page.get_by_role("status")).to_contain_text("Ida West was merged into")
    page.get_by_role("status").get_by_role("link", name="Undo").click()
    expect(page.get_by_text("Ida West lives again, with 1 record, 1 number")).to_be_visible()
    page.get_by_role("link", name="Merges").click()
    merges = page.get_by_role("checkbox")
    merges.nth(0).check()
    merges.nth(1).check()
    page.get_by_role("button", name="Undo those chosen").click()
    expect(page.get_by_role("status")).to_contain_text("2 merges are undone.")
    assert len([each for each in account.items("/merges") if each["undone_at"]]) == 2


def test_what_needs_a_look_is_settled_and_the_rules_are_changed(account: Account, see: See) -> None:
    filled(account)
    page = see("", javascript=False)
    before = len(account.items("/attention"))
    page.get_by_role("button", name="It is right").first.click()
    expect(page.get_by_role("status")).to_contain_text("It is settled")
    assert len(account.items("/attention")) < before
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("group", name="Merge integration contacts by").get_by_label(
        "Don't merge"
    ).check()
    page.get_by_role("button", name="Save").click()
    settings = account.get("/merge-settings").json()
    assert settings["integration_contacts"] == "never"
    assert settings["shared_identifiers"] == ["info@x.test"]


def test_a_key_is_made_and_revoked(account: Account, see: See) -> None:
    page = see("/keys", javascript=False)
    page.get_by_label("Who or what it is for").fill("Ben")
    page.get_by_label("Role", exact=True).select_option("agent")
    page.get_by_role("button", name="Make the key").click()
    key = str(page.locator("code.secret").text_content())
    client = account.service.client(key)
    assert client.get(f"{account.base}/contacts").status_code == 200
    page.get_by_role("button", name="Revoke the key of Ben").click()
    assert client.get(f"{account.base}/contacts").status_code == 401
