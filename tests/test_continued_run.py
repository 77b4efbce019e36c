"""A run of all tests that was interrupted is continued without those that passed."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONFTEST = """
from pathlib import Path

from tests.passed import Passed


def pytest_configure(config):
    config.pluginmanager.register(Passed(Path("passed"), notes=True))
"""
TESTS = """
import pytest


@pytest.fixture
def unsound():
    yield
    raise AssertionError


def test_that_passes():
    pass


def test_whose_parts_pass(subtests):
    for number in range(3):
        with subtests.test(number):
            pass


def test_one_of_whose_parts_fails(subtests):
    for number in range(3):
        with subtests.test(number):
            assert number != 1


def test_that_fails():
    raise AssertionError


def test_that_fails_afterwards(unsound):
    pass


def test_that_cannot_be_run():
    pytest.skip("nothing to run it with")
"""


def run(folder: Path, *options: str) -> tuple[int, str]:
    """Run the tests of a folder. Returns the exit status, and what pytest says at the end."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    done = subprocess.run(
        [*command, *options],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.splitlines()[-1]


def test_only_what_passed_in_all_its_parts_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST, "utf-8")
    (tmp_path / "test_some.py").write_text(TESTS, "utf-8")
    (tmp_path / "passed").write_text("a digest of the code\n", "utf-8")

    assert run(tmp_path)[1].startswith("3 failed, 3 passed, 1 skipped, 1 error, 5 ")
    assert (tmp_path / "passed").read_text("utf-8").splitlines() == [
        "a digest of the code",
        "test_some.py::test_that_passes",
        "test_some.py::test_whose_parts_pass",
    ]
    assert run(tmp_path)[1].startswith("3 failed, 1 passed, 1 skipped, 2 deselected, 1 error, 2 ")
    assert run(tmp_path, "-k", "that_passes")[0] == 0
