"""The one place of wiring: a store's URL becomes the ports that use cases ask for."""

import os
from datetime import UTC, datetime
from pathlib import Path

from infrastructure.event_log.sqlite_accounts import SqliteAccounts
from infrastructure.ids import time_ordered_ids

DEFAULT_STORE = "sqlite:./data"
STORE_VARIABLE = "CONTACT_MERGING_STORE"


class UnusableUrl(ValueError):
    """A store's URL is of no kind that this program knows."""


def open_store(url: str) -> SqliteAccounts:
    """The accounts of a store: `sqlite:DIR`. Raises UnusableUrl."""
    kind, _, rest = url.partition(":")
    if kind != "sqlite" or not rest:
        raise UnusableUrl(f"`{url}` is no store; use sqlite:DIR, such as {DEFAULT_STORE}")
    return SqliteAccounts(Path(rest), clock=_now, ids=time_ordered_ids(_now), randomness=os.urandom)


def _now() -> datetime:
    return datetime.now(UTC)
