"""What the path of a request says: whether it is a page, its account, and what may take long."""

import re

_ACCOUNT = re.compile(r"(?:/v1)?/accounts/([^/]+)(?:/.*)?")
_IMPORTS = re.compile(r"(?:/v1)?/accounts/[^/]+/imports")
_STREAM = re.compile(r"/v1/accounts/[^/]+/events/stream|/accounts/[^/]+/live")
_EXPORT = re.compile(r"(?:/v1)?/accounts/[^/]+/contacts/export")
_PAGE = re.compile(r"/|/sign-in|/sign-out|/accounts(?:/.*)?")


def is_page(path: str) -> bool:
    """Whether people read it in a browser."""
    return _PAGE.fullmatch(path) is not None


def account_of(path: str) -> str | None:
    """The account that a path is of."""
    found = _ACCOUNT.fullmatch(path)
    return found[1] if found else None


def takes_a_file(path: str) -> bool:
    """Whether a file may be sent to it."""
    return _IMPORTS.fullmatch(path) is not None


def is_stream(path: str) -> bool:
    """Whether its answer ends when the client closes it."""
    return _STREAM.fullmatch(path) is not None


def is_export(path: str) -> bool:
    """Whether its answer takes as long as the account is large."""
    return _EXPORT.fullmatch(path) is not None
