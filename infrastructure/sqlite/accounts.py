"""The accounts of a store on SQLite: one folder each, `DIR/ACCOUNT/log.sqlite3`."""

import os
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from application.account_ids import ACCOUNT_ID, check_id
from application.ports import Clock, Ids
from application.refusals import Conflict, UnknownAccount
from infrastructure.account_log.accounts import StoredAccounts
from infrastructure.account_log.log import EventLog
from infrastructure.sqlite.database import (
    FILE_NAME,
    JOBS,
    LOCK_TIMEOUT,
    WAITING,
    SqliteFile,
    create_file,
)
from infrastructure.sqlite.errors import store_errors
from infrastructure.sqlite.text_index import SqliteTextIndex
from infrastructure.storage.session import Randomness, Session


class SqliteAccounts(StoredAccounts):
    """The accounts below one folder (see accounts.StoredAccounts)."""

    made_by_imports = True

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        ids: Ids,
        randomness: Randomness = os.urandom,
        lock_timeout: float = LOCK_TIMEOUT,
    ) -> None:
        super().__init__(clock, ids, randomness)
        self._folder = folder
        self._lock_timeout = lock_timeout

    def names(self) -> list[str]:
        with store_errors(self._folder):
            if not self._folder.exists():
                return []
            return sorted(
                each.name
                for each in self._folder.iterdir()
                if ACCOUNT_ID.fullmatch(each.name) and (each / FILE_NAME).is_file()
            )

    def open(self, account: str) -> EventLog:
        path = self._path(account)
        with store_errors(path):
            if not path.is_file():
                raise UnknownAccount(account)
        return self._log(account, path)

    def make(self, account: str, begin: Callable[[Session], None]) -> EventLog:
        path = self._path(account)
        with store_errors(path):
            try:
                create_file(path, begin)
            except FileExistsError:
                raise Conflict(f"account `{account}` exists already") from None
        return self._log(account, path)

    def at_work(self) -> list[str]:
        with store_errors(self._folder):
            found = sorted(each.parts[-3] for each in self._folder.glob(f"*/{JOBS}/{WAITING}"))
        return [each for each in found if ACCOUNT_ID.fullmatch(each)]

    def remove(self, account: str) -> None:
        path = self._path(account)
        if not path.is_file():
            raise UnknownAccount(account)
        folder = path.parent
        gone = folder.with_name(f".{account}.{os.urandom(4).hex()}.removed")
        with closing(SqliteFile(path, self._lock_timeout)) as file, store_errors(folder):
            with file.turn():
                folder.rename(gone)
            shutil.rmtree(gone)

    def close(self) -> None:
        """Do nothing: only accounts have open files."""

    def _log(self, account: str, path: Path) -> EventLog:
        file = SqliteFile(path, self._lock_timeout)
        return self._log_in(account, file, SqliteTextIndex(file))

    def _path(self, account: str) -> Path:
        return self._folder / check_id(account) / FILE_NAME
