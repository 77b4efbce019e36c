"""Try random histories: `python -m tests.undo.search FIRST [END]`.

With one number it prints that history step by step. It exits with CAUGHT if a history fails.
"""

import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from tests.state_machine.few_are_many import few_are_many
from tests.stores import Kind
from tests.undo.histories import History

H = TypeVar("H", bound=History)

CAUGHT = 3


def search(kind: Kind, seeds: Iterable[int]) -> int:
    """Carry out these histories. Returns how many merges were undone in all."""
    return sum(history.undone for history in lived_through(History, kind, seeds))


def lived_through(make: Callable[[Kind, int], H], kind: Kind, seeds: Iterable[int]) -> Iterator[H]:
    """Carry out histories and check them.

    Raises AssertionError, which names the seed and prints the history.
    """
    for seed in seeds:
        history = make(kind, seed)
        try:
            with few_are_many():
                history.live_through()
                history.verify()
        except Exception as error:
            told = "\n".join(history.told)
            raise AssertionError(f"history {seed}:\n{told}\n{error}") from error
        finally:
            history.close()
        yield history


def main() -> None:
    """Search, or print one history."""
    first = int(sys.argv[1])
    seeds = range(first, int(sys.argv[2]) if len(sys.argv) > 2 else first + 1)
    try:
        undone = search("sqlite", seeds)
    except AssertionError:
        traceback.print_exc()
        sys.exit(CAUGHT)
    print(f"{len(seeds)} histories, {undone} merges undone: no difference")  # noqa: T201


if __name__ == "__main__":
    main()
