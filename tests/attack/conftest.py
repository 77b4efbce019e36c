"""The services under attack."""

from collections.abc import Iterator

import pytest

from tests.stores import new_place
from tests.web.service import Service, running

IMPATIENT = "0.5"
"""Seconds in which headers and bodies arrive."""


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    with new_place("sqlite") as place, running(place) as service:
        yield service


@pytest.fixture(scope="session")
def impatient() -> Iterator[Service]:
    with (
        new_place("sqlite") as place,
        running(place, CONTACT_MERGING_BODY_SECONDS=IMPATIENT) as service,
    ):
        yield service
