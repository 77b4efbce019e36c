"""One account for a module; after every test it must be as it was before."""

from collections.abc import Iterator

import pytest

from tests.web.bad_input.sending import Quiet
from tests.web.service import Service


@pytest.fixture(scope="module")
def quiet(service: Service) -> Quiet:
    return Quiet(service.account())


@pytest.fixture(autouse=True)
def nothing_is_written(quiet: Quiet) -> Iterator[None]:
    yield
    quiet.check()
