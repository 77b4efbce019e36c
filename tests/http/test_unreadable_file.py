"""A file that cannot be imported is refused at once, in words that fit a request."""

import pytest

from tests.http.service import Account


@pytest.mark.parametrize(
    ("rows", "form", "field", "reason"),
    [
        ("", {}, "file", "is empty"),
        ("Name\nMary\n", {}, "file", "no column for phones or emails among Name"),
        ("Name,Phone\n", {"mapping": '{"Tel": "phone"}'}, "mapping", "no column `Tel`"),
        ("Name,Phone\n", {"mapping": "Tel=phone"}, "mapping", "is no JSON object"),
    ],
    ids=["empty", "no column", "no such column", "no mapping"],
)
def test_it_is_refused_and_named(
    account: Account, rows: str, form: dict[str, str], field: str, reason: str
) -> None:
    file = {"file": ("people.csv", rows)}
    answer = account.admin.post(f"{account.base}/imports", files=file, data=form)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert reason in error["reason"]
    assert "--" not in error["reason"]
