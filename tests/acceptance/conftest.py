"""A store of its own for every test."""

from multiprocessing import forkserver
from pathlib import Path

import pytest

from tests.acceptance.command_line import ROOT, CommandLine


@pytest.fixture(scope="session", autouse=True)
def program_that_is_read_once() -> None:
    """Begin the process that commands are forked from where it finds the program."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        forkserver.ensure_running()


@pytest.fixture
def cli(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path)
