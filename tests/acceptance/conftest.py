"""A separate store for every test."""

from pathlib import Path

import pytest

from tests.acceptance.command_line import CommandLine, Program, at
from tests.stores import Place


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


@pytest.fixture
def cli(place: Place, tmp_path: Path) -> CommandLine:
    return at(place, tmp_path)
