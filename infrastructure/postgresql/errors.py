"""PostgreSQL's errors as refusals, one clear line each."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg
from psycopg import OperationalError, errors

from application.refusals import StoreUnusable, UnknownAccount
from infrastructure.storage.database import Collision, Damaged

BEGINS_WITH = "schema_version"
"""The table that every transaction reads first."""
_REASONS: Mapping[type[psycopg.Error], str] = {
    errors.LockNotAvailable: "another process has it locked; try again later",
    errors.QueryCanceled: "it took longer than the time limit of a statement",
    errors.DiskFull: "its disk is full",
    errors.ReadOnlySqlTransaction: "it is read-only",
    errors.TooManyConnections: "it has no connection left",
}

_DAMAGE = (errors.DataCorrupted, errors.IndexCorrupted)


@contextmanager
def database_errors(account: str = "") -> Iterator[None]:
    """Turn PostgreSQL's errors into refusals, one clear line each."""
    try:
        yield
    except psycopg.Error as error:
        if isinstance(error, errors.UniqueViolation):
            raise Collision("it was written meanwhile; try again") from error
        if isinstance(error, errors.UndefinedTable) and account and BEGINS_WITH in str(error):
            raise UnknownAccount(account) from error  # its schema is gone
        reason = _REASONS.get(type(error)) or _first_line(error)
        if isinstance(error, _DAMAGE):
            raise Damaged(f"the database: {reason}") from error
        raise StoreUnusable(f"the database: {reason}") from error


def _first_line(error: psycopg.Error) -> str:
    reason = (str(error).splitlines() or ["no reason was given"])[0]
    return f"it cannot be reached: {reason}" if isinstance(error, OperationalError) else reason
