"""SQLite's errors as refusals, one clear line each."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EDQUOT, EFBIG, EIO, ENOSPC
from pathlib import Path

from application.refusals import StoreUnusable
from infrastructure.sqlite.turnstile import TurnTimeout
from infrastructure.storage.database import Collision, Damaged

_LOCKED = "another process has it locked; try again later"
_NOT_TEXT = "it has text that is not valid UTF-8; restore a backup"
_DISK_FULL, _DISK_FAILED = "the disk is full", "the disk failed to read or write"
_OF_SQLITE = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_READONLY: "it is read-only",
    sqlite3.SQLITE_FULL: _DISK_FULL,
    sqlite3.SQLITE_NOTADB: "it is not a store of this program",
    sqlite3.SQLITE_CORRUPT: "its pages are damaged; restore a backup",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; is the folder read-only or missing?",
    sqlite3.SQLITE_IOERR: _DISK_FAILED,
}
_DAMAGE = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}
_OF_SYSTEM = {ENOSPC: _DISK_FULL, EDQUOT: _DISK_FULL, EFBIG: _DISK_FAILED, EIO: _DISK_FAILED}


@contextmanager
def store_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into StoreUnusable, one clear line each."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise Collision(f"{path}: {error}") from error
    except sqlite3.DatabaseError as error:
        if str(error).startswith("Could not decode to UTF-8"):
            raise Damaged(f"{path}: {_NOT_TEXT}") from None
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        kind = Damaged if code in _DAMAGE else StoreUnusable
        raise kind(f"{path}: {_OF_SQLITE.get(code) or _first_line(error)}") from None
    except UnicodeDecodeError:  # of a name in the schema
        raise Damaged(f"{path}: {_NOT_TEXT}") from None
    except TurnTimeout:
        raise StoreUnusable(f"{path}: {_LOCKED}") from None
    except PermissionError as error:
        raise StoreUnusable(f"{path}: {error.strerror}: {error.filename}") from None
    except OSError as error:
        reason = _OF_SYSTEM.get(error.errno or 0, error.strerror)
        raise StoreUnusable(f"{path}: {reason}") from None


def _first_line(error: Exception) -> str:
    """SQLite's own message; some quote a whole statement after it."""
    return next(iter(str(error).splitlines()), type(error).__name__)
