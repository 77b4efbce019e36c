"""The ids of accounts."""

import re

from application.refusals import Invalid

ACCOUNT_ID = re.compile(r"[a-z0-9][a-z0-9_]{0,39}")
NOT_AN_ID = "is not a valid account id: use 1 to 40 of a-z, 0-9 and _, and do not begin with _"


def check_id(account: str) -> str:
    """Return the account's id. Raises Invalid if it is not a valid one."""
    if not ACCOUNT_ID.fullmatch(account):
        raise Invalid("account", f"`{account[:60]}` {NOT_AN_ID}")
    return account
