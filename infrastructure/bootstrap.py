"""The one place of wiring: a store's URL becomes the ports that use cases ask for."""

import os
from datetime import UTC, datetime
from pathlib import Path

from infrastructure.event_log.sqlite_accounts import SqliteAccounts
from infrastructure.ids import time_ordered_ids
from infrastructure.keys import SqliteKeys

DEFAULT_STORE = "sqlite:./data"
STORE_VARIABLE = "CONTACT_MERGING_STORE"


class UnusableUrl(ValueError):
    """A store's URL is of no kind that this program knows."""


def open_store(url: str) -> SqliteAccounts:
    """The accounts of a store: `sqlite:DIR`. Raises UnusableUrl."""
    ids = time_ordered_ids(the_time)
    return SqliteAccounts(_folder(url), clock=the_time, ids=ids, randomness=os.urandom)


def open_keys(url: str, operator_key: str | None) -> SqliteKeys:
    """The keys of a store. `operator_key`: the one that is configured. Raises UnusableUrl."""
    return SqliteKeys(_folder(url), the_time, time_ordered_ids(the_time), operator_key)


def _folder(url: str) -> Path:
    kind, _, rest = url.partition(":")
    if kind != "sqlite" or not rest:
        raise UnusableUrl(f"`{url}` is no store; use sqlite:DIR, such as {DEFAULT_STORE}")
    return Path(rest)


def the_time() -> datetime:
    """The time now."""
    return datetime.now(UTC)
