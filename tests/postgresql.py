"""A real PostgreSQL server for tests, in its own folder, which ends with the test process.

Its programs are the system's, or those of an installed wheel; nothing is fetched.
"""

import atexit
import fcntl
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

from tests.postgresql_programs import GIVEN_IN, find_programs, open_to_all

_NAME = "cm-postgresql-"
_PATIENCE = 60
"""Seconds to wait for a server to start or stop, on a busy machine."""

_ROOM = 4 * 2**30
"""A server's files are kept in memory only if this many bytes are free."""

_PASSING = (
    "could not create any TCP/IP sockets",  # another program has the port
    "is still in use",  # children of a killed server have not ended yet
    'lock file "postmaster.pid" already exists',  # or another process has its number now
)
"""Messages of a server that does not start now, but may in a moment."""

_FOR_TESTS = (
    "max_connections=200",
    "shared_buffers=128MB",
    "log_min_messages=warning",
    "autovacuum=on",
)
_NOT_DURABLE = ("fsync=off", "full_page_writes=off", "max_wal_size=256MB")

# Reads which server runs, if any, while this process holds the other end of the pipe.
_WATCH = """
pid=
while read -r line; do pid=$line; done
if [ -n "$pid" ] && kill -QUIT "$pid"; then
    tries=0
    while [ -e "$1/data/postmaster.pid" ] && [ "$tries" -lt 1000 ]; do
        sleep 0.01
        tries=$((tries + 1))
    done
    if [ -e "$1/data/postmaster.pid" ]; then kill -KILL "$pid"; fi
fi
rm -rf "$1"
"""


class Server:
    """A server of ours, empty and not started; or a given one that runs already, by its address.

    Ours does not sync to disk: its commits survive `kill`, but not a crash of the machine. A
    `durable` one syncs as in production.
    """

    def __init__(self, given: str | None = None, *, durable: bool = False) -> None:
        self._given = given
        self._around = ("", "") if given is None else _around_the_database(given)
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        self._port: int | None = None
        self._folder: _Folder | None = None
        self._databases: set[str] = set()
        self._owner = os.getpid()
        atexit.register(self.close)

    @property
    def is_ours(self) -> bool:
        """Whether it may be started, stopped and killed."""
        return self._given is None

    def start(self) -> None:
        """Start it, unless it runs. A second start keeps the data and the address."""
        self._refuse_if_given()
        if self._process is not None and self._process.poll() is None:
            return
        if self._folder is None:
            self._folder = _Folder(in_memory=not self._durable)
        give_up = time.monotonic() + _PATIENCE
        while True:
            # Below the ports that a system assigns itself, so that it is free for a restart.
            port = self._port or 20_000 + secrets.randbelow(12_000)
            refusal = self._try(self._folder, port, give_up)
            if refusal is None:
                self._port = port
                return
            passes = any(known in refusal for known in _PASSING)
            if not passes or time.monotonic() > give_up:
                raise RuntimeError(f"PostgreSQL does not start:\n{refusal}")
            time.sleep(0.02)

    def stop(self, *, immediate: bool = False) -> None:
        """Let it end its sessions and write its data; with `immediate` it ends as in a crash."""
        self._refuse_if_given()
        self._end(signal.SIGQUIT if immediate else signal.SIGINT)

    def kill(self) -> None:
        """Kill its main process. The others end by themselves, and `start` waits for that."""
        self._refuse_if_given()
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop and start it, with the same data and addresses, and without sessions."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Remove everything: processes and files of our server, databases on a given one.

        This also happens at exit. Our server can be started afterwards, and is empty then.
        """
        if os.getpid() != self._owner:
            return  # a fork that ends, not us
        if not self.is_ours:
            for url in sorted(self._databases):
                self.drop_database(url)
        if self._folder is not None:
            self._end(signal.SIGQUIT)
            self._folder.remove()
            self._folder = self._port = None
        self._databases.clear()

    def url(self, database: str, *, by_socket: bool = False) -> str:
        """The address of one of its databases: by TCP, or for our server by its socket."""
        if self._given is not None:
            assert not by_socket, "of a given server only the address is known"
            before, after = self._around
            return f"{before}/{database}{after}"
        assert self._folder is not None, "it has not been started"
        assert self._port is not None, "it has not been started"
        if by_socket:
            folder = quote(str(self._folder.path), safe="")
            return f"postgresql://postgres@/{database}?host={folder}&port={self._port}"
        return f"postgresql://postgres@127.0.0.1:{self._port}/{database}"

    def databases(self) -> list[str]:
        """The addresses of the databases that were made and not dropped."""
        return sorted(self._databases)

    @property
    def log_file(self) -> Path:
        """The log file of our server."""
        assert self._folder is not None, "it has not been started"
        return self._folder.data / "server.log"

    def new_database(self) -> str:
        """Make an empty database with a unique name. Returns its address.

        If possible, it orders texts as in English, which is not the order that the product needs.
        """
        name = f"test_{secrets.token_hex(8)}"
        # `template0` never has connections, so any number of copies can be made at once.
        create = SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(name))
        with self._administrator() as administrator:
            if administrator.info.server_version >= 150000:
                create += SQL(" STRATEGY file_copy")  # two to three times faster than the default
                if _has_icu(administrator):
                    create += SQL(" LOCALE_PROVIDER icu ICU_LOCALE 'en-US'")
            administrator.execute(create)
        self._databases.add(self.url(name))
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Drop a database, even if it has connections."""
        name = str(conninfo_to_dict(url)["dbname"])
        with self._administrator() as administrator:
            drop = SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name))
            administrator.execute(drop)
        self._databases.discard(url)

    def _administrator(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self._given or self.url("postgres"), autocommit=True)

    def _refuse_if_given(self) -> None:
        if not self.is_ours:
            raise RuntimeError("A given server is not ours to start, stop or kill.")

    def _try(self, folder: "_Folder", port: int, give_up: float) -> str | None:
        """Try to start it once. Returns its messages if it ends again."""
        settings = [
            "listen_addresses=127.0.0.1",
            f"port={port}",
            f"unix_socket_directories={folder.path}",
            *_FOR_TESTS,
            *(() if self._durable else _NOT_DURABLE),
        ]
        command = [folder.program("postgres"), "-D", str(folder.data)]
        with (folder.data / "server.log").open("ab") as log:
            before = log.tell()
            self._process = subprocess.Popen(
                [*command, *(part for setting in settings for part in ("-c", setting))],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is meant for pytest, which still needs it
                **folder.as_its_user,
            )
        folder.watch(self._process.pid)
        while self._process.poll() is None:
            if folder.is_served_by(self._process.pid):
                return None
            if time.monotonic() > give_up:
                self._end(signal.SIGQUIT)
            time.sleep(0.005)
        folder.watch(None)
        return (folder.data / "server.log").read_bytes()[before:].decode(errors="replace")

    def _end(self, how: signal.Signals) -> None:
        if self._process is None or self._folder is None:
            return
        self._process.send_signal(how)  # not sent to an ended process: its number may be taken
        self._process.wait(_PATIENCE)
        self._folder.watch(None)


class _Folder:
    """The folder of a server of ours, removed with the server, even if we are killed."""

    def __init__(self, *, in_memory: bool) -> None:
        programs = find_programs()
        must_copy = not open_to_all(programs)
        account = _account()
        base = _base(in_memory=in_memory and not must_copy)  # where nothing may be executed
        _sweep(base)
        self.path = Path(tempfile.mkdtemp(prefix=_NAME, dir=base))
        self.data = self.path / "data"
        self._lock = _locked(self.path)
        self._watcher = subprocess.Popen(
            ["/bin/sh", "-c", _WATCH, "watch", str(self.path)],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.defpath},  # a test may have changed ours
            text=True,
            start_new_session=True,  # it must outlive this process
        )
        try:
            self.as_its_user: dict[str, Any] = {
                "cwd": self.path,
                "env": {**os.environ, "LC_ALL": "C"},  # we read what it says
            }
            if account is not None:
                ids = (account.pw_uid, account.pw_gid)
                self.as_its_user |= {"user": ids[0], "group": ids[1], "extra_groups": []}
                os.chown(self.path, *ids)
            self._programs = _copied(programs, self.path / "programs") if must_copy else programs
            self._lay_out()
        except BaseException:
            self.remove()
            raise

    def _lay_out(self) -> None:
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"]
        done = subprocess.run(
            [self.program("initdb"), "-D", str(self.data), *options, "--no-sync"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            errors="replace",
            check=False,
            **self.as_its_user,
        )
        if done.returncode:
            raise RuntimeError(f"PostgreSQL's initdb failed:\n{done.stdout}")

    def program(self, name: str) -> str:
        """The path of one of the programs."""
        return str(self._programs / name)

    def watch(self, process: int | None) -> None:
        """Tell the watcher which server to end when this process is gone."""
        assert self._watcher.stdin is not None
        self._watcher.stdin.write(f"{process or ''}\n")
        self._watcher.stdin.flush()

    def is_served_by(self, process: int) -> bool:
        """Whether this process accepts connections, as its lock file says."""
        try:
            said = (self.data / "postmaster.pid").read_text("utf-8").splitlines()
        except FileNotFoundError:
            return False
        return len(said) > 7 and said[0] == str(process) and said[7].strip() == "ready"

    def remove(self) -> None:
        """Let the watcher clean up now, as if we had been killed."""
        self._watcher.communicate()
        os.close(self._lock)


def _has_icu(connection: psycopg.Connection[Any]) -> bool:
    found = connection.execute("SELECT 1 FROM pg_collation WHERE collprovider = 'i' LIMIT 1")
    return found.fetchone() is not None


_one_at_a_time = Lock()


def the_server() -> Server:
    """The running server of this process: the given one, or ours, started at the first call.

    Raises NoPostgresql if there is none.
    """
    with _one_at_a_time:
        return _the_server()


@cache
def _the_server() -> Server:
    server = Server(os.environ.get(GIVEN_IN))
    if server.is_ours:
        server.start()
    return server


def _copied(programs: Path, to: Path) -> Path:
    """Copy the package that brings the programs, and the libraries that lie beside it."""
    package = programs.parents[1]
    for folder in package.parent.glob(f"{package.name}*"):
        shutil.copytree(folder, to / folder.name)
    return to / programs.relative_to(package.parent)


def _account() -> pwd.struct_passwd | None:
    """The user of the server's processes when we are root: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _base(*, in_memory: bool) -> Path:
    """The parent folder: in memory if there is room; never deep, since a socket's path is short."""
    memory, usual = Path("/dev/shm"), Path(tempfile.gettempdir()).resolve()  # noqa: S108 -- mkdtemp
    if in_memory and memory.is_dir() and os.access(memory, os.W_OK) and open_to_all(memory):
        room = os.statvfs(memory)
        if room.f_bavail * room.f_frsize > _ROOM:
            return memory
    fits = open_to_all(usual) and len(os.fsencode(usual)) < 60
    return usual if fits else Path("/tmp")  # noqa: S108 -- mkdtemp


def _locked(folder: Path) -> int:
    """Hold a folder while this process lives. Raises BlockingIOError if another one holds it."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        raise
    return held


def _sweep(base: Path) -> None:
    """Remove the folders of runs whose watcher was killed with them."""
    for folder in base.glob(f"{_NAME}*"):
        with suppress(OSError):  # another run's, or another user's
            if time.time() - folder.stat().st_mtime > _PATIENCE:  # a new folder is not held yet
                held = _locked(folder)
                shutil.rmtree(folder, ignore_errors=True)
                os.close(held)


def _around_the_database(address: str) -> tuple[str, str]:
    """The parts before and after the database in the address of a given server."""
    parts = re.fullmatch(r"(postgres(?:ql)?://[^/?]*)(?:/[^?]*)?(\?.*)?", address)
    if parts is None:
        raise ValueError(f"{GIVEN_IN} holds no address like postgresql://user@host:5432/database")
    return parts[1], parts[2] or ""
