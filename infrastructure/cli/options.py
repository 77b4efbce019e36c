"""The options that commands share, and opening the account that they work on."""

import re
from collections.abc import Callable
from typing import Annotated, NamedTuple

import typer

from application.account_ids import ACCOUNT_ID, NOT_AN_ID
from application.commands.change_settings import checked_settings
from application.ports import NotedHead, Reading
from application.reads.ids import contact_id, import_id
from application.reads.paging import LARGEST_PAGE
from domain.phones import is_region
from infrastructure.account_log.accounts import StoredAccounts
from infrastructure.account_log.log import EventLog
from infrastructure.bootstrap import STORE_VARIABLE, UnusableUrl, open_store

_HEAD = re.compile(r"(?:([0-9]{1,18}):)?([0-9a-f]{64})")
BY = "cli"
"""The author of commands in the log."""


def a_store(url: str | None) -> str | None:
    """Check a store's URL. Raises BadParameter."""
    try:
        if url is not None:
            open_store(url)
    except UnusableUrl as error:
        raise typer.BadParameter(str(error)) from None
    return url


def an_account(account: str | None) -> str | None:
    """Check an account's id. Raises BadParameter."""
    if account is not None and not ACCOUNT_ID.fullmatch(account):
        raise typer.BadParameter(f"`{account}` {NOT_AN_ID}")
    return account


def noted_head(text: str) -> NotedHead:
    """A head that was noted: `POSITION:DIGEST` or `DIGEST`. Raises BadParameter."""
    found = _HEAD.fullmatch(text.lower())
    if found is None:
        raise typer.BadParameter(
            f"`{text}` is not a head; use DIGEST or POSITION:DIGEST, with a digest of 64 "
            "hexadecimal digits"
        )
    return NotedHead(int(found[1]) if found[1] else None, found[2])


def _a_region(region: str | None) -> str | None:
    if region is not None and not is_region(region.upper()):
        raise typer.BadParameter(
            f"`{region}` is not a known region; use two letters such as US or GB"
        )
    return region and region.upper()


Store = Annotated[
    str,
    typer.Option(
        envvar=STORE_VARIABLE, callback=a_store, help="sqlite:DIR or postgresql://…", metavar="URL"
    ),
]
Account = Annotated[str, typer.Option(callback=an_account, help="The account's id.", metavar="ID")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Region = Annotated[
    str | None,
    typer.Option(callback=_a_region, help="Region that phones are read with: US, GB, …"),
]
Limit = Annotated[int, typer.Option(min=1, max=LARGEST_PAGE, help="How many items to list.")]
Cursor = Annotated[str | None, typer.Option(help="Where to begin: `next` of the page before.")]


class IdOf(NamedTuple):
    """Marks a parameter as an id, of which a person may give the beginning.

    `find`: the use case that finds the whole id.
    """

    find: Callable[[Reading, str], str]


Contact = Annotated[str, typer.Argument(help="A contact's id, or its beginning."), IdOf(contact_id)]
Other = Annotated[str, typer.Argument(help="Another's id, or its beginning."), IdOf(contact_id)]
Import = Annotated[
    str,
    typer.Argument(help="An import's id, or its beginning.", metavar="IMPORT"),
    IdOf(import_id),
]


def is_made_by_imports(accounts: StoredAccounts, account: str) -> bool:
    """Whether an import or the demo makes this account, which does not exist yet."""
    return accounts.made_by_imports and account not in accounts.names()


def open_or_make_account(
    accounts: StoredAccounts, account: str, region: str | None, *, by: str
) -> EventLog:
    """The log of an account, which is made first on a store where imports make accounts.

    `region`: of a new account. Raises Refused if the region is not valid, and UnknownAccount.
    """
    settings = checked_settings({"default_region": region})
    if is_made_by_imports(accounts, account):
        return accounts.create(account, settings, by)
    return accounts.open(account)
