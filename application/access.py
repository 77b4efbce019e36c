"""Who may do what: the roles of an account's keys, and what each of them permits."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from application.documents.document import UNPRINTABLE
from application.refusals import Invalid

INTEGRATION = r"^[a-z0-9][a-z0-9_.-]{0,63}$"
"""What the name of an integration looks like."""
LONGEST_KEY_NAME = 100

Role = Literal["admin", "agent", "integration", "auditor"]

Permission = Literal[
    "read",  # contacts, history, activities, merges, conflicts, settings, imports, events
    "edit",  # contacts, by hand
    "calls",  # record and assign calls and messages
    "records",  # send and take back records of an integration
    "exports",  # the export feed
    "settings",
    "imports",
    "merges",  # merge, undo, separate
    "keys",
    "accounts",
]

PERMISSIONS: Mapping[Role | Literal["operator"], frozenset[Permission]] = {
    "operator": frozenset({"accounts", "keys"}),
    "admin": frozenset(
        {"read", "edit", "calls", "records", "exports", "settings", "imports", "merges", "keys"}
    ),
    "agent": frozenset({"read", "exports", "edit", "calls"}),
    "integration": frozenset({"records", "exports"}),
    "auditor": frozenset({"read", "exports"}),
}
"""The role `integration` sends records and reads exports of its own integration only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The holder of a key: the operator, who has no account, or a user of one account.

    `incarnation`: a later account of the same id has another one. `integration`: its name, for the
    role `integration`.
    """

    key_id: str
    role: Role | Literal["operator"]
    name: str
    account: str | None = None
    incarnation: str | None = None
    integration: str | None = None

    @property
    def by(self) -> str:
        """The name of the caller in the log."""
        return f"{self.name} ({self.key_id})"

    def may(self, permission: Permission) -> bool:
        """Whether the caller's role has a permission."""
        return permission in PERMISSIONS[self.role]

    def may_act_for(self, integration: str) -> bool:
        """Whether the caller may send an integration's records and read its exports."""
        return self.role != "integration" or self.integration == integration


def checked_key(role: Role, name: str, integration: str | None) -> str:
    """The name of a new key, without blanks around it. Raises Invalid, which names the field."""
    if not UNPRINTABLE.isdisjoint(name):
        raise Invalid("name", "contains a control character")
    if not name.strip():
        raise Invalid("name", "is blank")
    if len(name) > LONGEST_KEY_NAME:
        raise Invalid("name", f"is too long: the limit is {LONGEST_KEY_NAME} characters")
    if (integration is not None) != (role == "integration"):
        raise Invalid("integration", "must be given for the role `integration`, and only then")
    if integration is not None and not re.fullmatch(INTEGRATION, integration):
        raise Invalid("integration", f"must match the pattern `{INTEGRATION}`")
    return name.strip()
