"""Contacts as a file over HTTP."""

import csv
import io
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from infrastructure.web.problems import ProblemError
from infrastructure.web.shares import PER_SECOND, Shares
from tests.web.service import Account, problem

MARY = {
    "name": "Mary Major",
    "phones": [{"value": "(319) 555-0100", "label": "home"}],
    "emails": ["mary@major.test"],
    "attributes": {"company": "=1+1"},
}
JOHN = {"name": "John Doe", "phones": ["(319) 555-0199"]}


@pytest.fixture
def filled(account: Account) -> Account:
    for person in (MARY, JOHN):
        account.post("/contacts", person).raise_for_status()
    return account


def exported(account: Account, **asked: str) -> httpx.Response:
    answer = account.get("/contacts/export", **asked)
    answer.raise_for_status()
    assert int(answer.headers["content-length"]) == len(answer.content)
    return answer


def rows(answer: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_csv_is_the_default(filled: Account) -> None:
    answer = exported(filled)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="contacts.csv"'
    mary, john = rows(answer)
    assert mary["Name"] == "Mary Major"
    assert (mary["Phone 1 - Label"], mary["Phone 1 - Value"]) == ("home", "+13195550100")
    assert mary["company"] == "'=1+1"
    assert john["Phone 1 - Value"] == "+13195550199"


def test_a_workbook(filled: Account) -> None:
    answer = exported(filled, format="xlsx")
    assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
    assert answer.headers["content-disposition"] == 'attachment; filename="contacts.xlsx"'
    sheet = load_workbook(io.BytesIO(answer.content))["Contacts"]
    assert [cell.value for cell in sheet["B"]] == ["Name", "Mary Major", "John Doe"]


def test_cards(filled: Account) -> None:
    answer = exported(filled, format="vcard")
    assert answer.headers["content-type"] == "text/vcard; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="contacts.vcf"'
    assert "\r\nTEL;VALUE=uri;TYPE=home:tel:+13195550100\r\n" in answer.text
    assert answer.text.count("BEGIN:VCARD") == 2


def test_only_those_that_are_searched_for(filled: Account) -> None:
    for asked in ({"q": "major"}, {"phone": "319.555.0100"}, {"email": "MARY@major.test"}):
        assert [each["Name"] for each in rows(exported(filled, **asked))] == ["Mary Major"]
    assert rows(exported(filled, kind="lead")) == []


def test_imported_again_it_changes_nothing(filled: Account) -> None:
    before = filled.get("/contacts").json()
    import_id = filled.imported(exported(filled, format="vcard").text)
    done: dict[str, Any] = filled.ended(f"/imports/{import_id}")
    assert done["rows"]["unchanged"] == done["rows_total"] == 2
    assert filled.get("/contacts").json() == before


@pytest.mark.parametrize(
    ("asked", "field"),
    [({"format": "ods"}, "format"), ({"q": "a"}, "q"), ({"phone": "no phone"}, "phone")],
)
def test_what_is_not_valid_is_named(filled: Account, asked: dict[str, str], field: str) -> None:
    answer = filled.get("/contacts/export", **asked)
    assert problem(answer) == (422, "invalid")
    assert answer.json()["errors"][0]["field"] == field


def test_a_client_that_hangs_up_leaves_the_next_one_its_turn(filled: Account) -> None:
    for _ in range(3):
        with filled.admin.stream("GET", f"{filled.base}/contacts/export") as answer:
            assert answer.status_code == 200
    assert len(rows(exported(filled))) == 2


def test_one_export_of_an_account_at_a_time() -> None:
    shares = Shares(PER_SECOND)
    turn = shares.export("acme")
    shares.export("other").end()
    with pytest.raises(ProblemError, match="another export of this account is being made"):
        shares.export("acme")
    turn.end()
    shares.export("acme").end()
