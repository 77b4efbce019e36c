"""The accounts of a store, as the service and the command line use them."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from application.ports import Clock, Ids
from domain.events import AccountOpened
from domain.settings import MergeSettings
from infrastructure.account_log.log import EventLog, Sources, naming_damage, working
from infrastructure.account_log.migration import bring_up_to_date
from infrastructure.read_models.text_index import TextIndex
from infrastructure.storage.database import Database
from infrastructure.storage.session import Randomness, Session

INCARNATION_BYTES = 16


class StoredAccounts(ABC):
    """The accounts of one store."""

    made_by_imports: bool
    """Whether an import or the demo makes the account that it names if it is missing."""

    def __init__(self, clock: Clock, ids: Ids, randomness: Randomness) -> None:
        self._sources = Sources(clock, ids, randomness)

    @abstractmethod
    def names(self) -> list[str]:
        """The ids of all accounts, sorted."""

    @abstractmethod
    def open(self, account: str) -> EventLog:
        """The log of an account. Raises UnknownAccount."""

    def create(
        self,
        account: str,
        settings: MergeSettings,
        by: str,
        also: Callable[[Session], None] | None = None,
    ) -> EventLog:
        """Make an account; `also` runs in its first commit. Raises the same as `make`."""

        def begin(session: Session) -> None:
            with working(session, self._sources) as work:
                work.append([AccountOpened(settings=settings, by=by)])
            if also is not None:
                also(session)

        return self.make(account, begin)

    @abstractmethod
    def make(self, account: str, begin: Callable[[Session], None]) -> EventLog:
        """Make the tables of an account and fill them by `begin`, completely or not at all.

        Raises Refused if it exists or its id is not valid.
        """

    def _begin(self, session: Session, begin: Callable[[Session], None]) -> None:
        """Fill the tables of a new account."""
        incarnation = self._sources.randomness(INCARNATION_BYTES).hex()
        session.execute("INSERT INTO incarnation VALUES (?)", (incarnation,))
        begin(session)

    @abstractmethod
    def remove(self, account: str) -> None:
        """Remove an account with all it holds, after its current writer.

        Raises UnknownAccount, and StoreUnusable: then it is still there.
        """

    @abstractmethod
    def at_work(self) -> list[str]:
        """The accounts with unfinished jobs, whether or not a process works on them."""

    @abstractmethod
    def close(self) -> None:
        """Close what the accounts share."""

    def _log_in(self, account: str, database: Database[Any], text: TextIndex) -> EventLog:
        """The log of an existing account, with its tables brought up to date."""
        with naming_damage(account):
            bring_up_to_date(database)
            with database.reading() as session:
                row = session.execute("SELECT incarnation FROM incarnation").fetchone()
        return EventLog(account, database, text, self._sources, row[0] if row else "")
