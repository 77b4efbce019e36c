"""Who is signed in to the pages: sessions of browsers, and links that begin one.

Both are random secrets of which the store keeps the SHA-256. Each belongs to a key and opens
nothing that the key does not: once the key is revoked they are worth nothing.
"""

import secrets
from datetime import timedelta

from application.access import Caller
from application.ports import Clock
from infrastructure.keys import Keys, Sessions, digest_of
from infrastructure.storage.times import to_micros

LASTS = timedelta(hours=12)
"""How long somebody stays signed in."""
LINK_LASTS = timedelta(minutes=15)


class SignIns:
    """The sign-ins of a store: its table `sign_ins`."""

    def __init__(self, session: Sessions, keys: Keys, clock: Clock) -> None:
        self._session = session
        self._keys = keys
        self._clock = clock

    def begin(self, key: str) -> str | None:
        """Sign somebody in who has a key. Returns the session's secret; None: it is not valid."""
        if self._keys.caller(key) is None:
            return None
        return self._add(digest_of(key), LASTS, is_link=False)

    def begin_by_link(self, link: str) -> str | None:
        """Sign somebody in who has a link. It works once; None: it did already, or is too old."""
        key = "DELETE FROM sign_ins WHERE hash = ? AND is_link RETURNING key, until"
        with self._session() as session:
            found = session.execute(key, (digest_of(link),)).fetchall()
        if not found or found[0][1] < to_micros(self._clock()):
            return None
        digest = bytes(found[0][0])
        if self._keys.holder(digest) is None:
            return None
        return self._add(digest, LASTS, is_link=False)

    def link(self, digest: bytes) -> str:
        """The secret of a new link that signs in as the holder of a key, by the key's digest."""
        return self._add(digest, LINK_LASTS, is_link=True)

    def caller(self, secret: str) -> Caller | None:
        """Who is signed in; None if nobody is, or not any more."""
        of_session = "SELECT key, until FROM sign_ins WHERE hash = ? AND NOT is_link"
        with self._session() as session:
            row = session.execute(of_session, (digest_of(secret),)).fetchone()
        if row is None or row[1] < to_micros(self._clock()):
            return None
        return self._keys.holder(bytes(row[0]))

    def end(self, secret: str) -> None:
        """Sign somebody out."""
        with self._session() as session:
            session.execute("DELETE FROM sign_ins WHERE hash = ?", (digest_of(secret),))

    def _add(self, key: bytes, lasts: timedelta, *, is_link: bool) -> str:
        secret, now = secrets.token_urlsafe(32), self._clock()
        with self._session() as session:
            session.execute("DELETE FROM sign_ins WHERE until < ?", (to_micros(now),))
            session.execute(
                "INSERT INTO sign_ins VALUES (?,?,?,?)",
                (digest_of(secret), key, is_link, to_micros(now + lasts)),
            )
        return secret
