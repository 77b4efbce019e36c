"""Read merges, newest first."""

from collections.abc import Collection, Sequence

from application.contact_at import head_at
from application.cursors import id_from_cursor, to_cursor
from application.documents.document import Page
from application.documents.merges import MergeDocument, merge_document
from application.ports import MergeMade, Reading
from application.reads.names import names_of_merges
from application.reads.paging import PAGE, page_of
from application.refusals import NotFound


def merges_resting_on(reading: Reading, shared: Collection[str]) -> list[MergeDocument]:
    """Return the merges, not undone, that rested only on identifiers that are shared now.

    Newest first, so that they can be undone together. `shared`: canonical values. Rules: "Shared
    identifiers".
    """
    resting: list[MergeDocument] = []
    cursor: str | None = None
    while merges := reading.merges(before=cursor, limit=1_000):
        found = [
            merge
            for merge in merges
            if merge.undone_at is None
            and (matched := merge.event.decision.matched)
            and all(each.value in shared for each in matched)
        ]
        resting += merge_documents(reading, found)
        cursor = merges[-1].event.merge_id
    return resting


def merge_documents(reading: Reading, merges: Sequence[MergeMade]) -> list[MergeDocument]:
    """Merges, with the names of both."""
    names = names_of_merges(reading, merges)
    return [merge_document(each, *two) for each, two in zip(merges, names, strict=True)]


def show_merge(reading: Reading, merge_id: str) -> MergeDocument:
    """One merge. Raises NotFound."""
    merge = reading.merge(merge_id)
    if merge is None:
        raise NotFound("merge", merge_id)
    (document,) = merge_documents(reading, [merge])
    return document


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
    documents = merge_documents(reading, merges)
    return page_of(documents, limit, lambda each: each, lambda last: to_cursor("merges", last.id))
