"""What a test needs of the machine: less privilege than root has, a disk that is full."""

import os
import subprocess
from pathlib import Path

import pytest

UNPRIVILEGED = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"]
NAMESPACES = (["unshare", "--mount"], ["unshare", "--map-root-user", "--mount"])
SMALL_DISK = """
size=$1 folder=$2 left=$3; shift 3
cp -a "$folder" "$left" && mount -t tmpfs -o size="$size" tmpfs "$folder" || exit 99
cp -a "$left/." "$folder"
"$@"; status=$?
rm -r "$left" && cp -a "$folder" "$left" || exit 98
exit $status
"""


def without_privileges() -> list[str]:
    """What runs a program so that permissions bind it, which root alone they do not."""
    if os.geteuid() != 0:
        return []
    if not _works([*UNPRIVILEGED, "true"]):
        pytest.skip("permissions: nothing binds root on this machine")
    return UNPRIVILEGED


def on_a_small_disk(folder: Path, left: Path, size: str) -> list[str] | None:
    """What runs a program while a folder is a disk of this size; `left` is what it leaves there.

    None where this machine lets nobody mount a disk.
    """
    probe = ["sh", "-c", 'mount -t tmpfs tmpfs "$1"', "sh", str(folder)]
    for namespace in NAMESPACES:
        if _works([*namespace, *probe]):
            return [*namespace, "sh", "-c", SMALL_DISK, "sh", size, str(folder), str(left)]
    return None


def _works(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
