"""Which ids a separation binds, and the records that were sent under them.

Rows name the ids that led to the two contacts when they were declared separate. A separation also
binds the later ids of their records: which these are depends on what was sent since, and is another
question in a replay. So it is asked when it matters.
"""

from collections import defaultdict
from collections.abc import Collection

from domain.events import ContactsSeparated, Recorded
from domain.records import SourceKey
from infrastructure.read_models.working_set import WorkingSet
from infrastructure.storage.stored_rows import BoundRow


def bind_two(rows: WorkingSet, recorded: Recorded, event: ContactsSeparated) -> None:
    """Bind every id that leads to one of two contacts to every id that leads to the other."""
    sides = [rows.survivor(contact_id) for contact_id in (event.a, event.b)]
    for side, contact in enumerate(sides):
        # Without the undone merge both may still be one contact: then nothing keeps them apart.
        if contact is not None and contact != sides[1 - side]:
            for bound in (contact.contact_id, *rows.leading_to(contact.contact_id)):
                rows.bound.put(BoundRow(bound, recorded.position, side))


def later_ids(rows: WorkingSet, ids: Collection[str]) -> list[str]:
    """The ids under which the records of some ids were sent again later."""
    return [other for each, others in _same_records(rows, ids) for other in others if other > each]


def earlier_ids(rows: WorkingSet, ids: Collection[str]) -> list[tuple[str, str]]:
    """For some ids the ids under which the same records were sent before, each beside its own."""
    return [
        (each, other)
        for each, others in _same_records(rows, ids)
        for other in others
        if other < each
    ]


def _same_records(rows: WorkingSet, ids: Collection[str]) -> list[tuple[str, list[str]]]:
    """Those of some ids that are of records with an id in their source, each with all of these."""
    keys: list[tuple[str, SourceKey]] = [
        (row.record_id, (row.integration, row.kind, row.external_id))
        for row in rows.record_keys.where_in("record_id", ids)
    ]
    under = defaultdict[SourceKey, list[str]](list)
    for row in rows.record_keys.under_each({key for _, key in keys}):
        under[row.integration, row.kind, row.external_id].append(row.record_id)
    return [(record_id, under[key]) for record_id, key in keys]
