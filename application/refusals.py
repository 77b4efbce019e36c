"""Refusals: what a use case says no to. Each is one clear line that names what and where."""


class Refused(Exception):
    """Nothing was written; the message is meant for the person who asked."""


class Invalid(Refused):
    """A value cannot be taken: `field` names what is wrong, `reason` says what."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class UnknownAccount(Refused):
    """There is no account of this name in the store."""

    def __init__(self, account: str) -> None:
        super().__init__(f"account `{account}` does not exist")


class NotFound(Refused):
    """There is no such thing in this account."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"there is no {what} `{name}`")


class Conflict(Refused):
    """It cannot be done with things as they are: undone already, one contact already, deleted."""


class Stale(Refused):
    """The contact has changed since it was read."""


class StoreUnusable(Refused):
    """The store cannot be read or written: read-only, locked, newer, full, or not ours."""
