"""Whatever is typed or sent: it is shown as text, nothing is lost, and nothing runs."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.pages.browser import Browser, session_of, visiting
from tests.web.service import CALL, Account

SCRIPT = "<script>document.title='run'</script><img src=x onerror=\"document.title='run'\">"
TEMPLATE = "{{7*7}} ${7*7} #{7*7}"
RIGHT_TO_LEFT = "مريم ميلر"
LONG = "x" * 1_000
TEXTS = {"code": f"{SCRIPT} {TEMPLATE}", "long": f"{RIGHT_TO_LEFT} {LONG}"}
See = Callable[..., Page]


@pytest.fixture
def admin(account: Account) -> Iterator[httpx.Client]:
    with visiting(account.service, session_of(account, "admin")) as client:
        yield client


@pytest.mark.parametrize("name", TEXTS)
def test_every_text_is_shown_as_it_is(account: Account, see: See, name: str) -> None:
    text = TEXTS[name]
    attributes = {"company": text, text[:60]: "x"}
    contact = {"name": text, "phones": ["+13195550133"], "attributes": attributes}
    made = account.made("/contacts", contact, "contact_id")
    other = account.made("/contacts", {**contact, "name": f"{text[:200]} 2"}, "contact_id")
    account.call("+13195550133")
    file = f'Name,Phone\n"{text[:200].replace(chr(34), chr(34) * 2)}",+13195550134\n'
    account.ended(f"/imports/{account.imported(file)}")
    page = see("/contacts")
    for path in (
        *("/contacts", f"/contacts/{made}", f"/contacts/{made}/edit", f"/contacts/{made}/delete"),
        *("/conflicts", "/calls", f"/contacts/{made}/other/{other}"),
    ):
        page.goto(f"/accounts/{account.name}{path}")
        assert page.title() != "run", path
        typed = [each.input_value() for each in page.locator("main input").all()]
        shown = [str(page.locator("main").inner_text()), *typed]
        assert any(" ".join(text[:150].split()) in " ".join(each.split()) for each in shown), path
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280, path


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_searched_for_is_shown_as_it_is(see: See, name: str) -> None:
    page = see("/contacts")
    page.get_by_role("searchbox").fill(TEXTS[name][:200])
    expect(page.locator("main").get_by_text("Nobody was found")).to_be_visible()
    assert page.get_by_role("searchbox").input_value() == TEXTS[name][:200]
    assert page.title() == "Contacts · Contact Merging"


def test_a_wrong_field_is_named_and_what_was_typed_is_kept(
    account: Account, browser: Browser, see: See
) -> None:
    contact = account.contact_named("Mary", "+13195554929")
    browser.expected = (422,)
    page = see(f"/contacts/{contact}/edit")
    page.get_by_label("Name", exact=True).fill("Maria")
    page.get_by_label("Number 2", exact=True).fill("x" * 5_000)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("number 2 is too long")
    expect(page.get_by_label("Number 2", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Maria")
    assert account.get(f"/contacts/{contact}").json()["name"] == "Mary"


def test_somebody_was_faster(account: Account, browser: Browser, see: See) -> None:
    contact = account.contact_named("Mary", "+13195554929")
    browser.expected = (409,)
    page = see(f"/contacts/{contact}/edit")
    account.admin.patch(f"{account.base}/contacts/{contact}", json={"attributes": {"city": "Ames"}})
    page.get_by_label("Name", exact=True).fill("Maria")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Somebody changed this contact")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Maria")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Your changes are saved")
    assert account.get(f"/contacts/{contact}").json()["name"] == "Maria"


def test_a_form_that_is_sent_twice_has_one_effect(account: Account, admin: httpx.Client) -> None:
    form = {"name": "Mary", "phones": "+13195554929", "phones_label": "", "once": "the same"}
    path = f"/accounts/{account.name}/contacts/new"
    first, second = (admin.post(path, data=form) for _ in range(2))
    assert first.headers["location"] == second.headers["location"]
    assert len(account.items("/contacts")) == 1
    other = admin.post(path, data={**form, "name": "Another"})
    assert other.status_code == 422
    assert len(account.items("/contacts")) == 1


def test_a_session_that_ended_leads_to_signing_in_and_back(account: Account, see: See) -> None:
    page = see("/contacts/new")
    page.get_by_label("Name", exact=True).fill("Mary")
    page.context.clear_cookies(name="session")
    page.get_by_role("button", name="Save").click()
    page.get_by_label("Key").fill(account.key("admin"))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="New contact")).to_be_visible()
    assert account.items("/contacts") == []


FORMS: dict[str, list[dict[str, str]]] = {
    "/contacts/new": [{"name": "\0"}, {"attribute": "x", "attribute_value": ""}],
    "/settings": [
        {},
        {"policy": "none", "version": "1"},
        {"policy": "per_source", "integration_leads": "x", "version": "1"},
        {
            "policy": "per_source",
            "integration_leads": "phone",
            "version": "1",
            "integration_contacts": "phone",
            "default_region": "XX",
        },
        {
            "policy": "per_source",
            "integration_leads": "phone",
            "version": "7",
            "integration_contacts": "phone",
            "default_region": "US",
        },
    ],
    "/settings/share": [{}, {"value": ""}, {"value": "not a number"}, {"value": "x" * 5_000}],
    "/settings/unshare": [{}, {"value": "+13195554929"}],
    "/settings/take-back": [{}, {"value": "+13195554929"}],
    "/keys": [
        {},
        {"name": "x", "role": "operator"},
        {"name": "", "role": "agent"},
        {"name": "x" * 900, "role": "agent"},
    ],
    "/settle": [{}, {"item": "nothing"}],
    "/merges/nothing/undo": [{}],
    "/imports": [{}, {"file": "no file"}],
    "/imports/nothing/go": [{}],
}
CASES = [(path, form) for path, forms in FORMS.items() for form in forms]


@pytest.mark.parametrize(("path", "form"), CASES, ids=lambda each: str(each)[:60])
def test_a_form_with_wrong_values_is_refused_in_words(
    account: Account, admin: httpx.Client, path: str, form: dict[str, str]
) -> None:
    before = account.position()
    answer = admin.post(f"/accounts/{account.name}{path}", data=form)
    assert answer.status_code in {400, 404, 409, 415, 422}, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert "Traceback" not in answer.text
    assert account.position() == before


@pytest.mark.parametrize("following", ["//elsewhere.test", "/x\r\nX: y", "https://x.test", "/é"])
def test_a_form_leads_nowhere_else(account: Account, admin: httpx.Client, following: str) -> None:
    one, other = (account.contact_named(name, "+13195550133") for name in ("A", "B"))
    path = f"/accounts/{account.name}/contacts/{one}/other/{other}/separate"
    answer = admin.post(path, data={"next": following})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"/accounts/{account.name}")
    assert "x" not in answer.headers


QUERIES = [
    *("/contacts?cursor=x", "/contacts?which=none", "/contacts?q=%00", "/calls?cursor=x"),
    *("/merges?day=x", "/merges?undone=x", "/merges?contact=nothing", "/conflicts?at=-1"),
    *("/conflicts?at=999999999999999999999", "/imports?cursor=x", "/contacts/nothing", "/nothing"),
    *("/contacts/export?format=pdf", "/contacts/%00", "/imports/../../x"),
]


@pytest.mark.parametrize("path", QUERIES)
def test_a_wrong_address_is_answered_in_words(
    account: Account, admin: httpx.Client, path: str
) -> None:
    answer = admin.get(f"/accounts/{account.name}{path}")
    assert answer.status_code in {400, 404, 422}, answer.text
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("call_id", ["a/b", "a b?c=d#e", "%2F", "<b>", "ü"])
def test_a_call_of_any_id_is_assigned(account: Account, admin: httpx.Client, call_id: str) -> None:
    contact = account.contact_named("Mary", "+13195554929")
    account.post("/calls", {**CALL, "id": call_id, "number": "+13195550000"}).raise_for_status()
    page = admin.get(f"/accounts/{account.name}/calls").text
    (address,) = re.findall(r'href="([^"]*/assign)"', page)
    assert admin.get(address).status_code == 200
    assert admin.post(address, data={"contact": contact}).status_code == 303
    assert account.items("/calls")[0]["contact_id"] == contact


def test_too_many_fields_are_refused(account: Account, admin: httpx.Client) -> None:
    form = {"phones": ["1"] * 3_000}
    answer = admin.post(f"/accounts/{account.name}/contacts/new", data=form)
    assert answer.status_code == 400
    assert "The form could not be read" in answer.text


def test_a_large_form_is_refused(account: Account, admin: httpx.Client) -> None:
    answer = admin.post(f"/accounts/{account.name}/contacts/new", data={"name": "x" * 300_000})
    assert answer.status_code == 413


def test_a_file_of_a_hundred_megabytes(account: Account, see: See, tmp_path: Path) -> None:
    file = tmp_path / "large.csv"
    with file.open("w", encoding="utf-8") as rows:
        rows.write("Name,Phone,Notes\n")
        rows.writelines(f"P {row},+1319555{row:04},{'n' * 9_900}\n" for row in range(10_000))
    assert file.stat().st_size > 90_000_000
    page = see("/imports")
    page.get_by_label("Drop a file here").set_input_files(file)
    page.get_by_role("button", name="See what it would do").click()
    expect(page.get_by_role("heading", name="large.csv")).to_be_visible(timeout=60_000)
    assert account.rows()["records"] == 0


@pytest.mark.parametrize(
    "content", [b"", b"\0\1\2", b"PK\3\4 no workbook", b"%PDF-1.7", b"a" * 100]
)
def test_a_file_that_is_none_is_refused_in_words(
    account: Account, browser: Browser, see: See, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(content)
    browser.expected = (422,)
    page = see("/imports")
    page.get_by_label("Drop a file here").set_input_files(file)
    page.get_by_role("button", name="See what it would do").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert account.rows()["records"] == 0
