"""Rare garbage collection during long work: the objects of rows and events have no cycles.

Python's collector would look at every object again and again and find nothing, which took a
quarter of an import and a third of the commit of a large undo.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

EVERY = 1_000_000
"""Objects, so that memory stays bounded whatever a library does."""


@contextmanager
def garbage_collected_seldom() -> Iterator[None]:
    """Within the block, collect only when there are `EVERY` more objects than the last time."""
    before = gc.get_threshold()
    gc.set_threshold(EVERY)
    try:
        yield
    finally:
        gc.set_threshold(*before)
