"""The merge settings over HTTP: what is not given stays."""

from tests.web.service import Account

DESK = "+13195550188"
PER_SOURCE = {"integration_leads": "phone", "integration_contacts": "phone"}


def put(account: Account, **settings: object) -> dict[str, object]:
    answer = account.admin.put(f"{account.base}/merge-settings", json=PER_SOURCE | settings)
    assert answer.status_code == 200, answer.text
    changed: dict[str, object] = answer.json()
    return changed


def test_shared_identifiers_that_are_not_given_stay(account: Account) -> None:
    assert put(account, shared_identifiers=[DESK])["merges_resting_on_shared"] == []
    assert put(account, integration_leads="never")["shared_identifiers"] == [DESK]
    assert put(account, shared_identifiers=[])["shared_identifiers"] == []


def test_the_answer_names_the_merges_that_rested_on_what_is_shared_now(account: Account) -> None:
    for name in ("Tom", "Sue"):
        record = {"kind": "contact", "external_id": name, "name": name, "phones": [DESK]}
        account.post("/integrations/hubspot/records", {"records": [record]})
    (merge,) = account.items("/merges")
    assert put(account, shared_identifiers=[DESK])["merges_resting_on_shared"] == [merge]
    assert put(account, shared_identifiers=[DESK])["merges_resting_on_shared"] == []
    assert account.items(f"/merges?matched={DESK.replace('+', '%2B')}&undone=false") == [merge]
    assert account.get("/merges", rule="email").json()["items"] == []
    assert account.get("/merges", day="yesterday").status_code == 422
