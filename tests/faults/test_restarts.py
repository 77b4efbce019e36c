"""The database restarts under load: every command is done once, without a restart of the service.

Meanwhile clients get 503, and no other error.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from random import Random
from time import monotonic, sleep

import psycopg
import pytest

from tests.faults.conftest import Faulty
from tests.faults.load import Listener, Load, check_unavailable
from tests.faults.proxy import Cut
from tests.postgresql import Server
from tests.web.service import Told, listening

STOPS = {
    "fast": Server.stop,
    "immediate": lambda server: server.stop(immediate=True),
    "killed": Server.kill,
}
TERMINATE = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE application_name = 'contact-merging' AND datname = current_database()
"""


def terminate_all(faulty: Faulty) -> int:
    """End all connections of the service. Returns how many there were."""
    with closing(psycopg.connect(faulty.service.place.url, autocommit=True)) as connection:
        row = connection.execute(TERMINATE).fetchone()
        assert row is not None
        return int(row[0])


def check_terminated(faulty: Faulty, *, times: int, seed: int) -> Load:
    chance = Random(seed)  # noqa: S311 -- moments
    with Load(faulty.account()).running() as load:
        load.goes_on()
        ended = 0
        for _ in range(times):
            sleep(chance.uniform(0.01, 0.2))
            ended += terminate_all(faulty)
        load.goes_on()
    assert ended > times
    load.check_done_once()
    return load


def test_connections_that_are_ended_at_any_moment_cost_no_command(faulty_service: Faulty) -> None:
    check_terminated(faulty_service, times=8, seed=1)


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(5))
def test_and_so_again_and_again(faulty_service: Faulty, seed: int) -> None:
    load = check_terminated(faulty_service, times=200, seed=seed)
    assert load.statuses[503] > 0


def check_stopped(faulty: Faulty, stops: list[str], seconds: float) -> None:
    account = faulty.account()
    listener = Listener(account)
    with listener.listening():
        with Load(account).running() as load:
            for stop in stops:
                load.goes_on()
                refused = load.statuses[503]
                STOPS[stop](faulty.server)
                sleep(seconds)
                faulty.server.start()
                assert load.statuses[503] > refused
                began = monotonic()
                load.goes_on()
                assert monotonic() - began < 20
        load.check_done_once()
        last = account.position()
        listener.has_heard(last)
    assert listener.heard[:last] == list(range(1, last + 1))
    assert listener.ends >= len(stops)


def test_a_server_that_is_stopped_or_killed_costs_no_command(faulty_service: Faulty) -> None:
    """A listener that goes on after the last event that arrived misses none, either."""
    check_stopped(faulty_service, list(STOPS), 0.3)


@pytest.mark.heavy
@pytest.mark.parametrize("stop", STOPS)
def test_and_so_for_longer(faulty_service: Faulty, stop: str) -> None:
    """Longer than the service tries to find out whether a commit was done."""
    check_stopped(faulty_service, [stop] * 3, 12)


def test_when_the_server_is_back_the_first_request_works(faulty_service: Faulty) -> None:
    """However many connections of the service were ended."""
    account = faulty_service.account()
    clients = [account.client("admin") for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(2):
            found = pool.map(lambda each: each.get(f"{account.base}/contacts"), clients)
            assert {each.status_code for each in found} == {200}
            account.call()
            faulty_service.server.restart()
    for _ in range(8):
        account.call()
        assert account.get("/calls").status_code == 200


def test_an_account_whose_making_was_not_answered_is_made_once(faulty_service: Faulty) -> None:
    operator, body = faulty_service.service.operator, {"id": "made_once"}
    headers = {"idempotency-key": "make it"}
    faulty_service.proxy.cut(Cut.UNANSWERED)
    first = operator.post("/v1/accounts", json=body, headers=headers)
    again = operator.post("/v1/accounts", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (503, 201)
    assert again.headers["idempotent-replayed"] == "true"


def test_a_stream_of_events_ends_and_can_be_had_again_when_the_server_is_back(
    faulty_service: Faulty,
) -> None:
    account = faulty_service.account()
    path = f"{account.base}/events/stream"
    with listening(account.admin, path) as told:
        first = next(told)
        assert isinstance(first, Told)
        faulty_service.server.stop()
        assert list(told) == []
    refused = account.get("/events/stream")
    check_unavailable(refused)
    faulty_service.server.start()
    account.contact()
    with listening(account.admin, path, last_event_id=str(first.id)) as told:
        second = next(told)
    assert isinstance(second, Told)
    assert (first.id, second.id) == (1, 2)
