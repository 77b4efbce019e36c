"""The loop that looks after all followers of the accounts that a process has open."""

import logging
from collections.abc import Callable, Sequence
from threading import Lock

from application.refusals import StoreUnusable
from infrastructure.account_log.log import EventLog
from infrastructure.jobs.carry_out import CHANGES
from infrastructure.jobs.pool import Pool
from infrastructure.storage.session import read_head

_log = logging.getLogger("contact_merging.followers")

MUCH = 2_000
"""From this number of events on followers read them in another process."""
_IN_TURN = 20
"""How many accounts are checked each time for the commits of other processes."""


class Followers:
    """Learns of the commits of its own process, and looks for those of others."""

    def __init__(self, jobs: Pool, stop: Callable[[], bool]) -> None:
        self._jobs = jobs
        self._stop = stop
        self._guard = Lock()
        self._grew: set[str] = set()
        self._seen: dict[EventLog, int] = {}
        """The position up to which the followers of a log have read, here or in another process."""
        self._turn = 0

    def log_grew(self, account: str) -> None:
        """Note a commit in an account, so that its followers read it the next time."""
        with self._guard:
            self._grew.add(account)

    def look_after(self, logs: Sequence[EventLog]) -> None:
        """Let followers read new events: of accounts with commits, and of others in turn."""
        with self._guard:
            grew, self._grew = self._grew, set()
        self._seen = {log: head for log, head in self._seen.items() if log in logs}
        some = min(_IN_TURN, len(logs))
        in_turn = [logs[(self._turn + each) % len(logs)] for each in range(some)]
        self._turn += some
        for log in logs:
            if (log.account in grew or log in in_turn) and not self._has_read(log):
                self.log_grew(log.account)

    def _has_read(self, log: EventLog) -> bool:
        """Let the followers of an account read on. Returns whether they did, here or elsewhere."""
        if self._jobs.is_at(log.account, "changes", "followers"):
            return False
        try:
            if not log.database.is_there():
                return True
            with log.snapshot() as session:
                head = read_head(session).position
            if self._seen.get(log) == head:
                return True
            if log.database.is_locked(CHANGES):
                return False  # the process that carries out the job lets them read at its end
            for follower in log.followers:
                if follower.behind() > MUCH:
                    self._jobs.want(log.account, "followers")
                else:
                    follower.catch_up(stop=self._stop)
        except StoreUnusable as error:  # they try again at the next commit
            said = {"account": log.account, "reason": str(error)}
            _log.warning("followers cannot read", extra=said)
            return True
        self._seen[log] = head
        return True
