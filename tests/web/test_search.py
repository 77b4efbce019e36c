"""Contacts are found by any part of a name, an email or a number, soon by an index."""

import time

from tests.web.service import Account

MARY = {"name": "Mary Major", "phones": ["(319) 555-0100"], "emails": ["mary@major.test"]}
JOHN = {"name": "John Doe", "phones": ["(319) 555-0199"], "emails": ["john@doe.test"]}


def names(account: Account, **asked: str) -> list[str]:
    found = account.get("/contacts", **asked)
    found.raise_for_status()
    return [each["name"] for each in found.json()["items"]]


def is_indexed(account: Account) -> bool:
    """Whether everything is indexed within a few seconds."""
    with account.opened() as log:
        for _ in range(100):
            if log.text.behind() == 0:
                return True
            time.sleep(0.1)
    return False


def test_a_contact_is_found_at_once_and_when_it_is_indexed(account: Account) -> None:
    for person in (MARY, JOHN):
        account.post("/contacts", person).raise_for_status()
    for _ in range(2):
        assert names(account, q="ma") == ["Mary Major"]
        assert names(account, q="AJOR.t") == ["Mary Major"]
        assert names(account, q="555-01") == ["Mary Major", "John Doe"]
        assert names(account, q="0199") == ["John Doe"]
        assert names(account, phone="319.555.0199") == ["John Doe"]
        assert names(account, q="Martha") == []
        assert is_indexed(account)


def test_an_imported_file_is_indexed_by_whoever_imported_it(account: Account) -> None:
    rows = "".join(f"Person {n},+1319555{n:04}\n" for n in range(3_000))
    file = {"file": ("people.csv", f"Name,Phone\n{rows}")}
    begun = account.admin.post(f"{account.base}/imports", files=file)
    begun.raise_for_status()
    status = "running"
    while status == "running":
        time.sleep(0.05)
        status = account.get(f"/imports/{begun.json()['id']}").json()["status"]
    assert status == "done"
    assert names(account, q="person 2999") == ["Person 2999"]
    assert is_indexed(account)
    assert names(account, q="person 2999") == ["Person 2999"]


def test_one_character_is_too_few(account: Account) -> None:
    answer = account.get("/contacts", q="m")
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"field": "q", "location": "query", "reason": "must have at least two characters"}
    ]
