"""An import goes on in the background whatever happens to its database and its process."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from io import BytesIO
from time import monotonic, sleep

import httpx
import psycopg
import pytest

from application.documents.jobs import ImportDocument
from application.refusals import StoreUnusable
from infrastructure.bootstrap import open_store
from infrastructure.jobs.carry_out import begin_job, carry_out_next
from infrastructure.jobs.file_imports import import_of
from infrastructure.jobs.shown import show_import
from infrastructure.postgresql import database as postgresql
from tests.faults.conftest import Faulty
from tests.faults.load import check_unavailable
from tests.faults.proxy import Cut, Proxy
from tests.faults.test_restarts import STOPS, terminate_all
from tests.messages import ADMIN
from tests.postgresql import Server
from tests.stores import Place
from tests.web.test_imports import a_file, check_whole, ended, has_begun, jobs_of

TAKES_OVER = 20.0
"""Seconds after which another process is at an import whose own was killed: 10 where no other tests
run beside this one.
"""


def check_goes_on(faulty: Faulty, disturb: Callable[[], object], *, times: int = 1) -> None:
    """Check that a disturbed import ends like an undisturbed one."""
    account = faulty.account()
    import_id = account.imported(a_file())
    for _ in range(times):
        has_begun(account, import_id)
        disturb()
    check_whole(account, import_id)
    if times > 1:
        with account.opened() as log:
            assert log.verify().problems == ()


def away(server: Server, stop: str, seconds: float) -> None:
    """The server is stopped and started again."""
    STOPS[stop](server)
    sleep(seconds)
    server.start()


def is_at_work(faulty: Faulty, killed: int) -> bool:
    """Whether there is a process other than the killed one."""
    try:
        return jobs_of(faulty.service) not in ([], [killed])
    except FileNotFoundError:  # it ends just now
        return False


def test_an_import_goes_on_when_its_process_and_the_server_were_killed(
    faulty_service: Faulty,
) -> None:
    def disturb() -> None:
        (process,) = jobs_of(faulty_service.service)
        os.kill(process, signal.SIGKILL)
        began = monotonic()
        away(faulty_service.server, "killed", 0.5)
        while not is_at_work(faulty_service, process):
            assert monotonic() - began < TAKES_OVER
            sleep(0.05)

    check_goes_on(faulty_service, disturb)


@pytest.mark.heavy
@pytest.mark.parametrize("stop", STOPS)
def test_and_so_however_it_was_stopped(faulty_service: Faulty, stop: str) -> None:
    check_goes_on(faulty_service, lambda: away(faulty_service.server, stop, 3), times=3)


@pytest.mark.heavy
def test_and_so_when_its_connections_are_ended(faulty_service: Faulty) -> None:
    check_goes_on(faulty_service, lambda: terminate_all(faulty_service), times=5)


@pytest.mark.heavy
def test_two_processes_at_one_import_count_each_row_once(stored: Place, proxy: Proxy) -> None:
    """One of them has lost the lock that keeps them apart without noticing."""
    rows = 6_000
    lines = [f"Person {each},+1319{2_000_000 + each}" for each in range(rows)]
    with closing(stored.create("default")) as log:
        job = import_of(log, file="people.csv", by=ADMIN)
        log.database.uploads.keep(job.id, BytesIO("\n".join(["Name,Phone", *lines]).encode()))
        with log.database.writing() as session:
            begin_job(log, session, job)

        def how_far() -> ImportDocument:
            return show_import(log, job.id)

        def carry_out(url: str) -> None:
            with suppress(StoreUnusable), closing(open_store(url).open("default")) as other:
                carry_out_next(other, "changes")

        with ThreadPoolExecutor(1) as pool:
            proxy.delay = 0.01
            pool.submit(carry_out, proxy.url())
            while how_far().rows.read == 0:
                sleep(0.01)
            with closing(psycopg.connect(stored.url, autocommit=True)) as connection:
                (ended,) = connection.execute(END_THE_LOCK).fetchall()
            assert ended == (1,)
            carry_out(stored.url)
            proxy.delay = 0.0
        carry_out(stored.url)
        found = how_far()
        assert (found.status, found.rows.read, found.rows.created) == ("done", rows, rows)


END_THE_LOCK = """
SELECT count(pg_terminate_backend(pid)) FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND granted AND state = 'idle' AND datname = current_database()
"""
WRITES = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = %s::oid"


@pytest.mark.heavy
def test_an_import_of_which_nobody_knows_whether_it_was_noted_is_carried_out(
    impatient_service: Faulty,
) -> None:
    """Its commit was done but not answered; then another program locked the account for long."""
    account, proxy = impatient_service.account(), impatient_service.proxy

    def send() -> httpx.Response:
        file, headers = {"file": ("people.csv", a_file(300))}, {"idempotency-key": "import"}
        return account.admin.post(f"{account.base}/imports", files=file, headers=headers)

    with account.opened() as log, ThreadPoolExecutor(1) as pool:
        proxy.delay = 0.05
        proxy.cut(Cut.UNANSWERED)
        first = pool.submit(send)
        with closing(psycopg.connect(impatient_service.service.place.url, autocommit=True)) as own:
            while not own.execute(WRITES, [postgresql._WRITING]).fetchall():  # noqa: SLF001
                sleep(0.005)
        with log.database.writing():
            proxy.delay = 0.0
            check_unavailable(first.result())
    again = send()
    assert again.headers["idempotent-replayed"] == "true"
    assert ended(account, again.json()["id"])["status"] == "done"
