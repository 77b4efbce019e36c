"""A removed account takes its keys with it: they open no later account of its id."""

import os
from contextlib import closing
from errno import EIO
from pathlib import Path

import pytest

from application.refusals import StoreUnusable
from domain.settings import MergeSettings
from infrastructure.backup import back_up, restore
from infrastructure.bootstrap import open_store, open_store_and_keys, the_time
from infrastructure.ids import time_ordered_ids
from infrastructure.sqlite.accounts import SqliteAccounts
from tests.stores import Place
from tests.web.service import Account, Service

ADMIN = "admin (1)"


@pytest.fixture
def account(service: Service) -> Account:
    return service.account()


def make(account: Account) -> None:
    body = {"id": account.name}
    account.service.operator.post("/v1/accounts", json=body).raise_for_status()


def remove(account: Account) -> int:
    return account.service.operator.delete(f"/v1/accounts/{account.name}").status_code


def test_the_keys_of_a_removed_account_do_not_open_the_next_one_of_its_id(account: Account) -> None:
    assert remove(account) == 204
    make(account)
    answer = account.admin.get(f"{account.base}/contacts")
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/unauthenticated")


def test_a_key_that_was_made_during_the_removal_opens_nothing(place: Place) -> None:
    """The key is written after the keys of the account are revoked, by a request from before."""
    accounts, keys, _ = open_store_and_keys(place.url, None)
    with closing(accounts.create("acme", MergeSettings(), ADMIN)) as log:
        before = log.incarnation
    accounts.remove("acme")
    keys.revoke_all(before)
    late = keys.make("acme", before, "admin", "late", None)
    with closing(accounts.create("acme", MergeSettings(), ADMIN)) as log:
        known = keys.caller(late.key)
        assert known is not None
        assert known.incarnation == before != log.incarnation
        assert keys.of_account(log.incarnation, limit=10) == []
    accounts.close()


def test_a_restored_account_is_another_one(place: Place, tmp_path: Path) -> None:
    accounts = open_store(place.url)
    with closing(accounts.create("acme", MergeSettings(), ADMIN)) as log:
        before = log.incarnation
        back_up(log, tmp_path / "acme.backup")
    accounts.remove("acme")
    restore(accounts, "acme", tmp_path / "acme.backup")
    with closing(accounts.open("acme")) as log:
        assert log.incarnation != before
    accounts.close()


def test_a_removal_that_cannot_take_its_turn_has_done_nothing(place: Place) -> None:
    accounts = place.accounts(the_time, time_ordered_ids(the_time), lock_timeout=0.1)
    with closing(accounts.create("acme", MergeSettings(), ADMIN)) as log:
        with log.database.writing(), pytest.raises(StoreUnusable):
            accounts.remove("acme")
        assert log.verify().problems == ()
    accounts.remove("acme")
    assert accounts.names() == []
    accounts.close()


def test_files_that_could_not_be_removed_go_with_the_next_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = SqliteAccounts(tmp_path, the_time, time_ordered_ids(the_time))
    for name in ("acme", "other"):
        accounts.create(name, MergeSettings(), ADMIN).close()
    with monkeypatch.context() as disk:
        disk.setattr(os, "unlink", fails)
        disk.setattr(os, "rmdir", fails)
        accounts.remove("acme")
    assert accounts.names() == ["other"]
    assert list(tmp_path.glob(".acme.*"))
    accounts.remove("other")
    assert not list(tmp_path.iterdir())


def fails(*_: object, **__: object) -> None:
    raise OSError(EIO, "Input/output error")
