"""For the whole suite: readable assertions in the given / when / then, and what was not run."""

import os
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.given_when_then", "tests.state_machine", "tests.story")

from tests.stores import kind, new_places, place  # noqa: E402 -- after what it imports is rewritten

__all__ = ["kind", "new_places", "place"]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Name every test that could not be run, for the last lines of `run.py test`."""
    noted_in = os.environ.get("CONTACT_MERGING_NOT_RUN_FILE")
    if report.skipped and noted_in is not None:
        with Path(noted_in).open("a", encoding="utf-8") as file:
            file.write(f"{report.nodeid}\n")
