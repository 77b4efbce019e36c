"""A separate store for every test."""

from multiprocessing import forkserver
from pathlib import Path

import pytest

from tests.acceptance.command_line import ROOT, CommandLine, Program, at
from tests.stores import Place


@pytest.fixture(scope="session", autouse=True)
def program_that_is_read_once() -> None:
    """Begin the process that commands are forked from where it finds the program."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        forkserver.ensure_running()


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


@pytest.fixture
def cli(place: Place, tmp_path: Path) -> CommandLine:
    return at(place, tmp_path)
