"""Whether somebody still has to look at something. Rules: "Look at these first"."""

from typing import NamedTuple

from domain.events import AttentionSettled
from domain.identifiers import Identifier


class Settleable(NamedTuple):
    """A merge, or an identifier with all that it joined.

    `contact_id`: the contact that it concerns; `is_open`: somebody should look at it.
    """

    item: str
    identifier: Identifier | None
    contact_id: str
    is_open: bool


def decide_settled(what: Settleable, *, by: str) -> list[AttentionSettled]:
    """Somebody says that it is right. `[]` if nobody has to look at it."""
    if not what.is_open:
        return []
    return [
        AttentionSettled(
            stream=what.contact_id,
            merge_id=None if what.identifier else what.item,
            identifier=what.identifier,
            by=by,
        )
    ]
