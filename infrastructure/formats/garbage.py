"""Rare garbage collection while a file is read: objects of rows have no cycles.

Python's collector would look at every object of a batch again and again and find nothing, which
took a quarter of an import.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

EVERY = 100_000
"""Rows between two collections, so that memory stays bounded whatever a library does."""


@contextmanager
def garbage_collected_seldom() -> Iterator[Callable[[int], None]]:
    """Within the block, collect only in the yielded function, which takes the rows just done."""
    was_enabled = gc.isenabled()
    gc.disable()
    since = 0

    def collect(rows: int) -> None:
        nonlocal since
        since += rows
        if since >= EVERY:
            gc.collect()
            since = 0

    try:
        yield collect
    finally:
        if was_enabled:
            gc.enable()
