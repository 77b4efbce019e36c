"""Merge, then anything, then undo, in thousands of histories."""

import pytest

from tests.stores import Kind
from tests.undo.search import search

MANY: dict[Kind, int] = {"sqlite": 10_000, "postgresql": 1_000}
"""A step takes several times as long where each statement goes to another process and back."""


@pytest.mark.heavy
def test_undoing_leaves_it_in_thousands_of_histories(kind: Kind) -> None:
    number = MANY[kind]
    assert search(kind, range(number)) > 0.8 * number
