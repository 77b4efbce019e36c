"""A separate server, since these tests stop and kill it; and services that use a proxy."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.faults.proxy import Proxy
from tests.postgresql import Server
from tests.stores import Place, new_place, server_of_its_own
from tests.web.service import Account, Service, running


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[Place]:
    """An empty database of the server that all tests share."""
    with new_place("postgresql", tmp_path / "store") as place:
        yield place


@pytest.fixture
def proxy(stored: Place) -> Iterator[Proxy]:
    """A proxy to that database."""
    with closing(Proxy(stored.url)) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server that runs when a test begins, and may be stopped and killed."""
    with server_of_its_own() as server:
        yield server


LOCK_TIMEOUT = 1.0
REQUEST_SECONDS = 3.0
"""How long a request of the impatient service may wait for a lock or for an answer."""


@dataclass(frozen=True)
class Faulty:
    """A service whose database fails. `service.place` is that database without the proxy."""

    server: Server
    proxy: Proxy
    service: Service

    def account(self) -> Account:
        """A new account."""
        return self.service.account()

    def recover(self) -> None:
        """Stop all failures and wait until the service works again."""
        self.proxy.heal()
        self.server.start()
        until = monotonic() + 20
        with closing(self.service.client(None)) as client:
            while client.get("/readyz").status_code != 200:
                assert monotonic() < until
                sleep(0.05)


@contextmanager
def faulty(
    server: Server, folder: Path, environment: Mapping[str, str], **options: str
) -> Iterator[Faulty]:
    """A service over a new database. `options`: settings of its sessions."""
    url = server.new_database()
    with closing(Proxy(url)) as proxy:
        place = Place("postgresql", url, folder)
        with running(replace(place, url=proxy.url(**options)), **environment) as service:
            yield Faulty(server, proxy, replace(service, place=place))
            proxy.heal()


@pytest.fixture(scope="session")
def usual(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    with faulty(server, tmp_path_factory.mktemp("usual"), {}) as found:
        yield found


@pytest.fixture(scope="session")
def impatient(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    environment = {"CONTACT_MERGING_REQUEST_SECONDS": f"{REQUEST_SECONDS}"}
    folder, seconds = tmp_path_factory.mktemp("impatient"), f"{LOCK_TIMEOUT}s"
    with faulty(server, folder, environment, lock_timeout=seconds) as found:
        yield found


@pytest.fixture
def faulty_service(usual: Faulty) -> Iterator[Faulty]:
    """The service of most tests. It is never restarted: it recovers after each test."""
    yield usual
    usual.recover()


@pytest.fixture
def impatient_service(impatient: Faulty) -> Iterator[Faulty]:
    """A service in which requests do not wait for long."""
    yield impatient
    impatient.recover()
