"""Locks of files: they are freed when the file is closed or the process ends."""

import fcntl
from typing import IO


def try_to_lock(file: int | IO[str]) -> bool:
    """Lock an open file, or a descriptor. Returns False if another process holds it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
