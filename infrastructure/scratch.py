"""Temporary folders of a process, which may be killed at any moment.

A process holds its folder by a lock that is freed when it ends. The next process that makes a
folder removes those that no process holds, so that a killed process leaves no customer's data.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infrastructure.file_locks import try_to_lock

_PREFIX = "contact-merging-scratch-"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder that only this user can read, removed at the end."""
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
        # A process that sweeps may have come between the two; then the folder goes.
        if held is not None and folder.exists():
            return folder, held
        if held is not None:
            os.close(held)


def _sweep() -> None:
    """Remove the folders of this user that no process holds."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        held = _hold(folder)
        if held is None:
            continue
        if os.fstat(held).st_uid == os.geteuid():
            shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def _hold(folder: Path) -> int | None:
    """A descriptor that holds a folder; None if another process holds it or it is gone."""
    try:
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    if try_to_lock(held):
        return held
    os.close(held)
    return None
