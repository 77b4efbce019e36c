"""Clients that send each command with a key, again and again until it is acknowledged."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import count
from threading import Event, Lock
from time import monotonic, sleep
from typing import Any, NamedTuple

import httpx

from tests.web.service import CALL, Account

CLIENTS = 8
PATIENCE = 90.0
"""Seconds after which an unacknowledged command counts as lost."""
_PAUSE = 0.05


class Sent(NamedTuple):
    """A command with a number that nobody else has."""

    path: str
    body: dict[str, Any]
    key: str
    number: str


def command(each: int) -> Sent:
    """A contact, a call or a record, in turn."""
    number = f"+1319{2_000_000 + each}"
    record = {"kind": "contact", "external_id": number, "phones": [number]}
    paths: tuple[tuple[str, dict[str, Any]], ...] = (
        ("/contacts", {"phones": [number]}),
        ("/calls", {**CALL, "id": number, "number": number}),
        ("/integrations/hubspot/records", {"records": [record]}),
    )
    return Sent(*paths[each % 3], f"command {each}", number)


class Load:
    """What many clients sent, and how they were answered."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.statuses: Counter[int] = Counter()
        self.longest = 0.0
        """The seconds that the slowest answer took."""
        self._numbers = count()
        self._acknowledged: list[tuple[Sent, bytes]] = []
        self._stop = Event()
        self._guard = Lock()

    @property
    def acknowledged(self) -> int:
        """How many commands were acknowledged."""
        return len(self._acknowledged)

    def goes_on(self, commands: int = 50) -> None:
        """Wait until this many more are acknowledged."""
        wanted, until = self.acknowledged + commands, monotonic() + PATIENCE
        while self.acknowledged < wanted:
            assert monotonic() < until, f"{self.acknowledged} acknowledged, {self.statuses}"
            sleep(0.01)

    @contextmanager
    def running(self, clients: int = CLIENTS) -> Iterator["Load"]:
        """Send commands meanwhile. At the end all of them are acknowledged."""
        senders = [self.sender() for _ in range(clients)]
        with ThreadPoolExecutor(clients) as pool:
            sending: list[Future[None]] = [pool.submit(self._send, each) for each in senders]
            try:
                yield self
            finally:
                self._stop.set()
        for each in sending:
            each.result()

    def sender(self) -> httpx.Client:
        """A client that sends commands."""
        return self.account.client("admin")

    def _send(self, client: httpx.Client) -> None:
        while not self._stop.is_set():
            with self._guard:
                sent = command(next(self._numbers))
            body = self._until_acknowledged(client, sent)
            with self._guard:
                self._acknowledged.append((sent, body))

    def _until_acknowledged(self, client: httpx.Client, sent: Sent) -> bytes:
        until = monotonic() + PATIENCE
        while monotonic() < until:
            began = monotonic()
            answer = self.send(client, sent)
            with self._guard:
                self.statuses[answer.status_code] += 1
                self.longest = max(self.longest, monotonic() - began)
            if answer.is_success:
                return answer.content
            check_unavailable(answer)
            sleep(_PAUSE)
        raise AssertionError(f"it is never acknowledged: {self.statuses}")

    def send(self, client: httpx.Client, sent: Sent) -> httpx.Response:
        """Send a command the same way as before."""
        headers = {"idempotency-key": sent.key}
        return client.post(self.account.base + sent.path, json=sent.body, headers=headers)

    def check_done_once(self) -> None:
        """Each has the effect and the answer that were acknowledged."""
        sent = self._acknowledged
        assert sent
        of_contacts = [
            point["value"] for each in self.account.items("/contacts") for point in each["phones"]
        ]
        assert sorted(of_contacts) == sorted(each.number for each, _ in sent)
        calls = sorted(each["id"] for each in self.account.items("/calls"))
        assert calls == sorted(each.number for each, _ in sent if each.path == "/calls")
        events = self.account.events()
        assert [each["position"] for each in events] == list(range(1, len(events) + 1))
        kinds = Counter(each["type"] for each in events)
        assert kinds == {
            "AccountOpened": 1,
            "CallLinked": len(calls),
            "LeadCaptured": len(calls),
            "ContactImported": len(sent) - len(calls),
        }
        for each, body in sent[:: max(1, len(sent) // 20)]:
            again = self.send(self.account.admin, each)
            assert again.headers["idempotent-replayed"] == "true"
            assert again.content == body
        with self.account.opened() as log:
            assert log.verify().problems == ()


def check_unavailable(answer: httpx.Response) -> None:
    """Check that it is a 503 which says when to try again."""
    assert answer.status_code == 503, f"{answer.status_code}: {answer.text}"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/unavailable"
    assert 1 <= int(answer.headers["retry-after"]) <= 30


class Listener:
    """A listener of an account's events, which connects again whenever the stream ends."""

    def __init__(self, account: Account) -> None:
        self.heard: list[int] = []
        """The positions of the events, in the order in which they came."""
        self.ends = 0
        """How often the stream ended, or could not be had."""
        self._account = account
        self._stop = Event()

    @contextmanager
    def listening(self) -> Iterator["Listener"]:
        """Listen meanwhile."""
        client = self._account.client("auditor")
        with ThreadPoolExecutor(1) as pool:
            listens = pool.submit(self._listen, client)
            try:
                yield self
            finally:
                self._stop.set()
                self._account.call()  # which is one event more
        listens.result()

    def has_heard(self, last: int) -> None:
        """Wait for an event by its position."""
        until = monotonic() + PATIENCE
        while not self.heard or self.heard[-1] < last:
            assert monotonic() < until, f"{self.heard[-1:]} is the last one of {last}"
            sleep(0.01)

    def _listen(self, client: httpx.Client) -> None:
        while not self._stop.is_set():
            headers = {"last-event-id": str(self.heard[-1])} if self.heard else {}
            path = f"{self._account.base}/events/stream"
            with client.stream("GET", path, headers=headers) as answer:
                if answer.status_code == 200:
                    self._read(answer.iter_lines())
                else:
                    answer.read()
                    check_unavailable(answer)
            self.ends += 1
            sleep(_PAUSE)

    def _read(self, lines: Iterator[str]) -> None:
        with suppress(httpx.RemoteProtocolError):  # it was ended in the middle
            for line in lines:
                name, _, value = line.partition(":")
                if name == "id":
                    self.heard.append(int(value))
                if self._stop.is_set():
                    return
