"""The tests that passed in a run of all, so that one which was interrupted can be continued."""

from collections import defaultdict
from pathlib import Path

import pytest


class Passed:
    """Leaves out tests that passed before, and notes those that pass: a line each, with its id."""

    def __init__(self, file: Path, *, notes: bool) -> None:
        self._file = file
        self._notes = notes
        self._before = frozenset(file.read_text("utf-8").splitlines())
        self._good = defaultdict[str, int](int)

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Leave out tests that passed before."""
        left_out = [each for each in items if each.nodeid in self._before]
        items[:] = [each for each in items if each.nodeid not in self._before]
        config.hook.pytest_deselected(items=left_out)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """If nothing is left to run, nothing is wrong."""
        if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and len(self._before) > 1:
            session.exitstatus = pytest.ExitCode.OK

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test once its last part has passed: setup, call and teardown."""
        if isinstance(report, pytest.SubtestReport):
            return  # if one fails, so does its test
        self._good[report.nodeid] += report.passed
        if self._notes and report.when == "teardown" and self._good.pop(report.nodeid) == 3:
            with self._file.open("a", encoding="utf-8") as file:
                file.write(f"{report.nodeid}\n")
