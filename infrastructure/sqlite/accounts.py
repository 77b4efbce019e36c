"""The accounts of a store on SQLite: one folder each, `DIR/ACCOUNT/log.sqlite3`."""

import logging
import os
import shutil
from collections.abc import Callable
from contextlib import closing
from functools import partial
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

_REMOVED = ".removed"
_log = logging.getLogger("contact_merging.store")


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
                create_file(path, partial(self._begin, begin=begin))
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
        gone = folder.with_name(f".{account}.{os.urandom(4).hex()}{_REMOVED}")
        file = SqliteFile(path, self._lock_timeout)
        with closing(file), store_errors(folder), file.turn():
            folder.rename(gone)
        # It is removed now. If the disk fails, the rest goes with the next account that is removed.
        for each in self._folder.glob(f".*{_REMOVED}"):
            shutil.rmtree(each, ignore_errors=True)
            if each.exists():
                _log.warning("files of a removed account are left", extra={"folder": str(each)})

    def close(self) -> None:
        """Do nothing: only accounts have open files."""

    def _log(self, account: str, path: Path) -> EventLog:
        file = SqliteFile(path, self._lock_timeout)
        return self._log_in(account, file, SqliteTextIndex(file))

    def _path(self, account: str) -> Path:
        return self._folder / check_id(account) / FILE_NAME
