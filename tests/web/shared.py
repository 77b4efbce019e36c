"""One service for each kind of store, shared by most tests; each test has a new account."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from tests.stores import Kind, new_place
from tests.web.service import Account, Service, running


@pytest.fixture(scope="session")
def services() -> Iterator[Callable[[Kind], Service]]:
    """Starts the service over a kind of store when a test first needs it."""
    with ExitStack() as started:

        @cache
        def of(kind: Kind) -> Service:
            place = started.enter_context(new_place(kind))
            return started.enter_context(running(place))

        yield of


@pytest.fixture(scope="session")
def service(kind: Kind, services: Callable[[Kind], Service]) -> Service:
    return services(kind)


@pytest.fixture(scope="session")
def any_service(services: Callable[[Kind], Service]) -> Service:
    """For tests that do not depend on the store."""
    return services("sqlite")


@pytest.fixture
def account(service: Service) -> Account:
    return service.account()
