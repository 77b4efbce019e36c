"""A request whose answer did not arrive is sent again with its key: it has one effect."""

import json
import random
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any, NamedTuple

import httpx
import pytest

from tests.stores import Place
from tests.web.service import CALL, MESSAGE, Account, Service, running

ROWS = "Name,Phone\nMary,+13195554929\n"


class Sent(NamedTuple):
    """A request that may be sent again, and the number that must occur once."""

    path: str
    body: Any
    key: str
    number: str

    def send(self, account: Account) -> httpx.Response:
        return account.post(self.path, self.body, idempotency_key=self.key)


COUNT = {"ratelimit-remaining", "ratelimit-reset"}


def requests(count: int) -> list[Sent]:
    """Contacts, records, calls and messages in turn, each with its own number."""
    found = []
    for each in range(count):
        number, key = f"+1319555{each:04}", f"request {each}"
        record = {"kind": "contact", "external_id": str(each), "phones": [number]}
        path, body = (
            ("/contacts", {"phones": [number]}),
            ("/calls", {**CALL, "number": number}),
            ("/messages", {**MESSAGE, "number": number}),
            ("/integrations/hubspot/records", {"records": [record]}),
        )[each % 4]
        found.append(Sent(path, body, key, number))
    return found


def check_each_is_there_once(account: Account, sent: list[Sent]) -> None:
    """Check that each contact or record made one contact, each call or message one lead."""
    numbers = [point["value"] for each in account.items("/contacts") for point in each["phones"]]
    assert sorted(numbers) == sorted(each.number for each in sent)
    for kind in ("calls", "messages"):
        page = account.get(f"/{kind}", limit=1000).json()
        found = sorted(each["number"] for each in page["items"])
        assert found == sorted(each.number for each in sent if each.path == f"/{kind}")


def cut_off(account: Account, sent: Sent, chance: random.Random) -> None:
    """Send a request and disconnect at some moment: before it is sent, handled or answered."""
    at = httpx.URL(account.service.url)
    body = json.dumps(sent.body).encode()
    head = "\r\n".join(
        [
            f"POST {account.base}{sent.path} HTTP/1.1",
            f"host: {at.host}",
            f"authorization: {account.admin.headers['authorization']}",
            f"idempotency-key: {sent.key}",
            "content-type: application/json",
            f"content-length: {len(body)}\r\n\r\n",
        ]
    )
    whole = head.encode() + body
    if chance.random() < 0.2:
        whole = whole[: chance.randrange(len(whole))]
    with socket.create_connection((at.host, at.port or 80)) as connection:
        connection.sendall(whole)
        time.sleep(chance.uniform(0, 0.01))


class TestRepliesThatAreCutOff:
    def test_a_hundred_at_random_moments_have_one_effect_each(self, account: Account) -> None:
        chance = random.Random(1)  # noqa: S311 -- moments, no secrets
        sent = requests(100)
        for each in sent:
            cut_off(account, each, chance)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda each: each.send(account), sent))
        assert {each.status_code for each in answers} <= {200, 201}
        check_each_is_there_once(account, sent)
        replayed = [each for each in answers if "idempotent-replayed" in each.headers]
        assert 10 < len(replayed) < 100, "some had an effect at the first time, some had none"
        assert {each.headers["idempotent-replayed"] for each in replayed} == {"true"}
        with account.opened() as log:
            assert log.verify().problems == ()

    def test_and_so_when_the_service_is_killed_in_between(self, place: Place) -> None:
        self.check_with_kills(place, kills=1, requests_=80)

    @pytest.mark.heavy
    def test_and_so_when_it_is_killed_often(self, place: Place) -> None:
        self.check_with_kills(place, kills=20, requests_=3_000)

    def check_with_kills(self, place: Place, *, kills: int, requests_: int) -> None:
        chance = random.Random(1)  # noqa: S311 -- moments, no secrets
        sent = requests(requests_)
        left, first = list(sent), dict[str, bytes]()
        name = None
        for _ in range(kills):
            with account_of(place, name) as account:
                name = account.name
                answers = answers_until_killed(account, left, chance.uniform(0.02, 0.2))
            answered = {each.key: body for each, body in zip(left, answers, strict=True) if body}
            first |= answered
            left = [each for each in left if each.key not in answered]
        assert first
        with account_of(place, name) as account:
            for each in sent:
                again = each.send(account)
                assert again.status_code in {200, 201}
                assert again.content == first.get(each.key, again.content)
                assert each.key not in first or again.headers["idempotent-replayed"] == "true"
            check_each_is_there_once(account, sent)
        with account.opened() as log:
            assert log.verify().problems == ()


@contextmanager
def account_of(place: Place, name: str | None) -> Iterator[Account]:
    """The account of a service that is started over a store."""
    with running(place) as service:
        yield service.account() if name is None else Account(service, name)


def answers_until_killed(account: Account, sent: list[Sent], after: float) -> list[bytes | None]:
    """Send requests to a service that is killed some time after its first answer."""
    begun = Event()

    def kill() -> None:
        begun.wait()
        time.sleep(after)
        account.service.process.kill()

    def try_once(each: Sent) -> bytes | None:
        try:
            answer = each.send(account)
        except httpx.HTTPError:
            return None
        begun.set()
        assert answer.status_code in {200, 201}, answer.text
        return answer.content

    killer = Thread(target=kill)
    killer.start()
    try:
        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(try_once, sent))
    finally:
        begun.set()
        killer.join()


class TestTheFirstAnswer:
    @pytest.mark.parametrize("number", range(4))
    def test_is_given_again(self, account: Account, number: int) -> None:
        sent = requests(4)[number]
        first = sent.send(account)
        rows = account.rows()
        again = sent.send(account)
        assert "idempotent-replayed" not in first.headers
        assert again.headers["idempotent-replayed"] == "true"
        own = {"x-request-id", "date", "idempotent-replayed", *COUNT}
        for each in first.headers.keys() - own:
            assert again.headers[each] == first.headers[each]
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert account.rows() == rows

    def test_is_given_again_though_things_have_changed(self, account: Account) -> None:
        contact, other = account.contact(), account.contact()
        path, body = f"/contacts/{contact}/merges", {"absorb": other}
        merged = account.post(path, body, idempotency_key="merge")
        undo = f"/merges/{merged.json()['id']}/undo"
        undone = account.post(undo, idempotency_key="undo")
        position = account.position()
        assert account.post(path, body, idempotency_key="merge").content == merged.content
        assert account.post(undo, idempotency_key="undo").content == undone.content
        assert account.position() == position

    def test_is_given_to_whoever_sends_the_same_in_other_words(self, account: Account) -> None:
        first = account.post("/contacts", {"name": "Mary", "phones": []}, idempotency_key="1")
        other_words = '{ "phones":[] , "name":"M\\u0061ry" }'
        again = account.admin.post(
            f"{account.base}/contacts",
            content=other_words,
            headers={"content-type": "application/json", "idempotency-key": "1"},
        )
        assert again.content == first.content

    def test_is_of_one_account(self, account: Account) -> None:
        other = account.another()
        ids = {
            each.post("/contacts", {}, idempotency_key="1").json()["contact_id"]
            for each in (account, other)
        }
        assert len(ids) == 2

    def test_is_one_when_many_send_at_once(self, account: Account) -> None:
        clients = [account.client("agent") for _ in range(16)]

        def send(client: httpx.Client) -> httpx.Response:
            headers = {"idempotency-key": "once"}
            return client.post(f"{account.base}/contacts", json={"name": "Mary"}, headers=headers)

        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(send, clients))
        assert {each.status_code for each in answers} == {201}
        assert len({each.content for each in answers}) == 1
        assert sum("idempotent-replayed" not in each.headers for each in answers) == 1
        assert len(account.items("/contacts")) == 1


class TestAnotherRequestWithTheSameKey:
    def test_is_refused(self, account: Account) -> None:
        account.post("/contacts", {"name": "Mary"}, idempotency_key="1").raise_for_status()
        rows = account.rows()
        record = {"records": [{"kind": "lead", "external_id": "1"}]}
        for path, body in (
            ("/contacts", {"name": "John"}),
            ("/contacts", {"name": "Mary", "phones": []}),
            ("/messages", {**MESSAGE, "number": None}),
            ("/integrations/hubspot/records", record),
        ):
            check_key_reused(account.post(path, body, idempotency_key="1"))
        assert account.rows() == rows

    def test_is_refused_for_accounts(self, service: Service) -> None:
        operator = service.operator

        def make(name: str) -> httpx.Response:
            headers = {"idempotency-key": "an account"}
            return operator.post("/v1/accounts", json={"id": name}, headers=headers)

        first = make("repeated_1")
        assert first.status_code == 201
        again = make("repeated_1")
        assert (again.status_code, again.content) == (201, first.content)
        assert again.headers["idempotent-replayed"] == "true"
        check_key_reused(make("repeated_2"))
        assert operator.get("/v1/accounts/repeated_2").status_code == 404

    def test_is_refused_for_files(self, account: Account) -> None:
        def send(rows: str, **options: str) -> httpx.Response:
            return account.admin.post(
                f"{account.base}/imports",
                files={"file": ("people.csv", rows)},
                data=options,
                headers={"idempotency-key": "1"},
            )

        first = send(ROWS)
        again = send(ROWS)
        assert (again.status_code, again.json()) == (202, first.json())
        assert again.headers["idempotent-replayed"] == "true"
        check_key_reused(send(ROWS.replace("Mary", "John")))
        check_key_reused(send(ROWS, dry_run="true"))
        assert account.rows()["jobs"] == 1


def check_key_reused(answer: httpx.Response) -> None:
    assert answer.status_code == 422, answer.text
    assert answer.json()["type"] == "/problems/key-reused"


class TestARefusal:
    """It wrote nothing, so a request that is sent again is decided again."""

    def test_of_a_value_is_not_kept(self, account: Account) -> None:
        for wrong in ({"name": 1}, {"phones": ["\0"]}):
            assert account.post("/contacts", wrong, idempotency_key="1").status_code == 422
        assert account.rows()["answers"] == 0
        assert account.post("/contacts", {"name": "Mary"}, idempotency_key="1").status_code == 201

    def test_of_what_cannot_be_as_things_are_is_not_kept(self, account: Account) -> None:
        contact = account.contact()
        path = f"/contacts/{contact}/restoration"
        assert account.post(path, idempotency_key="1").status_code == 409
        account.admin.delete(f"{account.base}/contacts/{contact}").raise_for_status()
        assert account.post(path, idempotency_key="1").status_code == 200

    def test_of_who_may_not_is_not_kept(self, account: Account) -> None:
        agent = account.client("agent")
        headers = {"idempotency-key": "1"}
        two = {"a": account.contact(), "b": account.contact()}
        path = "/separations"
        assert agent.post(account.base + path, json=two, headers=headers).status_code == 403
        assert account.post(path, two, idempotency_key="1").status_code == 201
        assert agent.post(account.base + path, json=two, headers=headers).status_code == 403

    def test_of_an_account_is_not_kept(self, service: Service) -> None:
        taken, operator = service.account().name, service.operator
        headers = {"idempotency-key": "refused"}
        answers = [
            operator.post("/v1/accounts", json={"id": name}, headers=headers).status_code
            for name in (taken, f"{taken}_free")
        ]
        assert answers == [409, 201]
