"""A damaged account is answered as one, and harms no other."""

from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from tests.stores import Place, new_place
from tests.web.service import Account, Service, running

READS = ["/contacts", "/contacts/{contact}", "/contacts/{contact}/history", "/events"]
DAMAGED = (500, "/problems/account-damaged")


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("type", "")


def asked(account: Account, contact: str) -> list[tuple[int, str]]:
    """What reads and a change are answered with."""
    reads = [account.get(path.format(contact=contact)) for path in READS]
    change = account.admin.patch(f"{account.base}/contacts/{contact}", json={"name": "Ann"})
    return [told(each) for each in (*reads, change)]


def named(service: Service) -> list[str]:
    ready = service.client(None).get("/readyz")
    assert ready.status_code == 200
    accounts: list[str] = ready.json()["damaged_accounts"]
    measured = service.client(None).get("/metrics").text
    for each in accounts:
        assert f'contact_merging_damaged_accounts{{account="{each}"}} 1.0' in measured
    return accounts


def test_an_event_that_cannot_be_read_is_damage_of_its_account(place: Place) -> None:
    with running(place) as service:
        account, other = service.account(), service.account()
        contact = account.contact()
        assert named(service) == []
        statement = "UPDATE events SET payload = ? WHERE stream = ?"
        place.database(account.name).execute(statement, b'{"record": ', contact)
        assert asked(account, contact) == [DAMAGED] * 5
        assert named(service) == [account.name]
        assert other.contact()
        assert set(asked(other, other.contact())) == {(200, "")}


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param(0, id="all", marks=pytest.mark.heavy),
        pytest.param(1, id="all but the first", marks=pytest.mark.heavy),
        pytest.param(3, id="all but some"),
    ],
)
def test_pages_that_cannot_be_read_are_damage_of_their_account(kept: int) -> None:
    with new_place("sqlite") as place:
        with running(place) as service:
            account, other = service.account(), service.account()
            contact, theirs = account.contact(), other.contact()
        log = place.folder / account.name / "log.sqlite3"
        content = log.read_bytes()
        log.write_bytes(content[: kept * 4096] + b"\xff" * (len(content) - kept * 4096))
        with running(place) as service:
            for each in (account, other):
                each.served_by(service)
            assert set(asked(account, contact)) == {DAMAGED}
            assert named(service) == [account.name]
            assert set(asked(other, theirs)) == {(200, "")}
            operator = service.operator
            assert operator.delete(f"/v1/accounts/{account.name}").status_code in {204, 500}


def test_text_that_is_not_utf_8_is_damage_of_its_account(service_of_its_own: Service) -> None:
    account, other = service_of_its_own.account(), service_of_its_own.account()
    contact = account.contact()
    statement = "UPDATE contacts SET attributes = CAST(x'2288' AS TEXT) WHERE contact_id = ?"
    service_of_its_own.place.database(account.name).execute(statement, contact)
    shown = account.get(f"/contacts/{contact}")
    assert told(shown) == DAMAGED
    assert named(service_of_its_own) == [account.name]
    assert set(asked(other, other.contact())) == {(200, "")}


def test_a_store_of_keys_that_was_removed_takes_no_key(service_of_its_own: Service) -> None:
    account = service_of_its_own.account()
    (service_of_its_own.place.folder / "keys.sqlite3").unlink()
    body = {"role": "agent", "name": "Ann"}
    made = service_of_its_own.operator.post(f"{account.base}/keys", json=body)
    assert told(made) == (503, "/problems/unavailable")
    assert service_of_its_own.client(None).get("/readyz").status_code == 503


@pytest.fixture
def service_of_its_own() -> Iterator[Service]:
    with new_place("sqlite") as place, running(place) as service:
        yield service


@pytest.mark.parametrize("garbage", [b"garbage", b"-1", b"9" * 40, b"\xff" * 20, b" " * 20])
def test_garbage_in_the_file_of_the_queue_stops_nobody(garbage: bytes) -> None:
    with new_place("sqlite") as place, closing(place.create("acme")) as log:
        with log.database.writing():
            pass
        (place.folder / "acme" / "queue.lock").write_bytes(garbage)
        for _ in range(3):
            with log.database.writing():
                pass
        assert log.verify().problems == ()
