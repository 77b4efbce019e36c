"""The rows of separations: which ids they bind."""

from collections.abc import Collection, Iterable

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
            ids = [contact.contact_id, *rows.leading_to(contact.contact_id)]
            for bound in (*ids, *_sent_again_as(rows, ids)):
                rows.bound.put(BoundRow(bound, recorded.position, side))


def bind_later_id(rows: WorkingSet, record_id: str, earlier: Iterable[str]) -> None:
    """Separations that bound the earlier ids of a record bind it too."""
    for row in rows.bound.under_each((each,) for each in earlier):
        rows.bound.put(row._replace(contact_id=record_id))


def _sent_again_as(rows: WorkingSet, ids: Collection[str]) -> list[str]:
    """The later ids of records of some ids, which their source has sent again since."""
    keys = rows.record_keys
    first: dict[SourceKey, str] = {}
    for row in sorted(keys.where_in("record_id", ids), key=lambda each: each.record_id):
        first.setdefault((row.integration, row.kind, row.external_id), row.record_id)
    return [
        row.record_id
        for key, record_id in first.items()
        for row in keys.under(key)
        if row.record_id > record_id
    ]
