"""Processes forked from one that has loaded the program already, which saves most of a second each.

Each runs a function of a module; the modules are named here, so that they are loaded too.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from multiprocessing import forkserver, get_context
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

import pytest

from infrastructure.cli import main

ROOT = Path(__file__).resolve().parents[1]
_LOADED = [
    "__main__",
    "infrastructure.cli.app",
    "infrastructure.web.serve",
    "tests.acceptance.command_line",
    "tests.infrastructure.search.test_index",
    "tests.infrastructure.test_concurrency",
    "tests.many_processes.test_locks",
    "tests.many_processes.test_one_new_person",
]


@cache
def forked() -> ForkServerContext:
    """Makes them, and what they share; the first call begins the one that they are forked from."""
    context = get_context("forkserver")
    context.set_forkserver_preload(_LOADED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
        forkserver.ensure_running()
    return context


class ForkedCommand:
    """A command of the program that runs beside the test, used as a `subprocess.Popen`."""

    def __init__(self, arguments: list[str], environment: Mapping[str, str], errors: Path) -> None:
        """Start it in the folder of the repository. `errors`: the file of its standard error."""
        errors.write_bytes(b"")
        self._process: ForkServerProcess = forked().Process(
            target=_run, args=(arguments, dict(environment), errors), daemon=True
        )
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _run(arguments: list[str], environment: Mapping[str, str], errors: Path) -> None:
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(os.open(errors, os.O_WRONLY | os.O_APPEND), 2)
    sys.argv = ["contact-merging", *arguments]
    main()
