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
    put(account, shared_identifiers=[DESK])
    assert put(account, integration_leads="never")["shared_identifiers"] == [DESK]
    assert put(account, shared_identifiers=[])["shared_identifiers"] == []
