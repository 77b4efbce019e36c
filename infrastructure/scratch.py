"""Folders for what is needed only while something runs, which may be killed at any moment.

A folder is held by a lock that goes with its process. Whoever makes one removes those that nobody
holds any more: what a killed process had of a customer does not lie about.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "contact-merging-scratch-"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder that only this user can read, until it is left."""
    _sweep()
    folder, held = _make()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def _make() -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        held = _hold(folder)
        # Who sweeps may have come between the two: then it is gone, or about to go.
        if held is not None and folder.exists():
            return folder, held
        if held is not None:
            os.close(held)


def _sweep() -> None:
    """Remove those of this user that nobody holds."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        held = _hold(folder)
        if held is None:
            continue
        if os.fstat(held).st_uid == os.geteuid():
            shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def _hold(folder: Path) -> int | None:
    """A descriptor that holds a folder, or None where another process does, or it is gone."""
    try:
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        return None
    return held
