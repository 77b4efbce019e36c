"""What to look at first over HTTP: its pages, settling it, and each day's counts."""

from tests.messages import JOHN, MARY
from tests.web.service import Account, problem


def joined(account: Account, number: str, *names: str) -> None:
    """Let a CRM send people with one number, each under a name of their own."""
    records = [
        {"kind": "contact", "external_id": f"{number} {name}", "name": name, "phones": [number]}
        for name in names
    ]
    account.post("/integrations/hubspot/records", {"records": records}).raise_for_status()


def test_it_comes_page_by_page_by_calls(account: Account) -> None:
    joined(account, JOHN, "Ann", "Bob")
    joined(account, MARY, "Ann", "Bob", "Cyd", "Dee", "Eve", "Fay")
    account.call(MARY)

    items = account.items("/attention", limit=2)

    assert [each["calls"] for each in items] == [1] * 6 + [0]
    assert [each["kind"] for each in items] == ["identifier"] + ["merge"] * 6
    assert items[0]["identifier"] == {"kind": "phone", "value": MARY}
    assert items[-1]["merge"] == account.get(f"/merges/{items[-1]['id']}").json()
    assert account.get("/attention", cursor="none").status_code == 422


def test_a_number_is_settled_in_any_spelling_with_its_merges_once(account: Account) -> None:
    joined(account, MARY, "Ann", "Bob", "Cyd", "Dee", "Eve", "Fay")

    answers = [account.post(f"/attention/{each}/settled") for each in ("319-555-0100", MARY)]

    assert [each.json() for each in answers] == [{"id": MARY}] * 2
    assert account.items("/attention") == []
    events = account.get("/events", limit=100).json()["items"]
    assert [each["type"] for each in events].count("AttentionSettled") == 1


def test_an_email_with_a_slash_is_settled(account: Account) -> None:
    joined(account, MARY, "Ann")
    email = "a/b@example.test"
    record = {"kind": "contact", "external_id": "1", "name": "Bob", "emails": [email]}
    settings = {"policy": "global", "rule": "email"}
    account.admin.put(f"{account.base}/merge-settings", json=settings).raise_for_status()
    account.post("/integrations/hubspot/records", {"records": [record]}).raise_for_status()
    record |= {"external_id": "2", "name": "Cyd"}
    account.post("/integrations/hubspot/records", {"records": [record]}).raise_for_status()

    assert account.post(f"/attention/{email}/settled").json() == {"id": email}


def test_what_is_not_there_is_not_found(account: Account) -> None:
    assert problem(account.post("/attention/nothing/settled")) == (404, "not-found")


def test_days_are_counted_page_by_page(account: Account) -> None:
    joined(account, JOHN, "Ann", "Bob")
    account.call(JOHN)

    items = account.items("/days", limit=1)

    assert [(each["integration"], each["outcome"], each["number"]) for each in items] == [
        ("hubspot", "merged", 1),
        ("hubspot", "created", 1),
        (None, "call", 1),
    ]
