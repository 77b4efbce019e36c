"""Read merges, newest first."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date
from itertools import islice
from typing import Literal, NamedTuple

from application.commands.change_settings import checked_settings
from application.contact_at import head_at
from application.cursors import id_from_cursor, to_cursor
from application.documents.document import Page
from application.documents.merges import MergeDocument, merge_document
from application.ports import MergeMade, Reading
from application.reads.names import names_of_merges
from application.reads.paging import PAGE
from application.refusals import Invalid, NotFound
from domain.identifiers import Identifier
from domain.settings import MergeSettings

MergedBy = Literal["phone", "email", "phone_and_email", "csv", "manual"]
"""The rule of a merge; manual: by hand."""


class MergeFilter(NamedTuple):
    """Which merges to list: those that are all that is said; None says nothing.

    `matched`: a phone or an email as people write it. `source`: a source, or an integration's name.
    `rule`: that of the decision. `import_id`: the import of the record. `day`: in UTC.
    """

    contact_id: str | None = None
    matched: str | None = None
    source: str | None = None
    rule: MergedBy | None = None
    import_id: str | None = None
    day: date | None = None
    undone: bool | None = None

    def permits(self, merge: MergeMade) -> bool:
        """Whether a merge is one of them, but for what it matched."""
        event = merge.event
        integration = event.record.integration if event.record else None
        return (
            (self.contact_id is None or self.contact_id in {event.stream, event.absorbed})
            and (self.source is None or self.source in {merge.source, integration})
            and (self.rule is None or self.rule == event.decision.rule)
            and (self.import_id is None or self.import_id == event.import_id)
            and (self.day is None or self.day == merge.at.astimezone(UTC).date())
            and (self.undone is None or self.undone == (merge.undone_at is not None))
        )


EVERY = MergeFilter()
MOST_RESTING = 1_000
"""How many merges are named at most that rest on what is newly shared."""
AT_ONCE = 1_000
"""How many merges are read together, where only some are listed."""
LOOKED_AT = 5_000
"""How many merges are looked at for one page."""


def merges_resting_on(
    reading: Reading, shared: Collection[str], newly: Collection[str]
) -> Iterator[MergeMade]:
    """The merges, not undone, that rested only on identifiers that are shared now.

    Newest first for each of `newly`, the values that were not shared before. `shared`: canonical
    values. Rules: "Shared identifiers".
    """
    seen: set[str] = set()
    for value in newly:
        matched, before = _identifier(value), None
        while merges := reading.merges(before=before, limit=1_000, matched=matched):
            for merge in merges:
                rests = all(each.value in shared for each in merge.event.decision.matched)
                if rests and merge.undone_at is None and merge.event.merge_id not in seen:
                    seen.add(merge.event.merge_id)
                    yield merge
            before = merges[-1].event.merge_id


def resting_on_newly_shared(
    reading: Reading, before: MergeSettings, after: MergeSettings
) -> list[MergeDocument]:
    """The merges that rest only on what is shared, now that more is; at most MOST_RESTING."""
    shared = after.shared_identifiers
    newly = [each for each in shared if each not in before.shared_identifiers]
    resting = islice(merges_resting_on(reading, shared, newly), MOST_RESTING)
    return merge_documents(reading, list(resting))


def _identifier(canonical: str) -> Identifier:
    return Identifier("email" if "@" in canonical else "phone", canonical)


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
    only: MergeFilter = EVERY,
    *,
    limit: int = PAGE,
    cursor: str | None = None,
) -> Page[MergeDocument]:
    """Merges, newest first. Raises NotFound, Invalid.

    At most LOOKED_AT merges are looked at: a page may have fewer than `limit` and yet a next one.
    """
    if only.contact_id is not None:
        head_at(reading, only.contact_id)
    before, looked_at = id_from_cursor("merges", cursor), 0
    matched = matched_identifier(reading, only.matched, "matched") if only.matched else None
    found: list[MergeMade] = []
    while len(found) <= limit and looked_at < LOOKED_AT:
        size = limit + 1 if only._replace(contact_id=None, matched=None) == EVERY else AT_ONCE
        merges = reading.merges(
            before=before, limit=size, contact_id=only.contact_id, matched=matched
        )
        found += [each for each in merges if only.permits(each)]
        if len(merges) < size:
            return _page(reading, found, limit, None)
        before, looked_at = merges[-1].event.merge_id, looked_at + len(merges)
    return _page(reading, found, limit, before)


def _page(
    reading: Reading, found: Sequence[MergeMade], limit: int, before: str | None
) -> Page[MergeDocument]:
    """A page of what was found. `before`: where to look further; None if that was all."""
    if len(found) > limit:
        found, before = found[:limit], found[limit - 1].event.merge_id
    return Page(
        items=merge_documents(reading, found),
        next=None if before is None else to_cursor("merges", before),
    )


def matched_identifier(reading: Reading, value: str, field: str) -> Identifier:
    """A phone or an email, as people write it. Raises Invalid, which names the field."""
    region = reading.settings.default_region
    fields = {"shared_identifiers": [value], "default_region": region}
    try:
        (canonical,) = checked_settings(fields).shared_identifiers
    except Invalid as wrong:
        raise Invalid(field, wrong.reason) from None
    return _identifier(canonical)
