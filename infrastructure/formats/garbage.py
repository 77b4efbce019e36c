"""Collecting garbage seldom while a file is read: what rows make has no cycles.

Python's collector looks at every object of a batch again and again, and finds nothing: that took a
quarter of an import.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

EVERY = 100_000
"""Rows between two collections, so that memory stays bounded whatever a library may do."""


@contextmanager
def garbage_collected_seldom() -> Iterator[Callable[[int], None]]:
    """Within the block collect only as often as the yielded function, told of rows done, says."""
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
