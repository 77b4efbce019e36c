"""The account's log, page by page or as it grows: no event is missed or sent twice."""

import signal
import socket
import threading
import time
from collections.abc import Iterator
from itertools import islice

import httpx
import pytest

from application.commands.receive_records import receive_records
from domain.records import read_record
from tests.stores import Place
from tests.web.service import Account, Told, listening, running

pytestmark = pytest.mark.alone

STREAM = "/events/stream"


def records(account: Account, first: int, count: int) -> None:
    """Send records of a number of people."""
    sent = [
        {"kind": "contact", "external_id": str(each), "phones": [f"+1319555{each:04}"]}
        for each in range(first, first + count)
    ]
    account.post("/integrations/hubspot/records", {"records": sent}).raise_for_status()


def events(told: Iterator[Told | str], count: int) -> list[Told]:
    return list(islice((each for each in told if isinstance(each, Told)), count))


class TestTheStream:
    def test_tells_what_is_there_and_what_comes(self, account: Account) -> None:
        account.contact()
        with listening(account.admin, account.base + STREAM) as told:
            found = events(told, 2)
            began = time.monotonic()
            threading.Timer(0.1, account.contact).start()
            found += events(told, 1)
            assert time.monotonic() - began < 2
        listed = account.events()
        assert [each.data for each in found] == listed
        assert [each.id for each in found] == [1, 2, 3]
        assert [each.type for each in found] == [each["type"] for each in listed]

    def test_tells_what_another_process_writes(self, account: Account) -> None:
        with listening(account.admin, f"{account.base}{STREAM}?after=1") as told:
            record = read_record(source="api", region="US", name="Mary")
            with account.opened() as log:
                receive_records(log, [record], by="somebody else")
            (found,) = events(told, 1)
        assert found.data["data"]["by"] == "somebody else"

    def test_goes_on_after_the_last_one_that_arrived(self, account: Account) -> None:
        records(account, 0, 50)
        found: list[Told] = []
        while len(found) < 51:
            headers = {"last_event_id": str(found[-1].id)} if found else {}
            with listening(account.admin, f"{account.base}{STREAM}?after=0", **headers) as told:
                found += events(told, min(20, 51 - len(found)))
        assert [each.id for each in found] == list(range(1, 52))

    @pytest.mark.parametrize(("query", "first"), [("", 1), ("?after=0", 1), ("?after=3", 4)])
    def test_begins_after_a_position(self, account: Account, query: str, first: int) -> None:
        records(account, 0, 5)
        with listening(account.admin, f"{account.base}{STREAM}{query}") as told:
            assert events(told, 1)[0].id == first

    def test_ends_for_who_may_no_longer_listen(self, account: Account) -> None:
        made = account.post("/keys", {"role": "auditor", "name": "Ann"}).json()
        auditor = account.service.client(made["key"])
        with listening(auditor, f"{account.base}{STREAM}?after=1") as told:
            account.admin.delete(f"{account.base}/keys/{made['id']}").raise_for_status()
            account.contact()
            assert len(events(told, 5)) <= 1

    def test_ends_when_the_account_is_removed(self, account: Account) -> None:
        with listening(account.admin, account.base + STREAM) as told:
            assert len(events(told, 1)) == 1
            account.service.operator.delete(account.base).raise_for_status()
            assert events(told, 1) == []

    def test_ends_when_the_service_stops(self, place: Place) -> None:
        with running(place) as service:
            account = service.account()
            with listening(account.admin, account.base + STREAM) as told:
                events(told, 1)
                began = time.monotonic()
                service.process.send_signal(signal.SIGTERM)
                assert events(told, 1) == []
            service.process.wait(10)
            assert time.monotonic() - began < 5

    @pytest.mark.heavy
    def test_says_now_and_then_that_it_is_there(self, account: Account) -> None:
        with listening(account.admin, f"{account.base}{STREAM}?after=1") as told:
            began = time.monotonic()
            assert next(told) != ""
            assert time.monotonic() - began < 25


def test_a_slow_listener_misses_nothing_and_keeps_nobody_waiting(account: Account) -> None:
    at = httpx.URL(account.service.url)
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect((at.host, at.port or 80))
        slow.sendall(
            f"GET {account.base}{STREAM} HTTP/1.1\r\nhost: {at.host}\r\n"
            f"authorization: {account.admin.headers['authorization']}\r\n\r\n".encode()
        )
        for each in range(4):
            began = time.monotonic()
            records(account, each * 1000, 1000)
            account.contact()
            account.get("/contacts").raise_for_status()
            assert time.monotonic() - began < 5
        last = account.position()
        slow.settimeout(10)
        arrived = b""
        while f"\nid: {last}\n".encode() not in arrived:
            block = slow.recv(1 << 20)
            assert block
            arrived += block
    lines = arrived.replace(b"\r\n", b"\n").splitlines()
    ids = [int(each.removeprefix(b"id: ")) for each in lines if each.startswith(b"id: ")]
    assert ids == list(range(1, last + 1))


class TestTheFeed:
    @pytest.mark.parametrize("limit", [1, 7, 1000])
    def test_has_every_event_once_in_order(self, account: Account, limit: int) -> None:
        records(account, 0, 20)
        found: list[int] = []
        after: str | None = "0"
        while after is not None:
            page = account.get("/events", after=after, limit=limit).json()
            assert len(page["items"]) <= limit
            found += [each["position"] for each in page["items"]]
            after = page["next"]
        assert found == list(range(1, 22))

    def test_goes_on_after_a_position_whatever_was_written_since(self, account: Account) -> None:
        records(account, 0, 5)
        first = account.get("/events", limit=3).json()
        records(account, 5, 5)
        rest = account.get("/events", after=first["next"], limit=100).json()
        assert [each["position"] for each in rest["items"]] == list(range(4, 12))
        assert rest["next"] is None
        assert account.get("/events", after=11).json() == {"items": [], "next": None}
        assert account.get("/events", after=2**63 - 1).json() == {"items": [], "next": None}


class TestTheExportFeed:
    def test_goes_on_after_a_position_whatever_was_written_since(self, account: Account) -> None:
        records(account, 0, 10)
        calls = [account.call(f"+1319555{each:04}") for each in range(10)]
        first = account.get("/exports", limit=4).json()
        later = [account.call(f"+1319555{each:04}") for each in range(3)]
        after, found = first["next"], first["items"]
        while after is not None:
            page = account.get("/exports", after=after, limit=4).json()
            after, found = page["next"], found + page["items"]
        assert [each["activity"]["id"] for each in found] == [*calls, *later]
        positions = [each["position"] for each in found]
        assert positions == sorted(set(positions))
        again = account.get("/exports", after=positions[-1])
        assert again.json() == {"items": [], "next": None}

    def test_an_activity_that_moves_comes_again_to_who_read_to_the_end(
        self, account: Account
    ) -> None:
        records(account, 0, 2)
        call = account.call("+13195550000")
        (item,) = account.items("/exports")
        to = account.get("/contacts", phone="+13195550001").json()["items"][0]["id"]
        account.post(f"/calls/{call}/assignment", {"contact_id": to}).raise_for_status()
        (moved,) = account.get("/exports", after=item["position"]).json()["items"]
        assert moved["activity"]["id"] == call
        assert moved["moved_from"] == item["target"]
        assert moved["target"]["external_id"] == "1"


class TestPages:
    """A reader of pages gets everything that was there at the start, once, whatever is added."""

    def check(self, account: Account, path: str) -> None:
        before = account.items(path)
        assert len(before) > 5
        found: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = account.get(path, limit=2, **cursor).json()
            found += [each["id"] for each in page["items"]]
            if page["next"] is None:
                break
            cursor = {"cursor": page["next"]}
            if len(found) <= len(before):  # otherwise a list that grows at its end would have none
                account.contact()
                account.merge()
                account.call()
        assert len(found) == len(set(found))
        there = {each["id"] for each in before}
        assert [each for each in found if each in there] == [each["id"] for each in before]

    @pytest.mark.parametrize("path", ["/contacts", "/merges", "/calls"])
    def test_of_a_list_that_grows(self, account: Account, path: str) -> None:
        for _ in range(3):
            account.merge()
            account.merge()
            account.call()
            account.call()
        self.check(account, path)

    def test_of_contacts_that_go_while_they_are_listed(self, account: Account) -> None:
        ids = [account.contact() for _ in range(9)]
        first = account.get("/contacts", limit=3).json()
        for gone in (ids[2], ids[3]):
            account.admin.delete(f"{account.base}/contacts/{gone}").raise_for_status()
        rest = account.get("/contacts", cursor=first["next"]).json()
        assert [each["id"] for each in first["items"] + rest["items"]] == ids[:3] + ids[4:]
