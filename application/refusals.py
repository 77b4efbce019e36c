"""The errors by which a use case refuses. Each is one clear line that names what and where."""


class Refused(Exception):
    """Nothing was written; the message is meant for the person who asked."""


class Invalid(Refused):
    """A value is not valid: `field` names it, `reason` says why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class UnknownAccount(Refused):
    """The store has no account of this name."""

    def __init__(self, account: str) -> None:
        super().__init__(f"account `{account}` does not exist")


class NotFound(Refused):
    """The account does not contain it."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"there is no {what} `{name}`")


class Conflict(Refused):
    """The current state does not allow it: already undone, already one contact, or deleted."""


class Stale(Refused):
    """The contact has changed since it was read."""


class StoreUnusable(Refused):
    """The store cannot be read or written: read-only, locked, newer, full, or not one of ours."""


class AccountDamaged(StoreUnusable):
    """What the store has of an account is not what was written: another try does not help."""

    def __init__(self, account: str, reason: str) -> None:
        super().__init__(f"account `{account}` is damaged: {reason}")
        self.account = account
