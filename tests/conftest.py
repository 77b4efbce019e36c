"""For all tests: readable assertions, the choice of heavy tests, and the last lines of a run."""

import gc
import os
from pathlib import Path

import pytest

pytest.register_assert_rewrite(
    "tests.given_when_then",
    "tests.state_machine",
    "tests.story",
    "tests.undo.histories",
    "tests.web.bad_input.sending",
    "tests.web.service",
)

# After what they import is rewritten:
from tests.cpu_seconds import CpuSeconds  # noqa: E402
from tests.normal_run import left_out  # noqa: E402
from tests.passed import Passed  # noqa: E402
from tests.stores import kind, new_places, place  # noqa: E402
from tests.web.shared import account, any_service, service, services  # noqa: E402

__all__ = ["account", "any_service", "kind", "new_places", "place", "service", "services"]


def pytest_configure(config: pytest.Config) -> None:
    """Count what each module costs and note what passes, where `run.py test` wants to know."""
    noted_in = os.environ.get("CONTACT_MERGING_CPU_SECONDS_FILE")
    if noted_in is not None:
        config.pluginmanager.register(CpuSeconds(Path(noted_in)))
    passed = os.environ.get("CONTACT_MERGING_PASSED_FILE")
    if passed is not None:
        one_of_several = hasattr(config, "workerinput")  # the process that started it notes them
        config.pluginmanager.register(Passed(Path(passed), notes=not one_of_several))


@pytest.hookimpl(tryfirst=True)  # before those that are heavy are left out
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Many of the tests that run on both stores are heavy on PostgreSQL."""
    for item in left_out(items):
        item.add_marker(pytest.mark.heavy)


def pytest_collection_finish() -> None:
    """Never look for garbage in what is there from the start, and elsewhere seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Name every test that could not be run, for the last lines of `run.py test`."""
    noted_in = os.environ.get("CONTACT_MERGING_NOT_RUN_FILE")
    if report.skipped and noted_in is not None:
        with Path(noted_in).open("a", encoding="utf-8") as file:
            file.write(f"{report.nodeid}\n")
