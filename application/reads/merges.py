"""Read merges, newest first."""

from collections.abc import Collection

from application.contact_at import head_at
from application.cursors import id_from_cursor, to_cursor
from application.documents.document import Page
from application.documents.merges import MergeDocument, merge_document
from application.ports import Reading
from application.reads.paging import PAGE, page_of
from application.refusals import NotFound
from domain.settings import MergeSettings


def merges_resting_on(
    reading: Reading, shared: Collection[str], newly: Collection[str] | None = None
) -> list[MergeDocument]:
    """The merges, not undone, that rested only on identifiers that are shared now.

    Newest first, so that they can be undone together. `shared`: canonical values; `newly`: only
    merges in which one of these of them matched, such as those that were not shared before. Rules:
    "Shared identifiers".
    """
    return [
        merge_document(merge)
        for merge in reading.merges_matched(shared if newly is None else newly)
        if merge.undone_at is None
        and all(each.value in shared for each in merge.event.decision.matched)
    ]


def newly_resting(reading: Reading, before: MergeSettings) -> list[MergeDocument]:
    """Those in which something matched that was not shared by earlier settings."""
    shared = reading.settings.shared_identifiers
    newly = {*shared} - {*before.shared_identifiers}
    return merges_resting_on(reading, shared, newly) if newly else []


def show_merge(reading: Reading, merge_id: str) -> MergeDocument:
    """One merge. Raises NotFound."""
    merge = reading.merge(merge_id)
    if merge is None:
        raise NotFound("merge", merge_id)
    return merge_document(merge)


def list_merges(
    reading: Reading,
    *,
    contact_id: str | None = None,
    limit: int = PAGE,
    cursor: str | None = None,
) -> Page[MergeDocument]:
    """Merges, newest first: all, or those of one contact. Raises NotFound, Invalid."""
    if contact_id is not None:
        head_at(reading, contact_id)
    merges = reading.merges(
        before=id_from_cursor("merges", cursor), limit=limit + 1, contact_id=contact_id
    )
    return page_of(
        merges, limit, merge_document, lambda last: to_cursor("merges", last.event.merge_id)
    )
