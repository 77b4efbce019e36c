"""Read merges, newest first."""

from collections.abc import Collection

from application.cursors import id_from_cursor, to_cursor
from application.documents.document import Page
from application.documents.merges import MergeDocument
from application.ports import Reading
from application.reads.paging import PAGE
from application.refusals import NotFound


def merges_resting_on(reading: Reading, shared: Collection[str]) -> list[MergeDocument]:
    """The merges, not undone, that rested on identifiers now shared and on nothing else.

    Newest first, ready to be undone together. `shared`: canonical values. Rules: "Shared
    identifiers".
    """
    resting: list[MergeDocument] = []
    cursor: str | None = None
    while merges := reading.merges(before=cursor, limit=1_000):
        resting += [
            merge
            for merge in merges
            if merge.undone_at is None
            and merge.decision.matched
            and all(matched.value in shared for matched in merge.decision.matched)
        ]
        cursor = merges[-1].id
    return resting


def show_merge(reading: Reading, merge_id: str) -> MergeDocument:
    """One merge. Raises NotFound."""
    merge = reading.merge(merge_id)
    if merge is None:
        raise NotFound("merge", merge_id)
    return merge


def list_merges(
    reading: Reading,
    *,
    contact_id: str | None = None,
    limit: int = PAGE,
    cursor: str | None = None,
) -> Page[MergeDocument]:
    """Merges, newest first: all, or those of one contact.

    Raises NotFound, and Refused where the cursor is none.
    """
    if contact_id is not None and reading.survivor(contact_id) is None:
        raise NotFound("contact", contact_id)
    merges = reading.merges(
        before=id_from_cursor("merges", cursor), limit=limit + 1, contact_id=contact_id
    )
    more = len(merges) > limit
    following = to_cursor("merges", merges[limit - 1].id) if more else None
    return Page(items=merges[:limit], next=following)
