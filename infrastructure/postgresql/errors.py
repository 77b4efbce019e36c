"""PostgreSQL's errors as refusals, one clear line each."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from application.refusals import Refused, StoreUnusable, UnknownAccount
from infrastructure.storage.database import Collision


@contextmanager
def database_errors(account: str = "") -> Iterator[None]:
    """Turn PostgreSQL's errors into refusals, one clear line each."""
    try:
        yield
    except psycopg.Error as error:
        raise refusal_of(error, account) from error


def refusal_of(error: psycopg.Error, account: str) -> Refused:
    """The refusal that an error of the database means for the caller."""
    match error:
        case errors.UndefinedTable() if account and BEGINS_WITH in str(error):
            return UnknownAccount(account)  # its schema is gone
        case errors.UniqueViolation():
            return Collision("it was written meanwhile; try again")
        case errors.LockNotAvailable():
            reason = "another process has it locked; try again later"
        case errors.QueryCanceled():
            reason = "it took longer than the time limit of a statement"
        case errors.DiskFull():
            reason = "its disk is full"
        case errors.ReadOnlySqlTransaction():
            reason = "it is read-only"
        case errors.TooManyConnections():
            reason = "it has no connection left"
        case errors.InsufficientPrivilege():
            reason = str(error).splitlines()[0]
        case psycopg.OperationalError():
            reason = f"it cannot be reached: {_first_line(error)}"
        case _:
            reason = _first_line(error)
    return StoreUnusable(f"the database: {reason}")


def _first_line(error: psycopg.Error) -> str:
    return (str(error).splitlines() or ["no reason was given"])[0]


BEGINS_WITH = "schema_version"
