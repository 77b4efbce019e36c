"""The database does not answer: clients get 503 in time, and the service recovers by itself."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from time import monotonic, sleep

import httpx
import pytest

from tests.faults.conftest import REQUEST_SECONDS, Faulty
from tests.faults.load import Load, check_unavailable
from tests.faults.proxy import SIDES, Side
from tests.web.service import Account

pytestmark = pytest.mark.alone

IN_TIME = 20.0
"""The seconds within which a request is answered though no packet comes from the database: 8 to
notice, or 5 where it connects, or both one after the other; and a machine may be slow.
"""
TO_FIND_OUT = 10.0
"""Those that a command takes besides that was at its commit."""
TO_TRY_AGAIN = 5.0
"""Those that one of many takes besides, who finds out for all whether it goes again."""
SLOW_MACHINE = 5.0
SENDERS = 8


def answers(clients: list[httpx.Client], account: Account) -> list[tuple[httpx.Response, float]]:
    """The answers to reads and commands, all sent at once, and the seconds that each took."""

    def send(number: int) -> tuple[httpx.Response, float]:
        began = monotonic()
        path, body = f"{account.base}/contacts", {"name": f"Person {number}"}
        client = clients[number]
        answer = client.get(path) if number % 2 else client.post(path, json=body)
        return answer, monotonic() - began

    with ThreadPoolExecutor(len(clients)) as pool:
        return list(pool.map(send, range(len(clients))))


@contextmanager
def lives_but_is_not_ready(faulty: Faulty) -> Iterator[None]:
    """Check that its process answers at once, and says that it is not ready."""
    stop = Event()

    def live() -> None:
        client = faulty.service.client(None)
        while not stop.is_set():
            began = monotonic()
            assert client.get("/healthz").status_code == 200
            assert monotonic() - began < SLOW_MACHINE
            sleep(0.1)

    with ThreadPoolExecutor(2) as pool:
        lives = pool.submit(live)
        ready = pool.submit(faulty.service.client(None).get, "/readyz")
        try:
            yield
        finally:
            stop.set()
    lives.result()
    check_unavailable(ready.result())


def comes_back(account: Account) -> None:
    """Check that requests are answered normally within some seconds."""
    until = monotonic() + 10
    while account.get("/contacts").status_code != 200:
        assert monotonic() < until
        sleep(0.1)
    account.contact()
    assert account.admin.get("/readyz").status_code == 200


@pytest.mark.heavy
@pytest.mark.parametrize("senders", [SENDERS, pytest.param(100, id="many")])
def test_where_every_packet_is_lost_requests_are_answered_in_time(
    faulty_service: Faulty, senders: int
) -> None:
    account = faulty_service.account()
    clients = [account.client("admin") for _ in range(senders)]
    assert {answer.is_success for answer, _ in answers(clients, account)} == {True}
    faulty_service.proxy.fall_silent()
    with lives_but_is_not_ready(faulty_service):
        found = answers(clients, account)
    faulty_service.proxy.heal()
    for answer, seconds in found:
        check_unavailable(answer)
        assert seconds < IN_TIME + (0 if senders == SENDERS else TO_TRY_AGAIN)
    comes_back(account)
    assert len(account.items("/contacts")) == senders / 2 + 1


@pytest.mark.heavy
def test_and_so_under_load(faulty_service: Faulty) -> None:
    with Load(faulty_service.account()).running() as load:
        for _ in range(2):
            load.goes_on()
            faulty_service.proxy.fall_silent()
            sleep(20)
            faulty_service.proxy.heal()
            load.goes_on()
    assert load.longest < IN_TIME + TO_FIND_OUT
    load.check_done_once()


@pytest.mark.parametrize(
    "sides", [SIDES, *(pytest.param((each,), marks=pytest.mark.heavy) for each in SIDES)]
)
def test_where_the_server_hangs_no_request_takes_longer_than_it_may(
    impatient_service: Faulty, sides: tuple[Side, ...]
) -> None:
    """It accepts data like a slow server, so clients cannot tell the two apart."""
    account = impatient_service.account()
    clients = [account.client("admin") for _ in range(SENDERS)]
    assert {answer.is_success for answer, _ in answers(clients, account)} == {True}
    impatient_service.proxy.hang(*sides)
    with lives_but_is_not_ready(impatient_service):
        found = answers(clients, account)
    impatient_service.proxy.heal()
    for answer, seconds in found:
        check_unavailable(answer)
        assert seconds < REQUEST_SECONDS + SLOW_MACHINE
    comes_back(account)


@pytest.mark.heavy
def test_and_so_what_was_refused_is_done_once(impatient_service: Faulty) -> None:
    with Load(impatient_service.account()).running() as load:
        for _ in range(3):
            load.goes_on()
            impatient_service.proxy.hang()
            sleep(8)
            impatient_service.proxy.heal()
            load.goes_on()
    assert load.statuses[503] > 0
    assert load.longest < REQUEST_SECONDS + SLOW_MACHINE
    load.check_done_once()
