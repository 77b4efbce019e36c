"""Phones are read in a quick way or with care, with the same result: `--all` tests both ways."""

import pytest

from domain import phones


@pytest.fixture(autouse=True, params=["as planned", pytest.param("care", marks=pytest.mark.heavy)])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "care":
        monkeypatch.setattr(phones, "as_planned", lambda *_: None)
