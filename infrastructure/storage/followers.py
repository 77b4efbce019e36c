"""Followers: they read an account's log after each commit, so that no command waits for them."""

from collections.abc import Callable
from typing import Protocol


class Follower(Protocol):
    """Reads the log of one account in order, every event at least once.

    It stores its position in the commit of what it writes. It writes under its own lock, so any
    number of threads and processes may let it catch up at once.
    """

    @property
    def name(self) -> str:
        """Its name in the service's log messages."""

    def behind(self) -> int:
        """How many events of the log it has not read. Raises StoreUnusable."""

    def catch_up(self, *, stop: Callable[[], bool] = lambda: False) -> object:
        """Read what was recorded since, in batches; `stop`: before each. Raises StoreUnusable."""
