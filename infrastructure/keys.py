"""The keys of a store: who may call its HTTP service, and in which role.

A key is shown once, when it is made. The store keeps its SHA-256, which is enough for 256 random
bits. Every request looks up its key, and every process refuses a revoked key at once. On SQLite a
process remembers keys while the eight bytes of a file beside them stay the same; a process that
changes a key changes these bytes before it answers. On PostgreSQL it looks up the key each time.

The store also notes which Idempotency-Key was used for which new account. Other answers are kept in
the account itself, but a request for another account with the same key would not find them there.
"""

import hashlib
import mmap
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import datetime, timedelta
from hmac import compare_digest
from pathlib import Path
from threading import local

from application.access import Caller, Role
from application.documents.document import Document, Optional
from application.ports import Clock, Ids
from application.refusals import NotFound, StoreUnusable
from infrastructure.sqlite.database import inode_of
from infrastructure.sqlite.errors import store_errors
from infrastructure.sqlite.session import SqliteSession
from infrastructure.storage.schema import KEYS
from infrastructure.storage.session import Session
from infrastructure.storage.times import from_micros, to_micros

FILE_NAME = "keys.sqlite3"
_CHANGED_NAME = "keys.changed"
_CHANGED_BYTES = 8
_REMEMBERED = 10_000
_OPERATOR = "operator"
_OF_CALLER = ("key_id", "role", "name", "account", "incarnation", "integration")


Sessions = Callable[[], AbstractContextManager[Session]]
"""A connection on which each statement commits by itself; it raises StoreUnusable."""


class KeyDocument(Document):
    """A key, without the secret."""

    id: str
    role: Role
    name: str
    integration: Optional[str] = None
    created_at: datetime


class KeyMade(KeyDocument):
    """A key that was just made; `key` is shown only here."""

    key: str


class SqliteKeyStore:
    """A file beside the accounts, with `changed`: bytes that differ once a key has changed."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._of_thread = local()
        with store_errors(self._path):
            folder.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(KEYS.format(schema="main"))
            self._path.chmod(0o600)
            self._inode = inode_of(self._path)
            self.changed = _shared_bytes(folder / _CHANGED_NAME)

    @contextmanager
    def session(self) -> Iterator[SqliteSession]:
        """The thread's connection."""
        if inode_of(self._path) != self._inode:  # a key that is written now would be lost
            raise StoreUnusable(f"{self._path}: it was removed, or replaced; start again")
        with store_errors(self._path):
            connection: SqliteSession | None = getattr(self._of_thread, "connection", None)
            if connection is None:
                connection = sqlite3.connect(
                    self._path, isolation_level=None, timeout=10, factory=SqliteSession
                )
                connection.execute("PRAGMA synchronous = FULL")
                self._of_thread.connection = connection
            yield connection


class Keys:
    """The keys of a store: its tables `keys` and `used_for_accounts`.

    `changed`: bytes that differ once a key has changed; None: keys are looked up each time.
    """

    def __init__(
        self,
        session: Sessions,
        changed: mmap.mmap | None,
        clock: Clock,
        ids: Ids,
        operator_key: str | None,
    ) -> None:
        self._session = session
        self._changed = changed
        self._clock = clock
        self._ids = ids
        self._operator = None if operator_key is None else digest_of(operator_key)
        self._remembered: dict[bytes, Caller | None] = {}
        self._remembered_at: bytes | None = None

    @property
    def may_wait(self) -> bool:
        """Whether looking up a key may wait for a network, and so must not block an event loop."""
        return self._changed is None

    def first_operator_key(self) -> str | None:
        """A key for the operator, shown only here; None if one is configured or was made before."""
        if self._operator is not None:
            return None
        key, now = _new_key(), to_micros(self._clock())
        made = self._change(
            "INSERT INTO keys SELECT ?, ?, NULL, NULL, ?, ?, NULL, ? "
            "WHERE NOT EXISTS (SELECT 1 FROM keys WHERE account IS NULL)",
            *(digest_of(key), _OPERATOR, _OPERATOR, _OPERATOR, now),
        )
        return key if made else None

    def caller(self, key: str) -> Caller | None:
        """The holder of a key; None if it is not valid or revoked."""
        return self.holder(digest_of(key))

    def holder(self, digest: bytes) -> Caller | None:
        """The same for a key's digest."""
        if self._operator is not None and compare_digest(digest, self._operator):
            return Caller(key_id=_OPERATOR, role="operator", name=_OPERATOR)
        if self._changed is None:
            return self._look_up(digest)
        state = self._changed[:]
        if state != self._remembered_at or len(self._remembered) > _REMEMBERED:
            self._remembered, self._remembered_at = {}, state
        remembered = self._remembered
        if digest not in remembered:
            remembered[digest] = self._look_up(digest)
        return remembered[digest]

    def _look_up(self, digest: bytes) -> Caller | None:
        with self._session() as session:
            row = session.execute(
                "SELECT id, role, name, account, incarnation, integration FROM keys WHERE hash = ?",
                (digest,),
            ).fetchone()
        if row is None or (row[1] == _OPERATOR and self._operator is not None):
            return None
        return Caller(**dict(zip(_OF_CALLER, row, strict=True)))

    def digest(self, incarnation: str, key_id: str) -> bytes:
        """The digest of an account's key. Raises NotFound."""
        of_key = "SELECT hash FROM keys WHERE incarnation = ? AND id = ?"
        found = self._digest(of_key, incarnation, key_id)
        if found is None:
            raise NotFound("key", key_id)
        return found

    def operator_before_admins(self) -> bytes | None:
        """The digest of the operator's key, while no account has an admin's."""
        if self._digest("SELECT hash FROM keys WHERE role = 'admin' LIMIT 1") is not None:
            return None
        of_operator = "SELECT hash FROM keys WHERE account IS NULL"
        return self._operator or self._digest(of_operator)

    def _digest(self, query: str, *values: object) -> bytes | None:
        with self._session() as session:
            row = session.execute(query, values).fetchone()
        return None if row is None else bytes(row[0])

    def make(
        self, account: str, incarnation: str, role: Role, name: str, integration: str | None
    ) -> KeyMade:
        """Make a key of an account, for this incarnation of it only."""
        key, key_id, now = _new_key(), self._ids(), self._clock()
        self._change(
            "INSERT INTO keys VALUES (?,?,?,?,?,?,?,?)",
            *(
                digest_of(key),
                key_id,
                account,
                incarnation,
                role,
                name,
                integration,
                to_micros(now),
            ),
        )
        return KeyMade(
            id=key_id, role=role, name=name, integration=integration, created_at=now, key=key
        )

    def of_account(self, incarnation: str, *, after: str = "", limit: int) -> list[KeyDocument]:
        """An account's keys, oldest first, after an id."""
        with self._session() as session:
            rows = session.execute(
                "SELECT id, role, name, integration, created_at FROM keys "
                "WHERE incarnation = ? AND id > ? ORDER BY id LIMIT ?",
                (incarnation, after, limit),
            ).fetchall()
        return [
            KeyDocument(
                id=key_id,
                role=role,
                name=name,
                integration=integration,
                created_at=from_micros(created_at),
            )
            for key_id, role, name, integration, created_at in rows
        ]

    def revoke(self, incarnation: str, key_id: str) -> None:
        """Revoke a key: it is refused from now on. Raises NotFound."""
        revoked = "DELETE FROM keys WHERE incarnation = ? AND id = ?"
        if not self._change(revoked, incarnation, key_id):
            raise NotFound("key", key_id)

    def revoke_all(self, incarnation: str) -> None:
        """Revoke every key of an account."""
        self._change("DELETE FROM keys WHERE incarnation = ?", incarnation)

    def check(self) -> None:
        """Read from the store. Raises StoreUnusable if that fails."""
        self._look_up(b"")

    def _change(self, statement: str, *values: object) -> int:
        """Change keys, and let every process look them up again. Returns how many changed."""
        with self._session() as session:
            changed = session.execute(statement, values).rowcount
        if self._changed is not None:
            self._changed[:] = os.urandom(_CHANGED_BYTES)
        return changed

    def use_for_account(self, key: str, request: bytes, kept: timedelta) -> bool:
        """Note the new account of an Idempotency-Key; False: it was used for another request."""
        now = self._clock()
        with self._session() as session:
            session.execute("DELETE FROM used_for_accounts WHERE at < ?", (to_micros(now - kept),))
            session.execute(
                "INSERT INTO used_for_accounts VALUES (?,?,?) ON CONFLICT DO NOTHING",
                (key, request, to_micros(now)),
            )
            used = session.execute(
                "SELECT request FROM used_for_accounts WHERE key = ?", (key,)
            ).fetchone()
        return used is None or used[0] == request

    def unuse_for_account(self, key: str) -> None:
        """Forget the account of a key: it was refused, so the key may be used for another one."""
        with self._session() as session:
            session.execute("DELETE FROM used_for_accounts WHERE key = ?", (key,))


def _shared_bytes(path: Path) -> mmap.mmap:
    """Bytes of a file in memory, so that every process sees changes without a system call."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if os.fstat(descriptor).st_size < _CHANGED_BYTES:
            os.pwrite(descriptor, os.urandom(_CHANGED_BYTES), 0)
        return mmap.mmap(descriptor, _CHANGED_BYTES)
    finally:
        os.close(descriptor)


def _new_key() -> str:
    return f"cm_{secrets.token_urlsafe(32)}"


def digest_of(key: str) -> bytes:
    """What is kept of a key, or of another secret."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
