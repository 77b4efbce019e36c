"""A request that waits too long gets 503, and none waits for another account."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from time import monotonic

import psycopg
import pytest

from application.refusals import StoreUnusable
from infrastructure.bootstrap import the_time
from infrastructure.ids import time_ordered_ids
from infrastructure.postgresql.accounts import PostgresAccounts
from infrastructure.postgresql.pool import Pool
from tests.faults.conftest import LOCK_TIMEOUT, Faulty
from tests.faults.load import Load, check_unavailable
from tests.faults.proxy import Proxy
from tests.stores import Place
from tests.web.service import Account

pytestmark = pytest.mark.alone


@contextmanager
def locked_by_somebody(place: Place, account: str) -> Iterator[None]:
    """Another program locks the account's contacts, as it would to change the table."""
    with psycopg.connect(place.url) as connection:
        row = connection.execute(
            "SELECT 'account_' || account || '_' || number FROM contact_merging.accounts"
            " WHERE account = %s",
            (account,),
        ).fetchone()
        assert row is not None
        connection.execute(f"LOCK TABLE {row[0]}.contacts IN ACCESS EXCLUSIVE MODE".encode())
        yield


def check_refused_in_time(account: Account, method: str) -> None:
    began = monotonic()
    body = {"name": "Mary"} if method == "POST" else None
    answer = account.admin.request(method, f"{account.base}/contacts", json=body)
    check_unavailable(answer)
    assert "took too long" not in answer.json()["detail"], "the lock was waited for, no longer"
    assert monotonic() - began > LOCK_TIMEOUT * 0.9


def test_who_waits_too_long_is_refused_and_others_are_not_disturbed(
    impatient_service: Faulty,
) -> None:
    account, other = impatient_service.account(), impatient_service.account()
    account.contact()
    with Load(other).running(clients=2) as load:
        with account.opened() as log, log.database.writing():
            check_refused_in_time(account, "POST")
            assert account.get("/contacts").status_code == 200
            load.goes_on(10)
        account.contact()
        with locked_by_somebody(impatient_service.service.place, account.name):
            check_refused_in_time(account, "POST")
            check_refused_in_time(account, "GET")
            load.goes_on(10)
        account.contact()
    assert len(account.items("/contacts")) == 3
    load.check_done_once()
    assert load.statuses.keys() <= {200, 201}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"lock_timeout": "300ms"}, "another process has it locked"),
        ({"statement_timeout": "300ms"}, "it took longer than the time limit of a statement"),
    ],
)
def test_the_address_of_the_store_says_how_long_is_too_long(
    proxy: Proxy, stored: Place, options: dict[str, str], said: str
) -> None:
    with closing(stored.create("default")):
        pass
    pool = Pool(proxy.url(**options))
    with closing(PostgresAccounts(pool, the_time, time_ordered_ids(the_time), os.urandom)) as own:
        log = own.open("default")
        with locked_by_somebody(stored, "default"):
            began = monotonic()
            with pytest.raises(StoreUnusable, match=said), log.reading() as reading:
                reading.count_contacts()
            assert monotonic() - began < 5
        with log.reading() as reading:
            assert reading.count_contacts() == 0
