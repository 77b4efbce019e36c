"""One service for all tests that do not need one of their own; each takes a new account."""

from collections.abc import Iterator

import pytest

from tests.http.service import Account, Service, running


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("service")) as started:
        yield started


@pytest.fixture
def account(service: Service) -> Account:
    return service.account()
