"""Bugs, planted one at a time in a copy of the program, are caught by the tests.

Those that the state machine catches, and whose tests take long, are left to `-m heavy`.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.planted_bugs.bugs import BUGS, HISTORIES, UNDO, Bug
from tests.planted_bugs.search import CAUGHT

ROOT = Path(__file__).resolve().parents[2]
ENOUGH = 200
"""How many histories are searched for a bug, at most: most show themselves within ten."""
SOME = 40
"""How many are searched where there is none."""


def run_tests(folder: Path, caught_by: str, histories: int) -> subprocess.CompletedProcess[str]:
    """Run what is to catch a bug in a copy of the program."""
    if caught_by == HISTORIES:
        command = ["-m", "tests.planted_bugs.search", str(histories)]
    elif caught_by == UNDO:
        command = ["-m", "tests.undo.search", "0", str(histories)]
    else:
        command = ["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", caught_by]
    return subprocess.run(
        [sys.executable, *command], cwd=folder, capture_output=True, text=True, check=False
    )


def copy_program(folder: Path) -> None:
    for name in ("domain", "application", "infrastructure", "tests"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "pyproject.toml", folder)


def plant(bug: Bug, folder: Path) -> None:
    for file, old, new in bug.edits:
        text = (folder / file).read_text()
        assert text.count(old) == 1, f"{file} has {text.count(old)} times {old!r}"
        (folder / file).write_text(text.replace(old, new))


@pytest.mark.parametrize(
    "bug",
    [
        pytest.param(
            bug,
            id=bug.name,
            marks=() if bug.is_quick and bug.caught_by != HISTORIES else pytest.mark.heavy,
        )
        for bug in BUGS
    ],
)
def test_is_caught(bug: Bug, tmp_path: Path) -> None:
    copy_program(tmp_path)
    plant(bug, tmp_path)
    done = run_tests(tmp_path, bug.caught_by, ENOUGH)
    caught = CAUGHT if bug.caught_by in {HISTORIES, UNDO} else pytest.ExitCode.TESTS_FAILED
    assert done.returncode == caught, done.stdout + done.stderr


@pytest.mark.heavy
@pytest.mark.parametrize(
    "bug", [pytest.param(bug, id=bug.name) for bug in BUGS if bug.caught_by == UNDO]
)
def test_is_caught_by_the_state_machine_too(bug: Bug, tmp_path: Path) -> None:
    copy_program(tmp_path)
    plant(bug, tmp_path)
    done = run_tests(tmp_path, HISTORIES, 2 * ENOUGH)
    assert done.returncode == CAUGHT, done.stdout + done.stderr


@pytest.mark.parametrize("search", [UNDO, pytest.param(HISTORIES, marks=pytest.mark.heavy)])
def test_without_a_bug_nothing_is_caught(search: str, tmp_path: Path) -> None:
    """Nor by the other tests, which run by themselves."""
    copy_program(tmp_path)
    done = run_tests(tmp_path, search, SOME)
    assert done.returncode == 0, done.stdout + done.stderr
