"""The tests catch bugs that are planted in the program, one at a time.

Every run plants four of them; `run.py test --all` plants all, which takes long.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.planted_bugs import bugs
from tests.planted_bugs.planting import BUGS, HISTORIES, PLANTED_BUG, UNDO, Bug
from tests.planted_bugs.search import CAUGHT

ROOT = Path(bugs.__file__).parents[2]
HOOK = Path(bugs.__file__).parent / "hook"
ENOUGH = 200
"""The largest number of histories that are searched for a bug: most show within ten."""
LONGEST = 1_800
"""Seconds: a bug must not make its test wait for ever."""
OUTDATED = re.compile(
    r"Error: .*(positional argument|keyword argument|unhashable type|has no attribute"
    r"|is not defined|not subscriptable|object is not)"
)
"""The errors of a bug that calls what is not there any more: they would be caught by every test."""
SOME = 40
"""How many histories are searched without a bug."""


def run_tests(
    caught_by: str, histories: int, planted: Bug | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the tests that should catch a bug, in processes where it is planted."""
    if caught_by == HISTORIES:
        command = ["-m", "tests.planted_bugs.search", str(histories)]
    elif caught_by == UNDO:
        command = ["-m", "tests.undo.search", "0", str(histories)]
    else:
        command = ["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", caught_by]
    environment = dict(os.environ)
    # What it costs is counted as ours, and that its tests passed without a bug is no reason.
    for name in ("CONTACT_MERGING_CPU_SECONDS_FILE", "CONTACT_MERGING_PASSED_FILE"):
        environment.pop(name, None)
    if planted is not None:
        environment |= {"PYTHONPATH": f"{HOOK}{os.pathsep}{ROOT}", PLANTED_BUG: planted.name}
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST,
    )


every_bug = pytest.mark.parametrize(
    "bug",
    [
        pytest.param(bug, id=bug.name, marks=() if bug.in_normal_run else pytest.mark.heavy)
        for bug in BUGS.values()
    ],
)


@every_bug
def test_is_caught(bug: Bug) -> None:
    done = run_tests(bug.caught_by, ENOUGH, bug)
    caught = CAUGHT if bug.caught_by in {HISTORIES, UNDO} else pytest.ExitCode.TESTS_FAILED
    assert done.returncode == caught, done.stdout + done.stderr
    assert not OUTDATED.search(done.stdout + done.stderr), "the bug does not fit the program"


@pytest.mark.heavy
@pytest.mark.parametrize(
    "bug", [pytest.param(bug, id=bug.name) for bug in BUGS.values() if bug.caught_by == UNDO]
)
def test_is_caught_by_the_state_machine_too(bug: Bug) -> None:
    done = run_tests(HISTORIES, 2 * ENOUGH, bug)
    assert done.returncode == CAUGHT, done.stdout + done.stderr


@pytest.mark.heavy
@pytest.mark.parametrize("search", [UNDO, HISTORIES])
def test_without_a_bug_nothing_is_caught(search: str) -> None:
    """The other tests run in the normal way anyway."""
    done = run_tests(search, SOME)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_the_product_has_what_it_replaces(bug: Bug) -> None:
    bug.found()
