"""Processes forked from one that has loaded the program already, which saves most of a second each.

Each runs a function of a module; the modules are named here, so that they are loaded too.
"""

import os
from functools import cache
from multiprocessing import forkserver, get_context
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

_LOADED = [
    "__main__",
    "infrastructure.cli.app",
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
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[1]), prepend=os.pathsep)
        forkserver.ensure_running()
    return context
