"""What a test needs from the machine: a user without root's privileges, a full disk, ports."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread

import pytest

from tests.acceptance.command_line import ROOT

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
    """The command prefix that runs a program without root's privilege to ignore permissions."""
    if os.geteuid() != 0:
        return []
    if not _works([*UNPRIVILEGED, "true"]):
        pytest.skip("permissions: nothing binds root on this machine")
    return UNPRIVILEGED


def on_a_small_disk(folder: Path, left: Path, size: str) -> list[str] | None:
    """The command prefix that runs a program with a folder as a small disk. Files end up in `left`.

    None if this machine permits no mount.
    """
    probe = ["sh", "-c", 'mount -t tmpfs tmpfs "$1"', "sh", str(folder)]
    for namespace in NAMESPACES:
        if _works([*namespace, *probe]):
            return [*namespace, "sh", "-c", SMALL_DISK, "sh", size, str(folder), str(left)]
    return None


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """Make a folder a small disk, in memory, meanwhile."""
    folder.mkdir()
    if not _works(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]):
        pytest.skip("a full disk: this machine lets nobody mount one")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S607


@contextmanager
def database_on_a_small_disk() -> Iterator[tuple[str, Callable[[], None]]]:
    """Its address, and a function that enlarges the disk (see small_database.py)."""
    apart = ["unshare", "--mount"]
    if not _works([*apart, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]):
        pytest.skip("a full disk of PostgreSQL: this machine lets nobody mount one")
    with subprocess.Popen(
        [*apart, sys.executable, "-m", "tests.acceptance.small_database"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told, tell = process.stdout, process.stdin

        def grow() -> None:
            tell.write("\n")
            tell.flush()
            assert told.readline() == "it has grown\n"

        url = told.readline().strip()
        assert url, "it does not start"
        yield url, grow
        tell.close()


@contextmanager
def something_else_listening(answer: bytes = b"") -> Iterator[int]:
    """A port where another program listens, which always gives this answer, or none."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                held.append(connection)
                if answer:
                    connection.recv(1_000)
                    connection.sendall(answer)

        held: list[socket.socket] = []
        thread = Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in held:
                connection.close()


def nobody_listening() -> int:
    """A port where no program listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return int(server.getsockname()[1])


def _works(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
