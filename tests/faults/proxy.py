"""A proxy between the program and PostgreSQL, which fails as networks and servers do.

It knows only enough of the protocol to see a command's COMMIT and its answer: after the first one,
each message has a letter, its length and its text.
"""

import ctypes
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from enum import Enum
from typing import Literal
from urllib.parse import quote, urlsplit

from infrastructure.postgresql import database as postgresql

_NO_COMMAND = (b"READ ONLY", b"%d" % postgresql._INDEXING)  # noqa: SLF001 -- seen as it is sent
"""How transactions begin that are not of commands: those of readers and of the text index."""
_ATTACH_FILTER, _DETACH_FILTER = 26, 27
"""Linux' SO_ATTACH_FILTER and SO_DETACH_FILTER, which Python has no names for."""

_A_WHILE = 0.05
"""Seconds by which a commit is late."""

Side = Literal["to the server", "to the client"]
SIDES: tuple[Side, Side] = ("to the server", "to the client")


class Cut(Enum):
    """When to cut both sides of a connection that sends COMMIT."""

    BEFORE = "before it is passed on"
    LATE = "when it came, and it is passed on a while later"
    AT_ONCE = "when it was passed on"
    UNANSWERED = "when it was answered, instead of passing that on"
    ANSWERED = "when its answer was passed on"


class Proxy:
    """A proxy that runs, to the host and port of a database's URL. `url` leads through it."""

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        # While two sockets are bound to a port and none listens, no other program can get it.
        self._kept = _bound(0)
        self._port = self._kept.getsockname()[1]
        self._guard = threading.Lock()
        self._cuts: Iterator[Cut | None] = iter(())
        self._links: set[_Link] = set()
        self._listener: socket.socket | None = None
        self._is_silent = False
        self.passes = {side: threading.Event() for side in SIDES}
        self.delay = 0.0
        """Seconds by which all data is delayed."""
        self.cuts: Counter[Cut] = Counter()
        """How often it cut, and when."""
        self.heal()

    def url(self, **options: str) -> str:
        """The database's address through the proxy. `options`: settings of its sessions."""
        user, at, _ = self._target.netloc.rpartition("@")
        # The proxy cannot read encrypted messages.
        query = "sslmode=disable&gssencmode=disable"
        if options:
            said = " ".join(f"-c {name}={value}" for name, value in options.items())
            query += f"&options={quote(said)}"
        return f"postgresql://{user}{at}127.0.0.1:{self._port}{self._target.path}?{query}"

    def cut(self, *cuts: Cut | None) -> None:
        """Cut at the next commits of commands, one after the other; None: let it pass."""
        self.cut_each(cuts)

    def cut_each(self, cuts: Iterable[Cut | None]) -> None:
        """The same, possibly without an end."""
        with self._guard:
            self._cuts = iter(cuts)

    def cut_all(self) -> None:
        """Cut every open connection."""
        for link in self._open_links():
            link.close()

    def refuse(self) -> None:
        """Refuse new connections, like a host without a server."""
        with self._guard:
            listener, self._listener = self._listener, None
        if listener is not None:
            _close(listener)

    def hang(self, *sides: Side) -> None:
        """Accept data but pass nothing on, in these directions or in both."""
        for side in sides or SIDES:
            self.passes[side].clear()

    def fall_silent(self) -> None:
        """Lose every packet, as with a cut cable: no side gets acknowledgements."""
        self._is_silent = True
        self.hang()
        listener = self._listener
        if listener is not None:
            _lose_packets(listener)
        for link in self._open_links():
            link.lose_packets()

    def heal(self) -> None:
        """Take connections and pass on everything, from now on."""
        self.cut()
        self.delay = 0.0
        if self._is_silent:
            self._is_silent = False
            if self._listener is not None:
                _pass_packets(self._listener)
            for link in self._open_links():
                link.pass_packets()
        for passes in self.passes.values():
            passes.set()
        with self._guard:
            if self._listener is None:
                self._listener = _bound(self._port)
                self._listener.listen(128)
                threading.Thread(target=self._accept, args=[self._listener], daemon=True).start()

    def close(self) -> None:
        """Refuse and cut everything, for good."""
        self.refuse()
        self.cut_all()
        for passes in self.passes.values():  # threads that wait come to their end
            passes.set()
        self._kept.close()

    def next_cut(self) -> Cut | None:
        """What to do with a commit."""
        with self._guard:
            cut = next(self._cuts, None)
            if cut is not None:
                self.cuts[cut] += 1
            return cut

    def has_ended(self, link: "_Link") -> None:
        """Forget a connection."""
        with self._guard:
            self._links.discard(link)

    def _open_links(self) -> "list[_Link]":
        with self._guard:
            return list(self._links)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:  # it was closed
                return
            threading.Thread(target=self._connect, args=[client], daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(
                (self._target.hostname or "127.0.0.1", self._target.port or 5432), timeout=10
            )
        except OSError:
            _close(client)
            return
        server.settimeout(None)
        link = _Link(self, client, server)
        with self._guard:
            self._links.add(link)
        link.start()


class _Link:
    """One connection through the proxy: a thread for each direction."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._server = server
        self._is_command = True
        self._at_answer: Cut | None = None
        self._one_has_ended = threading.Lock()
        for each in (client, server):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def start(self) -> None:
        """Pass on data until one side ends."""
        for passing in (self._to_server, self._to_client):
            threading.Thread(target=self._until_it_ends, args=[passing], daemon=True).start()

    def close(self) -> None:
        """Tell both sides that the other has gone."""
        for each in (self._client, self._server):
            _shut_down(each)

    def lose_packets(self) -> None:
        """Lose all packets, from either side."""
        for each in (self._client, self._server):
            with suppress(OSError):
                _lose_packets(each)

    def pass_packets(self) -> None:
        """Accept packets again, and find out which side has gone meanwhile."""
        for each in (self._client, self._server):
            with suppress(OSError):
                _pass_packets(each)

    def _until_it_ends(self, passing: Callable[[], None]) -> None:
        with suppress(OSError, EOFError):
            passing()
        self.close()
        self._proxy.has_ended(self)
        if not self._one_has_ended.acquire(blocking=False):
            self._client.close()
            self._server.close()

    def _to_server(self) -> None:
        received = _Received(self._client)
        self._pass("to the server", received.first())
        while True:
            message = received.message()
            if message.startswith(b"Q") and message[5:10] == b"BEGIN":
                self._is_command = not any(each in message for each in _NO_COMMAND)
            says_commit = message.startswith(b"Q") and message[5:] == b"COMMIT\0"
            cut = self._proxy.next_cut() if says_commit and self._is_command else None
            if cut is Cut.BEFORE:
                raise EOFError
            if cut is Cut.LATE:
                _shut_down(self._client)
                time.sleep(_A_WHILE)
            if cut in {Cut.UNANSWERED, Cut.ANSWERED}:
                self._at_answer = cut
            self._pass("to the server", message)
            if cut in {Cut.AT_ONCE, Cut.LATE}:
                raise EOFError

    def _to_client(self) -> None:
        received = _Received(self._server)
        while True:
            message = received.message()
            cut = self._at_answer
            if cut is not Cut.UNANSWERED:
                self._pass("to the client", message)
            if cut is not None and message.startswith(b"Z"):  # it is ready for what comes next
                raise EOFError

    def _pass(self, side: Side, message: bytes) -> None:
        self._proxy.passes[side].wait()
        if self._proxy.delay:
            time.sleep(self._proxy.delay)
        (self._server if side == "to the server" else self._client).sendall(message)


class _Received:
    """The messages from one side, one by one. Raises EOFError at the end."""

    def __init__(self, side: socket.socket) -> None:
        self._side = side
        self._bytes = bytearray()

    def first(self) -> bytes:
        """The first message of a client, which has no letter."""
        return self._taken(self._length(0))

    def message(self) -> bytes:
        """The next message."""
        return self._taken(1 + self._length(1))

    def _length(self, at: int) -> int:
        self._wait_for(at + 4)
        return int.from_bytes(self._bytes[at : at + 4])

    def _taken(self, count: int) -> bytes:
        self._wait_for(count)
        taken = bytes(self._bytes[:count])
        del self._bytes[:count]
        return taken

    def _wait_for(self, count: int) -> None:
        while len(self._bytes) < count:
            came = self._side.recv(1 << 16)
            if not came:
                raise EOFError
            self._bytes += came


def _bound(port: int) -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("127.0.0.1", port))
    return made


def _shut_down(each: socket.socket) -> None:
    with suppress(OSError):  # it has ended by itself
        each.shutdown(socket.SHUT_RDWR)


def _close(each: socket.socket) -> None:
    _shut_down(each)  # wakes the threads that wait for it
    each.close()


def _lose_packets(each: socket.socket) -> None:
    """Let the system drop all packets for a socket, as if they had never arrived."""
    take_nothing = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
    program = struct.pack("HL", 1, ctypes.addressof(take_nothing))
    each.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, program)


def _pass_packets(each: socket.socket) -> None:
    with suppress(FileNotFoundError):  # it came meanwhile
        each.setsockopt(socket.SOL_SOCKET, _DETACH_FILTER, 0)
    each.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT):
        each.setsockopt(socket.IPPROTO_TCP, option, 1)
