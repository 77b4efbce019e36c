"""The contact that an id leads to, if it is still at a version that the caller has seen."""

from collections.abc import Collection

from application.ports import Head, Reading, Work
from application.refusals import Conflict, NotFound, Stale

Versions = Collection[int] | None
"""The versions at which a contact may be changed; None: any version."""


def head_at(account: Work | Reading, contact_id: str, versions: Versions = None) -> Head:
    """Return the live or deleted contact that an id leads to. Raises NotFound, Stale."""
    head = account.survivor(contact_id)
    if head is None:
        raise NotFound("contact", contact_id)
    if versions is not None and head.version not in versions:
        named = " or ".join(map(str, sorted(versions))) or "the one you named"
        raise Stale(
            f"contact `{contact_id}` has changed since you read it: "
            f"it is now at version {head.version}, not {named}"
        )
    return head


def live_at(work: Work, contact_id: str, versions: Versions = None) -> Head:
    """Return the live contact that an id leads to. Raises NotFound, Stale; Conflict if deleted."""
    head = head_at(work, contact_id, versions)
    if not head.is_live:
        raise Conflict(f"contact `{contact_id}` is deleted")
    return head
