"""The service runs, answers that it does, and is documented."""

from tests.web.service import Account, Service


def test_it_lives_and_is_ready(service: Service) -> None:
    anybody = service.client(None)
    assert anybody.get("/healthz").json() == {"status": "ok"}
    assert anybody.get("/readyz").json() == {"status": "ok", "damaged_accounts": []}
    assert "http_requests_total" in anybody.get("/metrics").text


def test_a_contact_is_entered_and_found_by_its_phone_in_another_spelling(account: Account) -> None:
    entered = account.post("/contacts", {"name": "Mary", "phones": ["(319) 555-4929"]})
    assert entered.status_code == 201
    found = account.get("/contacts", phone="+1 319 555 4929").json()
    assert [each["id"] for each in found["items"]] == [entered.json()["contact_id"]]
