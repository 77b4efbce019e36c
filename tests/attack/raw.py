"""Bytes as they go over a connection, and what a process spends on them."""

import os
import socket
from contextlib import suppress
from pathlib import Path

from tests.many_processes.servers import descendants
from tests.web.service import Service


def connected(service: Service) -> socket.socket:
    """A new connection."""
    host, port = service.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=30)


def answer(connection: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    parts = []
    with suppress(ConnectionError):
        while part := connection.recv(1 << 16):
            parts.append(part)
    return b"".join(parts)


def sent(connection: socket.socket, part: bytes, most: int) -> int:
    """Send a part again and again until the other side closes. Returns how many bytes went."""
    done = 0
    with suppress(ConnectionError):
        while done < most:
            done += connection.send(part)
    return done


def seconds_of(service: Service) -> float:
    """The processor time so far of a service and its workers."""
    ticks = 0
    for each in _processes(service):
        with suppress(FileNotFoundError, ProcessLookupError):
            ticks += sum(map(int, _stat(each)[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_of(service: Service) -> int:
    """The bytes of memory of a service and its workers."""
    pages = 0
    for each in _processes(service):
        with suppress(FileNotFoundError, ProcessLookupError):
            pages += int(_stat(each)[21])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _processes(service: Service) -> list[int]:
    """The process of a service and those that it started."""
    return [service.process.pid, *descendants(service.process.pid)]


def _stat(process: int) -> list[str]:
    """The fields of its /proc/…/stat from the third one on."""
    return Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()


def connections_of(service: Service) -> int:
    """How many sockets a service has open, including the one that it listens on."""
    count = 0
    for file in Path(f"/proc/{service.process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # it was closed meanwhile
            count += str(file.readlink()).startswith("socket:")
    return count
