"""Columns that tell more of another one: labels, extensions, area codes."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from infrastructure.formats.column_names import EITHER, Meant
from infrastructure.formats.header_words import Named, numbers_in


class Column(NamedTuple):
    """What pairs are found by: a column's name, its numbers as in `Phone 2`, what it becomes."""

    words: frozenset[str]
    numbers: tuple[str, ...]
    becomes: str | None


def columns_of(
    header: Sequence[str], named: Sequence[Named], meant: Sequence[Meant]
) -> list[Column]:
    """The columns of a header, in order."""
    return [
        Column(frozenset(name.words), numbers_in(column), each.becomes)
        for column, name, each in zip(header, named, meant, strict=True)
    ]


def pairs(
    tells: Iterable[int], kind: str, columns: Sequence[Column], steps: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """Pairs of a column with values and the one that tells more of it.

    By name first: the same numbers, and the most words in common. Else the one beside it.
    `tells`: places of columns that tell more; `kind`: what their values are; `steps`: on which
    side they are looked for.
    """
    taken: set[int] = set()
    left = []
    of_kind = [place for place, each in enumerate(columns) if each.becomes in {kind, EITHER}]
    for place in tells:
        other = _named_alike(place, [each for each in of_kind if each not in taken], columns, steps)
        if other is None:
            left.append(place)
        else:
            taken.add(other)
            yield other, place
    for place in left:
        for other in (place + step for step in steps):
            if other in of_kind and other not in taken:
                taken.add(other)
                yield other, place
                break


def _named_alike(
    place: int, candidates: Sequence[int], columns: Sequence[Column], steps: Sequence[int]
) -> int | None:
    """The column whose name has the most in common; of several the one beside, else none."""
    this = columns[place]
    shares = {
        other: len(this.words & columns[other].words) / len(this.words | columns[other].words)
        for other in candidates
        if columns[other].numbers == this.numbers and columns[other].words
    }
    most = max(shares.values(), default=0)
    best = [other for other, share in shares.items() if share == most > 0]
    beside = next((place + step for step in steps if place + step in best), None)
    return beside if beside is not None else best[0] if len(best) == 1 else None
