"""A fault of the service itself is told in plain words, and its log says where it lies."""

import asyncio
import logging

import httpx
import pytest

from infrastructure.web.pages import conflicts
from tests.pages.in_this_process import visited
from tests.web.service import Account


def test_it_is_logged_under_the_id_that_the_page_names(
    account: Account, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fault(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    async def both() -> tuple[httpx.Response, httpx.Response]:
        async with visited(account) as client:
            base = f"/accounts/{account.name}"
            return await client.get(f"{base}/conflicts"), await client.get(f"{base}/contacts")

    monkeypatch.setattr(conflicts, "list_conflicts", fault)
    with caplog.at_level(logging.ERROR):
        failed, other = asyncio.run(both())
    assert failed.status_code == 500
    assert "<h1>Something went wrong here</h1>" in failed.text
    assert "ZeroDivisionError" not in failed.text
    (logged,) = [each for each in caplog.records if each.exc_info]
    assert logged.exc_info is not None
    assert logged.exc_info[0] is ZeroDivisionError
    assert f"It is logged as request “{logged.__dict__['request_id']}”." in failed.text
    assert other.status_code == 200
