"""Exports of well-known products, by the columns that only they have: presets.txt."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class Preset(NamedTuple):
    """An export: its key, what people call it, and the columns that only it has together."""

    key: str
    name: str
    marks: frozenset[str]


def preset_of(header: Sequence[str]) -> Preset | None:
    """The product that exports files with this header, if it is known."""
    there = {column.strip().casefold() for column in header}
    found = [each for each in _presets() if each.marks <= there]
    return max(found, key=lambda each: len(each.marks), default=None)


@cache
def _presets() -> tuple[Preset, ...]:
    table = files("infrastructure.formats").joinpath("presets.txt").read_text("utf-8")
    lines = [line for line in table.splitlines() if line and line[0] != "#"]
    return tuple(map(_preset, lines))


def _preset(line: str) -> Preset:
    named, _, marks = line.partition(":")
    key, _, name = named.partition(" ")
    return Preset(key, name, frozenset(each.strip().casefold() for each in marks.split(",")))
