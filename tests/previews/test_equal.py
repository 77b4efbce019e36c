"""A preview says what the import that follows does, row by row, and writes nothing."""

import pytest

from infrastructure.read_models import crowds
from tests.previews.previewing import check_equal
from tests.stores import Kind

FEW: dict[Kind, int] = {"sqlite": 4, "postgresql": 2}
MANY: dict[Kind, int] = {"sqlite": 200, "postgresql": 50}


def test_a_preview_equals_the_import_that_follows(kind: Kind) -> None:
    number = FEW[kind]
    assert sum(check_equal(kind, seed) for seed in range(number)) > number


@pytest.mark.heavy
def test_hundreds_of_previews_equal_the_imports_that_follow(kind: Kind) -> None:
    number = MANY[kind]
    assert sum(check_equal(kind, seed) for seed in range(100, 100 + number)) > number


def test_where_two_holders_are_a_crowd_they_are_equal_too(
    kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowds, "CROWD", 1)
    assert sum(check_equal(kind, seed) for seed in range(1_000, 1_003)) > 3
