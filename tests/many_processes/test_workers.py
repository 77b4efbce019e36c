"""`serve --workers 3`: several processes at one address, which clients cannot tell apart.

A client of these tests keeps one connection, so the same process always answers it.
"""

import os
import re
import shlex
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import httpx
import pytest

from tests.many_processes.servers import (
    PATIENCE,
    Server,
    command_line,
    descendants,
    environment,
    holder_of,
    is_running,
    until,
)
from tests.stores import Kind, Place, new_place, only_sqlite
from tests.web.service import CALL, NO_TLS, OPERATOR_KEY, ROOT, listening

WORKERS = 3
TRIES, MANY_TRIES = 6, 50
CONNECTIONS = 300
"""The largest number of connections that are tried to get one to each process."""
SOON = 15.0
"""Seconds within which all processes of a service have ended, or a new one has started."""
ROWS = 30_000


class Workers:
    """A service of three processes, and a client of each."""

    def __init__(self, server: Server, clients: ExitStack) -> None:
        self.server = server
        self.service = server.service(clients)
        until(lambda: len(server.workers()) == WORKERS, "all of its processes run")

    def clients(self) -> dict[int, httpx.Client]:
        """A client of each process, by its number."""
        found: dict[int, httpx.Client] = {}
        processes = self.server.workers()
        assert len(processes) == WORKERS
        for _ in range(CONNECTIONS):
            limits = httpx.Limits(max_connections=1, keepalive_expiry=None)
            client = httpx.Client(
                base_url=self.service.url, limits=limits, timeout=30, verify=NO_TLS
            )
            holder = holder_of(client.get("/healthz"), processes)
            if holder is None or holder in found:
                client.close()
                continue
            found[holder] = self.service.clients.enter_context(closing(client))
            if len(found) == WORKERS:
                return found
        raise AssertionError(f"of {processes} only {list(found)} have a connection")

    def all_told(self) -> tuple[httpx.Client, ...]:
        """Only the clients."""
        return tuple(self.clients().values())

    def without(self, killed: int) -> None:
        """Wait until a new process has replaced a killed one."""

        def is_replaced() -> bool:
            found = self.server.workers()
            return len(found) == WORKERS and killed not in found

        until(is_replaced, "another one has come", within=SOON)


@pytest.fixture(scope="module")
def server(kind: Kind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("log") / "service.log"
    with new_place(kind) as place, closing(Server(place, log, workers=WORKERS)) as made:
        yield made


@pytest.fixture
def workers(server: Server) -> Iterator[Workers]:
    if not server.runs():
        server.start()
    with ExitStack() as clients:
        yield Workers(server, clients)


@pytest.fixture(params=[TRIES, pytest.param(MANY_TRIES, marks=pytest.mark.heavy)])
def tries(request: pytest.FixtureRequest) -> int:
    found: int = request.param
    return found


def as_holder(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


OPERATOR = as_holder(OPERATOR_KEY)


class TestAnyProcess:
    def test_knows_accounts_and_keys_at_once_and_refuses_those_that_went(
        self, workers: Workers, tries: int
    ) -> None:
        clients = workers.all_told()
        for number in range(tries):
            turn = number % WORKERS
            one, two, three = clients[turn:] + clients[:turn]
            account = f"/v1/accounts/try_{number}_of_{tries}"
            body = {"id": f"try_{number}_of_{tries}", "default_region": "US"}
            assert one.post("/v1/accounts", json=body, headers=OPERATOR).status_code == 201
            role = {"role": "admin", "name": "Ann"}
            made = two.post(f"{account}/keys", json=role, headers=OPERATOR)
            assert made.status_code == 201
            admin = as_holder(made.json()["key"])
            for each in (three, one, two):
                answer = each.post(f"{account}/calls", json=CALL, headers=admin)
                assert answer.status_code == 201
            assert len(one.get(f"{account}/calls", headers=admin).json()["items"]) == 3
            revoked = three.delete(f"{account}/keys/{made.json()['id']}", headers=OPERATOR)
            assert revoked.status_code == 204
            for each in (one, two, three):
                assert each.get(f"{account}/calls", headers=admin).status_code == 401
            if number % 2:
                assert two.delete(account, headers=OPERATOR).status_code == 204
            expected = 404 if number % 2 else 200
            for each in (one, three, two):
                assert each.get(account, headers=OPERATOR).status_code == expected

    def test_makes_an_account_that_all_are_asked_for(self, workers: Workers, tries: int) -> None:
        clients = workers.all_told()
        with ThreadPoolExecutor(WORKERS) as pool:
            for number in range(tries // 4):
                body = {"id": f"once_{number}_of_{tries}"}

                def make(client: httpx.Client, body: dict[str, str] = body) -> int:
                    answer = client.post("/v1/accounts", json=body, headers=OPERATOR)
                    return answer.status_code

                assert Counter(pool.map(make, clients)) == {201: 1, 409: WORKERS - 1}

    def test_repeats_what_another_has_answered(self, workers: Workers, tries: int) -> None:
        account = workers.service.account()
        clients = workers.all_told()
        with ThreadPoolExecutor(WORKERS) as pool:
            for number in range(tries):
                headers = as_holder(account.key("admin")) | {"idempotency-key": str(number)}

                def send(client: httpx.Client, headers: dict[str, str] = headers) -> httpx.Response:
                    return client.post(f"{account.base}/calls", json=CALL, headers=headers)

                answers = list(pool.map(send, clients))
                assert {each.status_code for each in answers} == {201}
                assert len({each.content for each in answers}) == 1
                replayed = [each for each in answers if "idempotent-replayed" in each.headers]
                assert len(replayed) == WORKERS - 1
        assert len(account.items("/calls")) == tries

    def test_tells_of_what_another_has_recorded(self, workers: Workers) -> None:
        account = workers.service.account()
        one, two, three = workers.all_told()
        admin = as_holder(account.key("admin"))
        with (
            listening(one, f"{account.base}/events/stream?after=1", **admin) as by_one,
            listening(two, f"{account.base}/events/stream?after=1", **admin) as by_two,
        ):
            three.post(f"{account.base}/calls", json=CALL, headers=admin).raise_for_status()
            began = time.monotonic()
            assert next(by_one) == next(by_two)
            assert time.monotonic() - began < 5


def counted(metrics: str) -> Counter[str]:
    """The numbers of recorded calls, of commands in commits, and of commits."""
    asked = {
        "calls": r'http_requests_total{method="POST",route="[^"]+/calls",status="201"} (\S+)',
        "commands": r"contact_merging_commands_per_commit_sum (\S+)",
        "commits": r"contact_merging_commands_per_commit_count (\S+)",
    }
    found = {name: re.search(pattern, metrics) for name, pattern in asked.items()}
    return Counter({name: int(float(each[1])) if each else 0 for name, each in found.items()})


class TestMetrics:
    def test_add_up_over_the_processes_and_over_those_that_were_killed(
        self, workers: Workers
    ) -> None:
        account = workers.service.account()
        admin = as_holder(account.key("admin"))
        clients = workers.clients()
        before = self.told_alike(clients)
        each_sends = dict(zip(clients, (5, 7, 11), strict=True))
        for process, client in clients.items():
            for _ in range(each_sends[process]):
                client.post(f"{account.base}/calls", json=CALL, headers=admin).raise_for_status()
        grown = Counter(dict.fromkeys(before, 5 + 7 + 11))
        assert self.told_alike(clients) == before + grown
        killed = next(iter(clients))
        os.kill(killed, signal.SIGKILL)
        workers.without(killed)
        assert self.told_alike(workers.clients()) == before + grown

    def told_alike(self, clients: dict[int, httpx.Client]) -> Counter[str]:
        """The metrics, which must be the same from every process."""
        told = [counted(each.get("/metrics").text) for each in clients.values()]
        assert told == [told[0]] * len(told)
        return told[0]


def test_one_that_is_killed_is_replaced_and_requests_go_on(workers: Workers) -> None:
    account = workers.service.account()
    admin = as_holder(account.key("admin"))
    clients = workers.clients()
    killed, *left = clients
    os.kill(killed, signal.SIGKILL)
    for process in left:  # these do not notice
        sent = clients[process].post(f"{account.base}/calls", json=CALL, headers=admin)
        assert sent.status_code == 201
    for _ in range(20):  # nor do new connections
        account.served_by(workers.service)
        account.call()
    workers.without(killed)
    (died,) = [each for each in workers.server.said() if each.get("pid") == killed]
    assert (died["level"], died["event"]) == ("warning", "a worker died")
    assert (died["exit_code"], died["reason"]) == (-signal.SIGKILL, "it ended")
    for client in workers.all_told():
        sent = client.post(f"{account.base}/calls", json=CALL, headers=admin)
        assert sent.status_code == 201
    assert len(account.items("/calls")) == 20 + len(left) + WORKERS


class Busy:
    """A service of three processes, each with a listener, and with a file to import."""

    def __init__(self, workers: Workers, told: ExitStack) -> None:
        self.server = workers.server
        self.account = workers.service.account()
        admin = as_holder(self.account.key("admin"))
        self.streams = [
            told.enter_context(listening(client, f"{self.account.base}/events/stream", **admin))
            for client in workers.all_told()
        ]
        for stream in self.streams:
            next(stream)
        self.account.imported(
            "Name,Phone\n" + "".join(f"P,+1{3195550000 + row}\n" for row in range(ROWS))
        )
        until(lambda: bool(self.server.jobs()), "it imports")
        self.processes = [self.server.pid, *descendants(self.server.pid)]
        assert len(self.processes) > 1 + WORKERS
        self._began = time.monotonic()

    def ends(self) -> None:
        """Check that the streams and every process end soon."""
        for stream in self.streams:
            for _ in stream:
                assert time.monotonic() < self._began + SOON
        left = self._began + SOON - time.monotonic()
        until(lambda: not any(map(is_running, self.processes)), "all have ended", within=left)
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{self.server.url}/healthz")


@pytest.fixture
def busy(workers: Workers) -> Iterator[Busy]:
    with ExitStack() as told:
        yield Busy(workers, told)


def test_all_end_with_the_service_and_let_go_of_who_listens(busy: Busy) -> None:
    assert busy.server.process is not None
    busy.server.process.terminate()
    busy.ends()
    assert busy.server.process.wait() == 0


def test_all_end_when_the_one_that_started_them_is_killed(busy: Busy) -> None:
    assert busy.server.process is not None
    busy.server.process.kill()
    busy.server.process.wait()
    busy.ends()


@only_sqlite
@pytest.mark.parametrize(
    "after", [0.3, *(pytest.param(each, marks=pytest.mark.heavy) for each in (0.0, 0.6, 1.0))]
)
def test_all_end_when_it_is_killed_while_they_start(
    place: Place, tmp_path: Path, after: float
) -> None:
    server = Server(place, tmp_path / "service.log", workers=WORKERS)
    with closing(server):
        server.start(wait=False)
        until(lambda: len(server.workers()) == WORKERS, "they start")
        time.sleep(after)
        processes = [server.pid, *descendants(server.pid)]
        server.kill()
        until(lambda: not any(map(is_running, processes)), "all have ended")  # once they run


@only_sqlite
def test_a_service_of_one_process_outlives_whoever_started_it(place: Place, tmp_path: Path) -> None:
    log = shlex.quote(str(tmp_path / "service.log"))
    start = f"{shlex.join(command_line(place))} >/dev/null 2>{log} & echo $!"
    and_wait = f"until grep -qs 'running on' {log}; do sleep 0.1; done"
    told = subprocess.run(
        ["/bin/sh", "-c", f"{start}; {and_wait}"],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    service = int(told.stdout)
    try:
        time.sleep(2.5)  # it looks after what is to be looked after once a second
        assert is_running(service)
    finally:
        os.kill(service, signal.SIGTERM)
    until(lambda: not is_running(service), "it has ended", within=SOON)
