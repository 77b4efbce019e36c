"""The only place of wiring: it turns a store's URL into the ports that use cases need.

PostgreSQL's driver is loaded where it is needed: it takes a fifth of the start of a command.
"""

import atexit
import os
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from application.ports import Clock
from infrastructure.account_log.accounts import StoredAccounts
from infrastructure.ids import time_ordered_ids
from infrastructure.keys import Keys, Sessions, SqliteKeyStore
from infrastructure.sign_ins import SignIns
from infrastructure.sqlite.accounts import SqliteAccounts

if TYPE_CHECKING:
    from infrastructure.postgresql.pool import Pool

DEFAULT_STORE = "sqlite:./data"
STORE_VARIABLE = "CONTACT_MERGING_STORE"
CONNECTIONS_VARIABLE = "CONTACT_MERGING_CONNECTIONS"


class UnusableUrl(ValueError):
    """This program does not know the kind of a store's URL."""


class Store(NamedTuple):
    """A store for the service."""

    accounts: StoredAccounts
    keys: Keys
    sign_ins: SignIns


def open_store(url: str) -> StoredAccounts:
    """The accounts of a store: `sqlite:DIR` or `postgresql://…`. Raises UnusableUrl."""
    place = _place(url)
    ids = time_ordered_ids(the_time)
    if isinstance(place, Path):
        return SqliteAccounts(place, the_time, ids)
    from infrastructure.postgresql.accounts import PostgresAccounts

    return PostgresAccounts(place, the_time, ids)


def open_store_and_keys(url: str, operator_key: str | None, clock: Clock | None = None) -> Store:
    """A store with its keys. `operator_key`: the configured one. Raises UnusableUrl."""
    clock = clock or the_time
    accounts, place = open_store(url), _place(url)
    ids = time_ordered_ids(clock)
    session: Sessions
    if isinstance(place, Path):
        store = SqliteKeyStore(place)
        session, changed = store.session, store.changed
    else:
        from infrastructure.postgresql.accounts import Directory

        session, changed = Directory(place).session, None
    keys = Keys(session, changed, clock, ids, operator_key)
    return Store(accounts, keys, SignIns(session, keys, clock))


def _place(url: str) -> "Path | Pool":
    kind, _, rest = url.partition(":")
    if kind == "sqlite" and rest:
        return Path(rest)
    if kind in {"postgresql", "postgres"}:
        if _is_address(url):
            return _pool(url)
        raise UnusableUrl(
            "this is not an address that PostgreSQL can read; use "
            "postgresql://USER:PASSWORD@HOST/DATABASE, in which a password's @ is %40 and its / %2F"
        )
    wrong = "`sqlite:` needs a folder" if kind == "sqlite" else f"`{kind}` is not a kind of store"
    raise UnusableUrl(
        f"{wrong}; use sqlite:DIR, such as {DEFAULT_STORE}, or postgresql://USER@HOST/DATABASE"
    )


def _is_address(url: str) -> bool:
    """Whether PostgreSQL can read it, with no @ or / of a password taken for something else.

    Otherwise its error would name a part of the password as an unknown host or database.
    """
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    _, slashes, rest = url.partition("://")
    server, _, database = rest.partition("/")
    if not slashes or server.count("@") > 1 or "@" in database.partition("?")[0]:
        return False
    try:
        ports = conninfo_to_dict(url).get("port") or ""
    except (ProgrammingError, UnicodeEncodeError):
        return False
    return all(port.isdecimal() for port in str(ports).split(",") if port)


def without_password(url: str) -> str:
    """A store's URL without its password, to show it."""
    if url.startswith("sqlite:"):
        return url
    shown = re.sub(r"(://[^:@/]*):[^@/]*@", r"\1@", url)
    return re.sub(r"(?<=[?&])(ssl)?password=[^&]*&?", "", shown).rstrip("?&")


@cache
def _pool(url: str) -> "Pool":
    """The connections to a database, shared by all its users in this process."""
    from infrastructure.postgresql.pool import LARGEST_POOL, Pool

    pool = Pool(url, largest=_connections(os.environ.get(CONNECTIONS_VARIABLE)) or LARGEST_POOL)
    atexit.register(pool.close)
    return pool


def _connections(given: str | None) -> int | None:
    """How many connections a process may have, if that is said. Raises UnusableUrl."""
    if not given:
        return None
    if not given.isdecimal() or not 1 <= int(given) <= 1_000:
        raise UnusableUrl(
            f"{CONNECTIONS_VARIABLE}: must be a number from 1 to 1000, not `{given[:20]}`"
        )
    return int(given)


def the_time() -> datetime:
    """The time now."""
    return datetime.now(UTC)
