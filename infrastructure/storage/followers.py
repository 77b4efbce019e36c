"""Followers: what reads an account's log after the commits, so that no command waits for it."""

from collections.abc import Callable
from typing import Protocol


class Follower(Protocol):
    """Reads the log of one account in order, every event at least once.

    It keeps its position in the commit of what it writes. It writes under a lock of its own, so
    any number of threads and processes may let it catch up at once.
    """

    @property
    def name(self) -> str:
        """What the log of the service calls it."""

    def behind(self) -> int:
        """How many events of the log it has not read. Raises StoreUnusable."""

    def catch_up(self, *, stop: Callable[[], bool] = lambda: False) -> object:
        """Read what was recorded since, batch by batch, asking `stop` before each.

        Raises StoreUnusable where what it writes cannot be written.
        """
