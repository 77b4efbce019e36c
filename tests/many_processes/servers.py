"""`contact-merging serve` in processes that are killed, and the system's view of processes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from tests.stores import Place
from tests.web.service import NO_TLS, OPERATOR_KEY, ROOT, Service

IS_WORKER = "infrastructure.jobs.worker"
"""A part of the command line of every process that carries out jobs."""
PATIENCE = 60.0
"""Seconds to wait for something on a busy machine."""
_MAIN = "import sys; from infrastructure.cli import main; main()"


def command_line(place: Place, *, workers: int = 1) -> list[str]:
    """The command that starts a service over a store."""
    options = {"store": place.url, "port": "0", "workers": str(workers)}
    given = [part for name, value in options.items() for part in (f"--{name}", value)]
    return [sys.executable, "-c", _MAIN, "serve", *given]


def environment() -> dict[str, str]:
    """Its environment."""
    return {**os.environ, "CONTACT_MERGING_OPERATOR_KEY": OPERATOR_KEY}


class Server:
    """A service of several processes over a store. It can be started again after its end."""

    def __init__(self, place: Place, log: Path, *, workers: int = 1) -> None:
        self.place = place
        self.log = log
        self.url = ""
        """Where it listens: a new address at each start."""
        self.process: subprocess.Popen[str] | None = None
        self._workers = workers
        self._began = 0
        self._killed: list[int] = []

    def start(self, *, wait: bool = True) -> None:
        """Start it, and wait until it answers, unless told otherwise."""
        with self.log.open("a", encoding="utf-8") as errors:
            self._began = errors.tell()
            self.process = subprocess.Popen(
                command_line(self.place, workers=self._workers),
                cwd=ROOT,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stderr=errors,
                text=True,
            )
        self.url = ""
        if wait:
            until(self.is_there, "it answers")

    def runs(self) -> bool:
        """Whether it was started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def is_there(self) -> bool:
        """Whether it answers."""
        self.url = self.url or self._address()
        if not self.url:
            return False
        try:
            return httpx.get(f"{self.url}/healthz", timeout=5, verify=NO_TLS).status_code == 200
        except httpx.TransportError:
            return False

    @property
    def pid(self) -> int:
        assert self.process is not None, "it has not been started"
        return self.process.pid

    def workers(self) -> list[int]:
        """Its serving processes, if there are several."""
        return [pid for pid in children(self.pid) if "spawn_main" in command_of(pid)]

    def jobs(self) -> list[int]:
        """The processes that carry out jobs for it."""
        return [pid for pid in descendants(self.pid) if IS_WORKER in command_of(pid)]

    def kill(self) -> None:
        """Kill only it; the processes that it has started go on."""
        self._killed += descendants(self.pid)
        os.kill(self.pid, signal.SIGKILL)
        self._wait()

    def kill_all(self) -> None:
        """Kill it and all processes that it has started at the same moment."""
        for pid in (self.pid, *descendants(self.pid)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._wait()

    def stop(self) -> None:
        """Let it finish and stop."""
        assert self.process is not None, "it has not been started"
        self.process.terminate()
        assert self._wait() in {0, -signal.SIGTERM}, self.log.read_text("utf-8")[-5_000:]

    def close(self) -> None:
        """Leave no process behind."""
        if self.runs():
            self.stop()
        for pid in self._killed:
            with suppress(ProcessLookupError):
                if is_running(pid) and any(
                    ours in command_of(pid) for ours in (IS_WORKER, "spawn_main")
                ):
                    os.kill(pid, signal.SIGKILL)

    def service(self, clients: ExitStack) -> Service:
        """The same service in the form that other tests use."""
        assert self.process is not None, "it has not been started"
        return Service(self.url, self.place, self.log, self.process, clients)

    def said(self) -> list[dict[str, Any]]:
        """Its log since its start."""
        with self.log.open(encoding="utf-8") as log:
            log.seek(self._began)
            return [json.loads(line) for line in log if line.startswith("{") and "\n" in line]

    def _wait(self) -> int:
        assert self.process is not None
        return self.process.wait(PATIENCE)

    def _address(self) -> str:
        """Where it listens, from its log; empty before that."""
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text("utf-8")[-5_000:]
        with self.log.open(encoding="utf-8") as log:
            log.seek(self._began)
            for line in log:
                if line.startswith("{") and line.endswith("}\n") and "running on" in line:
                    return str(json.loads(line)["event"]).split()[3]
        return ""


@contextmanager
def serving(place: Place, folder: Path, *, workers: int = 1) -> Iterator[tuple[Server, Service]]:
    """A service over a store, with its log in a folder. It leaves no process behind."""
    server = Server(place, folder / f"service.{time.monotonic_ns()}.log", workers=workers)
    try:
        server.start()
        with ExitStack() as clients:
            yield server, server.service(clients)
    finally:
        server.close()


def until(
    happens: Callable[[], bool], what: str, *, within: float = PATIENCE, every: float = 0.05
) -> float:
    """Wait until something happens, looking every so many seconds. Returns how long it took."""
    began = time.monotonic()
    while not happens():
        assert time.monotonic() < began + within, f"not within {within} s: {what}"
        time.sleep(every)
    return time.monotonic() - began


def children(pid: int) -> list[int]:
    """The running processes that a process has started."""
    with suppress(OSError):
        found = [each.read_text() for each in Path(f"/proc/{pid}/task").glob("*/children")]
        return [each for each in map(int, " ".join(found).split()) if is_running(each)]
    return []


def descendants(pid: int) -> list[int]:
    """The same with those that these have started, and so on."""
    return [each for child in children(pid) for each in (child, *descendants(child))]


def is_running(pid: int) -> bool:
    """Whether a process runs; an ended process may still be listed."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def command_of(pid: int) -> str:
    """The command line of a process; empty if it has ended."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""


def holder_of(answer: httpx.Response, processes: list[int]) -> int | None:
    """Which of some processes has the other end of the connection of an answer."""
    stream = answer.extensions["network_stream"]
    ours, theirs = (stream.get_extra_info(each)[1] for each in ("client_addr", "server_addr"))
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        ports = [int(each.rpartition(":")[2], 16) for each in fields[1:3]]
        if ports == [theirs, ours]:
            return next((pid for pid in processes if _has_socket(pid, fields[9])), None)
    return None


def _has_socket(pid: int, inode: str) -> bool:
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            if str(each.readlink()) == f"socket:[{inode}]":
                return True
    return False
